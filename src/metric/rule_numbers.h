/* rule_numbers.h - conditions about predicted numbers: 'worst(mae)>8', 'gap(mae)>2', 'overall(bias)>1', 'worst(within:5)<50%'.
 *
 *     metric = "mae" | "rmse" | "bias" | "within" ":" limit
 *
 * The form is that of rules about classes (rule.h). mae, rmse and bias are in the units of the column, bias by its size whatever its sign; within is a share, its limit
 * one of those that were measured (--within). worst is the largest error, of within the smallest share.
 */
#ifndef EH_METRIC_RULE_NUMBERS_H
#define EH_METRIC_RULE_NUMBERS_H

#include "metric/number_audit.h"
#include "metric/rule.h"

typedef struct eh_number_measure {
    const char *word, *name; /* "mae", "mean absolute error" */
    bool share;              /* a share, the more the better; else an error in the column's units */
} eh_number_measure;

/* The measure of a word; NULL for other words. */
const eh_number_measure *eh_number_measure_find(const char *word);

/* Whether what follows the colon of a rule about numbers belongs there; EH_ERR_USAGE says what is wrong. */
eh_status eh_number_measure_check(const eh_rule *rule, eh_error *err);

/* Judges a rule about numbers. Groups with enough images decide by their measured value; one with few only where its whole interval lies on one side of the limit.
 * EH_ERR_USAGE where it needs a share that was not measured. The sentence is in the arena. */
eh_status eh_rule_judge_numbers(eh_rule_result *out, const eh_rule *rule, const char *head,
                                const eh_number_audit *audit, eh_arena *arena, eh_error *err);

#endif
