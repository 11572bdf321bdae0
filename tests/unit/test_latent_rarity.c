/* latent_rarity: weights against NumPy's, a planted rare cluster, and latent variables that say nothing. */
#include "method/latent_rarity.h"

#include "support/cmocka_all.h"

#include <math.h>
#include <string.h>

enum { COUNT = 12, WIDTH = 3 };

/* np.histogram(x, 4) of each variable, (share + 0.05) normalised, then as the head of latent_rarity.c says; the third variable is constant. */
static void the_weights_equal_numpys(void **state)
{
    (void)state;
    static const double max[COUNT] = { 0.103056947,  0.103056947,  0.103056947,  0.0728964319,
                                       0.0728964319, 0.0744300174, 0.0728964319, 0.0728964319,
                                       0.0744300174, 0.0744300174, 0.103056947,  0.0728964319 };
    static const double product[COUNT] = { 0.117812062,  0.117812062, 0.117812062,  0.0546984572,
                                           0.0546984572, 0.085086489, 0.0546984572, 0.0546984572,
                                           0.085086489,  0.085086489, 0.117812062,  0.0546984572 };
    float latent[COUNT * WIDTH], weight[COUNT];
    for (int k = 0; k < COUNT; k++)
        for (int i = 0; i < WIDTH; i++)
            latent[k * WIDTH + i] = i == 2 ? 1.5f : (float)((7 * k * k + 3 * k * i + 5 * i) % 23) / 4.0f - 2;
    assert_int_equal(eh_latent_rarity(weight, latent, COUNT, WIDTH, 4, 0.05, EH_RARITY_MAX, NULL), EH_OK);
    for (int k = 0; k < COUNT; k++)
        assert_true(fabs((double)weight[k] - max[k]) < 1e-7);
    assert_int_equal(eh_latent_rarity(weight, latent, COUNT, WIDTH, 4, 0.05, EH_RARITY_PRODUCT, NULL), EH_OK);
    for (int k = 0; k < COUNT; k++)
        assert_true(fabs((double)weight[k] - product[k]) < 1e-7);
}

static double noise(int k, int i)
{
    double sum = 0;
    for (int j = 1; j <= 4; j++)
        sum += fmod(sin(12.9898 * (k + 1) + 78.233 * (i * 4 + j)) * 43758.5453, 1);
    return sum; /* about normal, deviation near 1.1 */
}

/* 1,000 vectors of 20 variables; 20 of them lie four deviations aside in two of the variables. */
static void a_rare_cluster_weighs_more_than_the_others(void **state)
{
    (void)state;
    enum { ALL = 1000, RARE = 20, VARIABLES = 20 };
    static float latent[ALL * VARIABLES], weight[ALL];
    for (int k = 0; k < ALL; k++)
        for (int i = 0; i < VARIABLES; i++)
            latent[k * VARIABLES + i] = (float)(noise(k, i) + (k < RARE && i % 10 == 3 ? 5 : 0));
    for (int rule = EH_RARITY_MAX; rule <= EH_RARITY_PRODUCT; rule++) {
        double rare = 0, common = 0, sum = 0;
        assert_int_equal(eh_latent_rarity(weight, latent, ALL, VARIABLES, 10, 0.01, (eh_rarity_rule)rule,
                                          NULL),
                         EH_OK);
        for (int k = 0; k < ALL; k++) {
            assert_true(weight[k] >= 0);
            *(k < RARE ? &rare : &common) += (double)weight[k] / (k < RARE ? RARE : ALL - RARE);
            sum += (double)weight[k];
        }
        assert_true(fabs(sum - 1) < 1e-5);
        print_message("  %s: rare %.2f times as heavy\n", rule == EH_RARITY_MAX ? "max" : "product",
                      rare / common);
        assert_true(rare > 1.5 * common);
    }
}

static void more_smoothing_makes_the_weights_more_alike(void **state)
{
    (void)state;
    float latent[COUNT], weight[COUNT];
    double before = 2;
    for (int k = 0; k < COUNT; k++)
        latent[k] = k ? 0.01f * (float)k : 5;
    for (double smoothing = 0.001; smoothing < 1e4; smoothing *= 100) {
        assert_int_equal(eh_latent_rarity(weight, latent, COUNT, 1, 10, smoothing, EH_RARITY_MAX, NULL),
                         EH_OK);
        assert_true((double)weight[0] < before);
        before = (double)weight[0];
    }
    assert_true(fabs(before - 1.0 / COUNT) < 1e-3);
}

static void variables_with_one_value_say_nothing(void **state)
{
    (void)state;
    float latent[COUNT] = { 0 }, weight[COUNT];
    for (int rule = EH_RARITY_MAX; rule <= EH_RARITY_PRODUCT; rule++) {
        assert_int_equal(eh_latent_rarity(weight, latent, COUNT, 1, 10, 0.01, (eh_rarity_rule)rule, NULL),
                         EH_OK);
        for (int k = 0; k < COUNT; k++)
            assert_true(fabs((double)weight[k] - 1.0 / COUNT) < 1e-7);
    }
}

static void a_latent_that_is_no_number_is_an_error(void **state)
{
    (void)state;
    float latent[COUNT] = { 0, NAN }, weight[COUNT];
    eh_error err = { 0 };
    assert_int_equal(eh_latent_rarity(weight, latent, COUNT, 1, 10, 0.01, EH_RARITY_MAX, &err),
                     EH_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "learning rate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_weights_equal_numpys),
        cmocka_unit_test(a_rare_cluster_weighs_more_than_the_others),
        cmocka_unit_test(more_smoothing_makes_the_weights_more_alike),
        cmocka_unit_test(variables_with_one_value_say_nothing),
        cmocka_unit_test(a_latent_that_is_no_number_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
