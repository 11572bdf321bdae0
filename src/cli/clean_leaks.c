/* clean_leaks.c - leaks by group, and what they do to the accuracy that a run reports. */
#include "cli/clean_print.h"

#include "base/file.h"
#include "base/json.h"
#include "base/table.h"
#include "data/text_index.h"
#include "report/predictions.h"

#include <math.h>
#include <string.h>

/* Number of the row that a prediction is about: by the image's number, else by its path. -1: none. */
static int64_t row_of_key(const eh_frame *frame, const eh_text_index *paths, const char *key,
                          const char *file)
{
    int64_t id;
    if (file && eh_text_index_find(paths, file) >= 0)
        return eh_text_index_find(paths, file);
    if (key && eh_text_index_find(paths, key) >= 0)
        return eh_text_index_find(paths, key);
    if (!key || !eh_parse_int(&id, key))
        return -1;
    size_t low = 0, high = frame->rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frame->image[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < frame->rows && frame->image[low] == id ? (int64_t)low : -1;
}

static eh_status index_paths(eh_text_index *paths, const eh_frame *names, eh_error *err)
{
    uint32_t number;
    for (size_t row = 0; row < names->rows; row++)
        EH_TRY(eh_text_index_add(paths, names->column[0].text[row], &number, NULL, err));
    return EH_OK;
}

eh_status eh_clean_read_predictions(int8_t **out, eh_command_context *context, eh_catalog *catalog,
                                    const eh_frame *frame, const char *path, eh_error *err)
{
    static const char *const property = "image.path";
    eh_predictions *predictions = NULL;
    eh_predictions_opts opts = { 0 };
    eh_frame *names = NULL;
    eh_text_index paths = { 0 };
    size_t found = 0;
    eh_status status = EH_OK;
    if (eh_path_is_folder(path))
        path = eh_path_join(context->arena, path, "predictions-test.csv");
    *out = eh_arena_alloc(context->arena, frame->rows + 1, sizeof **out);
    if (!*out || !path)
        return eh_fail_memory(err, "predictions", frame->rows, 1);
    memset(*out, -1, frame->rows);
    EH_TRY_GOTO(status, eh_predictions_read(&predictions, path, &opts, context->progress, err));
    EH_TRY_GOTO(status, eh_frame_load(&names, catalog, &property, 1, err));
    EH_TRY_GOTO(status, index_paths(&paths, names, err));
    for (size_t i = 0; i < predictions->rows; i++) {
        int64_t row = row_of_key(frame, &paths, predictions->key ? predictions->key[i] : NULL,
                                 predictions->file ? predictions->file[i] : NULL);
        if (row < 0 || predictions->truth[i] < 0)
            continue;
        (*out)[row] = predictions->truth[i] == predictions->predicted[i];
        found++;
    }
    if (!found)
        status =
            eh_fail(err, EH_ERR_INPUT,
                    "%s: not one of its %zu predictions is about an image of %s; is it of another catalog?",
                    path, predictions->rows, eh_catalog_path(catalog));
done:
    eh_text_index_clear(&paths);
    eh_frame_free(names);
    eh_predictions_free(predictions);
    return status;
}

/* ---------------------------------------------------------------- output */

static double share(uint64_t n, uint64_t of)
{
    return of ? (double)n / (double)of : NAN;
}

static json_t *group_json(const char *name, const eh_leak_group *g, bool judged)
{
    json_t *one = json_object();
    bool complete = one && eh_json_set(one, "group", json_string(name)) &&
                    eh_json_set(one, "held_out", json_integer((json_int_t)g->held_out)) &&
                    eh_json_set(one, "leaking", json_integer((json_int_t)g->leaking)) &&
                    eh_json_set(one, "share", eh_json_number(share(g->leaking, g->held_out)));
    if (judged)
        complete =
            complete && eh_json_set(one, "judged", json_integer((json_int_t)g->judged)) &&
            eh_json_set(one, "accuracy", eh_json_number(share(g->right, g->judged))) &&
            eh_json_set(one, "accuracy_without_leaks",
                        eh_json_number(share(g->right - g->leaking_right, g->judged - g->leaking_judged))) &&
            eh_json_set(one, "accuracy_of_leaks", eh_json_number(share(g->leaking_right, g->leaking_judged)));
    if (complete)
        return one;
    json_decref(one);
    return NULL;
}

json_t *eh_clean_leaks_json(const eh_clean_view *view, const eh_leak_group *group)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (size_t g = 0; g <= view->groups->count && complete; g++) {
        bool all = g == view->groups->count;
        if (all || view->groups->columns)
            complete = json_array_append_new(list, group_json(all ? "all" : view->groups->name[g], &group[g],
                                                              view->right != NULL)) == 0;
    }
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static void percent_cell(eh_text_table *t, uint64_t n, uint64_t of)
{
    if (of)
        eh_text_table_cell(t, "%.2f %%", 100.0 * (double)n / (double)of);
    else
        eh_text_table_cell(t, "-");
}

eh_status eh_clean_leaks_text(eh_str *out, const eh_clean_view *view, const eh_leak_group *group,
                              eh_error *err)
{
    static const char *const titles[] = { "group",   ">held out", ">leaking",       ">share",
                                          ">judged", ">accuracy", ">without leaks", ">of the leaks" };
    eh_text_table *t = eh_text_table_new(titles, view->right ? 8 : 4);
    if (!t)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t g = 0; g <= view->groups->count; g++) {
        const eh_leak_group *one = &group[g];
        bool all = g == view->groups->count;
        if (!all && !view->groups->columns)
            continue;
        if (all && view->groups->columns)
            eh_text_table_rule(t);
        eh_text_table_cell(t, "%s", all ? "all" : view->groups->name[g]);
        eh_text_table_cell(t, "%llu", (unsigned long long)one->held_out);
        eh_text_table_cell(t, "%llu", (unsigned long long)one->leaking);
        percent_cell(t, one->leaking, one->held_out);
        if (!view->right)
            continue;
        eh_text_table_cell(t, "%llu", (unsigned long long)one->judged);
        percent_cell(t, one->right, one->judged);
        percent_cell(t, one->right - one->leaking_right, one->judged - one->leaking_judged);
        percent_cell(t, one->leaking_right, one->leaking_judged);
    }
    eh_str_append(out, "\nheld-out images with a copy in training:\n");
    eh_text_table_render(t, out);
    eh_text_table_free(t);
    return EH_OK;
}
