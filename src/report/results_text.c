/* results_text.c - what was measured as tables for a terminal, a head after the other. */
#include "report/results.h"
#include "metric/pixel_audit.h"

/* A line with the head's name, where there are several. */
static void title(eh_str *out, const eh_results *r, const char *head)
{
    size_t heads =
        (r->audit != NULL) + r->furthers + r->numbers + json_array_size(json_object_get(r->json, "masks"));
    if (heads > 1)
        eh_str_appendf(out, "%s%s\n", out->size ? "\n" : "", head);
}

eh_status eh_results_table(eh_str *out, const eh_results *r, eh_audit_sort sort, eh_error *err)
{
    const json_t *first = json_array_get(json_object_get(r->json, "evaluation"), 0);
    const char *name = json_string_value(json_object_get(first, "head"));
    if (r->audit) {
        title(out, r, name ? name : "classes");
        EH_TRY(eh_audit_table(out, r->audit, sort, r->positive, err));
    }
    for (size_t i = 0; i < r->furthers; i++) {
        title(out, r, r->further[i].head);
        EH_TRY(eh_audit_table(out, r->further[i].audit, sort, r->further[i].positive, err));
    }
    for (size_t i = 0; i < r->numbers; i++) {
        title(out, r, r->number[i].head);
        EH_TRY(eh_number_audit_table(out, r->number[i].audit, sort, err));
    }
    const json_t *head;
    size_t k;
    json_array_foreach(json_object_get(r->json, "masks"), k, head)
    {
        title(out, r, json_string_value(json_object_get(head, "head")));
        EH_TRY(eh_pixel_table(out, json_array_get(json_object_get(head, "splits"), 0), err));
    }
    return EH_OK;
}
