/* test_split_check.c - parts that are alike pass, parts that are not are found, persons in two parts are counted. */
#include "support/alloc_failure.h"
#include "support/cmocka_all.h"
#include "support/statistics_golden.h"

#include "base/rng.h"
#include "base/str.h"
#include "metric/contingency.h"
#include "metric/distribution.h"
#include "metric/split_check.h"
#include "metric/split_check_text.h"
#include "metric/two_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3000, PARTS = 3 };

static const char *const part_name[PARTS] = { "train", "valid", "test" };
static const char *const hair[] = { "blond", "dark", "red" };
static int32_t cls[ROWS], part[ROWS], person[ROWS];
static float number[ROWS];
static eh_frame_column column[3];
static eh_frame frame;

static void use_rows(size_t rows)
{
    column[0] = (eh_frame_column){
        .name = "hair", .kind = EH_COLUMN_CLASS, .class_name = hair, .classes = 3, .cls = cls
    };
    column[1] = (eh_frame_column){ .name = "age", .kind = EH_COLUMN_NUMBER, .number = number };
    static const char *names[ROWS];
    static char text[ROWS][16];
    for (int i = 0; i < ROWS; i++) {
        snprintf(text[i], sizeof text[i], "p%d", i);
        names[i] = text[i];
    }
    column[2] = (eh_frame_column){
        .name = "person", .kind = EH_COLUMN_CLASS, .class_name = names, .classes = ROWS, .cls = person
    };
    frame = (eh_frame){ .rows = rows, .column = column, .columns = 3 };
}

static eh_split_check *check(const char *const *names, size_t count, bool by_person)
{
    eh_split_check *out;
    eh_error err = { 0 };
    const eh_split_check_input in = { .frame = &frame,
                                      .part = part,
                                      .part_name = part_name,
                                      .parts = PARTS,
                                      .column = names,
                                      .columns = count,
                                      .identity = by_person ? &column[2] : NULL };
    if (eh_split_check_make(&out, &in, &err) != EH_OK)
        fail_msg("%s", err.message);
    return out;
}

static const char *const both[] = { "hair", "age" };

static void draw_alike(uint64_t seed)
{
    eh_rng rng = eh_rng_at(seed, EH_DRAW_TEST, 0, 1);
    for (int i = 0; i < ROWS; i++) {
        cls[i] = (int32_t)eh_rng_below(&rng, 3);
        number[i] = (float)eh_rng_normal(&rng);
        part[i] = eh_rng_below(&rng, 10) < 7 ? 0 : (int32_t)eh_rng_below(&rng, 2) + 1;
        person[i] = i;
    }
    use_rows(ROWS);
}

static void without_persons_the_plain_tests_come_out(void **state)
{
    (void)state;
    draw_alike(1);
    uint64_t table[9] = { 0 };
    static float inside[ROWS], outside[ROWS];
    size_t in = 0, out = 0;
    for (int i = 0; i < ROWS; i++) {
        table[part[i] * 3 + cls[i]]++;
        if (part[i] == 2)
            inside[in++] = number[i];
        else
            outside[out++] = number[i];
    }
    eh_split_check *c = check(both, 2, false);
    eh_contingency plain;
    assert_int_equal(eh_contingency_measure(&plain, table, 3, 3, 0.95, 0, 1, NULL), EH_OK);
    assert_int_equal(c->tests, 4); /* hair, and age in each part */
    expect_near("chi-square", c->test[0].statistic, plain.chi_square, 1e-13, 0);
    expect_near("p", c->test[0].p, plain.p, 1e-12, 0);
    assert_float_equal(c->test[0].design, 1, 0);
    assert_string_equal(c->test[3].part, "test");
    /* D against a count of all pairs of values. */
    double largest = 0;
    for (size_t i = 0; i < in; i++) {
        size_t below_in = 0, below_out = 0;
        for (size_t k = 0; k < in; k++)
            below_in += inside[k] <= inside[i];
        for (size_t k = 0; k < out; k++)
            below_out += outside[k] <= inside[i];
        largest = fmax(largest, fabs((double)below_in / (double)in - (double)below_out / (double)out));
    }
    assert_true(c->test[3].statistic >= largest - 1e-12 && c->test[3].statistic < largest + 1.0 / (double)in);
    assert_true(c->alike && c->whole);
    eh_split_check_free(c);
}

static void a_difference_is_found_and_named(void **state)
{
    (void)state;
    draw_alike(2);
    for (int i = 0; i < ROWS; i++)
        if (part[i] == 2) {
            cls[i] = i % 4 == 0 ? 2 : cls[i];
            number[i] += 0.5f;
        }
    eh_split_check *c = check(both, 2, false);
    assert_false(c->alike);
    assert_true(c->test[0].corrected < 0.001);
    assert_string_equal(c->test[0].value, "red");
    assert_string_equal(c->test[0].value_part, "test");
    assert_true(c->test[0].inside > c->test[0].outside + 0.1);
    assert_true(c->test[3].corrected < 0.001 && c->test[3].effect > 0.15);
    expect_near("median", c->test[3].inside - c->test[3].outside, 0.5, 0, 0.2);
    eh_split_check_free(c);
}

/* Persons of 10 images that all look alike, each wholly in one part: how often the check finds a difference that is not there. */
static void persons_with_many_images_raise_no_false_alarm(void **state)
{
    (void)state;
    int alarms[2] = { 0 }, numbers[2] = { 0 };
    enum { TRIALS = 300 };
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        eh_rng rng = eh_rng_at(7, EH_DRAW_TEST, trial, 2);
        for (int i = 0; i < ROWS; i++) {
            person[i] = i / 10;
            cls[i] = i % 10 ? cls[i - 1] : (int32_t)eh_rng_below(&rng, 3);
            number[i] = i % 10 ? number[i - 1] : (float)eh_rng_normal(&rng);
            part[i] = i % 10                       ? part[i - 1]
                      : eh_rng_below(&rng, 10) < 6 ? 0
                                                   : (int32_t)eh_rng_below(&rng, 2) + 1;
        }
        use_rows(ROWS);
        for (int by = 0; by < 2; by++) {
            eh_split_check *c = check(both, 2, by == 1);
            alarms[by] += c->test[0].p < 0.05;
            numbers[by] += c->test[1].p < 0.05;
            if (by == 1)
                expect_near("design", c->test[0].design, 10, 0.1, 0);
            assert_int_equal(c->crossing, 0);
            eh_split_check_free(c);
        }
    }
    /* 5 % of 300 are 15, standard deviation 3.8. Counting images as independent finds a difference nearly always. */
    assert_in_range(alarms[1], 4, 27);
    assert_in_range(numbers[1], 2, 27);
    assert_true(alarms[0] > TRIALS / 2 && numbers[0] > TRIALS / 2);
}

static void persons_in_two_parts_are_counted_and_named(void **state)
{
    (void)state;
    draw_alike(3);
    for (int i = 0; i < ROWS; i++) {
        person[i] = i / 2;
        part[i] = i % 2 ? part[i - 1] : part[i];
    }
    part[10] = 0;
    part[11] = 1;
    part[20] = 2;
    part[21] = 0;
    part[30] = part[31] = -1;
    eh_split_check *c = check(both, 2, true);
    assert_string_equal(c->identity, "person");
    assert_int_equal(c->identities, ROWS / 2 - 1);
    assert_int_equal(c->crossing, 2);
    assert_int_equal(c->crossing_images, 4);
    assert_int_equal(c->examples, 2);
    assert_string_equal(c->example[0], "p5");
    assert_string_equal(c->example[1], "p10");
    assert_int_equal(c->without_part, 2);
    assert_false(c->whole);
    eh_split_check_free(c);
}

static void rare_classes_are_counted_as_one_and_missing_values_compared(void **state)
{
    (void)state;
    draw_alike(4);
    for (int i = 0; i < ROWS; i++) {
        cls[i] = i % 3 == 0 ? -1 : i % 3 - 1;
        if (i < 7)
            cls[i] = 2; /* seven red ones: two are expected in the test part */
        if (part[i] == 1 && i % 2)
            number[i] = NAN;
    }
    eh_split_check *c = check(both, 2, false);
    assert_int_equal(c->test[0].pooled, 1);
    assert_true(c->test[0].rough);
    assert_float_equal(c->test[0].df, 6, 0);
    assert_true(c->test[4].of_missing);
    assert_string_equal(c->test[4].column, "age");
    assert_true(c->test[4].corrected < 1e-6);
    assert_string_equal(c->test[4].value_part, "valid");
    eh_split_check_free(c);
}

/* So few images that every class is rare are no proof that the parts are alike. */
static void few_images_are_not_called_alike(void **state)
{
    (void)state;
    eh_str text = { 0 };
    for (int i = 0; i < 12; i++) {
        cls[i] = i % 3;
        part[i] = i < 8 ? 0 : i < 10 ? 1 : 2;
    }
    use_rows(12);
    eh_split_check *c = check(both, 1, false);
    use_rows(ROWS);
    assert_false(c->compared);
    assert_string_equal(eh_split_check_verdict(c), "untested");
    eh_split_check_sentences(&text, c);
    assert_non_null(strstr(text.data, "cannot be tested: they have too few images of each class. hair: "));
    assert_non_null(strstr(text.data, "--stratify hair"));
    eh_str_clear(&text);
    eh_split_check_free(c);
    for (int i = 0; i < ROWS; i++)
        cls[i] = 1;
    c = check(both, 1, false);
    eh_split_check_sentences(&text, c);
    assert_non_null(strstr(text.data, "no column has two different values"));
    eh_str_clear(&text);
    eh_split_check_free(c);
}

static void one_part_alone_cannot_be_compared(void **state)
{
    (void)state;
    eh_split_check *out;
    eh_error err = { 0 };
    draw_alike(5);
    memset(part, 0, sizeof part);
    const eh_split_check_input in = {
        .frame = &frame, .part = part, .part_name = part_name, .parts = PARTS, .column = both, .columns = 2
    };
    assert_int_equal(eh_split_check_make(&out, &in, &err), EH_ERR_NOT_ENOUGH);
    assert_null(out);
    assert_non_null(strstr(err.message, "only train"));
}

static eh_status check_alike(void *user, eh_error *err)
{
    eh_split_check *out;
    (void)user;
    const eh_split_check_input in = { .frame = &frame,
                                      .part = part,
                                      .part_name = part_name,
                                      .parts = PARTS,
                                      .column = both,
                                      .columns = 2,
                                      .identity = &column[2] };
    EH_TRY(eh_split_check_make(&out, &in, err));
    eh_split_check_free(out);
    return EH_OK;
}

static void failed_allocations_are_errors_without_leaks(void **state)
{
    (void)state;
    draw_alike(6);
    assert_true(expect_survives_alloc_failure(check_alike, NULL) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_persons_the_plain_tests_come_out),
        cmocka_unit_test(a_difference_is_found_and_named),
        cmocka_unit_test(persons_with_many_images_raise_no_false_alarm),
        cmocka_unit_test(persons_in_two_parts_are_counted_and_named),
        cmocka_unit_test(rare_classes_are_counted_as_one_and_missing_values_compared),
        cmocka_unit_test(few_images_are_not_called_alike),
        cmocka_unit_test(one_part_alone_cannot_be_compared),
        cmocka_unit_test(failed_allocations_are_errors_without_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
