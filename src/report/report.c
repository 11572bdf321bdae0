/* report.c - fills the embedded template; see report.h and docs/report_template.md.
 *
 * Easy to get wrong: a group may be called "@@EVENHAND_DATA@@", so the marks are looked for in the template alone, never in what was put
 * in; and inside a script element JSON must not hold '<', since "</script>" in a file name would end it.
 */
#include "report/report.h"
#include "report/html.h"
#include "report/report_template.h"
#include "report/results.h"
#include "report/results_data.h"
#include "base/file.h"
#include "base/json.h"

#include <string.h>

void eh_report_static(eh_str *html, const eh_report *report)
{
    for (const eh_entry *const *entry = eh_section_list; *entry; entry++) {
        const eh_section *section = (const eh_section *)*entry;
        if (!section->applies(report))
            continue;
        eh_str_append(html, "<section>\n<h2>");
        eh_html_text(html, section->title);
        eh_str_append(html, "</h2>\n");
        section->write(html, report);
        eh_str_append(html, "</section>\n");
    }
}

/* JSON that can stand inside a script element. These characters occur in strings alone, so escaping the finished text is right. */
static void append_for_script(eh_str *out, const char *json, size_t size)
{
    size_t start = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)json[i];
        /* U+2028 is E2 80 A8, U+2029 is E2 80 A9. */
        bool separator = c == 0xE2 && i + 2 < size && (unsigned char)json[i + 1] == 0x80 &&
                         ((unsigned char)json[i + 2] & 0xFE) == 0xA8;
        if (c != '<' && c != '>' && c != '&' && !separator)
            continue;
        eh_str_append_bytes(out, json + start, i - start);
        eh_str_appendf(out, "\\u%04x", separator ? 0x2028u + ((unsigned char)json[i + 2] & 1u) : (unsigned)c);
        i += separator ? 2 : 0;
        start = i + 1;
    }
    eh_str_append_bytes(out, json + start, size - start);
}

/* The same of heads of numbers and masks; examples of masks are nothing without their pictures. */
static void remove_other_thumbnails(json_t *result)
{
    size_t h, s, i;
    json_t *head, *split, *item;
    json_array_foreach(json_object_get(result, "numbers"), h, head)
    {
        json_array_foreach(json_object_get(head, "splits"), s, split)
        {
            json_array_foreach(json_object_get(json_object_get(split, "errors"), "items"), i, item)
            {
                json_object_set_new(item, "thumbnail", json_null());
            }
        }
    }
    json_array_foreach(json_object_get(result, "masks"), h, head)
    {
        json_array_foreach(json_object_get(head, "splits"), s, split)
        {
            json_object_del(split, "examples");
        }
    }
}

/* Sets every thumbnail to null. */
static void remove_thumbnails(json_t *result)
{
    size_t h, s, i;
    json_t *head, *split, *item, *gallery;
    remove_other_thumbnails(result);
    json_t *cleaning = json_object_get(json_object_get(result, "data"), "cleaning");
    json_array_foreach(json_object_get(cleaning, "galleries"), h, gallery)
    {
        json_array_foreach(json_object_get(gallery, "items"), i, item)
        {
            json_object_set_new(item, "thumbnail", json_null());
        }
    }
    json_array_foreach(json_object_get(result, "evaluation"), h, head)
    {
        json_array_foreach(json_object_get(head, "splits"), s, split)
        {
            json_array_foreach(json_object_get(json_object_get(split, "errors"), "items"), i, item)
            {
                json_object_set_new(item, "thumbnail", json_null());
            }
        }
    }
}

static void append_data(eh_str *out, const eh_report *report, bool no_images)
{
    for (size_t i = 0; i < report->results; i++) {
        json_t *copy = no_images ? json_deep_copy(report->result[i]) : json_incref(report->result[i]);
        eh_str text = { 0 };
        if (no_images)
            remove_thumbnails(copy);
        if (copy)
            eh_json_append(&text, copy, false);
        out->failed = out->failed || !copy || text.failed;
        eh_str_append(out, i ? ",\n" : "[");
        append_for_script(out, eh_str_text(&text), text.size);
        eh_str_clear(&text);
        json_decref(copy);
    }
    eh_str_append(out, "]");
}

static const char *const mark[] = { "@@EVENHAND_TITLE@@", "@@EVENHAND_STATIC@@", "@@EVENHAND_DATA@@" };

#define MARKS 3

/* The mark that begins at `at`, -1 for none. */
static int mark_at(const char *at, const char *end)
{
    for (int i = 0; i < MARKS; i++) {
        size_t length = strlen(mark[i]);
        if ((size_t)(end - at) >= length && memcmp(at, mark[i], length) == 0)
            return i;
    }
    return -1;
}

eh_status eh_report_html(eh_str *html, const eh_report *report, const eh_report_opts *opts, eh_error *err)
{
    const char *at = (const char *)eh_report_template, *end = at + eh_report_template_size, *start = at;
    size_t found[MARKS] = { 0 };
    while ((at = memchr(at, '@', (size_t)(end - at))) != NULL) {
        int which = mark_at(at, end);
        if (which < 0) {
            at++;
            continue;
        }
        eh_str_append_bytes(html, start, (size_t)(at - start));
        if (which == 0)
            eh_html_text(html, report->title);
        else if (which == 1)
            eh_report_static(html, report);
        else
            append_data(html, report, opts && opts->no_images);
        found[which]++;
        at += strlen(mark[which]);
        start = at;
    }
    eh_str_append_bytes(html, start, (size_t)(end - start));
    if (found[0] == 0 || found[1] != 1 || found[2] != 1)
        return eh_fail(err, EH_ERR_INTERNAL,
                       "The report page that this program carries lacks its marks; build it with npm "
                       "installed.");
    return eh_str_check(html, err);
}

/* ---------------------------------------------------------------- from files */

/* A results.json (one document or an array of them), or the folder of a run. `*name` is what messages call it. */
static eh_status load(json_t **out, const char **name, eh_arena *arena, const char *input,
                      const eh_report_opts *opts, eh_progress *progress, eh_error *err)
{
    *name = input;
    if (eh_is_catalog(input)) {
        const eh_data_results_opts data = { .groups = opts ? opts->groups : (eh_str_list){ 0 },
                                            .labels = opts ? opts->labels : (eh_str_list){ 0 },
                                            .planted = opts ? opts->planted : NULL,
                                            .galleries = opts && opts->no_images ? 0 : EH_DATA_GALLERIES,
                                            .seed = opts ? opts->seed : 1 };
        return eh_results_from_catalog(out, input, &data, progress, err);
    }
    if (eh_ends_with(input, ".csv"))
        return eh_fail(err, EH_ERR_USAGE,
                       "%s is a table of predictions; measure it first, evenhand audit %s -o results.json, "
                       "and make "
                       "the report of results.json",
                       input, input);
    if (!eh_path_is_folder(input))
        return eh_json_read(out, input, err);
    const char *file = eh_path_join(arena, input, "results.json");
    if (!file)
        return eh_fail_memory(err, input, strlen(input) + 16, 1);
    *name = file;
    if (eh_path_exists(file))
        return eh_json_read(out, file, err);
    eh_results *results;
    const eh_results_opts measured = { .no_images = opts && opts->no_images };
    EH_TRY(eh_results_from_run(&results, input, &measured, progress, err));
    *out = json_incref(results->json);
    eh_results_free(results);
    return EH_OK;
}

/* Appends the documents of one input; a file may hold one document or an array of them. */
static eh_status load_all(json_t *all, eh_str_list *name, eh_arena *arena, const char *input,
                          const eh_report_opts *opts, eh_progress *progress, eh_error *err)
{
    json_t *loaded = NULL;
    const char *file;
    EH_TRY(load(&loaded, &file, arena, input, opts, progress, err));
    size_t old = name->count, count = json_is_array(loaded) ? json_array_size(loaded) : 1;
    const char **names = eh_arena_alloc(arena, old + count + 1, sizeof *names);
    bool failed = !names || (json_is_array(loaded) ? json_array_extend(all, loaded)
                                                   : json_array_append(all, loaded)) != 0;
    json_decref(loaded);
    if (failed)
        return eh_fail_memory(err, file, count, sizeof *names);
    if (old)
        memcpy(names, name->item, old * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[old + i] = file;
    *name = (eh_str_list){ .item = names, .count = old + count };
    return EH_OK;
}

eh_status eh_report_write(const char *path, const char *const *inputs, size_t count,
                          const eh_report_opts *opts, eh_progress *progress, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    json_t *all = json_array(), **result = NULL;
    eh_str_list name = { 0 };
    eh_str html = { 0 };
    eh_report report;
    eh_status status = arena && all ? EH_OK : eh_fail_memory(err, "a report", count, sizeof *inputs);
    for (size_t i = 0; i < count && status == EH_OK; i++)
        status = load_all(all, &name, arena, inputs[i], opts, progress, err);
    if (status != EH_OK)
        goto done;
    result = eh_arena_alloc(arena, name.count + 1, sizeof(json_t *));
    if (!result) {
        status = eh_fail_memory(err, "a report", name.count, sizeof *result);
        goto done;
    }
    for (size_t i = 0; i < name.count; i++)
        result[i] = json_array_get(all, i);
    EH_TRY_GOTO(status, eh_report_arrange(&report, arena, result, name.item, name.count, opts, err));
    EH_TRY_GOTO(status, eh_report_html(&html, &report, opts, err));
    status = eh_file_write_atomic(path, html.data, html.size, err);
done:
    json_decref(all);
    eh_str_clear(&html);
    eh_arena_free(arena);
    return status;
}
