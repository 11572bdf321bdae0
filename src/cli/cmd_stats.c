/* cmd_stats.c - `evenhand stats`: who is in a catalog. Every number is counted once, in stats_count.c, and then shown as tables or JSON. */
#include "cli/command.h"
#include "cli/stats_count.h"

#include "base/json.h"
#include "base/table.h"

#include <math.h>
#include <string.h>

typedef struct options {
    const char *catalog, *label, *where;
    eh_str_list groups;
    bool split, skipped;
} options;

static const eh_opt positional_table[] = {
    { .name = "catalog",
      .help = "the catalog to look into",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, catalog),
      .metavar = "CATALOG",
      .required = true },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "groups",
      .help = "columns whose crossing makes groups; each group is counted",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, groups),
      .metavar = "COLUMNS" },
    { .name = "label",
      .help = "a column with classes; it is counted in every group",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, label),
      .metavar = "COLUMN" },
    { .name = "where",
      .help = "count only the images for which this holds, such as 'age in 10..14 and gender=male'",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, where),
      .metavar = "QUERY" },
    { .name = "split",
      .help = "show the counts in training, validation and test beside the whole",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, split),
      .def = "true" },
    { .name = "skipped",
      .help = "list what the import could not take, with the reasons, and nothing else",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, skipped),
      .def = "false" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand stats faces.eh",
    "every column: its values, their counts and shares",
    "evenhand stats faces.eh --groups hair,gender",
    "every crossing of the two columns, in each part",
    "evenhand stats faces.eh --groups gender --label hair",
    "how often each label occurs in each group",
    "evenhand stats faces.eh --where 'age in 10..14 and not gender missing'",
    "the same for a part of the images; docs/queries.md describes the language",
    "evenhand stats faces.eh --skipped",
    "what could not be imported",
    NULL,
};

static const char details[] = "A missing value is a value of its own, \"(missing)\". Shares are of all "
                              "usable images; in the crossed table of groups and labels they "
                              "are shares of the group. Without --groups and --label every column of the "
                              "catalog is shown, else only those that are named.";

/* ---------------------------------------------------------------- skipped items */

typedef struct skipped_list {
    json_t *json;         /* with --json */
    eh_text_table *table; /* else */
    size_t count;
    bool failed;
} skipped_list;

static int add_skipped(void *user, const char *item, const char *reason)
{
    skipped_list *list = user;
    list->count++;
    if (list->table) {
        eh_text_table_cell(list->table, "%s", item);
        eh_text_table_cell(list->table, "%s", reason);
        return 0;
    }
    json_t *one = json_object();
    bool complete =
        one && eh_json_set(one, "item", json_string(item)) && eh_json_set(one, "reason", json_string(reason));
    if (!complete)
        json_decref(one);
    list->failed = !complete || json_array_append_new(list->json, one) != 0;
    return list->failed;
}

static eh_status print_skipped(eh_command_context *context, eh_catalog *catalog, eh_error *err)
{
    static const char *const titles[] = { "item", "reason" };
    skipped_list list = { .json = context->json ? json_array() : NULL,
                          .table = context->json ? NULL : eh_text_table_new(titles, 2) };
    eh_str text = { 0 };
    if (!list.json && !list.table)
        return eh_fail_memory(err, "a list", 1, 1);
    eh_status status = eh_catalog_each_skipped(catalog, add_skipped, &list, err);
    if (status != EH_OK || list.failed) {
        json_decref(list.json);
        status = status != EH_OK ? status : eh_fail_memory(err, "a list", list.count, 64);
    } else if (context->json) {
        status = eh_command_write_json(list.json, err);
    } else {
        if (list.count)
            eh_text_table_render(list.table, &text);
        else
            eh_str_append(&text, "Nothing was skipped.\n");
        status = eh_command_write(&text, err);
    }
    eh_text_table_free(list.table);
    eh_str_clear(&text);
    return status;
}

/* ---------------------------------------------------------------- JSON */

static bool set_parts(json_t *object, const uint64_t count[4])
{
    json_t *parts = json_object();
    bool complete = parts != NULL;
    for (int p = EH_PART_TRAIN; complete && p <= EH_PART_TEST; p++)
        complete = eh_json_set(parts, eh_part_name((eh_part)p), json_integer((json_int_t)count[p]));
    return eh_json_set(object, "parts", parts) && complete;
}

static json_t *value_json(const eh_value_count *v, uint64_t of, bool split)
{
    json_t *one = json_object();
    bool complete = one && eh_json_set(one, "value", json_string(v->name)) &&
                    eh_json_set(one, "count", json_integer((json_int_t)v->count[0])) &&
                    eh_json_set(one, "share", eh_json_number(of ? (double)v->count[0] / (double)of : NAN)) &&
                    (!split || set_parts(one, v->count));
    if (complete)
        return one;
    json_decref(one);
    return NULL;
}

static json_t *values_json(const eh_value_count *value, size_t count, uint64_t of, bool split)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (size_t i = 0; complete && i < count; i++)
        complete = json_array_append_new(list, value_json(&value[i], of, split)) == 0;
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *column_json(const eh_column_count *c, bool split)
{
    static const char *const kind[] = { "class", "number", "text", "mask" };
    json_t *one = json_object();
    bool complete = one && eh_json_set(one, "name", json_string(c->name)) &&
                    eh_json_set(one, "kind", json_string(kind[c->kind])) &&
                    eh_json_set(one, "missing", json_integer((json_int_t)c->missing));
    if (complete && c->kind == EH_COLUMN_CLASS)
        complete = eh_json_set(one, "values", values_json(c->value, c->values, c->rows, split));
    if (complete && c->kind == EH_COLUMN_NUMBER)
        complete = eh_json_set(one, "min", eh_json_number(c->min)) &&
                   eh_json_set(one, "mean", eh_json_number(c->mean)) &&
                   eh_json_set(one, "median", eh_json_number(c->median)) &&
                   eh_json_set(one, "max", eh_json_number(c->max));
    if (complete && (c->kind == EH_COLUMN_TEXT || c->kind == EH_COLUMN_MASK))
        complete = eh_json_set(one, "distinct", json_integer((json_int_t)c->distinct));
    if (complete)
        return one;
    json_decref(one);
    return NULL;
}

static json_t *sizes_json(const eh_catalog_sizes *s)
{
    json_t *one = json_object();
    bool complete = one && eh_json_set(one, "min_width", json_integer(s->min_width)) &&
                    eh_json_set(one, "max_width", json_integer(s->max_width)) &&
                    eh_json_set(one, "min_height", json_integer(s->min_height)) &&
                    eh_json_set(one, "max_height", json_integer(s->max_height)) &&
                    eh_json_set(one, "most_frequent_width", json_integer(s->width)) &&
                    eh_json_set(one, "most_frequent_height", json_integer(s->height)) &&
                    eh_json_set(one, "of_that_size", json_integer((json_int_t)s->of_that_size)) &&
                    eh_json_set(one, "channels", json_integer(s->channels)) &&
                    eh_json_set(one, "bytes", json_integer((json_int_t)s->bytes));
    if (complete)
        return one;
    json_decref(one);
    return NULL;
}

/* One object per group with its labels. */
static json_t *crossed_json(const eh_stats *s, bool split)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (size_t g = 0; complete && g < s->groups; g++) {
        json_t *one = value_json(&s->group[g], s->images, split);
        complete = one && eh_json_set(one, "labels",
                                      values_json(s->crossed + g * s->labels, s->labels, s->group[g].count[0],
                                                  split));
        complete = json_array_append_new(list, one) == 0 && complete;
    }
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *stats_json(const options *o, const eh_stats *s, const char *hash)
{
    json_t *object = json_object(), *columns = json_array();
    bool complete = object && columns;
    for (size_t i = 0; complete && i < s->columns; i++)
        complete = json_array_append_new(columns, column_json(&s->column[i], o->split)) == 0;
    complete = complete && eh_json_set(object, "catalog", json_string(o->catalog)) &&
               eh_json_set(object, "hash", json_string(hash)) &&
               (!o->where || eh_json_set(object, "where", json_string(o->where))) &&
               eh_json_set(object, "images", json_integer((json_int_t)s->images)) &&
               eh_json_set(object, "skipped", json_integer((json_int_t)s->skipped)) &&
               set_parts(object, s->part) && eh_json_set(object, "sizes", sizes_json(&s->sizes)) &&
               eh_json_set(object, "columns", json_incref(columns));
    if (complete && o->groups.count)
        complete = eh_json_set(object, "groups",
                               o->label ? crossed_json(s, o->split)
                                        : values_json(s->group, s->groups, s->images, o->split));
    json_decref(columns);
    if (complete)
        return object;
    json_decref(object);
    return NULL;
}

/* ---------------------------------------------------------------- text */

/* "12.3 %"; a dash for a share of nothing. */
static void share_cell(eh_text_table *t, uint64_t n, uint64_t of)
{
    if (of)
        eh_text_table_cell(t, "%.1f %%", 100.0 * (double)n / (double)of);
    else
        eh_text_table_cell(t, "-");
}

static eh_text_table *new_table(const char *first, bool split)
{
    const char *titles[] = { first, ">images", ">share", ">train", ">valid", ">test" };
    return eh_text_table_new(titles, split ? 6 : 3);
}

static void value_row(eh_text_table *t, const char *indent, const eh_value_count *v, uint64_t of, bool split)
{
    eh_text_table_cell(t, "%s%s", indent, v->name);
    eh_text_table_cell(t, "%llu", (unsigned long long)v->count[0]);
    share_cell(t, v->count[0], of);
    for (int p = EH_PART_TRAIN; split && p <= EH_PART_TEST; p++)
        eh_text_table_cell(t, "%llu", (unsigned long long)v->count[p]);
}

static eh_status class_table(eh_str *out, const eh_column_count *c, bool split, eh_error *err)
{
    eh_text_table *t = new_table(c->name, split);
    if (!t)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t i = 0; i < c->values; i++)
        value_row(t, "", &c->value[i], c->rows, split);
    eh_str_append(out, "\n");
    eh_text_table_render(t, out);
    eh_text_table_free(t);
    return EH_OK;
}

/* Columns that are no classes, one line each. */
static void other_columns(eh_str *out, const eh_stats *s)
{
    for (size_t i = 0; i < s->columns; i++) {
        const eh_column_count *c = &s->column[i];
        if (c->kind == EH_COLUMN_CLASS)
            continue;
        eh_str_appendf(out, "\n%s: ", c->name);
        if (c->kind == EH_COLUMN_NUMBER && c->missing < c->rows)
            eh_str_appendf(out, "number, %g to %g, mean %.4g, median %.4g", c->min, c->max, c->mean,
                           c->median);
        else if (c->kind == EH_COLUMN_NUMBER)
            eh_str_append(out, "number");
        else
            eh_str_appendf(out, "text, %llu different values", (unsigned long long)c->distinct);
        eh_str_appendf(out, ", %llu missing\n", (unsigned long long)c->missing);
    }
}

static eh_status group_table(eh_str *out, const options *o, const eh_stats *s, bool split, eh_error *err)
{
    eh_text_table *t = new_table(o->label ? "group and label" : "group", split);
    if (!t)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t g = 0; g < s->groups; g++) {
        if (g && o->label)
            eh_text_table_rule(t);
        value_row(t, "", &s->group[g], s->images, split);
        for (size_t k = 0; o->label && k < s->labels; k++)
            value_row(t, "  ", &s->crossed[g * s->labels + k], s->group[g].count[0], split);
    }
    eh_str_append(out, "\n");
    eh_text_table_render(t, out);
    eh_text_table_free(t);
    return EH_OK;
}

/* "27.7 MB", "402 kB", "68 bytes". */
static void append_bytes(eh_str *out, uint64_t bytes)
{
    if (bytes < 1000)
        eh_str_appendf(out, "%llu bytes", (unsigned long long)bytes);
    else if (bytes < 1000000)
        eh_str_appendf(out, "%.0f kB", (double)bytes / 1e3);
    else
        eh_str_appendf(out, "%.1f MB", (double)bytes / 1e6);
}

static void head_lines(eh_str *out, const options *o, const eh_stats *s)
{
    const eh_catalog_sizes *z = &s->sizes;
    eh_str_appendf(out, "%s%s%s: %llu images", o->catalog, o->where ? ", " : "", o->where ? o->where : "",
                   (unsigned long long)s->images);
    if (z->min_width == z->max_width && z->min_height == z->max_height)
        eh_str_appendf(out, " of %d x %d pixels", z->width, z->height);
    else
        eh_str_appendf(out, ", %d to %d pixels wide, %d to %d high, most often %d x %d (%.1f %%)",
                       z->min_width, z->max_width, z->min_height, z->max_height, z->width, z->height,
                       100.0 * (double)z->of_that_size / (double)s->images);
    eh_str_appendf(out, ", %s, ",
                   z->channels == 1   ? "grey"
                   : z->channels == 4 ? "colour with transparency"
                                      : "colour");
    append_bytes(out, z->bytes);
    eh_str_append(out, "\n");
    if (s->has_parts) {
        eh_str_append(out, "parts:");
        for (int p = EH_PART_TRAIN; p <= EH_PART_TEST; p++)
            eh_str_appendf(out, " %s %llu (%.1f %%)%s", eh_part_name((eh_part)p),
                           (unsigned long long)s->part[p], 100.0 * (double)s->part[p] / (double)s->images,
                           p < EH_PART_TEST ? "," : "\n");
    } else {
        eh_str_append(out, "not split yet\n");
    }
    if (s->skipped)
        eh_str_appendf(out, "not taken: %llu (--skipped lists them)\n", (unsigned long long)s->skipped);
}

static eh_status stats_text(eh_str *out, const options *o, const eh_stats *s, eh_error *err)
{
    bool split = o->split && s->has_parts;
    head_lines(out, o, s);
    for (size_t i = 0; i < s->columns; i++)
        if (s->column[i].kind == EH_COLUMN_CLASS)
            EH_TRY(class_table(out, &s->column[i], split, err));
    other_columns(out, s);
    if (o->groups.count)
        EH_TRY(group_table(out, o, s, split, err));
    return EH_OK;
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_catalog *catalog = NULL;
    eh_query *where = NULL;
    eh_str text = { 0 };
    eh_stats stats;
    char hash[65];
    eh_status status;
    if (o->where)
        EH_TRY_GOTO(status, eh_query_parse(&where, o->where, err));
    EH_TRY_GOTO(status, eh_catalog_open(&catalog, o->catalog, err));
    if (o->skipped) {
        status = print_skipped(context, catalog, err);
        goto done;
    }
    EH_TRY_GOTO(status, eh_stats_count(&stats, context->arena, catalog, where, &o->groups, o->label, err));
    if (context->json) {
        EH_TRY_GOTO(status, eh_catalog_hash(hash, catalog, err));
        status = eh_command_write_json(stats_json(o, &stats, hash), err);
    } else {
        EH_TRY_GOTO(status, stats_text(&text, o, &stats, err));
        status = eh_command_write(&text, err);
    }
done:
    eh_str_clear(&text);
    eh_query_free(where);
    eh_catalog_close(catalog);
    return status;
}

const eh_command eh_cmd_stats = {
    .entry = { .name = "stats",
               .summary = "count who is in a catalog: columns, groups, labels, parts",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details = details,
    .examples = examples,
    .run = run,
};
