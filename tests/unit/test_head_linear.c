/* linear head: the plain layer, and the sentence without a vector. */
#include "support/cmocka_all.h"
#include "support/head_case.h"

static void answers_are_those_of_one_linear_layer(void **state)
{
    (void)state;
    head_case c;
    head_case_begin(&c, "linear", false, 4, 6);
    head_case_expect_names(&c, (const char *const[]){ "fc.weight", "fc.bias" }, 2);
    const float *w = head_case_set(&c, "fc.weight", 0, 1), *b = head_case_set(&c, "fc.bias", 1, 0.5);
    double expected[HEAD_N * HEAD_K];
    for (int n = 0; n < HEAD_N; n++)
        for (int k = 0; k < HEAD_K; k++) {
            double y = (double)b[k];
            for (int i = 0; i < HEAD_C; i++)
                for (int p = 0; p < HEAD_P; p++)
                    y += (double)w[k * HEAD_C + i] * c.map[n][i][p] / HEAD_P;
            expected[n * HEAD_K + k] = y;
        }
    engine_expect_values(c.output, eh_shape_of(2, (int64_t)HEAD_N, (int64_t)HEAD_K), expected,
                         HEAD_N * HEAD_K, 1e-6);
    head_case_end(&c);
}

static void a_model_without_a_vector_is_an_error(void **state)
{
    (void)state;
    head_case_expect_refusal("linear", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_one_linear_layer),
        cmocka_unit_test(a_model_without_a_vector_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
