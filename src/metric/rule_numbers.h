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

/* Whether a rule's text is about numbers: its metric has one of the names above. */
bool eh_rule_is_of_numbers(const char *text);

/* Reads and judges at once. Groups with enough images decide by their measured value; one with few only where its whole interval lies on one side of the limit.
 * EH_ERR_USAGE says what is wrong with the text. The sentence is in the arena. */
eh_status eh_rule_judge_numbers(eh_rule_result *out, const char *text, const char *head,
                                const eh_number_audit *audit, eh_arena *arena, eh_error *err);

#endif
