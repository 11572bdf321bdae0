/* stats_json.c - statistics of a data set as one JSON object. */
#include "cli/stats_print.h"

#include "base/json.h"

#include <math.h>

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
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:i, s:I}", "min_width", s->min_width, "max_width",
                     s->max_width, "min_height", s->min_height, "max_height", s->max_height,
                     "most_frequent_width", s->width, "most_frequent_height", s->height, "of_that_size",
                     (json_int_t)s->of_that_size, "channels", s->channels, "bytes", (json_int_t)s->bytes);
}

/* One object per group, with each label's values. */
static json_t *groups_json(const eh_data_counts *c, bool split)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (size_t g = 0; complete && g < c->groups; g++) {
        json_t *one = value_json(&c->group[g], c->images, split), *labels = c->labels ? json_object() : NULL;
        complete = one && (!c->labels || labels);
        for (size_t l = 0; complete && l < c->labels; l++) {
            const eh_label_count *label = &c->label[l];
            complete = eh_json_set(labels, label->name,
                                   values_json(label->cell + g * label->values, label->values,
                                               c->group[g].count[0], split));
        }
        if (labels)
            complete = eh_json_set(one, "labels", labels) && complete;
        complete = json_array_append_new(list, one) == 0 && complete;
    }
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *split_json(const eh_split_info *s)
{
    return s->name ? json_pack("{s:s, s:s}", "name", s->name, "description", s->description) : json_null();
}

json_t *eh_stats_json(const char *name, const char *hash, const eh_data_stats *s, bool split)
{
    const eh_data_counts *c = &s->counts;
    json_t *object = json_object(), *columns = json_array();
    bool complete = object && columns;
    for (size_t i = 0; complete && i < c->columns; i++)
        complete = json_array_append_new(columns, column_json(&c->column[i], split)) == 0;
    complete = complete && eh_json_set(object, "catalog", json_string(name)) &&
               eh_json_set(object, "hash", json_string(hash)) &&
               (!s->where || eh_json_set(object, "where", json_string(s->where))) &&
               eh_json_set(object, "images", json_integer((json_int_t)c->images)) &&
               eh_json_set(object, "skipped", json_integer((json_int_t)c->skipped)) &&
               eh_json_set(object, "split", split_json(&s->split)) && set_parts(object, c->part) &&
               eh_json_set(object, "sizes", sizes_json(&c->sizes)) &&
               eh_json_set(object, "columns", json_incref(columns));
    if (complete && c->groups)
        complete = eh_json_set(object, "groups", groups_json(c, split));
    if (complete && s->histograms)
        complete = eh_json_set(object, "histograms", eh_data_histograms_json(s));
    if (complete && s->associations)
        complete = eh_json_set(object, "association", eh_data_associations_json(s));
    if (complete && s->power)
        complete = eh_json_set(object, "power", eh_data_power_json(s));
    if (complete && s->pictures)
        complete = eh_json_set(object, "pictures", eh_data_pictures_json(s));
    json_decref(columns);
    if (complete)
        return object;
    json_decref(object);
    return NULL;
}
