/* rule.c - judging an audit of classes by a rule; see rule.h. What decides: rule_candidates.h. */
#include "metric/rule_candidates.h"

#include <string.h>

typedef struct judgement {
    const eh_rule *rule;
    const eh_audit *audit;
    eh_estimate *group; /* [audit->groups] */
    eh_estimate overall;
    const char *what; /* "accuracy", "recall of blond" */
} judgement;

const char *eh_rule_outcome_name(eh_rule_outcome outcome)
{
    static const char *const name[] = { "pass", "fail", "not enough data" };
    return name[outcome];
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
static void append_measured(eh_str *out, const void *context, const eh_rule_candidate *c)
{
    const judgement *j = context;
    const eh_audit *audit = j->audit;
    const char *name = audit->group[c->first].name;
    double level = audit->level;
    if (!c->known) {
        eh_str_appendf(out, "The %s of \"%s\" is unknown, as it rests on no image", j->what,
                       j->rule->over == EH_RULE_OVERALL ? "all images" : name);
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

/* The class that the rule is about, 0 when its metric needs none. */
static eh_status find_class(size_t *out, const eh_rule *rule, const eh_audit *audit, int64_t positive,
                            eh_error *err)
{
    *out = 0;
    if (!rule->metric->of_class)
        return EH_OK;
    if (!rule->argument && positive >= 0) {
        *out = (size_t)positive;
        return EH_OK;
    }
    const char *metric = rule->metric->entry.name;
    for (size_t c = 0; rule->argument && c < audit->classes; c++) {
        if (strcmp(audit->class_name[c], rule->argument) == 0) {
            *out = c;
            return EH_OK;
        }
    }
    int64_t meant = rule->argument ? eh_yes_no_class(audit->class_name, audit->classes, rule->argument) : -1;
    if (meant >= 0) {
        *out = (size_t)meant;
        return EH_OK;
    }
    if (!rule->argument)
        return eh_fail(err, EH_ERR_USAGE, "The rule \"%s\" must name a class: %s:%s, for instance.",
                       rule->text, metric, audit->classes ? audit->class_name[0] : "blond");
    return eh_fail(err, EH_ERR_USAGE,
                   "The rule \"%s\" names the class \"%s\", which is not among the %zu classes.", rule->text,
                   rule->argument, audit->classes);
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
    eh_rule_candidates all = { .rule = rule };
    eh_rule_consider_estimates(&all, j.group, audit->groups, &j.overall, audit->few);
    char limit[24];
    eh_percent(limit, rule->limit, 1);
    return eh_rule_conclude(out, &all, append_measured, &j, j.what, limit, arena, err);
}
