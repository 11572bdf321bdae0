/* clean_planted.c - how many planted defects cleaning found, shown. */
#include "cli/clean_print.h"

#include "base/json.h"
#include "base/table.h"

#include <math.h>

static double rate(uint64_t n, uint64_t of)
{
    return of ? (double)n / (double)of : NAN;
}

json_t *eh_clean_planted_json(const eh_planted *planted)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (size_t i = 0; i < planted->kinds && complete; i++) {
        const eh_planted_kind *k = &planted->kind[i];
        json_t *one = json_object();
        complete = one && eh_json_set(one, "defect", json_string(k->defect)) &&
                   eh_json_set(one, "planted", json_integer((json_int_t)k->planted)) &&
                   eh_json_set(one, "reported", json_integer((json_int_t)k->reported)) &&
                   eh_json_set(one, "found", json_integer((json_int_t)k->found)) &&
                   eh_json_set(one, "recall", eh_json_number(rate(k->found, k->planted))) &&
                   eh_json_set(one, "precision", eh_json_number(rate(k->found, k->reported))) &&
                   eh_json_set(one, "average_precision", eh_json_number(k->average_precision));
        complete = json_array_append_new(list, one) == 0 && complete;
    }
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static void rate_cell(eh_text_table *t, double value)
{
    if (isnan(value))
        eh_text_table_cell(t, "-");
    else
        eh_text_table_cell(t, "%.1f %%", 100 * value);
}

eh_status eh_clean_planted_text(eh_str *out, const eh_planted *planted, eh_error *err)
{
    static const char *const titles[] = { "planted defect", ">planted",   ">reported",         ">found",
                                          ">recall",        ">precision", ">average precision" };
    eh_text_table *t = eh_text_table_new(titles, sizeof titles / sizeof *titles);
    if (!t)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t i = 0; i < planted->kinds; i++) {
        const eh_planted_kind *k = &planted->kind[i];
        eh_text_table_cell(t, "%s", k->defect);
        eh_text_table_cell(t, "%llu", (unsigned long long)k->planted);
        eh_text_table_cell(t, "%llu", (unsigned long long)k->reported);
        eh_text_table_cell(t, "%llu", (unsigned long long)k->found);
        rate_cell(t, rate(k->found, k->planted));
        rate_cell(t, rate(k->found, k->reported));
        eh_text_table_cell(t, "%.3f", k->average_precision);
    }
    eh_str_append(out, "\n");
    eh_text_table_render(t, out);
    eh_text_table_free(t);
    return EH_OK;
}
