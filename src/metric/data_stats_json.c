/* data_stats_json.c - statistics of a data set as the members of results.json's `data`. */
#include "metric/data_stats.h"

#include "base/json.h"

#include <math.h>

/* Appends, taking the reference over; a NULL clears the array. */
static void push(json_t **array, json_t *member)
{
    if (*array && (!member || json_array_append(*array, member) != 0)) {
        json_decref(*array);
        *array = NULL;
    }
    json_decref(member);
}

static json_t *counts_json(const uint64_t *count, size_t size)
{
    json_t *list = json_array();
    for (size_t i = 0; i < size; i++)
        push(&list, json_integer((json_int_t)count[i]));
    return list;
}

json_t *eh_data_histograms_json(const eh_data_stats *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->histograms; i++) {
        const eh_histogram *h = &s->histogram[i];
        json_t *edges = json_array(), *names = json_array(), *rows = json_array();
        for (size_t k = 0; k <= h->bins; k++)
            push(&edges, eh_json_number(h->edge[k]));
        for (size_t k = 0; k < h->bins; k++)
            push(&names, json_string(h->name[k]));
        for (size_t g = 0; g < h->groups; g++)
            push(&rows, json_pack("{s:o, s:o, s:I, s:I}", "group",
                                  s->counts.groups ? json_integer((json_int_t)g) : json_null(), "counts",
                                  counts_json(h->count + g * h->bins, h->bins), "missing",
                                  (json_int_t)h->missing[g], "outside", (json_int_t)h->outside[g]));
        push(&list, json_pack("{s:s, s:o, s:o, s:o}", "column", h->column, "edges", edges, "names", names,
                              "rows", rows));
    }
    return list;
}

static json_t *range_json(const eh_range *r)
{
    return json_pack("{s:o, s:o, s:o}", "value", eh_json_number(r->value), "low", eh_json_number(r->low),
                     "high", eh_json_number(r->high));
}

json_t *eh_data_associations_json(const eh_data_stats *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->associations; i++) {
        const eh_association *a = &s->association[i];
        const eh_contingency *t = &a->table;
        push(&list,
             json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f}", "group",
                       a->group, "label", a->label, "n", (json_int_t)t->n, "rows", (json_int_t)t->rows,
                       "columns", (json_int_t)t->columns, "chi_square", eh_json_number(t->chi_square), "df",
                       eh_json_number(t->df), "p", eh_json_number(t->p), "smallest_expected",
                       eh_json_number(t->smallest_expected), "cramers_v", range_json(&t->corrected_v),
                       "cramers_v_uncorrected", eh_json_number(t->cramers_v), "information_bits",
                       range_json(&t->corrected_information), "information_bits_uncorrected",
                       eh_json_number(t->mutual_information), "label_entropy_bits",
                       eh_json_number(t->entropy_columns), "level", 0.95));
    }
    return list;
}

json_t *eh_data_power_json(const eh_data_stats *s)
{
    if (!s->power)
        return json_null();
    json_t *groups = json_array();
    for (size_t g = 0; g < s->counts.groups; g++) {
        const eh_group_power *p = &s->power[g];
        push(&groups, json_pack("{s:I, s:I, s:I, s:o, s:o}", "group", (json_int_t)g, "test",
                                (json_int_t)p->test, "others", (json_int_t)p->others, "smallest_difference",
                                eh_json_number(p->smallest), "images_needed", eh_json_number(p->needed)));
    }
    const eh_power_question *q = &s->question;
    return json_pack("{s:f, s:f, s:f, s:f, s:s, s:o}", "accuracy", q->accuracy, "gap", q->gap, "alpha",
                     q->alpha, "power", q->power, "definition",
                     "two-sided z test of a group's accuracy against that of all other test images (Fleiss, "
                     "Levin, Paik 2003, section "
                     "4.3, without continuity correction)",
                     "groups", groups);
}

json_t *eh_data_pictures_json(const eh_data_stats *s)
{
    size_t groups = s->counts.groups ? s->counts.groups : 1;
    json_t *list = json_array();
    for (size_t p = 0; p < s->pictures; p++) {
        json_t *rows = json_array();
        for (size_t g = 0; g < groups; g++) {
            const eh_group_number *n = &s->number[p * groups + g];
            push(&rows,
                 json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "group",
                           s->counts.groups ? json_integer((json_int_t)g) : json_null(), "n",
                           (json_int_t)n->n, "missing", (json_int_t)n->missing, "mean",
                           eh_json_number(n->mean), "low", eh_json_number(n->low), "high",
                           eh_json_number(n->high), "deviation", eh_json_number(n->deviation), "smallest",
                           eh_json_number(n->smallest), "largest", eh_json_number(n->largest)));
        }
        push(&list, json_pack("{s:s, s:o}", "property", s->picture[p], "rows", rows));
    }
    return list;
}
