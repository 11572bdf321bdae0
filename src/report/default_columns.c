/* default_columns.c - see default_columns.h. */
#include "report/default_columns.h"

#include "base/str.h"

#include <string.h>
#include <strings.h>

enum { MOST_GROUPS = 2, MOST_CLASSES = 12, FEW_COLUMNS = 6, MOST_LABELS = 60, SHOWN = 4 };

static bool holds(const eh_str_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->item[i], name) == 0)
            return true;
    return false;
}

/* The class column that is called `word`, in any case; NULL: none. */
static const char *column_called(const eh_catalog *catalog, const char *word, size_t most)
{
    for (size_t i = 0; i < eh_catalog_columns(catalog); i++) {
        eh_column_info c = eh_catalog_column(catalog, i);
        if (c.kind == EH_COLUMN_CLASS && c.classes >= 2 && c.classes <= most && strcasecmp(c.name, word) == 0)
            return c.name;
    }
    return NULL;
}

static void find_label(eh_str_list *labels, const eh_catalog *catalog)
{
    static const char *const words[] = { "label", "class", "target", "y" };
    for (size_t i = 0; i < sizeof words / sizeof *words && labels->count == 0; i++) {
        const char *name = column_called(catalog, words[i], 1000);
        if (name)
            labels->item[labels->count++] = name;
    }
}

static void find_groups(eh_str_list *groups, const eh_str_list *labels, const eh_catalog *catalog)
{
    static const char *const words[] = { "gender",     "sex",       "male",      "race",      "ethnicity",
                                         "skin",       "skin_tone", "skin_type", "age_group", "age_range",
                                         "age",        "young",     "place",     "group",     "attribute",
                                         "background", "a" };
    size_t columns = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words && groups->count < MOST_GROUPS; i++) {
        const char *name = column_called(catalog, words[i], MOST_CLASSES);
        if (name && !holds(labels, name) && !holds(groups, name))
            groups->item[groups->count++] = name;
    }
    for (size_t i = 0; i < eh_catalog_columns(catalog); i++)
        columns += eh_catalog_column(catalog, i).kind == EH_COLUMN_CLASS;
    for (size_t i = 0; i < eh_catalog_columns(catalog) && groups->count == 0 && columns <= FEW_COLUMNS; i++) {
        eh_column_info c = eh_catalog_column(catalog, i);
        if (c.kind == EH_COLUMN_CLASS && c.classes >= 2 && c.classes <= MOST_CLASSES &&
            !holds(labels, c.name))
            groups->item[groups->count++] = c.name;
    }
}

/* Of few columns the first that makes no group; of many, as of a table of attributes, all that make none. */
static void find_other_labels(eh_str_list *labels, const eh_str_list *groups, const eh_catalog *catalog)
{
    size_t columns = 0;
    for (size_t i = 0; i < eh_catalog_columns(catalog); i++) {
        eh_column_info c = eh_catalog_column(catalog, i);
        columns += c.kind == EH_COLUMN_CLASS;
        if (c.kind == EH_COLUMN_CLASS && c.classes >= 2 && c.classes <= MOST_CLASSES &&
            labels->count < MOST_LABELS && !holds(groups, c.name))
            labels->item[labels->count++] = c.name;
    }
    if (labels->count > 1 && (columns <= FEW_COLUMNS || groups->count == 0))
        labels->count = columns <= FEW_COLUMNS;
}

/* "gender,skin"; of a long list the beginning. */
static void append_names(eh_str *out, const char *what, const eh_str_list *list)
{
    size_t shown = list->count > SHOWN + 1 ? SHOWN : list->count;
    for (size_t i = 0; i < shown; i++)
        eh_str_appendf(out, "%s%s", i ? "," : what, list->item[i]);
    if (shown < list->count)
        eh_str_appendf(out, " and %zu more", list->count - shown);
}

eh_status eh_default_columns(eh_str_list *groups, eh_str_list *labels, const eh_catalog *catalog,
                             eh_arena *arena, eh_progress *progress, eh_error *err)
{
    eh_str_list own_groups = *groups, own_labels = *labels;
    eh_str chosen = { 0 };
    if (labels->count == 0) {
        own_labels.item = eh_arena_alloc(arena, MOST_LABELS, sizeof *own_labels.item);
        if (!own_labels.item)
            return eh_fail_memory(err, "names of columns", MOST_LABELS, sizeof *own_labels.item);
        if (groups->count == 0)
            find_label(&own_labels, catalog);
    }
    if (groups->count == 0) {
        own_groups.item = eh_arena_alloc(arena, MOST_GROUPS, sizeof *own_groups.item);
        if (!own_groups.item)
            return eh_fail_memory(err, "names of columns", MOST_GROUPS, sizeof *own_groups.item);
        find_groups(&own_groups, &own_labels, catalog);
        append_names(&chosen, " --groups ", &own_groups);
    }
    if (own_labels.count == 0 && groups->count == 0)
        find_other_labels(&own_labels, &own_groups, catalog);
    if (labels->count == 0)
        append_names(&chosen, " --label ", &own_labels);
    if (chosen.size)
        eh_progress_warn(progress,
                         "no groups were named, so these were taken:%s; name others with --groups and "
                         "--label",
                         eh_str_text(&chosen));
    else if (own_groups.count == 0)
        eh_progress_warn(progress,
                         "no column suggests itself for groups; name some with --groups, so that the report "
                         "shows who is in the data");
    eh_str_clear(&chosen);
    *groups = own_groups;
    *labels = own_labels;
    return EH_OK;
}
