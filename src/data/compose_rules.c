/* compose_rules.c - the table of rules as shares.
 *
 * Idea    A rule gives one value of an attribute a ratio within one class of the first set ("*": every class that has no rule of its own for the
 *         attribute). The values without a rule share what is left evenly. Without any rule a class gets every value equally often.
 * Easy to get wrong: ratios that sum to more than 1, or to less when every value has one; a rule for a class that does not exist.
 */
#include "data/compose_job.h"

#include "base/csv.h"
#include "base/str.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const char *eh_planted_name(eh_planted planted)
{
    static const char *const name[] = { "partner", "position", "colour" };
    return name[planted];
}

/* Index of `name` in a list, or EH_ERR_USAGE that names the nearest. */
static eh_status find(int32_t *out, const char *const *names, size_t count, const char *name,
                      const char *where, const char *what, eh_error *err)
{
    eh_str list = { 0 };
    const char **nearest = eh_alloc(count + 1, sizeof *nearest);
    eh_status status = EH_OK;
    if (!nearest)
        return eh_fail_memory(err, "names", count + 1, sizeof *nearest);
    *out = -1;
    for (size_t i = 0; i < count && *out < 0; i++) {
        nearest[i] = names[i];
        if (strcmp(names[i], name) == 0)
            *out = (int32_t)i;
        if (i < 40)
            eh_str_appendf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    if (*out < 0) {
        const char *near = eh_nearest(name, nearest);
        status = eh_fail(err, EH_ERR_USAGE, "%s: '%s' is no %s%s%s%s; there are: %s%s", where, name, what,
                         near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "",
                         eh_str_text(&list), count > 40 ? " ..." : "");
    }
    eh_str_clear(&list);
    eh_free((void *)nearest);
    return status;
}

/* Notes one rule. */
static eh_status set_rule(eh_compose_job *job, eh_planted planted, const char *cls, const char *value,
                          double ratio, const char *where, eh_error *err)
{
    static const char *const what[] = { "class of the second data set", "position in use", "colour in use" };
    eh_compose_attribute *a = &job->attribute[planted];
    size_t classes = job->first_label->classes;
    int32_t c = -1, v;
    if (!(ratio >= 0 && ratio <= 1))
        return eh_fail(err, EH_ERR_USAGE, "%s: the ratio %g does not lie between 0 and 1", where, ratio);
    if (a->values == 0)
        return eh_fail(err, EH_ERR_USAGE, "%s: a %s is planted, but %s", where, eh_planted_name(planted),
                       planted == EH_PLANTED_COLOUR ? "no colours are given; name them with --colours"
                                                    : "this layout has only one position");
    EH_TRY(find(&v, a->value, a->values, value, where, what[planted], err));
    if (strcmp(cls, "*") == 0) {
        for (size_t k = 0; k < classes; k++) /* kept apart until all rules are known */
            a->share[k * a->values + (size_t)v] = ratio;
        return EH_OK;
    }
    EH_TRY(find(&c, job->first_label->class_name, classes, cls, where, "class of the first data set", err));
    double *asked = &a->asked[(size_t)c * a->values + (size_t)v];
    if (!isnan(*asked))
        return eh_fail(err, EH_ERR_USAGE, "%s: there is a second rule for the class '%s' and the %s '%s'",
                       where, cls, eh_planted_name(planted), value);
    *asked = ratio;
    return EH_OK;
}

/* "class=value:ratio". */
static eh_status read_pair(eh_compose_job *job, eh_planted planted, const char *text, const char *option,
                           eh_error *err)
{
    double ratio;
    char *copy = eh_arena_strdup(job->arena, text);
    if (!copy)
        return eh_fail_memory(err, option, strlen(text), 1);
    char *colon = strrchr(copy, ':');
    if (colon)
        *colon = '\0';
    char *equals = strchr(copy, '=');
    if (!colon || !equals || !eh_parse_float(&ratio, colon + 1))
        return eh_fail(err, EH_ERR_USAGE,
                       "%s takes CLASS=VALUE:RATIO, such as Trouser=3:0.95; '%s' is not written so", option,
                       text);
    *equals = '\0';
    return set_rule(job, planted, copy, equals + 1, ratio, option, err);
}

static eh_status read_pairs(eh_compose_job *job, eh_planted planted, const eh_str_list *list,
                            const char *option, eh_error *err)
{
    for (size_t i = 0; i < list->count; i++)
        EH_TRY(read_pair(job, planted, list->item[i], option, err));
    return EH_OK;
}

/* A CSV with the columns class, attribute, value, ratio. */
static eh_status read_table(eh_compose_job *job, const char *path, eh_error *err)
{
    eh_csv csv;
    size_t column[4];
    static const char *const names[] = { "class", "attribute", "value", "ratio" };
    EH_TRY(eh_csv_read(&csv, job->arena, path, err));
    for (int i = 0; i < 4; i++)
        EH_TRY(eh_csv_column(&column[i], &csv, path, names[i], err));
    for (size_t row = 0; row < csv.rows; row++) {
        const char **cell = csv.cell + row * csv.columns, *attribute = cell[column[1]];
        char where[512];
        double ratio;
        int planted = 0;
        snprintf(where, sizeof where, "%s:%zu", path, csv.line[row]);
        while (planted < EH_PLANTED_COUNT && strcmp(attribute, eh_planted_name((eh_planted)planted)) != 0)
            planted++;
        if (planted == EH_PLANTED_COUNT)
            return eh_fail(err, EH_ERR_INPUT,
                           "%s: the attribute is '%s', but must be partner, position or colour", where,
                           attribute);
        if (!eh_parse_float(&ratio, cell[column[3]]))
            return eh_fail(err, EH_ERR_INPUT, "%s: the ratio '%s' is no number", where, cell[column[3]]);
        EH_TRY(set_rule(job, (eh_planted)planted, cell[column[0]], cell[column[2]], ratio, where, err));
    }
    return EH_OK;
}

/* Class k of the first with class k of the second, where no rule says otherwise for that class. */
static eh_status add_diagonal(eh_compose_job *job, eh_error *err)
{
    const eh_compose_attribute *a = &job->attribute[EH_PLANTED_PARTNER];
    size_t values = a->values;
    assert(values > 0);
    for (size_t k = 0; k < job->first_label->classes; k++) {
        bool ruled = false;
        for (size_t v = 0; v < values; v++)
            ruled |= !isnan(a->asked[k * values + v]);
        if (!ruled)
            EH_TRY(set_rule(job, EH_PLANTED_PARTNER, job->first_label->class_name[k], a->value[k % values],
                            job->opts->diagonal, "--diagonal", err));
    }
    return EH_OK;
}

/* Ratios asked become shares that sum to 1. */
static eh_status finish(eh_compose_job *job, eh_planted planted, eh_error *err)
{
    eh_compose_attribute *a = &job->attribute[planted];
    for (size_t k = 0; k < job->first_label->classes; k++) {
        double *asked = a->asked + k * a->values, *share = a->share + k * a->values, sum = 0, most = 0;
        size_t without = 0;
        bool own = false;
        a->favoured[k] = -1;
        for (size_t v = 0; v < a->values; v++)
            own |= !isnan(asked[v]);
        for (size_t v = 0; v < a->values; v++) {
            if (!own)
                asked[v] = share[v]; /* the rules for every class, NaN where there is none */
            without += isnan(asked[v]);
            sum += isnan(asked[v]) ? 0 : asked[v];
        }
        if (sum > 1 + 1e-9 || (without == 0 && sum < 1 - 1e-9))
            return eh_fail(err, EH_ERR_USAGE,
                           "the ratios of the class '%s' over all %ss sum to %g, but must sum to %s1",
                           job->first_label->class_name[k], eh_planted_name(planted), sum,
                           without ? "at most " : "");
        for (size_t v = 0; v < a->values; v++) {
            share[v] = isnan(asked[v]) ? (1 - sum) / (double)without : asked[v];
            if (share[v] < 0)
                share[v] = 0;
            if (!isnan(asked[v]) && asked[v] > 1 / (double)a->values + 1e-9 && asked[v] > most) {
                most = asked[v];
                a->favoured[k] = (int32_t)v;
            }
        }
    }
    return EH_OK;
}

static eh_status allocate(eh_compose_job *job, eh_planted planted, const char *const *value, size_t values,
                          eh_error *err)
{
    eh_compose_attribute *a = &job->attribute[planted];
    size_t classes = job->first_label->classes, cells = classes * values;
    a->value = value;
    a->values = values;
    a->share = eh_arena_alloc(job->arena, cells, sizeof *a->share);
    a->asked = eh_arena_alloc(job->arena, cells, sizeof *a->asked);
    a->favoured = eh_arena_alloc(job->arena, classes, sizeof *a->favoured);
    if (!a->share || !a->asked || !a->favoured)
        return eh_fail_memory(err, "the rules of a composition", cells, 2 * sizeof *a->share);
    for (size_t i = 0; i < cells; i++)
        a->share[i] = a->asked[i] = (double)NAN;
    return EH_OK;
}

static eh_status choose_positions(eh_compose_job *job, eh_error *err)
{
    const char *const *all = job->layout->positions;
    const eh_str_list *named = &job->opts->positions;
    size_t count = 0, used = named->count;
    while (all && all[count])
        count++;
    if (named->count && count == 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "the layout %s has only one position, so --positions means nothing with it",
                       job->layout->entry.name);
    if (used == 0)
        used = (size_t)job->layout->usual_positions;
    job->position = eh_arena_alloc(job->arena, used + 1, sizeof *job->position);
    const char **value = eh_arena_alloc(job->arena, used + 1, sizeof *value);
    if (!job->position || !value)
        return eh_fail_memory(err, "positions", used + 1, sizeof *value);
    for (size_t i = 0; i < used; i++) {
        int32_t at = (int32_t)i;
        assert(all);
        if (named->count)
            EH_TRY(find(&at, all, count, named->item[i], "--positions", "position of this layout", err));
        job->position[i] = at;
        value[i] = all[at];
    }
    return allocate(job, EH_PLANTED_POSITION, value, used, err);
}

static eh_status choose_colours(eh_compose_job *job, eh_error *err)
{
    const eh_str_list *named = &job->opts->colours;
    job->rgb = eh_arena_alloc(job->arena, named->count + 1, sizeof *job->rgb);
    if (!job->rgb)
        return eh_fail_memory(err, "colours", named->count, sizeof *job->rgb);
    for (size_t i = 0; i < named->count; i++)
        if (!eh_colour_parse(job->rgb[i], named->item[i]))
            return eh_fail(err, EH_ERR_USAGE,
                           "--colours: '%s' is no colour; take a word such as red, or #rrggbb",
                           named->item[i]);
    return allocate(job, EH_PLANTED_COLOUR, named->item, named->count, err);
}

eh_status eh_compose_read_rules(eh_compose_job *job, eh_error *err)
{
    const eh_compose_opts *o = job->opts;
    for (size_t i = 0; i < o->biased.count; i++) {
        eh_part part;
        if (!eh_part_parse(&part, o->biased.item[i]))
            return eh_fail(err, EH_ERR_USAGE, "--biased: '%s' is no part; there are train, valid and test",
                           o->biased.item[i]);
        job->holds[part] = true;
    }
    job->holds[EH_PART_NONE] |= !job->parts;
    EH_TRY(allocate(job, EH_PLANTED_PARTNER, job->second_label->class_name, job->second_label->classes, err));
    EH_TRY(choose_positions(job, err));
    EH_TRY(choose_colours(job, err));
    EH_TRY(read_pairs(job, EH_PLANTED_PARTNER, &o->pairs, "--pairs", err));
    EH_TRY(read_pairs(job, EH_PLANTED_POSITION, &o->position_pairs, "--position-pairs", err));
    EH_TRY(read_pairs(job, EH_PLANTED_COLOUR, &o->colour_pairs, "--colour-pairs", err));
    if (o->table)
        EH_TRY(read_table(job, o->table, err));
    if (o->diagonal > 0)
        EH_TRY(add_diagonal(job, err));
    for (int i = 0; i < EH_PLANTED_COUNT; i++)
        if (job->attribute[i].values)
            EH_TRY(finish(job, (eh_planted)i, err));
    return EH_OK;
}
