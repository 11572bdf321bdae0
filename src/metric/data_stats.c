/* data_stats.c - one frame, counted and measured in every way. */
#include "metric/data_stats.h"

#include "base/str.h"

#include <string.h>

#define BOOTSTRAPS 1000

/* Properties of every picture, also where a column has the same name; those that the catalog does not know are left out. */
#define PROPERTY "image."
static const char *const pictures[] = { PROPERTY "width",    PROPERTY "height", PROPERTY "aspect",
                                        PROPERTY "bytes",    PROPERTY "grey",   PROPERTY "brightness",
                                        PROPERTY "contrast", PROPERTY "blur",   PROPERTY "colorfulness",
                                        PROPERTY "entropy" };

enum { PICTURES = sizeof pictures / sizeof *pictures };

typedef struct maker {
    eh_data_stats *s;
    eh_catalog *catalog;
    const eh_data_stats_opts *opts;
    eh_bins *bins; /* [opts->bins.count] */
    const char **name;
    size_t names;
    eh_frame *frame;
    eh_groups *groups;
    eh_error *err;
} maker;

static eh_status no_memory(const maker *m, size_t count)
{
    return eh_fail_memory(m->err, "statistics", count, 64);
}

static void add_name(maker *m, const char *name)
{
    for (size_t i = 0; i < m->names; i++)
        if (strcmp(m->name[i], name) == 0)
            return;
    m->name[m->names++] = name;
}

static void add_names(maker *m, const eh_str_list *names)
{
    for (size_t i = 0; i < names->count; i++)
        add_name(m, names->item[i]);
}

/* Which columns are loaded: the named ones, and with all_columns every other. */
static eh_status choose_columns(maker *m)
{
    const eh_data_stats_opts *o = m->opts;
    size_t columns = eh_catalog_columns(m->catalog);
    size_t most = columns + o->groups.count + o->labels.count + o->bins.count + PICTURES + 1;
    m->name = eh_arena_alloc(m->s->arena, most, sizeof *m->name);
    m->bins = eh_arena_alloc(m->s->arena, o->bins.count, sizeof *m->bins);
    if (!m->name || !m->bins)
        return no_memory(m, most);
    for (size_t i = 0; i < o->bins.count; i++)
        EH_TRY(eh_bins_parse(&m->bins[i], m->s->arena, o->bins.item[i], m->err));
    for (size_t i = 0; i < columns && o->all_columns; i++)
        add_name(m, eh_catalog_column(m->catalog, i).name);
    add_names(m, &o->groups);
    add_names(m, &o->labels);
    for (size_t i = 0; i < o->bins.count; i++)
        add_name(m, m->bins[i].column);
    return EH_OK;
}

static eh_status copy_groups(maker *m)
{
    eh_data_stats *s = m->s;
    const eh_groups *g = m->groups;
    s->group_columns = g->columns;
    s->group_column = eh_arena_alloc(s->arena, g->columns, sizeof *s->group_column);
    s->group_value = eh_arena_alloc(s->arena, g->count * g->columns, sizeof *s->group_value);
    if (!s->group_column || !s->group_value)
        return no_memory(m, g->count);
    for (size_t i = 0; i < g->columns; i++)
        if (!(s->group_column[i] = eh_arena_strdup(s->arena, g->column[i])))
            return no_memory(m, 1);
    for (size_t i = 0; i < g->count * g->columns; i++)
        if (!(s->group_value[i] = eh_arena_strdup(s->arena, g->value[i])))
            return no_memory(m, 1);
    return EH_OK;
}

/* Sizes and quality, from properties that are loaded apart so that they do not stand among the columns. */
static eh_status measure_pictures(maker *m)
{
    eh_data_stats *s = m->s;
    eh_frame *frame = NULL;
    eh_group_number *all;
    size_t groups = m->groups ? m->groups->count : 1;
    EH_TRY(eh_frame_load_where(&frame, m->catalog, pictures, PICTURES, m->opts->where, m->err));
    eh_status status = eh_group_numbers_make(&all, s->arena, frame, m->groups, pictures, PICTURES, m->err);
    eh_frame_free(frame);
    if (status != EH_OK)
        return status;
    s->picture = eh_arena_alloc(s->arena, PICTURES, sizeof *s->picture);
    s->number = eh_arena_alloc(s->arena, PICTURES * groups, sizeof *s->number);
    if (!s->picture || !s->number)
        return no_memory(m, PICTURES * groups);
    for (size_t p = 0; p < PICTURES; p++) {
        uint64_t known = 0;
        for (size_t g = 0; g < groups; g++)
            known += all[p * groups + g].n;
        if (known == 0)
            continue;
        memcpy(s->number + s->pictures * groups, all + p * groups, groups * sizeof *s->number);
        s->picture[s->pictures++] = pictures[p] + strlen(PROPERTY);
    }
    return EH_OK;
}

static eh_status measure(maker *m)
{
    const eh_data_stats_opts *o = m->opts;
    eh_data_stats *s = m->s;
    EH_TRY(eh_data_count(&s->counts, s->arena, m->frame, m->groups, &o->labels, m->err));
    EH_TRY(eh_data_count_images(&s->counts, m->catalog, o->where, m->err));
    s->histogram = eh_arena_alloc(s->arena, o->bins.count, sizeof *s->histogram);
    if (!s->histogram)
        return no_memory(m, o->bins.count);
    for (; s->histograms < o->bins.count; s->histograms++)
        EH_TRY(eh_histogram_make(&s->histogram[s->histograms], s->arena, m->frame, m->groups,
                                 &m->bins[s->histograms], m->err));
    if (o->groups.count && o->labels.count)
        EH_TRY(eh_associations_make(&s->association, &s->associations, s->arena, m->frame, &o->groups,
                                    &o->labels, BOOTSTRAPS, o->seed, m->err));
    if (m->groups && s->counts.part[EH_PART_TEST])
        EH_TRY(eh_group_power_make(&s->power, s->arena, m->frame, m->groups, &o->power, m->err));
    return o->pictures ? measure_pictures(m) : EH_OK;
}

static eh_status make(maker *m)
{
    const eh_data_stats_opts *o = m->opts;
    eh_data_stats *s = m->s;
    s->question = o->power;
    if (o->where && !(s->where = eh_arena_strdup(s->arena, eh_query_text(o->where))))
        return no_memory(m, 1);
    EH_TRY(eh_catalog_split_info(&s->split, s->arena, m->catalog, m->err));
    EH_TRY(choose_columns(m));
    bool bare = m->names == 0;
    if (bare)
        add_name(m, "part"); /* a count of 0 would load every column */
    EH_TRY(eh_frame_load_where(&m->frame, m->catalog, m->name, m->names, o->where, m->err));
    if (bare)
        m->frame->columns = 0;
    if (o->groups.count)
        EH_TRY(eh_groups_make(&m->groups, m->frame, o->groups.item, o->groups.count, m->err));
    if (m->groups)
        EH_TRY(copy_groups(m));
    return measure(m);
}

eh_status eh_data_stats_make(eh_data_stats **out, eh_catalog *catalog, const eh_data_stats_opts *opts,
                             eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_data_stats *s = arena ? eh_arena_alloc(arena, 1, sizeof *s) : NULL;
    if (!s) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "statistics", 1, sizeof *s);
    }
    s->arena = arena;
    maker m = { .s = s, .catalog = catalog, .opts = opts, .err = err };
    eh_status status = make(&m);
    eh_groups_free(m.groups);
    eh_frame_free(m.frame);
    if (status == EH_OK)
        *out = s;
    else
        eh_data_stats_free(s);
    return status;
}

void eh_data_stats_free(eh_data_stats *stats)
{
    if (stats)
        eh_arena_free(stats->arena);
}
