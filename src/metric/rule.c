/* rule.c - judging an audit by a rule; see rule.h.
 *
 * Idea      A measured value decides where it rests on enough images. Where it rests on few, the interval decides: wholly on one
 *           side of the limit is an answer, anything else is "not enough data", never a pass by accident.
 * Cost      O(groups^2) for a gap, as every pair may be the one that breaks it.
 * Easy to get wrong: a group without images passes every comparison with NaN; it must not count as passing.
 */
#include "metric/rule.h"
#include "base/str.h"

#include <math.h>
#include <string.h>

/* One thing that a rule compares: a group, a pair of groups, the mean, all images. */
typedef struct candidate {
    double value, low, high;
    bool known, sure; /* measured at all; on enough images */
    size_t first, second;
} candidate;

typedef struct judgement {
    const eh_rule *rule;
    const eh_audit *audit;
    eh_estimate *group; /* [audit->groups] */
    eh_estimate overall;
    const char *what; /* "accuracy", "recall of blond" */
    candidate failing, undecided, extreme;
    bool has_failing, has_undecided, has_extreme;
} judgement;

const char *eh_rule_outcome_name(eh_rule_outcome outcome)
{
    static const char *const name[] = { "pass", "fail", "not enough data" };
    return name[outcome];
}

static bool breaks(const eh_rule *rule, double value)
{
    if (value == rule->limit)
        return rule->or_equal;
    return rule->above ? value > rule->limit : value < rule->limit;
}

/* The worse of two for the rule: what a sentence is about. */
static bool is_worse(const eh_rule *rule, const candidate *a, const candidate *b)
{
    return rule->above ? a->value > b->value : a->value < b->value;
}

static void keep_worst(candidate *kept, bool *has, const candidate *c, const eh_rule *rule)
{
    if (!*has || (c->known && (!kept->known || is_worse(rule, c, kept))))
        *kept = *c;
    *has = true;
}

static void consider(judgement *j, const candidate *c)
{
    const eh_rule *rule = j->rule;
    if (!c->known) {
        keep_worst(&j->undecided, &j->has_undecided, c, rule);
        return;
    }
    keep_worst(&j->extreme, &j->has_extreme, c, rule);
    bool low_breaks = breaks(rule, c->low), high_breaks = breaks(rule, c->high);
    if (breaks(rule, c->value) && (c->sure || (low_breaks && high_breaks)))
        keep_worst(&j->failing, &j->has_failing, c, rule);
    else if (!c->sure && (low_breaks || high_breaks))
        keep_worst(&j->undecided, &j->has_undecided, c, rule);
}

static candidate of_estimate(const judgement *j, const eh_estimate *e, size_t index)
{
    return (candidate){ e->value, e->low, e->high, e->n > 0, e->n >= j->audit->few, index, index };
}

static void consider_groups(judgement *j)
{
    for (size_t g = 0; g < j->audit->groups; g++) {
        candidate c = of_estimate(j, &j->group[g], g);
        consider(j, &c);
    }
}

/* Every pair; |difference| with the interval of the difference, folded at 0. */
static void consider_pairs(judgement *j)
{
    uint64_t few = j->audit->few;
    for (size_t a = 0; a < j->audit->groups; a++) {
        if (j->group[a].n == 0) {
            candidate c = of_estimate(j, &j->group[a], a);
            consider(j, &c);
        }
        for (size_t b = 0; b < j->audit->groups; b++) {
            if (a == b || j->group[a].n == 0 || j->group[b].n == 0 || j->group[a].value < j->group[b].value ||
                (j->group[a].value == j->group[b].value && a > b))
                continue;
            eh_difference d = eh_newcombe(&j->group[a], &j->group[b]);
            candidate c = { d.value,
                            fmax(0, d.low),
                            fmax(d.high, -d.low),
                            true,
                            j->group[a].n >= few && j->group[b].n >= few,
                            a,
                            b };
            consider(j, &c);
        }
    }
}

static void consider_mean(judgement *j)
{
    size_t counted;
    eh_difference mean = eh_mean_of_estimates(j->group, j->audit->groups, &counted);
    candidate c = { mean.value, mean.low, mean.high, counted > 0, true, 0, 0 };
    for (size_t g = 0; g < j->audit->groups; g++) {
        c.sure = c.sure && j->group[g].n >= j->audit->few;
        if (j->group[g].n == 0) {
            candidate empty = of_estimate(j, &j->group[g], g);
            consider(j, &empty);
        }
    }
    consider(j, &c);
}

/* "13.9% (25/180, 95% interval 9.6-19.7%)" */
static void append_estimate(eh_str *out, const eh_estimate *e, double level)
{
    char percent[24], range[56];
    eh_percent(percent, e->value, 1);
    eh_percent_range(range, e->low, e->high, 1);
    eh_str_appendf(out, "%s (%llu/%llu, %g%% interval %s)", percent, (unsigned long long)e->count,
                   (unsigned long long)e->n, 100 * level, range);
}

/* What was measured for this candidate, as a clause that begins a sentence. */
static void append_measured(eh_str *out, const judgement *j, const candidate *c)
{
    const eh_audit *audit = j->audit;
    const char *name = audit->group[c->first].name;
    double level = audit->level;
    if (!c->known) {
        eh_str_appendf(out, "The %s of \"%s\" is unknown, as it rests on no image", j->what, name);
    } else if (j->rule->over == EH_RULE_GAP) {
        eh_str_appendf(out, "The %s differs by %.1f points (%g%% interval %.1f\u2013%.1f) between \"%s\", ",
                       j->what, 100 * c->value, 100 * level, 100 * c->low, 100 * c->high, name);
        append_estimate(out, &j->group[c->first], level);
        eh_str_appendf(out, ", and \"%s\", ", audit->group[c->second].name);
        append_estimate(out, &j->group[c->second], level);
    } else if (j->rule->over == EH_RULE_MEAN) {
        eh_str_appendf(out, "The mean %s of the groups is %.1f%% (%g%% interval %.1f\u2013%.1f%%)", j->what,
                       100 * c->value, 100 * level, 100 * c->low, 100 * c->high);
    } else {
        bool whole = j->rule->over == EH_RULE_OVERALL;
        eh_str_appendf(out, "The %s of %s%s%s is ", j->what, whole ? "" : "\"", whole ? "all images" : name,
                       whole ? "" : "\"");
        append_estimate(out, whole ? &j->overall : &j->group[c->first], level);
    }
}

static eh_status conclude(eh_rule_result *out, const judgement *j, eh_arena *arena, eh_error *err)
{
    eh_str text = { 0 };
    const char *side = j->rule->above ? "above" : "below";
    char limit[24];
    eh_percent(limit, j->rule->limit, 1);
    if (j->has_failing) {
        out->outcome = EH_RULE_FAIL;
        append_measured(&text, j, &j->failing);
        eh_str_appendf(&text, ", which is %s%s the limit of %s.", j->rule->or_equal ? "at or " : "", side,
                       limit);
    } else if (j->has_undecided) {
        out->outcome = EH_RULE_NOT_ENOUGH;
        append_measured(&text, j, &j->undecided);
        eh_str_appendf(&text, "%s: not enough to say whether it is %s the limit of %s.",
                       j->undecided.known ? ", which rests on few images" : "", side, limit);
    } else if (j->has_extreme) {
        out->outcome = EH_RULE_PASS;
        append_measured(&text, j, &j->extreme);
        eh_str_appendf(&text, ", which is not %s%s the limit of %s.", j->rule->or_equal ? "at or " : "", side,
                       limit);
    } else {
        /* A gap needs two groups. */
        out->outcome = EH_RULE_NOT_ENOUGH;
        eh_str_appendf(&text, "There are not two groups whose %s could be compared.", j->what);
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

/* The class that the rule is about, 0 when its metric needs none. */
static eh_status find_class(size_t *out, const eh_rule *rule, const eh_audit *audit, int64_t positive,
                            eh_error *err)
{
    *out = 0;
    if (!rule->metric->of_class)
        return EH_OK;
    if (!rule->class_name && positive >= 0) {
        *out = (size_t)positive;
        return EH_OK;
    }
    const char *metric = rule->metric->entry.name;
    for (size_t c = 0; rule->class_name && c < audit->classes; c++) {
        if (strcmp(audit->class_name[c], rule->class_name) == 0) {
            *out = c;
            return EH_OK;
        }
    }
    int64_t meant =
        rule->class_name ? eh_yes_no_class(audit->class_name, audit->classes, rule->class_name) : -1;
    if (meant >= 0) {
        *out = (size_t)meant;
        return EH_OK;
    }
    if (!rule->class_name)
        return eh_fail(err, EH_ERR_USAGE, "The rule \"%s\" must name a class: %s:%s, for instance.",
                       rule->text, metric, audit->classes ? audit->class_name[0] : "blond");
    return eh_fail(err, EH_ERR_USAGE,
                   "The rule \"%s\" names the class \"%s\", which is not among the %zu classes.", rule->text,
                   rule->class_name, audit->classes);
}

eh_status eh_rule_judge(eh_rule_result *out, const eh_rule *rule, const eh_audit *audit, int64_t positive,
                        eh_arena *arena, eh_error *err)
{
    *out = (eh_rule_result){ 0 };
    size_t cls;
    EH_TRY(find_class(&cls, rule, audit, positive, err));
    judgement j = { .rule = rule, .audit = audit };
    j.group = eh_arena_alloc(arena, audit->groups, sizeof *j.group);
    j.what = rule->metric->of_class
                 ? eh_arena_printf(arena, "%s of %s", rule->metric->entry.name, audit->class_name[cls])
                 : rule->metric->entry.name;
    if (!j.group || !j.what)
        return eh_fail_memory(err, "judging a rule", audit->groups, sizeof *j.group);
    for (size_t g = 0; g < audit->groups; g++)
        j.group[g] = rule->metric->compute(&audit->group[g].counts, cls, audit->level);
    j.overall = rule->metric->compute(&audit->overall.counts, cls, audit->level);
    switch (rule->over) {
    case EH_RULE_WORST:
        consider_groups(&j);
        break;
    case EH_RULE_GAP:
        consider_pairs(&j);
        break;
    case EH_RULE_MEAN:
        consider_mean(&j);
        break;
    case EH_RULE_OVERALL: {
        candidate c = of_estimate(&j, &j.overall, 0);
        consider(&j, &c);
        break;
    }
    }
    return conclude(out, &j, arena, err);
}
