/* image_names.c - see image_names.h. */
#include "clean/image_names.h"

#include "base/file.h"
#include "base/json.h"

#include <string.h>

enum { LONGEST_NAME = 4096 };

eh_status eh_image_names_load(eh_image_names *out, eh_catalog *catalog, const eh_frame *frame,
                              eh_arena *arena, eh_error *err)
{
    char name[LONGEST_NAME];
    *out = (eh_image_names){ 0 };
    out->row_of_full = eh_alloc(frame->rows, sizeof *out->row_of_full);
    out->row_of_last = eh_alloc(frame->rows, sizeof *out->row_of_last);
    if (!out->row_of_full || !out->row_of_last)
        return eh_fail_memory(err, "names of images", frame->rows, sizeof *out->row_of_full);
    for (size_t row = 0; row < frame->rows; row++) {
        uint32_t number;
        bool added;
        EH_TRY(eh_catalog_image_name(catalog, frame->image[row], name, sizeof name, err));
        const char *full = eh_arena_strdup(arena, name);
        if (!full)
            return eh_fail_memory(err, "names of images", frame->rows, sizeof name);
        EH_TRY(eh_text_index_add(&out->full, full, &number, &added, err));
        out->row_of_full[number] = (uint32_t)row;
        EH_TRY(eh_text_index_add(&out->last, eh_path_name(full), &number, &added, err));
        out->row_of_last[number] = added ? (uint32_t)row : UINT32_MAX;
    }
    return EH_OK;
}

void eh_image_names_clear(eh_image_names *names)
{
    eh_text_index_clear(&names->full);
    eh_text_index_clear(&names->last);
    eh_free(names->row_of_full);
    eh_free(names->row_of_last);
    *names = (eh_image_names){ 0 };
}

int64_t eh_image_names_find(const eh_image_names *names, const char *name)
{
    int64_t at = eh_text_index_find(&names->full, name);
    if (at >= 0)
        return names->row_of_full[at];
    at = eh_text_index_find(&names->last, eh_path_name(name));
    return at >= 0 && names->row_of_last[at] != UINT32_MAX ? (int64_t)names->row_of_last[at] : -1;
}

static eh_status match(eh_array_rows *out, const json_t *files, const char *path, const eh_image_names *names,
                       const eh_frame *frame, eh_arena *arena, eh_error *err)
{
    size_t matched = 0, at;
    json_t *file;
    out->at = eh_arena_alloc(arena, frame->rows, sizeof *out->at);
    if (!out->at)
        return eh_fail_memory(err, path, frame->rows, sizeof *out->at);
    memset(out->at, 0xff, frame->rows * sizeof *out->at);
    json_array_foreach(files, at, file)
    {
        const char *name = json_string_value(file);
        int64_t row = name ? eh_image_names_find(names, name) : -1;
        if (row < 0) {
            out->left_over++;
            continue;
        }
        if (out->at[row] != UINT32_MAX)
            return eh_fail(err, EH_ERR_INPUT, "%s.json names the image '%s' twice", path, name);
        out->at[row] = (uint32_t)at;
        matched++;
    }
    if (matched == 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s names no image of the catalog: the first of \"files\" in %s.json is '%s', the "
                       "catalog's is '%s'",
                       path, path,
                       json_string_value(json_array_get(files, 0))
                           ? json_string_value(json_array_get(files, 0))
                           : "",
                       names->full.count ? names->full.key[0] : "");
    out->absent = frame->rows - matched;
    return EH_OK;
}

eh_status eh_array_rows_find(eh_array_rows *out, const char *path, uint64_t rows, eh_catalog *catalog,
                             const eh_frame *frame, eh_arena *arena, eh_error *err)
{
    const char *about = eh_arena_printf(arena, "%s.json", path);
    json_t *json = NULL;
    eh_image_names names = { 0 };
    eh_status status = EH_OK;
    *out = (eh_array_rows){ 0 };
    if (!about)
        return eh_fail_memory(err, path, 1, 1);
    if (eh_path_exists(about))
        EH_TRY(eh_json_read(&json, about, err));
    const json_t *files = json_object_get(json, "files");
    if (json_is_array(files)) {
        if (json_array_size(files) != rows)
            EH_TRY_GOTO(status, eh_fail(err, EH_ERR_INPUT,
                                        "%s names %zu images, but %s has %llu rows; the two do not belong "
                                        "together",
                                        about, json_array_size(files), path, (unsigned long long)rows));
        EH_TRY_GOTO(status, eh_image_names_load(&names, catalog, frame, arena, err));
        EH_TRY_GOTO(status, match(out, files, path, &names, frame, arena, err));
    } else if (rows != frame->rows) {
        status =
            eh_fail(err, EH_ERR_INPUT,
                    "%s has %llu rows, but the catalog has %zu usable images; rows must be in their order "
                    "('evenhand stats --skipped' lists those left out), unless %s names the images, as "
                    "'evenhand predict' writes it",
                    path, (unsigned long long)rows, frame->rows, about);
    }
done:
    eh_image_names_clear(&names);
    json_decref(json);
    return status;
}
