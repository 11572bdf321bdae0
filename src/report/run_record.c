/* run_record.c - reading a run's folder; see run_folder.h.
 *
 * Easy to get wrong: a resumed run repeats the epochs since its last checkpoint in log.jsonl, so of each epoch the last event counts;
 * and a killed run may leave half a line at the end, which is no damage.
 */
#include "report/run_record.h"
#include "base/file.h"
#include "base/json.h"

#include <string.h>

const char *eh_run_record_file(const eh_run_record *run, const char *name)
{
    return eh_path_join(run->arena, run->path, name);
}

static eh_status fail_run(const eh_run_record *run, const char *what, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT,
                   "%s/run.json: %s; the file was not written by this version of evenhand.", run->path, what);
}

/* Texts of a JSON array as an array of pointers into the JSON. `null` members become "(missing)". */
static eh_status read_names(const char ***out, size_t *count, const eh_run_record *run, const json_t *array,
                            const char *what, eh_error *err)
{
    if (!json_is_array(array))
        return fail_run(run, what, err);
    *count = json_array_size(array);
    const char **name = eh_arena_alloc(run->arena, *count + 1, sizeof *name);
    if (!name)
        return eh_fail_memory(err, what, *count, sizeof *name);
    for (size_t i = 0; i < *count; i++) {
        const json_t *item = json_array_get(array, i);
        name[i] = json_is_null(item) ? "(missing)" : json_string_value(item);
        if (!name[i])
            return fail_run(run, what, err);
    }
    *out = name;
    return EH_OK;
}

static eh_status read_classes(eh_run_record *run, eh_error *err)
{
    const json_t *label = json_object_get(run->run, "label");
    const char **name;
    run->label = json_string_value(json_object_get(label, "column"));
    if (!run->label)
        return fail_run(run, "\"label\" names no column", err);
    EH_TRY(read_names(&name, &run->classes, run, json_object_get(label, "classes"),
                      "\"label\" holds no list of classes", err));
    run->class_name = name;
    run->heads = json_object_get(run->run, "heads");
    run->label_kind = json_string_value(json_object_get(json_array_get(run->heads, 0), "kind"));
    run->label_kind = run->label_kind ? run->label_kind : "class";
    if (run->classes == 0 && strcmp(run->label_kind, "number") != 0)
        return fail_run(run, "the list of classes is empty", err);
    return EH_OK;
}

/* The name of a thing's text: "cross-entropy" of "cross-entropy:smoothing=0.1". */
static const char *thing_name(const eh_run_record *run, const char *text)
{
    return text ? eh_arena_printf(run->arena, "%.*s", (int)strcspn(text, ":"), text) : NULL;
}

eh_status eh_run_record_heads(eh_run_head **out, size_t *count, const eh_run_record *run, eh_error *err)
{
    size_t all = json_array_size(run->heads);
    eh_run_head *head = eh_arena_alloc(run->arena, all + 1, sizeof *head);
    if (!head)
        return eh_fail_memory(err, "the heads of a run", all + 1, sizeof *head);
    const json_t *loss = json_object_get(json_object_get(run->run, "loss"), "name");
    head[0] = (eh_run_head){ run->label, json_string_value(loss), "class", run->class_name, run->classes };
    *out = head;
    *count = all ? all : 1;
    for (size_t i = 0; i < all; i++) {
        const json_t *item = json_array_get(run->heads, i), *classes = json_object_get(item, "classes");
        eh_run_head *h = &head[i];
        const char **name;
        h->kind = json_string_value(json_object_get(item, "kind"));
        if (i > 0)
            h->column = json_string_value(json_object_get(item, "column"));
        if (i > 0)
            h->loss = thing_name(run, json_string_value(json_object_get(item, "loss")));
        if (!h->column || !h->kind)
            return fail_run(run, "one of \"heads\" names no column or no kind", err);
        if (i == 0 || !json_is_array(classes))
            continue;
        EH_TRY(
            read_names(&name, &h->classes, run, classes, "one of \"heads\" holds no list of classes", err));
        h->class_name = name;
    }
    return EH_OK;
}

static eh_status read_groups(eh_run_record *run, eh_error *err)
{
    const json_t *groups = json_object_get(run->run, "groups");
    const json_t *values = json_object_get(groups, "values");
    const char **name;
    EH_TRY(read_names(&run->group_column, &run->group_columns, run, json_object_get(groups, "columns"),
                      "\"groups\" holds no list of columns", err));
    EH_TRY(read_names(&name, &run->groups, run, json_object_get(groups, "names"),
                      "\"groups\" holds no list of names", err));
    if (run->groups == 0) {
        /* Without groups there is one, of all images. */
        static const char *const whole[] = { "all images" };
        run->groups = 1;
        run->group_columns = 0;
        run->group_name = whole;
        run->group_value = name;
        return EH_OK;
    }
    run->group_name = name;
    const char **value = eh_arena_alloc(run->arena, run->groups * run->group_columns + 1, sizeof *value);
    if (!value)
        return eh_fail_memory(err, "the values of groups", run->groups, sizeof *value);
    if (run->group_columns > 0 && json_array_size(values) != run->groups)
        return fail_run(run, "\"groups\" has not as many values as names", err);
    for (size_t g = 0; g < run->groups && run->group_columns > 0; g++) {
        const char **row;
        size_t count;
        EH_TRY(read_names(&row, &count, run, json_array_get(values, g), "a group's values are no list", err));
        if (count != run->group_columns)
            return fail_run(run, "a group has not one value per group column", err);
        memcpy(value + g * run->group_columns, row, count * sizeof *row);
    }
    run->group_value = value;
    return EH_OK;
}

/* ---------------------------------------------------------------- log.jsonl */

static eh_status add_event(eh_run_record *run, json_t *event, eh_error *err)
{
    if (json_array_append_new(run->events, event) != 0)
        return eh_fail_memory(err, "the events of log.jsonl", 1, sizeof(void *));
    const char *kind = json_string_value(json_object_get(event, "event"));
    if (kind && strcmp(kind, "selected") == 0)
        run->selected = event;
    if (!kind || strcmp(kind, "epoch") != 0)
        return EH_OK;
    json_int_t epoch = json_integer_value(json_object_get(event, "epoch"));
    /* Epochs that a resumed run repeats replace those that it had done before. */
    while (json_array_size(run->epochs) > 0 &&
           json_integer_value(json_object_get(json_array_get(run->epochs, json_array_size(run->epochs) - 1),
                                              "epoch")) >= epoch)
        json_array_remove(run->epochs, json_array_size(run->epochs) - 1);
    if (json_array_append(run->epochs, event) != 0)
        return eh_fail_memory(err, "the epochs of log.jsonl", 1, sizeof(void *));
    return EH_OK;
}

static eh_status read_log(eh_run_record *run, eh_progress *progress, eh_error *err)
{
    const char *path = eh_run_record_file(run, "log.jsonl");
    run->events = json_array();
    run->epochs = json_array();
    if (!path || !run->events || !run->epochs)
        return eh_fail_memory(err, "log.jsonl", 1, 1);
    uint8_t *bytes;
    size_t size, number = 0;
    EH_TRY(eh_file_read(&bytes, &size, path, 0, err));
    eh_status status = EH_OK;
    for (const char *line = (const char *)bytes, *end = line + size; line < end && status == EH_OK;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((stop ? stop : end) - line);
        json_error_t problem;
        json_t *event = length > 0 ? json_loadb(line, length, JSON_REJECT_DUPLICATES, &problem) : NULL;
        number++;
        if (event)
            status = add_event(run, event, err);
        else if (length > 0 && stop)
            status = eh_fail(err, EH_ERR_INPUT, "%s:%zu is not valid JSON: %s.", path, number, problem.text);
        else if (length > 0)
            eh_progress_warn(progress, "%s ends with half a line, which is passed over.", path);
        line = stop ? stop + 1 : end;
    }
    eh_free(bytes);
    return status;
}

/* ---------------------------------------------------------------- opening */

eh_status eh_run_record_open(eh_run_record **out, const char *path, eh_progress *progress, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_run_record *run = arena ? eh_arena_alloc(arena, 1, sizeof *run) : NULL;
    if (!run) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "a run's folder", 1, sizeof *run);
    }
    run->arena = arena;
    run->path = eh_arena_strdup(arena, path);
    eh_status status;
    const char *file = run->path ? eh_run_record_file(run, "run.json") : NULL;
    if (!file) {
        status = eh_fail_memory(err, path, strlen(path) + 16, 1);
        goto done;
    }
    if (!eh_path_exists(file)) {
        status = eh_fail(err, EH_ERR_INPUT,
                         "%s is no folder of a run: it holds no run.json. Name the folder that 'evenhand "
                         "train -o' "
                         "wrote.",
                         path);
        goto done;
    }
    EH_TRY_GOTO(status, eh_json_read(&run->run, file, err));
    EH_TRY_GOTO(status, read_classes(run, err));
    EH_TRY_GOTO(status, read_groups(run, err));
    EH_TRY_GOTO(status, read_log(run, progress, err));
    *out = run;
done:
    if (status != EH_OK)
        eh_run_record_close(run);
    return status;
}

void eh_run_record_close(eh_run_record *run)
{
    if (!run)
        return;
    json_decref(run->run);
    json_decref(run->epochs);
    json_decref(run->events);
    eh_arena_free(run->arena);
}

static const char *predictions_file(const eh_run_record *run, const char *part)
{
    const char *name = eh_arena_printf(run->arena, "predictions-%s.csv", part);
    return name ? eh_run_record_file(run, name) : NULL;
}

bool eh_run_record_has(const eh_run_record *run, const char *part)
{
    const char *path = predictions_file(run, part);
    return path && eh_path_exists(path);
}

eh_status eh_run_record_predictions(eh_predictions **out, const eh_run_record *run, const eh_run_head *head,
                                    const char *part, const struct eh_query *where, eh_progress *progress,
                                    eh_error *err)
{
    *out = NULL;
    const char *path = predictions_file(run, part);
    if (!path)
        return eh_fail_memory(err, "a path", strlen(part) + 32, 1);
    eh_predictions_opts opts = {
        .truth = "truth",
        .predicted = "predicted",
        .groups = { run->group_column, run->group_columns },
        .head = head && head->column != run->label ? head->column : NULL,
        .kind = head && strcmp(head->kind, "number") == 0 ? EH_PREDICTIONS_NUMBERS : EH_PREDICTIONS_CLASSES,
        .class_name = head ? head->class_name : run->class_name,
        .classes = head ? head->classes : run->classes,
        .group_name = run->group_name,
        .group_value = run->group_value,
        .known_groups = run->groups,
        .where = where,
    };
    return eh_predictions_read(out, path, &opts, progress, err);
}
