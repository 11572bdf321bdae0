/* rule_parse.c - from the text of a rule to what it means; see rule.h. */
#include "metric/mask_measure.h"
#include "metric/rule_numbers.h"
#include "base/str.h"

#include <string.h>

static const char *const over_name[] = { "worst", "gap", "mean", "overall", NULL };

static eh_status fail_form(const char *text, eh_error *err)
{
    return eh_fail(err, EH_ERR_USAGE,
                   "\"%s\" is no rule; write it like worst(accuracy)<0.8, gap(recall:blond)>5%%, "
                   "worst(mae)>8 "
                   "or worst(miou)<0.4.",
                   text);
}

bool eh_rule_over_find(eh_rule_over *out, const char *word)
{
    for (int i = 0; over_name[i]; i++) {
        if (strcmp(over_name[i], word) == 0) {
            *out = (eh_rule_over)i;
            return true;
        }
    }
    return false;
}

static eh_status parse_over(eh_rule *rule, const char *word, eh_error *err)
{
    if (eh_rule_over_find(&rule->over, word))
        return EH_OK;
    const char *nearest = eh_nearest(word, over_name);
    return eh_fail(err, EH_ERR_USAGE,
                   "The rule \"%s\" begins with \"%s\"%s%s%s; it can be worst, gap, mean or overall.",
                   rule->text, word, nearest ? ", did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"" : "");
}

/* Which metric a name means, and whether what follows its colon belongs there. */
static eh_status parse_metric(eh_rule *rule, const char *name, eh_error *err)
{
    const eh_entry *entry;
    eh_error unknown = { 0 };
    rule->of = eh_number_measure_find(name);
    rule->mask = eh_mask_measure_find(name);
    if (rule->of) {
        rule->about = EH_RULE_OF_NUMBERS;
        return eh_number_measure_check(rule, err);
    }
    if (rule->mask) {
        rule->about = EH_RULE_OF_MASKS;
        return rule->argument && !rule->mask->of_class
                   ? eh_fail(err, EH_ERR_USAGE,
                             "The rule \"%s\" names a class, but %s is about all classes together.",
                             rule->text, name)
                   : EH_OK;
    }
    if (eh_thing_find(&entry, "metric", name, &unknown) != EH_OK)
        return eh_fail(err, EH_ERR_USAGE,
                       "%s Numbers have mae, rmse, bias and within:K, masks miou, iou:CLASS and others "
                       "('evenhand help audit').",
                       unknown.message);
    rule->metric = (const eh_metric *)entry;
    if (rule->argument && !rule->metric->of_class)
        return eh_fail(err, EH_ERR_USAGE,
                       "The rule \"%s\" names a class, but %s is about all classes together.", rule->text,
                       name);
    return EH_OK;
}

/* "<0.8", ">=5%"; blanks anywhere. */
static eh_status parse_limit(eh_rule *rule, char *text, eh_error *err)
{
    text += strspn(text, " ");
    if (*text != '<' && *text != '>')
        return fail_form(rule->text, err);
    rule->above = *text++ == '>';
    rule->or_equal = *text == '=';
    text += rule->or_equal;
    text = eh_trim(text);
    size_t length = strlen(text);
    bool percent = length > 0 && text[length - 1] == '%';
    if (percent)
        text[length - 1] = '\0';
    text = eh_trim(text);
    if (!eh_parse_float(&rule->limit, text))
        return fail_form(rule->text, err);
    if (rule->of && !rule->of->share)
        return percent || rule->limit < 0
                   ? eh_fail(err, EH_ERR_USAGE,
                             "The limit of the rule \"%s\" is in the units of the column, and not below 0.",
                             rule->text)
                   : EH_OK;
    if (percent)
        rule->limit /= 100;
    if (rule->limit < 0 || rule->limit > 1)
        return eh_fail(err, EH_ERR_USAGE,
                       "The limit of the rule \"%s\" must lie between 0 and 1, or between 0%% and 100%%.",
                       rule->text);
    return EH_OK;
}

/* Refuses a rule that fails a model for being good. name: its metric. */
static eh_status check_side(const eh_rule *rule, const char *name, eh_error *err)
{
    eh_better better = rule->metric                   ? rule->metric->better
                       : rule->of && !rule->of->share ? EH_BETTER_LOWER
                                                      : EH_BETTER_HIGHER;
    if (rule->over != EH_RULE_GAP && better == EH_BETTER_NEITHER)
        return eh_fail(err, EH_ERR_USAGE,
                       "The rule \"%s\" cannot be judged: neither a high nor a low %s is good. Write "
                       "gap(%s)>%g.",
                       rule->text, name, name, rule->limit);
    bool above = rule->over == EH_RULE_GAP || better == EH_BETTER_LOWER;
    if (above != rule->above)
        return eh_fail(err, EH_ERR_USAGE,
                       "A rule says when the model fails, and \"%s\" would fail it for being good; write "
                       "%s(%s%s%s)%s%g.",
                       rule->text, over_name[rule->over], name, rule->argument ? ":" : "",
                       rule->argument ? rule->argument : "", above ? ">" : "<", rule->limit);
    return EH_OK;
}

eh_status eh_rule_parse(eh_rule *out, eh_arena *arena, const char *text, eh_error *err)
{
    *out = (eh_rule){ .text = eh_arena_strdup(arena, text) };
    char *copy = eh_arena_strdup(arena, text);
    if (!copy || !out->text)
        return eh_fail_memory(err, "a rule", strlen(text) + 1, 2);
    /* A class name may hold brackets, so the last closing one counts. */
    char *open = strchr(copy, '('), *close = strrchr(copy, ')');
    if (!open || !close || close < open)
        return fail_form(text, err);
    *open = *close = '\0';
    EH_TRY(parse_over(out, eh_trim(copy), err));
    char *metric = open + 1, *colon = strchr(metric, ':');
    if (colon) {
        *colon = '\0';
        out->argument = eh_trim(colon + 1);
    }
    metric = eh_trim(metric);
    EH_TRY(parse_metric(out, metric, err));
    EH_TRY(parse_limit(out, close + 1, err));
    return check_side(out, metric, err);
}
