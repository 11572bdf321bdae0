/* concat-pool head against its formula, and its dropout. */
#include "support/cmocka_all.h"
#include "support/head_case.h"

#include <math.h>

enum { HIDDEN = 5, F = 2 * HEAD_C };

/* Sets the four arrays of a normalisation and applies it. */
static void normalise(head_case *c, const char *const *name, double *x, int count)
{
    const float *scale = head_case_set(c, name[0], 1, 0.3), *shift = head_case_set(c, name[1], 0, 0.2);
    const float *mean = head_case_set(c, name[2], 0, 0.4), *var = head_case_set(c, name[3], 1, 0.5);
    for (int i = 0; i < count; i++)
        x[i] = (x[i] - (double)mean[i]) / sqrt((double)var[i] + 1e-5) * (double)scale[i] + (double)shift[i];
}

/* Maximum and average of every channel. */
static void pools(const head_case *c, int n, double x[F])
{
    for (int i = 0; i < HEAD_C; i++) {
        double most = c->map[n][i][0], sum = 0;
        for (int p = 0; p < HEAD_P; p++) {
            most = fmax(most, c->map[n][i][p]);
            sum += c->map[n][i][p];
        }
        x[i] = most;
        x[HEAD_C + i] = sum / HEAD_P;
    }
}

static void in_inference_it_is_pools_norms_and_two_layers(void **state)
{
    (void)state;
    static const char *const first[] = { "fc.2.weight", "fc.2.bias", "fc.2.running_mean",
                                         "fc.2.running_var" };
    static const char *const second[] = { "fc.6.weight", "fc.6.bias", "fc.6.running_mean",
                                          "fc.6.running_var" };
    head_case c;
    head_case_begin(&c, "concat-pool:hidden=5", false, 4, 6);
    head_case_expect_names(&c,
                           (const char *const[]){ "fc.2.weight", "fc.2.bias", "fc.4.weight", "fc.6.weight",
                                                  "fc.6.bias", "fc.8.weight" },
                           6);
    const float *w4 = head_case_set(&c, "fc.4.weight", 0, 1), *w8 = head_case_set(&c, "fc.8.weight", 0, 1);
    double expected[HEAD_N * HEAD_K];
    for (int n = 0; n < HEAD_N; n++) {
        double x[F], h[HIDDEN] = { 0 };
        pools(&c, n, x);
        normalise(&c, first, x, F);
        for (int j = 0; j < HIDDEN; j++) {
            for (int i = 0; i < F; i++)
                h[j] += (double)w4[j * F + i] * x[i];
            h[j] = fmax(h[j], 0);
        }
        normalise(&c, second, h, HIDDEN);
        for (int k = 0; k < HEAD_K; k++) {
            expected[n * HEAD_K + k] = 0;
            for (int j = 0; j < HIDDEN; j++)
                expected[n * HEAD_K + k] += (double)w8[k * HIDDEN + j] * h[j];
        }
    }
    engine_expect_values(c.output, eh_shape_of(2, (int64_t)HEAD_N, (int64_t)HEAD_K), expected,
                         HEAD_N * HEAD_K, 1e-6);
    head_case_end(&c);
}

static void in_training_dropout_takes_part(void **state)
{
    (void)state;
    static const char *const spec[2] = { "concat-pool:hidden=64,dropout=0",
                                         "concat-pool:hidden=64,dropout=0.5" };
    double value[2][HEAD_N * HEAD_K];
    for (int drop = 0; drop < 2; drop++) {
        head_case c;
        double *out = value[drop];
        head_case_begin(&c, spec[drop], true, 4, 6);
        engine_run(c.f.g, &c.output, 1, &out);
        head_case_end(&c);
    }
    int different = 0;
    for (int i = 0; i < HEAD_N * HEAD_K; i++)
        different += fabs(value[0][i] - value[1][i]) > 1e-6;
    assert_true(different > 0);
}

static void a_model_without_a_map_is_an_error(void **state)
{
    (void)state;
    head_case_expect_refusal("concat-pool", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_inference_it_is_pools_norms_and_two_layers),
        cmocka_unit_test(in_training_dropout_takes_part),
        cmocka_unit_test(a_model_without_a_map_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
