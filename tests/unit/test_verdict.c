/* The verdict in sentences: what a person reads first, on cases made for it. */
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <string.h>

/* Takes the results over. */
static void expect_verdict(json_t **result, size_t count, const char *expected)
{
    eh_arena *arena = eh_arena_new();
    eh_report report;
    eh_error err = { 0 };
    eh_str text = { 0 };
    if (eh_report_arrange(&report, arena, result, NULL, count, NULL, &err) != EH_OK ||
        eh_report_verdict(&text, &report, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_string_equal(eh_str_text(&text), expected);
    eh_str_clear(&text);
    for (size_t i = 0; i < count; i++)
        json_decref(result[i]);
    eh_arena_free(arena);
}

static void a_gap_is_named_with_numbers_and_intervals(void **state)
{
    (void)state;
    const report_group group[] = { { "blond men", 300, NULL, 93 }, { "others", 2700, NULL, 2650 } };
    json_t *result[] = { report_result("a", "erm", 1, group, 2) };
    expect_verdict(result, 1,
                   "The model trained plainly is right on 91.4% of all pictures, but on only 31.0% of "
                   "\u201cblond "
                   "men\u201d (93 of 300, 95% interval 26.0\u201336.4%); on \u201cothers\u201d, its best "
                   "group, it is right "
                   "on 98.1% (2650 of 2700, 95% interval 97.6\u201398.6%).\n");
}

static void a_gap_that_may_be_chance_is_not_called_one(void **state)
{
    (void)state;
    const report_group group[] = { { "A", 100, NULL, 90 }, { "B", 100, NULL, 93 } };
    json_t *result[] = { report_result("mine.csv", NULL, 1, group, 2) };
    expect_verdict(
        result, 1,
        "The model of mine.csv is right on 91.5% of all pictures. No group clearly fares worse: the lowest "
        "is 90.0% of \u201cA\u201d (90 of 100, 95% interval 82.6\u201394.5%), the highest 93.0% of "
        "\u201cB\u201d (93 of 100, 95% interval 86.3\u201396.6%).\n");
}

static void improvement_is_told_on_the_same_pictures(void **state)
{
    (void)state;
    char before[61], after[61];
    memset(before, '0', 60);
    memset(after, '0', 60);
    memset(before, '1', 20);
    memset(after + 5, '1', 50);
    before[60] = after[60] = '\0';
    char right[101];
    memset(right, '1', 100);
    right[100] = '\0';
    const report_group first[] = { { "A", 60, before, 0 }, { "B", 100, right, 0 } };
    const report_group second[] = { { "A", 60, after, 0 }, { "B", 100, right, 0 } };
    json_t *result[] = { report_result("b", "gdro", 1, second, 2), report_result("a", "erm", 1, first, 2) };
    /* Pairs in A: both 15, only before 5, only after 35, neither 5. */
    expect_verdict(
        result, 2,
        "The model trained plainly is right on 75.0% of all pictures, but on only 33.3% of \u201cA\u201d (20 "
        "of "
        "60, 95% interval 22.7\u201345.9%); on \u201cB\u201d, its best group, it is right on 100.0% (100 of "
        "100, 95% interval 96.3\u2013100.0%).\n"
        "Trained with gdro it is right on 83.3% of \u201cA\u201d (50 of 60, 95% interval 72.0\u201390.7%): "
        "50.0 "
        "points more (95% interval +31.7 to +63.8, the same pictures compared one by one). Over all "
        "pictures it is right on 93.8%, 18.8 points more (95% interval +11.4 to +26.2, the same pictures "
        "compared one by one).\n");
}

static void groups_that_cannot_be_judged_are_named(void **state)
{
    (void)state;
    const report_group group[] = { { "A", 100, NULL, 90 }, { "none", 0, NULL, 0 }, { "few", 5, NULL, 5 } };
    json_t *result[] = { report_result("a", "erm", 1, group, 3) };
    expect_verdict(
        result, 1,
        "The model trained plainly is right on 90.5% of all pictures. No group clearly fares worse: the "
        "lowest "
        "is 90.0% of \u201cA\u201d (90 of 100, 95% interval 82.6\u201394.5%), the highest 100.0% of "
        "\u201cfew\u201d (5 of 5, 95% interval 56.6\u2013100.0%).\n"
        "Nothing can be said about groups without pictures: \u201cnone\u201d.\n"
        "These groups have few pictures, so read the interval, not the number: \u201cfew\u201d (5).\n");
}

static void nothing_to_compare_is_said(void **state)
{
    (void)state;
    const report_group one[] = { { "all", 10, NULL, 9 } }, none[] = { { "all", 0, NULL, 0 } };
    json_t *single[] = { report_result("a", "erm", 1, one, 1) };
    expect_verdict(single, 1,
                   "The model trained plainly is right on 90.0% of all pictures (9 of 10, 95% interval "
                   "59.6\u201398.2%). Only "
                   "one group has pictures, so no group can be compared with another.\n"
                   "These groups have few pictures, so read the interval, not the number: \u201call\u201d "
                   "(10).\n");
    json_t *empty[] = { report_result("a", "erm", 1, none, 1) };
    expect_verdict(empty, 1,
                   "The model trained plainly cannot be judged: no picture has both a label and a "
                   "prediction.\n"
                   "Nothing can be said about groups without pictures: \u201call\u201d.\n");
}

static void seeds_are_told_by_mean_and_range(void **state)
{
    (void)state;
    const report_group a1[] = { { "A", 100, NULL, 30 }, { "B", 100, NULL, 95 } };
    const report_group a2[] = { { "A", 100, NULL, 40 }, { "B", 100, NULL, 95 } };
    const report_group b1[] = { { "A", 100, NULL, 70 }, { "B", 100, NULL, 95 } };
    const report_group b2[] = { { "A", 100, NULL, 60 }, { "B", 100, NULL, 95 } };
    json_t *result[] = { report_result("a1", "erm", 1, a1, 2), report_result("a2", "erm", 2, a2, 2),
                         report_result("b1", "gdro", 1, b1, 2), report_result("b2", "gdro", 2, b2, 2) };
    expect_verdict(
        result, 4,
        "The model trained plainly is right on 65.0% of all pictures, but on only 35.0% of \u201cA\u201d "
        "(mean of 2 "
        "seeds, 30.0\u201340.0%); on \u201cB\u201d, its best group, it is right on 95.0% (mean of 2 seeds, "
        "95.0\u201395.0%).\n"
        "Trained with gdro it is right on 65.0% of \u201cA\u201d (mean of 2 seeds, 60.0\u201370.0%): 30.0 "
        "points "
        "more (mean over the seeds, +20.0 to +40.0). Over all pictures it is right on 80.0%, 15.0 points "
        "more (mean over the seeds, +10.0 to +20.0).\n");
}

static void a_line_break_in_a_name_begins_no_sentence(void **state)
{
    (void)state;
    const report_group group[] = { { "A\nAll is well.", 100, NULL, 10 }, { "B", 100, NULL, 90 } };
    json_t *result[] = { report_result("a", "erm", 1, group, 2) };
    expect_verdict(result, 1,
                   "The model trained plainly is right on 50.0% of all pictures, but on only 10.0% of "
                   "\u201cA All is "
                   "well.\u201d (10 of 100, 95% interval 5.5\u201317.4%); on \u201cB\u201d, its best group, "
                   "it is right on "
                   "90.0% (90 of 100, 95% interval 82.6\u201394.5%).\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_named_with_numbers_and_intervals),
        cmocka_unit_test(a_gap_that_may_be_chance_is_not_called_one),
        cmocka_unit_test(improvement_is_told_on_the_same_pictures),
        cmocka_unit_test(groups_that_cannot_be_judged_are_named),
        cmocka_unit_test(nothing_to_compare_is_said),
        cmocka_unit_test(seeds_are_told_by_mean_and_range),
        cmocka_unit_test(a_line_break_in_a_name_begins_no_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
