/* results_masks.c - a head of masks in results.json: what the run measured (masks-<part>.json), and pictures of its examples. */
#include "report/base64.h"
#include "report/results_parts.h"
#include "base/file.h"
#include "image/mask_colours.h"

#include <string.h>

#define MOST_FILE_BYTES ((size_t)1 << 20)

static json_t *classes_json(const eh_run_head *head)
{
    json_t *list = json_array();
    for (size_t k = 0; k < head->classes; k++) {
        uint8_t rgb[3];
        char colour[8];
        eh_mask_colour(rgb, (unsigned)k);
        snprintf(colour, sizeof colour, "#%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
        eh_json_push(&list, json_pack("{s:s, s:s}", "name", head->class_name[k], "color", colour));
    }
    return list;
}

/* A file of the run as a data URI; null where it is not there. */
static eh_status uri_of(json_t **out, const eh_run_record *run, const char *part, json_int_t image,
                        const char *suffix, const char *type, eh_error *err)
{
    char name[96];
    uint8_t *bytes = NULL;
    size_t size = 0;
    eh_str uri = { 0 };
    snprintf(name, sizeof name, "masks-%s/%06lld%s", part, (long long)image, suffix);
    const char *path = eh_run_record_file(run, name);
    *out = NULL;
    if (!path)
        return eh_results_fail(err);
    if (!eh_path_exists(path)) {
        *out = json_null();
        return EH_OK;
    }
    EH_TRY(eh_file_read(&bytes, &size, path, MOST_FILE_BYTES, err));
    eh_str_appendf(&uri, "data:image/%s;base64,", type);
    eh_base64_append(&uri, bytes, size);
    eh_free(bytes);
    *out = uri.failed ? NULL : json_string(eh_str_text(&uri));
    eh_str_clear(&uri);
    return *out ? EH_OK : eh_results_fail(err);
}

/* Examples with their pictures; those whose masks are gone are left out. */
static eh_status picture_examples(json_t *examples, const eh_run_record *run, const char *part, eh_error *err)
{
    json_t *items = json_array(), *item;
    size_t i;
    json_array_foreach(json_object_get(examples, "items"), i, item)
    {
        json_int_t image = json_integer_value(json_object_get(item, "image"));
        json_t *picture = NULL, *truth = NULL, *predicted = NULL;
        eh_status status = uri_of(&picture, run, part, image, "-image.jpg", "jpeg", err);
        if (status == EH_OK)
            status = uri_of(&truth, run, part, image, "-truth.png", "png", err);
        if (status == EH_OK)
            status = uri_of(&predicted, run, part, image, ".png", "png", err);
        if (status == EH_OK && json_is_string(truth) && json_is_string(predicted))
            eh_json_push(&items,
                         json_pack("{s:O, s:O, s:O, s:O, s:O, s:O}", "file", json_object_get(item, "file"),
                                   "group", json_object_get(item, "group"), "miou",
                                   json_object_get(item, "miou"), "image", picture, "truth", truth,
                                   "predicted", predicted));
        json_decref(picture);
        json_decref(truth);
        json_decref(predicted);
        if (status != EH_OK) {
            json_decref(items);
            return status;
        }
    }
    return eh_json_set(examples, "items", items) ? EH_OK : eh_results_fail(err);
}

/* One part, read and checked as far as its readers depend on it. */
static eh_status read_split(json_t **out, const eh_run_record *run, const eh_run_head *head, const char *part,
                            bool pictures, eh_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "masks-%s.json", part);
    const char *path = eh_run_record_file(run, name);
    *out = NULL;
    if (!path)
        return eh_results_fail(err);
    if (!eh_path_exists(path))
        return EH_OK;
    EH_TRY(eh_json_read(out, path, err));
    const json_t *overall = json_object_get(*out, "overall");
    if (json_array_size(json_object_get(overall, "classes")) != head->classes ||
        json_array_size(json_object_get(*out, "groups")) != run->groups) {
        json_decref(*out);
        *out = NULL;
        return eh_fail(err, EH_ERR_INPUT, "%s: its classes or groups are not those of the run.", path);
    }
    json_t *examples = json_object_get(*out, "examples");
    if (pictures && examples)
        return picture_examples(examples, run, part, err);
    json_object_del(*out, "examples");
    return EH_OK;
}

eh_status eh_results_mask_head(json_t **out, const eh_run_record *run, const eh_run_head *head,
                               const eh_results_opts *opts, eh_error *err)
{
    static const char *const part[] = { "test", "valid" };
    json_t *splits = json_array();
    *out = NULL;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        json_t *split;
        eh_status status =
            read_split(&split, run, head, part[i], !opts->no_images && json_array_size(splits) == 0, err);
        if (status != EH_OK) {
            json_decref(split);
            json_decref(splits);
            return status;
        }
        if (split)
            eh_json_push(&splits, split);
    }
    if (json_array_size(splits) == 0) {
        json_decref(splits);
        return eh_fail(err, EH_ERR_INPUT,
                       "%s holds no masks-test.json and no masks-valid.json; 'evenhand train --resume' "
                       "finishes a run "
                       "that was interrupted.",
                       run->path);
    }
    *out = json_pack("{s:s, s:s?, s:o, s:o}", "head", head->column, "loss", head->loss, "classes",
                     classes_json(head), "splits", splits);
    return *out ? EH_OK : eh_results_fail(err);
}
