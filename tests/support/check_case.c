/* check_case.c - see check_case.h. */
#include "support/check_case.h"

#include "base/str.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <stdio.h>
#include <string.h>

eh_catalog *check_case_set(void *folder, const char *format, const char *header, int rows,
                           void (*line)(char *out, size_t size, int row))
{
    eh_str csv = { 0 };
    data_import import;
    eh_str_appendf(&csv, "%s\n", header);
    for (int i = 0; i < rows; i++) {
        char text[512], name[600];
        line(text, sizeof text, i);
        eh_str_appendf(&csv, "%s\n", text);
        snprintf(name, sizeof name, "set/%.*s", (int)strcspn(text, ","), text);
        data_write_image(folder, name, 8, 8, 1, i);
    }
    data_write_text(folder, "set/data.csv", eh_str_text(&csv));
    eh_str_clear(&csv);
    data_import_run(&import, folder, "set", format, true);
    if (import.status != EH_OK)
        fail_msg("%s", import.error.message);
    return data_open(folder);
}

static eh_status run(eh_clean_result **out, eh_catalog *catalog, const char *word, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec *spec;
    size_t count;
    eh_str_list words = { .item = &word, .count = 1 };
    *out = NULL;
    eh_status status = eh_check_specs(&spec, &count, &words, arena, err);
    if (status == EH_OK)
        status = eh_clean_run(out, catalog, spec, count, 1, NULL, err);
    eh_arena_free(arena);
    return status;
}

eh_clean_result *check_case_run(eh_catalog *catalog, const char *word)
{
    eh_clean_result *out;
    eh_error err = { 0 };
    if (run(&out, catalog, word, &err) != EH_OK)
        fail_msg("%s: %s", word, err.message);
    return out;
}

void check_case_refused(eh_catalog *catalog, const char *word, eh_status status, const char *part)
{
    eh_clean_result *out;
    eh_error err = { 0 };
    eh_status got = run(&out, catalog, word, &err);
    if (got != status || out || !strstr(err.message, part))
        fail_msg("%s gave '%s' (%s) where '%s' with \"%s\" was expected", word, eh_status_name(got),
                 err.message, eh_status_name(status), part);
}

const eh_finding *check_case_finding(const eh_clean_result *r, int64_t image, const char *column)
{
    const eh_finding *found = NULL;
    for (size_t i = 0; i < r->findings->count; i++) {
        const eh_finding *f = &r->findings->item[i];
        if (f->image != image || (column && (!f->column || strcmp(f->column, column) != 0)))
            continue;
        if (found)
            fail_msg("image %lld has two findings about '%s'", (long long)image,
                     column ? column : "anything");
        found = f;
    }
    return found;
}

const char *check_case_evidence(const eh_finding *f, const char *key)
{
    static char text[4][256];
    static unsigned next;
    char *out = text[next++ % 4];
    json_t *evidence = json_loads(f->evidence, 0, NULL);
    const json_t *value = json_object_get(evidence, key);
    out[0] = '\0';
    if (json_is_string(value))
        snprintf(out, sizeof text[0], "%s", json_string_value(value));
    else if (json_is_number(value))
        snprintf(out, sizeof text[0], "%g", json_number_value(value));
    json_decref(evidence);
    return out;
}
