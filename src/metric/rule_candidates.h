/* rule_candidates.h - what a rule compares, one value after another, and which of them decides; the same for classes, numbers and masks.
 *
 * A measured value decides where it rests on enough images. Where it rests on few, the interval decides: wholly on one side of the limit is an answer,
 * anything else is "not enough data", as is a value that is not known. A failure outweighs not enough data, which outweighs a pass.
 */
#ifndef EH_METRIC_RULE_CANDIDATES_H
#define EH_METRIC_RULE_CANDIDATES_H

#include "metric/rule.h"
#include "base/str.h"

/* One thing that a rule compares: a group, a pair of groups, the mean, all images. */
typedef struct eh_rule_candidate {
    double value, low, high; /* NaN limits: there is no interval */
    bool known, sure;        /* measured at all; on enough images */
    size_t first,
        second; /* the groups that are meant, where it is groups; of a pair the one with more first */
} eh_rule_candidate;

/* Begin with { .rule = rule }. Of each kind the worst for the rule is kept, as a sentence is about one. */
typedef struct eh_rule_candidates {
    const eh_rule *rule;
    eh_rule_candidate failing, undecided, extreme;
    bool has_failing, has_undecided, has_extreme;
} eh_rule_candidates;

void eh_rule_consider(eh_rule_candidates *all, const eh_rule_candidate *c);

/* Considers what rule->over says: each group, each pair of them, their mean, or `overall`. An estimate with n = 0 is not known; limits that are NaN are no interval. */
void eh_rule_consider_estimates(eh_rule_candidates *all, const eh_estimate *group, size_t groups,
                                const eh_estimate *overall, uint64_t few);

/* Appends what was measured for a candidate, as a clause that begins a sentence. */
typedef void eh_rule_measured(eh_str *out, const void *context, const eh_rule_candidate *c);

/* The outcome and its sentence, in the arena. what: the metric as in "whose ... could be compared"; limit: as a sentence says it. */
eh_status eh_rule_conclude(eh_rule_result *out, const eh_rule_candidates *all, eh_rule_measured *measured,
                           const void *context, const char *what, const char *limit, eh_arena *arena,
                           eh_error *err);

#endif
