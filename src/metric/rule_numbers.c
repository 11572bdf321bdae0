/* rule_numbers.c - judging errors of numbers by a rule; see rule_numbers.h.
 *
 * Easy to get wrong: a group without images passes every comparison with NaN; it must not count as passing. A group with few images decides only where its
 *           whole interval lies on one side of the limit, so rmse, which has none, never decides there.
 */
#include "metric/rule_numbers.h"

#include <math.h>
#include <string.h>

typedef enum measure { MAE, RMSE, BIAS, WITHIN } measure;

static const char *const measure_name[] = { "mae", "rmse", "bias", "within" };

enum { MEASURES = 4 };

/* Split at its brackets, colon and sign. */
typedef struct number_rule {
    eh_rule_over over;
    measure what;
    double within, limit;
    size_t column; /* of the audit's within */
    bool above, or_equal;
} number_rule;

/* One thing that is compared. */
typedef struct candidate {
    double value, low, high;
    bool known, sure;
    const char *name;
} candidate;

static eh_status fail_form(const char *text, eh_error *err)
{
    return eh_fail(err, EH_ERR_USAGE,
                   "\"%s\" is no rule about numbers; write it like worst(mae)>8, gap(mae)>2 or "
                   "worst(within:5)<50%%.",
                   text);
}

bool eh_rule_is_of_numbers(const char *text)
{
    const char *open = strchr(text, '(');
    if (!open)
        return false;
    open += 1 + strspn(open + 1, " ");
    for (int m = 0; m < MEASURES; m++) {
        size_t length = strlen(measure_name[m]);
        if (strncmp(open, measure_name[m], length) == 0 && strchr(" :)", open[length]) && open[length])
            return true;
    }
    return false;
}

static eh_status parse_metric(number_rule *r, const char *text, const eh_number_audit *audit, eh_error *err)
{
    const char *name = strchr(text, '(') + 1;
    char limit[64];
    name += strspn(name, " ");
    for (int m = 0; m < MEASURES; m++)
        if (strncmp(name, measure_name[m], strlen(measure_name[m])) == 0)
            r->what = (measure)m;
    const char *colon = strpbrk(name, ":)");
    if (!colon || (*colon == ':') != (r->what == WITHIN))
        return fail_form(text, err);
    if (r->what != WITHIN)
        return EH_OK;
    snprintf(limit, sizeof limit, "%.*s", (int)strcspn(colon + 1, ")"), colon + 1);
    if (!eh_parse_float(&r->within, limit))
        return fail_form(text, err);
    for (r->column = 0; r->column < audit->withins; r->column++)
        if (fabs(audit->within[r->column] - r->within) <= 1e-12 * r->within)
            return EH_OK;
    return eh_fail(err, EH_ERR_USAGE, "The rule \"%s\" needs the share within %g; name it with --within.",
                   text, r->within);
}

static eh_status parse(number_rule *r, const char *text, const eh_number_audit *audit, eh_error *err)
{
    static const char *const over[] = { "worst", "gap", "mean", "overall" };
    size_t length = strcspn(text, "(");
    char limit[64];
    int o = 0;
    *r = (number_rule){ 0 };
    while (o < 4 && (strlen(over[o]) != length || strncmp(text, over[o], length) != 0))
        o++;
    const char *close = strrchr(text, ')');
    if (o == 4 || !close)
        return fail_form(text, err);
    r->over = (eh_rule_over)o;
    EH_TRY(parse_metric(r, text, audit, err));
    close += 1 + strspn(close + 1, " ");
    if (*close != '<' && *close != '>')
        return fail_form(text, err);
    r->above = *close++ == '>';
    r->or_equal = *close == '=';
    close += r->or_equal;
    snprintf(limit, sizeof limit, "%s", close + strspn(close, " "));
    length = strlen(limit);
    bool percent = r->what == WITHIN && length > 0 && limit[length - 1] == '%';
    if (percent)
        limit[length - 1] = '\0';
    if (!eh_parse_float(&r->limit, limit) || r->limit < 0)
        return fail_form(text, err);
    r->limit /= percent ? 100 : 1;
    if (r->above != (r->what != WITHIN || r->over == EH_RULE_GAP))
        return eh_fail(err, EH_ERR_USAGE,
                       "A rule says when the model fails, and \"%s\" would fail it for being good; turn the "
                       "sign round.",
                       text);
    return EH_OK;
}

static candidate of_result(const number_rule *r, const eh_number_result *x, uint64_t few)
{
    candidate c = { .known = x->n > 0, .sure = x->n >= few, .name = x->name };
    const eh_mean_estimate *m = r->what == MAE ? &x->mae : &x->bias;
    if (r->what == WITHIN) {
        const eh_estimate *e = &x->within[r->column];
        c.value = e->value;
        c.low = e->low;
        c.high = e->high;
    } else if (r->what == RMSE) {
        c.value = x->rmse;
        c.low = c.high = NAN;
    } else {
        c.value = fabs(m->value);
        c.low = r->what == BIAS && m->low * m->high <= 0 ? 0 : fmin(fabs(m->low), fabs(m->high));
        c.high = fmax(fabs(m->low), fabs(m->high));
    }
    return c;
}

static bool breaks(const number_rule *r, double value)
{
    return value == r->limit ? r->or_equal : r->above ? value > r->limit : value < r->limit;
}

/* What is said, and the outcome so far: a failure outweighs not enough data, which outweighs a pass. */
typedef struct judgement {
    const number_rule *rule;
    candidate failing, undecided, extreme;
    bool has_failing, has_undecided, has_extreme;
} judgement;

static void keep(candidate *kept, bool *has, const candidate *c, bool above)
{
    if (!*has || (c->known && (!kept->known || (above ? c->value > kept->value : c->value < kept->value))))
        *kept = *c;
    *has = true;
}

static void consider(judgement *j, const candidate *c)
{
    bool above = j->rule->above;
    if (!c->known) {
        keep(&j->undecided, &j->has_undecided, c, above);
        return;
    }
    keep(&j->extreme, &j->has_extreme, c, above);
    bool low = breaks(j->rule, c->low), high = breaks(j->rule, c->high),
         whole = isfinite(c->low) && isfinite(c->high);
    if (breaks(j->rule, c->value) && (c->sure || (whole && low && high)))
        keep(&j->failing, &j->has_failing, c, above);
    else if (!c->sure && (!whole || low || high))
        keep(&j->undecided, &j->has_undecided, c, above);
}

/* Largest minus smallest of the groups; both extremes decide whether it rests on enough images. */
static candidate gap_of(const number_rule *r, const eh_number_audit *a)
{
    candidate most = { .name = "" }, least = { .name = "" };
    for (size_t g = 0; g < a->groups; g++) {
        candidate c = of_result(r, &a->group[g], a->few);
        if (!c.known)
            continue;
        most = !most.known || c.value > most.value ? c : most;
        least = !least.known || c.value < least.value ? c : least;
    }
    candidate gap = { .value = most.value - least.value,
                      .low = NAN,
                      .high = NAN,
                      .known = most.known,
                      .sure = most.sure && least.sure,
                      .name = most.name };
    if (r->what == MAE && most.known) {
        gap.low = a->gap.low;
        gap.high = a->gap.high;
    }
    return gap;
}

static candidate mean_of(const number_rule *r, const eh_number_audit *a)
{
    candidate mean = { .low = NAN, .high = NAN, .sure = true, .name = "" };
    double sum = 0;
    for (size_t g = 0; g < a->groups; g++) {
        candidate c = of_result(r, &a->group[g], a->few);
        sum += c.known ? c.value : 0;
        mean.sure = mean.sure && c.sure;
    }
    mean.known = a->group_mean_groups > 0;
    mean.value = sum / (double)a->group_mean_groups;
    if (r->what == MAE) {
        mean.low = a->group_mean.low;
        mean.high = a->group_mean.high;
    }
    return mean;
}

/* "7.91 (95% interval 6.80-9.02)" or "41.0% (95% interval ...)" */
static void append_value(eh_str *out, const judgement *j, const candidate *c, double level)
{
    if (j->rule->what == WITHIN)
        eh_str_appendf(out, "%.1f%s", 100 * c->value, j->rule->over == EH_RULE_GAP ? " points" : "%");
    else
        eh_str_appendf(out, "%.2f", c->value);
    if (isfinite(c->low) && isfinite(c->high)) {
        double unit = j->rule->what == WITHIN ? 100 : 1;
        eh_str_appendf(out, " (%g%% interval %.2f\u2013%.2f)", 100 * level, unit * c->low, unit * c->high);
    }
}

static void append_sentence(eh_str *out, const judgement *j, const candidate *c, const char *head,
                            double level)
{
    static const char *const what[] = { "mean absolute error", "root mean square error", "mean error",
                                        "share" };
    char name[96];
    const number_rule *r = j->rule;
    if (r->what == WITHIN)
        snprintf(name, sizeof name, "share within %g of %s", r->within, head);
    else
        snprintf(name, sizeof name, "%s of %s", what[r->what], head);
    if (!c->known) {
        eh_str_appendf(out, "The %s in \"%s\" is unknown, as it rests on no image", name, c->name);
        return;
    }
    if (r->over == EH_RULE_GAP)
        eh_str_appendf(out, "The %s differs between groups by ", name);
    else if (r->over == EH_RULE_MEAN)
        eh_str_appendf(out, "The %s, its mean over the groups, is ", name);
    else
        eh_str_appendf(out, "The %s in %s%s%s is ", name, r->over == EH_RULE_WORST ? "\"" : "",
                       r->over == EH_RULE_WORST ? c->name : "all images",
                       r->over == EH_RULE_WORST ? "\"" : "");
    append_value(out, j, c, level);
}

static eh_status conclude(eh_rule_result *out, const judgement *j, const char *head, double level,
                          eh_arena *arena, eh_error *err)
{
    eh_str text = { 0 };
    const char *side = j->rule->above ? "above" : "below", *at = j->rule->or_equal ? "at or " : "";
    const candidate *c = j->has_failing ? &j->failing : j->has_undecided ? &j->undecided : &j->extreme;
    out->outcome = j->has_failing                        ? EH_RULE_FAIL
                   : j->has_undecided || !j->has_extreme ? EH_RULE_NOT_ENOUGH
                                                         : EH_RULE_PASS;
    append_sentence(&text, j, c, head, level);
    char limit[32];
    if (j->rule->what == WITHIN)
        snprintf(limit, sizeof limit, "%g%%", 100 * j->rule->limit);
    else
        snprintf(limit, sizeof limit, "%g", j->rule->limit);
    if (out->outcome == EH_RULE_NOT_ENOUGH)
        eh_str_appendf(&text, "%s: not enough to say whether it is %s the limit of %s.",
                       c->known ? ", which rests on few images" : "", side, limit);
    else
        eh_str_appendf(&text, ", which is %s%s%s the limit of %s.",
                       out->outcome == EH_RULE_FAIL ? "" : "not ", at, side, limit);
    eh_status status = eh_str_check(&text, err);
    if (status == EH_OK && !(out->sentence = eh_arena_strdup(arena, eh_str_text(&text))))
        status = eh_fail_memory(err, "the sentence of a rule", text.size, 1);
    eh_str_clear(&text);
    return status;
}

eh_status eh_rule_judge_numbers(eh_rule_result *out, const char *text, const char *head,
                                const eh_number_audit *audit, eh_arena *arena, eh_error *err)
{
    number_rule rule;
    *out = (eh_rule_result){ 0 };
    EH_TRY(parse(&rule, text, audit, err));
    judgement j = { .rule = &rule };
    candidate one = rule.over == EH_RULE_GAP    ? gap_of(&rule, audit)
                    : rule.over == EH_RULE_MEAN ? mean_of(&rule, audit)
                                                : of_result(&rule, &audit->overall, audit->few);
    if (rule.over != EH_RULE_WORST)
        consider(&j, &one);
    for (size_t g = 0; g < audit->groups && rule.over != EH_RULE_OVERALL; g++) {
        candidate c = of_result(&rule, &audit->group[g], audit->few);
        if (rule.over == EH_RULE_WORST || !c.known)
            consider(&j, &c);
    }
    return conclude(out, &j, head, audit->level, arena, err);
}
