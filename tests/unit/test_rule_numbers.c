/* Rules about numbers: what they ask, what decides, and what is refused. */
#include "metric/rule_numbers.h"
#include "support/cmocka_all.h"

#include <string.h>

enum { ROWS = 85 };

static eh_number_audit *audit;
static eh_arena *arena;

/* "near" 40 images off by 1, "far" 40 off by 6 or 8, "few" 5 off by 20, "none" empty when `empty`. */
static void make(bool few, bool empty)
{
    static const char *const name[] = { "near", "far", "few", "none" }, *const column[] = { "where" };
    double truth[ROWS], predicted[ROWS];
    int32_t group[ROWS];
    for (int i = 0; i < ROWS; i++) {
        truth[i] = i;
        group[i] = i < 40 ? 0 : i < 80 ? 1 : 2;
        predicted[i] = i + (i < 40 ? (i % 2 ? 1 : -1) : i < 80 ? 6 + 2 * (i % 2) : 20 + 0.1 * i);
    }
    const eh_number_input in = { .rows = few ? ROWS : 80,
                                 .truth = truth,
                                 .predicted = predicted,
                                 .group = group,
                                 .group_name = name,
                                 .group_value = name,
                                 .groups = empty ? 4
                                           : few ? 3
                                                 : 2,
                                 .group_columns = 1,
                                 .group_column = column };
    arena = eh_arena_new();
    assert_int_equal(eh_number_audit_make(&audit, &in, NULL), EH_OK);
}

static void release(void)
{
    eh_number_audit_free(audit);
    eh_arena_free(arena);
}

static eh_status judge(eh_rule_result *r, const char *text, eh_error *err)
{
    eh_rule rule;
    EH_TRY(eh_rule_parse(&rule, arena, text, err));
    assert_int_equal(rule.about, EH_RULE_OF_NUMBERS);
    return eh_rule_judge_numbers(r, &rule, "age", audit, arena, err);
}

static void expect(const char *rule, eh_rule_outcome outcome, const char *part)
{
    eh_rule_result r;
    eh_error err = { 0 };
    if (judge(&r, rule, &err) != EH_OK)
        fail_msg("%s: %s", rule, err.message);
    if (r.outcome != outcome || !strstr(r.sentence, part))
        fail_msg("%s: %s: %s", rule, eh_rule_outcome_name(r.outcome), r.sentence);
}

static void measured_values_decide_where_images_are_many(void **state)
{
    (void)state;
    make(false, false);
    expect("worst(mae)>6.5", EH_RULE_FAIL, "The mean absolute error of age in \"far\" is 7.00");
    expect("worst(mae)>7", EH_RULE_PASS, "which is not above the limit of 7.");
    expect("worst(mae)>=7", EH_RULE_FAIL, "which is at or above the limit of 7.");
    expect("gap(mae)>5", EH_RULE_FAIL, "differs between groups by 6.00");
    expect("mean(mae)>4", EH_RULE_PASS, "its mean over the groups, is 4.00");
    expect("overall(bias)>3", EH_RULE_FAIL, "The mean error of age in all images is 3.50");
    expect("overall(rmse)>6", EH_RULE_PASS, "root mean square error");
    expect("worst(within:5)<50%", EH_RULE_FAIL, "share within 5 of age in \"far\" is 0.0%");
    expect("overall(within:1)<0.4", EH_RULE_PASS, "50.0%");
    expect("gap(within:5)>90%", EH_RULE_FAIL, "100.0 points");
    release();
}

static void few_images_decide_by_their_interval_and_none_never_pass(void **state)
{
    (void)state;
    make(true, false);
    expect("worst(mae)>20", EH_RULE_FAIL, "\"few\"");
    expect("worst(mae)>28.3", EH_RULE_NOT_ENOUGH, "which rests on few images");
    expect("worst(rmse)>40", EH_RULE_NOT_ENOUGH, "few");
    release();
    make(false, true);
    expect("worst(mae)>8", EH_RULE_NOT_ENOUGH, "rests on no image");
    expect("gap(mae)>7", EH_RULE_NOT_ENOUGH, "no image");
    expect("gap(mae)>5", EH_RULE_FAIL, "6.00");
    release();
}

static void a_gap_needs_two_groups(void **state)
{
    (void)state;
    const double truth[] = { 1, 2 }, predicted[] = { 1, 3 };
    const eh_number_input in = { .rows = 2, .truth = truth, .predicted = predicted };
    arena = eh_arena_new();
    assert_int_equal(eh_number_audit_make(&audit, &in, NULL), EH_OK);
    expect("gap(mae)>2", EH_RULE_NOT_ENOUGH, "There are not two groups whose mean absolute error of age");
    release();
}

static void rules_are_told_apart_and_nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "worst(mae)",
                                         "worst(mae)>x",
                                         "best(mae)>1",
                                         "worst(mae:3)>1",
                                         "worst(within)<0.5",
                                         "worst(within:7)<0.5",
                                         "worst(within:x)<0.5",
                                         "worst(within:-1)<1",
                                         "worst(mae)<8",
                                         "worst(within:5)>0.5",
                                         "mae>3",
                                         "worst(mae)>5%",
                                         "worst(within:5)<50",
                                         "worst(mae)>-1" };
    eh_rule_result r;
    eh_rule rule;
    make(false, false);
    assert_int_equal(eh_rule_parse(&rule, arena, "gap( mae )>2", NULL), EH_OK);
    assert_int_equal(rule.about, EH_RULE_OF_NUMBERS);
    assert_int_equal(eh_rule_parse(&rule, arena, "worst(accuracy)<0.8", NULL), EH_OK);
    assert_int_equal(rule.about, EH_RULE_OF_CLASSES);
    assert_int_equal(eh_rule_parse(&rule, arena, "worst(maelstrom)>1", NULL), EH_ERR_USAGE);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        eh_error err = { 0 };
        assert_int_equal(judge(&r, wrong[i], &err), EH_ERR_USAGE);
        if (!strstr(err.message, wrong[i]))
            fail_msg("%s: %s", wrong[i], err.message);
    }
    release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measured_values_decide_where_images_are_many),
        cmocka_unit_test(few_images_decide_by_their_interval_and_none_never_pass),
        cmocka_unit_test(a_gap_needs_two_groups),
        cmocka_unit_test(rules_are_told_apart_and_nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
