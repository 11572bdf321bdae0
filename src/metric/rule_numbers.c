/* rule_numbers.c - judging errors of numbers by a rule; see rule_numbers.h. What decides: rule_candidates.h.
 *
 * Easy to get wrong: rmse has no interval, so where images are few it never decides.
 */
#include "metric/rule_numbers.h"
#include "metric/rule_candidates.h"

#include <math.h>
#include <string.h>

enum { MAE, RMSE, BIAS, WITHIN, MEASURES };

static const eh_number_measure measure[MEASURES] = { [MAE] = { "mae", "mean absolute error", false },
                                                     [RMSE] = { "rmse", "root mean square error", false },
                                                     [BIAS] = { "bias", "mean error", false },
                                                     [WITHIN] = { "within", "share", true } };

const eh_number_measure *eh_number_measure_find(const char *word)
{
    for (int m = 0; m < MEASURES; m++)
        if (strcmp(measure[m].word, word) == 0)
            return &measure[m];
    return NULL;
}

eh_status eh_number_measure_check(const eh_rule *rule, eh_error *err)
{
    double within;
    if (rule->of != &measure[WITHIN] && rule->argument)
        return eh_fail(err, EH_ERR_USAGE, "The rule \"%s\" has a colon, but %s is about all images alike.",
                       rule->text, rule->of->word);
    if (rule->of == &measure[WITHIN] &&
        (!rule->argument || !eh_parse_float(&within, rule->argument) || !(within > 0)))
        return eh_fail(err, EH_ERR_USAGE,
                       "The rule \"%s\" must say within how much, as in worst(within:5)<50%%.", rule->text);
    return EH_OK;
}

typedef struct judgement {
    const eh_rule *rule;
    const eh_number_audit *audit;
    size_t column;    /* of the audit's within */
    const char *what; /* "share within 5 of age" */
} judgement;

/* Of a group, or of all images. */
static eh_rule_candidate of_result(const judgement *j, const eh_number_result *x, size_t index)
{
    const eh_number_measure *of = j->rule->of;
    eh_rule_candidate c = { .known = x->n > 0, .sure = x->n >= j->audit->few, .first = index };
    const eh_mean_estimate *m = of == &measure[MAE] ? &x->mae : &x->bias;
    if (of == &measure[WITHIN]) {
        const eh_estimate *e = &x->within[j->column];
        c.value = e->value;
        c.low = e->low;
        c.high = e->high;
    } else if (of == &measure[RMSE]) {
        c.value = x->rmse;
        c.low = c.high = NAN;
    } else {
        c.value = fabs(m->value);
        c.low = of == &measure[BIAS] && m->low * m->high <= 0 ? 0 : fmin(fabs(m->low), fabs(m->high));
        c.high = fmax(fabs(m->low), fabs(m->high));
    }
    return c;
}

/* Largest minus smallest of the groups, where two are known; both extremes decide whether it rests on enough images. */
static void consider_gap(eh_rule_candidates *all, const judgement *j)
{
    const eh_number_audit *a = j->audit;
    eh_rule_candidate most = { 0 }, least = { 0 };
    size_t known = 0;
    for (size_t g = 0; g < a->groups; g++) {
        eh_rule_candidate c = of_result(j, &a->group[g], g);
        if (!c.known)
            continue;
        known++;
        most = !most.known || c.value > most.value ? c : most;
        least = !least.known || c.value < least.value ? c : least;
    }
    if (known < 2)
        return;
    bool interval = j->rule->of == &measure[MAE];
    eh_rule_candidate gap = { .value = most.value - least.value,
                              .low = interval ? a->gap.low : (double)NAN,
                              .high = interval ? a->gap.high : (double)NAN,
                              .known = true,
                              .sure = most.sure && least.sure };
    eh_rule_consider(all, &gap);
}

static void consider_mean(eh_rule_candidates *all, const judgement *j)
{
    const eh_number_audit *a = j->audit;
    bool interval = j->rule->of == &measure[MAE];
    eh_rule_candidate mean = { .low = interval ? a->group_mean.low : (double)NAN,
                               .high = interval ? a->group_mean.high : (double)NAN,
                               .sure = true };
    double sum = 0;
    for (size_t g = 0; g < a->groups; g++) {
        eh_rule_candidate c = of_result(j, &a->group[g], g);
        sum += c.known ? c.value : 0;
        mean.sure = mean.sure && c.sure;
    }
    mean.known = a->group_mean_groups > 0;
    mean.value = sum / (double)a->group_mean_groups;
    if (mean.known)
        eh_rule_consider(all, &mean);
}

/* "7.91 (95% interval 6.80-9.02)" or "41.0% (95% interval ...)" */
static void append_value(eh_str *out, const judgement *j, const eh_rule_candidate *c)
{
    bool share = j->rule->of->share;
    if (share)
        eh_str_appendf(out, "%.1f%s", 100 * c->value, j->rule->over == EH_RULE_GAP ? " points" : "%");
    else
        eh_str_appendf(out, "%.2f", c->value);
    if (isfinite(c->low) && isfinite(c->high)) {
        double unit = share ? 100 : 1;
        eh_str_appendf(out, " (%g%% interval %.2f\u2013%.2f)", 100 * j->audit->level, unit * c->low,
                       unit * c->high);
    }
}

static void append_measured(eh_str *out, const void *context, const eh_rule_candidate *c)
{
    const judgement *j = context;
    const eh_rule *rule = j->rule;
    if (!c->known) {
        eh_str_appendf(out, "The %s in \"%s\" is unknown, as it rests on no image", j->what,
                       rule->over == EH_RULE_OVERALL ? j->audit->overall.name
                                                     : j->audit->group[c->first].name);
        return;
    }
    if (rule->over == EH_RULE_GAP)
        eh_str_appendf(out, "The %s differs between groups by ", j->what);
    else if (rule->over == EH_RULE_MEAN)
        eh_str_appendf(out, "The %s, its mean over the groups, is ", j->what);
    else if (rule->over == EH_RULE_OVERALL)
        eh_str_appendf(out, "The %s in all images is ", j->what);
    else
        eh_str_appendf(out, "The %s in \"%s\" is ", j->what, j->audit->group[c->first].name);
    append_value(out, j, c);
}

/* The share that a rule about "within" needs, and what sentences call the metric. */
static eh_status begin(judgement *j, const char *head, eh_arena *arena, eh_error *err)
{
    const eh_number_audit *a = j->audit;
    double within = 0;
    if (j->rule->of == &measure[WITHIN]) {
        eh_parse_float(&within, j->rule->argument);
        while (j->column < a->withins && fabs(a->within[j->column] - within) > 1e-12 * within)
            j->column++;
        if (j->column == a->withins)
            return eh_fail(err, EH_ERR_USAGE,
                           "The rule \"%s\" needs the share within %g; name it with --within.", j->rule->text,
                           within);
        j->what = eh_arena_printf(arena, "share within %g of %s", within, head);
    } else {
        j->what = eh_arena_printf(arena, "%s of %s", j->rule->of->name, head);
    }
    return j->what ? EH_OK : eh_fail_memory(err, "judging a rule", 1, 1);
}

eh_status eh_rule_judge_numbers(eh_rule_result *out, const eh_rule *rule, const char *head,
                                const eh_number_audit *audit, eh_arena *arena, eh_error *err)
{
    *out = (eh_rule_result){ 0 };
    judgement j = { .rule = rule, .audit = audit };
    eh_rule_candidates all = { .rule = rule };
    EH_TRY(begin(&j, head, arena, err));
    if (rule->over == EH_RULE_GAP)
        consider_gap(&all, &j);
    if (rule->over == EH_RULE_MEAN)
        consider_mean(&all, &j);
    if (rule->over == EH_RULE_OVERALL) {
        eh_rule_candidate c = of_result(&j, &audit->overall, 0);
        eh_rule_consider(&all, &c);
    }
    for (size_t g = 0; g < audit->groups && rule->over != EH_RULE_OVERALL; g++) {
        eh_rule_candidate c = of_result(&j, &audit->group[g], g);
        if (rule->over == EH_RULE_WORST || !c.known)
            eh_rule_consider(&all, &c);
    }
    char limit[32];
    if (rule->of->share)
        snprintf(limit, sizeof limit, "%g%%", 100 * rule->limit);
    else
        snprintf(limit, sizeof limit, "%g", rule->limit);
    return eh_rule_conclude(out, &all, append_measured, &j, j.what, limit, arena, err);
}
