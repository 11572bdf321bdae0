/* rule.h - conditions under which an audit fails: 'worst(accuracy)<0.8', 'gap(recall:blond)>5%'.
 *
 *     rule  = over "(" metric [ ":" class ] ")" ( "<" | "<=" | ">" | ">=" ) limit
 *     over  = "worst" | "gap" | "mean" | "overall"      worst group, highest minus lowest group, mean of the groups, all images
 *     metric: a registered metric (`evenhand list metrics`), of numbers one of rule_numbers.h, of masks one of mask_measure.h
 *     limit: "0.8" or "80%"; of errors of numbers in the column's units
 *
 * The condition says when the model fails, so it names the bad side: below a limit for what should be high, above it for gaps and rates
 * of mistakes. A metric of one class takes the positive class where none is named.
 */
#ifndef EH_METRIC_RULE_H
#define EH_METRIC_RULE_H

#include "metric/audit.h"
#include "metric/metric.h"

typedef enum eh_rule_over { EH_RULE_WORST, EH_RULE_GAP, EH_RULE_MEAN, EH_RULE_OVERALL } eh_rule_over;

/* What a rule is about, which its metric's name tells. */
typedef enum eh_rule_about { EH_RULE_OF_CLASSES, EH_RULE_OF_NUMBERS, EH_RULE_OF_MASKS } eh_rule_about;

typedef struct eh_rule {
    const char *text; /* as typed */
    eh_rule_over over;
    eh_rule_about about;
    const eh_metric *metric;            /* of classes; else NULL */
    const struct eh_number_measure *of; /* of numbers (rule_numbers.h); else NULL */
    const struct eh_mask_measure *mask; /* of masks (mask_measure.h); else NULL */
    const char *argument;               /* after the colon: a class, of "within" a number; NULL: none named */
    bool above, or_equal;               /* ">" or "<"; with "=" */
    double limit;
} eh_rule;

typedef enum eh_rule_outcome { EH_RULE_PASS, EH_RULE_FAIL, EH_RULE_NOT_ENOUGH } eh_rule_outcome;

/* "pass", "fail", "not enough data", as in results.json. */
const char *eh_rule_outcome_name(eh_rule_outcome outcome);

typedef struct eh_rule_result {
    eh_rule_outcome outcome;
    const char *sentence; /* what was measured, with its interval; in the arena */
} eh_rule_result;

/* The meaning of "worst", "gap", "mean", "overall"; false for other words. */
bool eh_rule_over_find(eh_rule_over *out, const char *word);

/* Reads a rule; EH_ERR_USAGE says what is wrong with it. Texts are copied into the arena. */
eh_status eh_rule_parse(eh_rule *out, eh_arena *arena, const char *text, eh_error *err);

/* Judges a rule about classes. Groups that hold enough images decide by their measured value, groups with few only where their whole interval lies on one
 * side of the limit; otherwise, and where a group has no image, there is not enough data, unless the rule fails anyway.
 * `positive` is the class for rules that name none, -1 for none: then such a rule is EH_ERR_USAGE. */
eh_status eh_rule_judge(eh_rule_result *out, const eh_rule *rule, const eh_audit *audit, int64_t positive,
                        eh_arena *arena, eh_error *err);

#endif
