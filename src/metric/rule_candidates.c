/* rule_candidates.c - which of the things that a rule compares decides; see rule_candidates.h.
 *
 * Cost      O(groups^2) for a gap, as every pair may be the one that breaks it.
 * Easy to get wrong: a group without images passes every comparison with NaN; it must not count as passing. A difference or a mean of estimates without intervals has
 *           none either, though fmin and fmax would make limits of them.
 */
#include "metric/rule_candidates.h"
#include "metric/rule_numbers.h"

#include <math.h>
#include <string.h>

static bool breaks(const eh_rule *rule, double value)
{
    if (value == rule->limit)
        return rule->or_equal;
    return rule->above ? value > rule->limit : value < rule->limit;
}

/* The worse of two for the rule is kept. */
static void keep_worst(eh_rule_candidate *kept, bool *has, const eh_rule_candidate *c, const eh_rule *rule)
{
    if (!*has ||
        (c->known && (!kept->known || (rule->above ? c->value > kept->value : c->value < kept->value))))
        *kept = *c;
    *has = true;
}

void eh_rule_consider(eh_rule_candidates *all, const eh_rule_candidate *c)
{
    const eh_rule *rule = all->rule;
    if (!c->known) {
        keep_worst(&all->undecided, &all->has_undecided, c, rule);
        return;
    }
    keep_worst(&all->extreme, &all->has_extreme, c, rule);
    bool interval = isfinite(c->low) && isfinite(c->high), low_breaks = breaks(rule, c->low),
         high_breaks = breaks(rule, c->high);
    if (breaks(rule, c->value) && (c->sure || (interval && low_breaks && high_breaks)))
        keep_worst(&all->failing, &all->has_failing, c, rule);
    else if (!c->sure && (!interval || low_breaks || high_breaks))
        keep_worst(&all->undecided, &all->has_undecided, c, rule);
}

/* ---- estimates ---- */

static eh_rule_candidate of_estimate(const eh_estimate *e, size_t index, uint64_t few)
{
    return (eh_rule_candidate){ e->value, e->low, e->high, e->n > 0, e->n >= few, index, index };
}

static bool has_interval(const eh_estimate *e)
{
    return isfinite(e->low) && isfinite(e->high);
}

/* |difference| with the interval of the difference, folded at 0. */
static eh_rule_candidate of_pair(const eh_estimate *group, size_t a, size_t b, uint64_t few)
{
    eh_rule_candidate c = { .value = group[a].value - group[b].value,
                            .low = NAN,
                            .high = NAN,
                            .known = true,
                            .sure = group[a].n >= few && group[b].n >= few,
                            .first = a,
                            .second = b };
    if (has_interval(&group[a]) && has_interval(&group[b])) {
        eh_difference d = eh_newcombe(&group[a], &group[b]);
        c.low = fmax(0, d.low);
        c.high = fmax(d.high, -d.low);
    }
    return c;
}

static void consider_pairs(eh_rule_candidates *all, const eh_estimate *group, size_t groups, uint64_t few)
{
    for (size_t a = 0; a < groups; a++) {
        if (group[a].n == 0) {
            eh_rule_candidate c = of_estimate(&group[a], a, few);
            eh_rule_consider(all, &c);
        }
        for (size_t b = 0; b < groups; b++) {
            if (a == b || group[a].n == 0 || group[b].n == 0 || group[a].value < group[b].value ||
                (group[a].value == group[b].value && a > b))
                continue;
            eh_rule_candidate c = of_pair(group, a, b, few);
            eh_rule_consider(all, &c);
        }
    }
}

static void consider_mean(eh_rule_candidates *all, const eh_estimate *group, size_t groups, uint64_t few)
{
    size_t counted;
    eh_difference mean = eh_mean_of_estimates(group, groups, &counted);
    eh_rule_candidate c = { mean.value, mean.low, mean.high, counted > 0, true, 0, 0 };
    for (size_t g = 0; g < groups; g++) {
        c.sure = c.sure && group[g].n >= few;
        if (group[g].n == 0) {
            eh_rule_candidate empty = of_estimate(&group[g], g, few);
            eh_rule_consider(all, &empty);
        } else if (!has_interval(&group[g])) {
            c.low = c.high = NAN;
        }
    }
    /* Where a group is not known and there is no interval, that group is what to speak of. */
    if (counted == groups || isfinite(c.low))
        eh_rule_consider(all, &c);
}

void eh_rule_consider_estimates(eh_rule_candidates *all, const eh_estimate *group, size_t groups,
                                const eh_estimate *overall, uint64_t few)
{
    switch (all->rule->over) {
    case EH_RULE_WORST:
        for (size_t g = 0; g < groups; g++) {
            eh_rule_candidate c = of_estimate(&group[g], g, few);
            eh_rule_consider(all, &c);
        }
        break;
    case EH_RULE_GAP:
        consider_pairs(all, group, groups, few);
        break;
    case EH_RULE_MEAN:
        consider_mean(all, group, groups, few);
        break;
    case EH_RULE_OVERALL: {
        eh_rule_candidate c = of_estimate(overall, 0, few);
        eh_rule_consider(all, &c);
        break;
    }
    }
}

/* ---- the sentence ---- */

/* " (39.98% against 40.00%)" where value and limit read the same as sentences write them; a share has one decimal there, other numbers have two. */
static void append_closeness(eh_str *out, const eh_rule *rule, double value)
{
    bool share = rule->about != EH_RULE_OF_NUMBERS || rule->of->share;
    const char *sign = share ? "%" : "";
    double unit = share ? 100 : 1;
    enum { MOST_DIGITS = 17 };
    char measured[48], limit[48];
    int shown = share ? 1 : 2, digits = shown;
    do {
        snprintf(measured, sizeof measured, "%.*f", digits, unit * value);
        snprintf(limit, sizeof limit, "%.*f", digits, unit * rule->limit);
    } while (strcmp(measured, limit) == 0 && ++digits <= MOST_DIGITS);
    if (digits > shown && digits <= MOST_DIGITS)
        eh_str_appendf(out, " (%s%s against %s%s)", measured, sign, limit, sign);
}

eh_status eh_rule_conclude(eh_rule_result *out, const eh_rule_candidates *all, eh_rule_measured *measured,
                           const void *context, const char *what, const char *limit, eh_arena *arena,
                           eh_error *err)
{
    eh_str text = { 0 };
    const char *side = all->rule->above ? "above" : "below", *at = all->rule->or_equal ? "at or " : "";
    if (all->has_failing) {
        out->outcome = EH_RULE_FAIL;
        measured(&text, context, &all->failing);
        eh_str_appendf(&text, ", which is %s%s the limit of %s", at, side, limit);
        append_closeness(&text, all->rule, all->failing.value);
        eh_str_append(&text, ".");
    } else if (all->has_undecided) {
        out->outcome = EH_RULE_NOT_ENOUGH;
        measured(&text, context, &all->undecided);
        eh_str_appendf(&text, "%s: not enough to say whether it is %s the limit of %s.",
                       all->undecided.known ? ", which rests on few images" : "", side, limit);
    } else if (all->has_extreme) {
        out->outcome = EH_RULE_PASS;
        measured(&text, context, &all->extreme);
        eh_str_appendf(&text, ", which is not %s%s the limit of %s", at, side, limit);
        append_closeness(&text, all->rule, all->extreme.value);
        eh_str_append(&text, ".");
    } else {
        /* A gap needs two groups. */
        out->outcome = EH_RULE_NOT_ENOUGH;
        eh_str_appendf(&text, "There are not two groups whose %s could be compared.", what);
    }
    eh_status status = eh_str_check(&text, err);
    if (status == EH_OK) {
        out->sentence = eh_arena_strdup(arena, eh_str_text(&text));
        if (!out->sentence)
            status = eh_fail_memory(err, "the sentence of a rule", text.size, 1);
    }
    eh_str_clear(&text);
    return status;
}
