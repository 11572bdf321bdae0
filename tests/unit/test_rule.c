/* Rules: what is understood, what is refused, and how they judge groups of all sizes. */
#include "metric/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static const char *const class_name[] = { "other", "blond" };
static const char *const group_name[] = { "A", "B", "C" };
static const char *const group_value[] = { "a", "b", "c" };
static const char *const column_name[] = { "who" };

/* An audit of three groups of images of class "blond", right in `right` of `n`. */
static eh_audit *audit_of(const size_t right[3], const size_t n[3])
{
    static int32_t truth[2048], predicted[2048], group[2048];
    size_t rows = 0;
    for (int32_t g = 0; g < 3; g++) {
        for (size_t i = 0; i < n[g]; i++) {
            truth[rows] = 1;
            predicted[rows] = i < right[g];
            group[rows++] = g;
        }
    }
    eh_audit_input in = { .rows = rows,
                          .truth = truth,
                          .predicted = predicted,
                          .group = group,
                          .class_name = class_name,
                          .classes = 2,
                          .group_name = group_name,
                          .group_value = group_value,
                          .groups = 3,
                          .group_columns = 1,
                          .group_column = column_name };
    eh_audit *audit;
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    return audit;
}

static void expect(const char *text, const size_t right[3], const size_t n[3], eh_rule_outcome outcome,
                   const char *sentence)
{
    eh_arena *arena = eh_arena_new();
    eh_audit *audit = audit_of(right, n);
    eh_error err = { 0 };
    eh_rule rule;
    eh_rule_result result = { 0 };
    if (eh_rule_parse(&rule, arena, text, &err) != EH_OK ||
        eh_rule_judge(&result, &rule, audit, 1, arena, &err) != EH_OK)
        fail_msg("%s: %s", text, err.message);
    if (result.outcome != outcome)
        fail_msg("%s: %s: %s", text, eh_rule_outcome_name(result.outcome), result.sentence);
    if (sentence)
        assert_string_equal(result.sentence, sentence);
    eh_audit_free(audit);
    eh_arena_free(arena);
}

#define COUNTS(a, b, c) ((const size_t[3]){ a, b, c })

static void the_worst_group_decides(void **state)
{
    (void)state;
    expect("worst(accuracy)<0.8", COUNTS(90, 95, 25), COUNTS(100, 100, 180), EH_RULE_FAIL,
           "The accuracy of \"C\" is 13.9% (25/180, 95% interval 9.6\u201319.7%), which is below the limit "
           "of 80.0%.");
    expect("worst(accuracy)<0.8", COUNTS(90, 95, 81), COUNTS(100, 100, 100), EH_RULE_PASS,
           "The accuracy of \"C\" is 81.0% (81/100, 95% interval 72.2\u201387.5%), which is not below the "
           "limit of "
           "80.0%.");
}

static void a_value_that_reads_like_the_limit_is_told_apart(void **state)
{
    (void)state;
    expect("worst(accuracy)<0.8", COUNTS(90, 95, 799), COUNTS(100, 100, 999), EH_RULE_FAIL,
           "The accuracy of \"C\" is 80.0% (799/999, 95% interval 77.4\u201382.3%), which is below the limit "
           "of "
           "80.0% (79.98% against 80.00%).");
    expect("worst(accuracy)<79.9796%", COUNTS(90, 95, 799), COUNTS(100, 100, 999), EH_RULE_PASS,
           "The accuracy of \"C\" is 80.0% (799/999, 95% interval 77.4\u201382.3%), which is not below the "
           "limit of "
           "80.0% (79.9800% against 79.9796%).");
    expect("worst(accuracy)<80%", COUNTS(90, 95, 800), COUNTS(100, 100, 1000), EH_RULE_PASS,
           "The accuracy of \"C\" is 80.0% (800/1000, 95% interval 77.4\u201382.4%), which is not below the "
           "limit of "
           "80.0%.");
}

static void the_limit_itself_breaks_only_a_rule_with_equals(void **state)
{
    (void)state;
    expect("worst(accuracy)<80%", COUNTS(90, 95, 80), COUNTS(100, 100, 100), EH_RULE_PASS, NULL);
    expect("worst(accuracy)<=80%", COUNTS(90, 95, 80), COUNTS(100, 100, 100), EH_RULE_FAIL, NULL);
    expect("gap(accuracy)>10%", COUNTS(100, 100, 90), COUNTS(100, 100, 100), EH_RULE_PASS, NULL);
}

static void few_images_decide_only_by_their_whole_interval(void **state)
{
    (void)state;
    expect("worst(accuracy)<0.8", COUNTS(95, 95, 1), COUNTS(100, 100, 10), EH_RULE_FAIL, NULL);
    expect("worst(accuracy)<0.8", COUNTS(95, 95, 7), COUNTS(100, 100, 10), EH_RULE_NOT_ENOUGH,
           "The accuracy of \"C\" is 70.0% (7/10, 95% interval 39.7\u201389.2%), which rests on few images: "
           "not "
           "enough to say whether it is below the limit of 80.0%.");
    expect("worst(accuracy)<0.8", COUNTS(95, 95, 10), COUNTS(100, 100, 10), EH_RULE_NOT_ENOUGH, NULL);
    expect("worst(accuracy)<0.2", COUNTS(95, 95, 9), COUNTS(100, 100, 10), EH_RULE_PASS, NULL);
}

static void a_group_without_images_is_no_pass(void **state)
{
    (void)state;
    expect("worst(accuracy)<0.8", COUNTS(95, 95, 0), COUNTS(100, 100, 0), EH_RULE_NOT_ENOUGH,
           "The accuracy of \"C\" is unknown, as it rests on no image: not enough to say whether it is below "
           "the "
           "limit of 80.0%.");
    expect("worst(accuracy)<0.8", COUNTS(95, 25, 0), COUNTS(100, 100, 0), EH_RULE_FAIL, NULL);
    expect("gap(accuracy)>0.1", COUNTS(95, 95, 0), COUNTS(100, 100, 0), EH_RULE_NOT_ENOUGH, NULL);
    expect("gap(accuracy)>0.1", COUNTS(0, 0, 0), COUNTS(0, 0, 0), EH_RULE_NOT_ENOUGH, NULL);
    expect("mean(accuracy)<0.1", COUNTS(95, 95, 0), COUNTS(100, 100, 0), EH_RULE_NOT_ENOUGH, NULL);
    expect("overall(accuracy)<0.1", COUNTS(95, 95, 0), COUNTS(100, 100, 0), EH_RULE_PASS, NULL);
}

static void gaps_are_judged_between_any_two_groups(void **state)
{
    (void)state;
    expect("gap(accuracy)>0.1", COUNTS(100, 95, 89), COUNTS(100, 100, 100), EH_RULE_FAIL, NULL);
    expect("gap(accuracy)>0.1", COUNTS(94, 95, 89), COUNTS(100, 100, 100), EH_RULE_PASS, NULL);
    expect("gap(accuracy)>0.1", COUNTS(94, 95, 9), COUNTS(100, 100, 10), EH_RULE_NOT_ENOUGH, NULL);
    expect("gap(accuracy)>0.1", COUNTS(94, 95, 0), COUNTS(100, 100, 10), EH_RULE_FAIL, NULL);
    expect("gap(false-negative-rate)>0.1", COUNTS(100, 95, 89), COUNTS(100, 100, 100), EH_RULE_FAIL, NULL);
}

static void mean_and_overall_use_their_own_values(void **state)
{
    (void)state;
    /* mean (0.9 + 0.9 + 0.3) / 3 = 0.7; overall 930 / 1100 = 0.845 */
    expect("mean(accuracy)<0.71", COUNTS(450, 450, 30), COUNTS(500, 500, 100), EH_RULE_FAIL, NULL);
    expect("mean(accuracy)<0.69", COUNTS(450, 450, 30), COUNTS(500, 500, 100), EH_RULE_PASS, NULL);
    expect("overall(accuracy)<0.84", COUNTS(450, 450, 30), COUNTS(500, 500, 100), EH_RULE_PASS, NULL);
    expect("overall(accuracy)<0.85", COUNTS(450, 450, 30), COUNTS(500, 500, 100), EH_RULE_FAIL, NULL);
}

static void a_class_can_be_named(void **state)
{
    (void)state;
    expect("worst( recall : blond ) < 50 %", COUNTS(90, 95, 25), COUNTS(100, 100, 180), EH_RULE_FAIL, NULL);
    expect("worst(false-negative-rate)>0.5", COUNTS(90, 95, 25), COUNTS(100, 100, 180), EH_RULE_FAIL, NULL);
    /* No image of the class "other": nothing can be said about its recall. */
    expect("worst(recall:other)<0.5", COUNTS(90, 95, 25), COUNTS(100, 100, 180), EH_RULE_NOT_ENOUGH, NULL);
}

static void expect_refused(const char *text, const char *part)
{
    eh_arena *arena = eh_arena_new();
    eh_error err = { 0 };
    eh_rule rule;
    if (eh_rule_parse(&rule, arena, text, &err) != EH_ERR_USAGE)
        fail_msg("%s was accepted", text);
    if (!strstr(err.message, part))
        fail_msg("%s: \"%s\" does not say \"%s\"", text, err.message, part);
    eh_arena_free(arena);
}

static void what_is_no_rule_is_refused_with_a_remedy(void **state)
{
    (void)state;
    expect_refused("", "write it like");
    expect_refused("accuracy<0.8", "write it like");
    expect_refused("worst)accuracy(<0.8", "write it like");
    expect_refused("worst(accuracy)0.8", "write it like");
    expect_refused("worst(accuracy)<", "write it like");
    expect_refused("worst(accuracy)<0.8x", "write it like");
    expect_refused("worst(accuracy)<nan", "write it like");
    expect_refused("worst(accuracy)<80", "between 0 and 1");
    expect_refused("gap(accuracy)>-5%", "between 0 and 1");
    expect_refused("wurst(accuracy)<0.8", "did you mean \"worst\"");
    expect_refused("worst(acuracy)<0.8", "accuracy");
    expect_refused("worst(accuracy:blond)<0.8", "all classes together");
    expect_refused("worst(accuracy)>0.8", "for being good");
    expect_refused("gap(accuracy)<0.1", "for being good");
    expect_refused("worst(false-positive-rate)<0.1", "for being good");
    expect_refused("worst(selection-rate)<0.1", "gap(selection-rate)");
}

static void a_class_that_is_not_there_is_refused(void **state)
{
    (void)state;
    eh_arena *arena = eh_arena_new();
    eh_audit *audit = audit_of(COUNTS(1, 1, 1), COUNTS(2, 2, 2));
    eh_rule rule;
    eh_rule_result result;
    assert_int_equal(eh_rule_parse(&rule, arena, "worst(recall:red)<0.5", NULL), EH_OK);
    assert_int_equal(eh_rule_judge(&result, &rule, audit, 1, arena, NULL), EH_ERR_USAGE);
    assert_int_equal(eh_rule_parse(&rule, arena, "worst(recall)<0.5", NULL), EH_OK);
    assert_int_equal(eh_rule_judge(&result, &rule, audit, -1, arena, NULL), EH_ERR_USAGE);
    eh_audit_free(audit);
    eh_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_group_decides),
        cmocka_unit_test(a_value_that_reads_like_the_limit_is_told_apart),
        cmocka_unit_test(the_limit_itself_breaks_only_a_rule_with_equals),
        cmocka_unit_test(few_images_decide_only_by_their_whole_interval),
        cmocka_unit_test(a_group_without_images_is_no_pass),
        cmocka_unit_test(gaps_are_judged_between_any_two_groups),
        cmocka_unit_test(mean_and_overall_use_their_own_values),
        cmocka_unit_test(a_class_can_be_named),
        cmocka_unit_test(what_is_no_rule_is_refused_with_a_remedy),
        cmocka_unit_test(a_class_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
