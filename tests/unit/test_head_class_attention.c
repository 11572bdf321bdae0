/* class-attention head: average pooling at the start, each class weighing the places in its own way later. */
#include "support/cmocka_all.h"
#include "support/head_case.h"

#include <math.h>

/* Sets the queries to `query` * sin, and compares output and maps with the formula. */
static void expect_attention(double query)
{
    head_case c;
    head_case_begin(&c, "class-attention", false, 4, 6);
    head_case_expect_names(&c, (const char *const[]){ "fc.attention.weight", "fc.weight", "fc.bias" }, 3);
    const float *v = head_case_set(&c, "fc.attention.weight", 0, query);
    const float *w = head_case_set(&c, "fc.weight", 0.2, 1), *b = head_case_set(&c, "fc.bias", 1, 0.5);
    double expected[HEAD_N * HEAD_K], attention[HEAD_N * HEAD_K * HEAD_P];
    for (int n = 0; n < HEAD_N; n++)
        for (int k = 0; k < HEAD_K; k++) {
            double weight[HEAD_P], score[HEAD_P], sum = 0, y = (double)b[k];
            for (int p = 0; p < HEAD_P; p++) {
                double a = score[p] = 0;
                for (int i = 0; i < HEAD_C; i++) {
                    a += (double)v[k * HEAD_C + i] * c.map[n][i][p];
                    score[p] += (double)w[k * HEAD_C + i] * c.map[n][i][p];
                }
                sum += weight[p] = exp(a);
            }
            for (int p = 0; p < HEAD_P; p++) {
                attention[(n * HEAD_K + k) * HEAD_P + p] = weight[p] / sum;
                y += weight[p] / sum * score[p];
            }
            expected[n * HEAD_K + k] = y;
        }
    engine_expect_values(c.output, eh_shape_of(2, (int64_t)HEAD_N, (int64_t)HEAD_K), expected,
                         HEAD_N * HEAD_K, 1e-6);
    engine_expect_values(eh_exposed(c.f.g, "fc.attention"),
                         eh_shape_of(4, (int64_t)HEAD_N, (int64_t)HEAD_K, (int64_t)HEAD_H, (int64_t)HEAD_W),
                         attention, sizeof attention / sizeof *attention, 1e-6);
    head_case_end(&c);
}

static void without_queries_it_is_average_pooling_and_a_linear_layer(void **state)
{
    (void)state;
    expect_attention(0);
}

static void each_class_weighs_the_places_by_its_own_map(void **state)
{
    (void)state;
    expect_attention(2);
}

static void queries_start_at_zero(void **state)
{
    (void)state;
    head_case c;
    float value[HEAD_K * HEAD_C];
    head_case_begin(&c, "class-attention", false, 4, 6);
    int64_t i = eh_params_find(c.f.params, "fc.attention.weight");
    assert_int_equal(eh_params_read(c.f.params, (size_t)i, value, NULL), EH_OK);
    for (int k = 0; k < HEAD_K * HEAD_C; k++)
        assert_true(value[k] == 0);
    head_case_end(&c);
}

static void a_model_without_a_map_is_an_error(void **state)
{
    (void)state;
    head_case_expect_refusal("class-attention", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_queries_it_is_average_pooling_and_a_linear_layer),
        cmocka_unit_test(each_class_weighs_the_places_by_its_own_map),
        cmocka_unit_test(queries_start_at_zero),
        cmocka_unit_test(a_model_without_a_map_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
