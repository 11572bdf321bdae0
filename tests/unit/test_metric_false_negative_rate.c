/* The metric "false-negative-rate" on matrices worked by hand. */
#include "support/metric_cases.h"

extern const eh_metric eh_metric_false_negative_rate;

/* Truth down, prediction across: 10 6 / 3 1. The same counts as the 20 rows of known_metrics.csv. */
static void it_is_right_for_two_classes(void **state)
{
    (void)state;
    const uint64_t matrix[] = { 10, 6, 3, 1 };
    expect_metric(&eh_metric_false_negative_rate, matrix, 2, 1, 3, 4);
}

/* 5 1 0 / 2 3 1 / 0 0 0, asked for the first class. */
static void it_is_right_for_three_classes(void **state)
{
    (void)state;
    const uint64_t matrix[] = { 5, 1, 0, 2, 3, 1, 0, 0, 0 };
    expect_metric(&eh_metric_false_negative_rate, matrix, 3, 0, 1, 6);
}

/* The same matrix, asked for the third class, of which there is no image. */
static void it_is_right_for_a_class_without_images(void **state)
{
    (void)state;
    const uint64_t matrix[] = { 5, 1, 0, 2, 3, 1, 0, 0, 0 };
    expect_metric(&eh_metric_false_negative_rate, matrix, 3, 2, 0, 0);
}

static void it_is_unknown_without_images(void **state)
{
    (void)state;
    const uint64_t matrix[] = { 0, 0, 0, 0 };
    expect_metric(&eh_metric_false_negative_rate, matrix, 2, 1, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_right_for_two_classes),
        cmocka_unit_test(it_is_right_for_three_classes),
        cmocka_unit_test(it_is_right_for_a_class_without_images),
        cmocka_unit_test(it_is_unknown_without_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
