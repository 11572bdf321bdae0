/* run_description.c - run.json: what a run was made from and on; the keys stand in docs/run-folder.md. */
#include "train/trainer.h"

#include "backend/cpu/onednn.h"
#include "evenhand/plan.h"
#include "base/config.h"
#include "base/file.h"
#include "base/json.h"
#include "base/system.h"
#include "base/threads.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Value of an option in JSON's own types. */
static json_t *option_json(const eh_opt *opt, const void *opts, eh_arena *arena)
{
    const void *field = (const char *)opts + opt->offset;
    const char *text;
    switch (opt->type) {
    case EH_OPT_BOOL:
        return json_boolean(*(const bool *)field);
    case EH_OPT_INT:
        return json_integer(*(const int64_t *)field);
    case EH_OPT_FLOAT:
        return eh_json_number(*(const double *)field);
    default:
        text = eh_opt_text(opt, opts, arena);
        return text ? json_string(text) : json_null();
    }
}

static json_t *options_json(eh_thing_spec thing, eh_arena *arena)
{
    json_t *options = json_object();
    for (const eh_opt *opt = thing.entry->opts; opt && opt->name; opt++)
        eh_json_set(options, opt->name, option_json(opt, thing.opts, arena));
    return options;
}

static json_t *thing_json(eh_thing_spec thing, eh_arena *arena)
{
    return json_pack("{s:s, s:o, s:s, s:s?}", "name", thing.entry->name, "options",
                     options_json(thing, arena), "summary", thing.entry->summary, "source",
                     thing.entry->source);
}

static json_t *strings_json(const char *const *text, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(text[i]));
    return list;
}

static json_t *floats_json(const float *value, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, eh_json_number((double)value[i]));
    return list;
}

static const char *const part_key[EH_PARTS] = { NULL, "train", "valid", "test" };

static json_t *groups_json(const eh_run_data *d)
{
    const eh_groups *g = d->groups;
    json_t *values = json_array(), *counts = json_object();
    for (size_t i = 0; i < g->count; i++)
        json_array_append_new(values, strings_json(g->value + i * g->columns, g->columns));
    for (int p = EH_PART_TRAIN; p < EH_PARTS; p++) {
        json_t *list = json_array();
        for (size_t i = 0; i < g->count; i++)
            json_array_append_new(list, json_integer((json_int_t)d->group_rows[p][i]));
        eh_json_set(counts, part_key[p], list);
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "columns", strings_json(g->column, g->columns), "names",
                     strings_json(g->name, g->count), "values", values, "counts", counts);
}

/* Per part: rows = groups, columns = classes of the first head; of a number one column, rows without a value left out. */
static json_t *counts_json(const eh_run_data *d)
{
    json_t *counts = json_object();
    const eh_frame_column *label = d->head[0];
    size_t groups = d->groups->count, classes = label->kind == EH_COLUMN_CLASS ? label->classes : 1;
    for (int p = EH_PART_TRAIN; p < EH_PARTS; p++) {
        json_t *table = json_array();
        uint64_t *cell = eh_alloc(groups * classes + 1, sizeof *cell);
        for (size_t i = 0; cell && i < d->rows[p]; i++) {
            uint32_t row = d->row[p][i];
            if (eh_run_has_value(label, row))
                cell[(size_t)d->groups->of_row[row] * classes +
                     (label->kind == EH_COLUMN_CLASS ? (size_t)label->cls[row] : 0)]++;
        }
        for (size_t g = 0; cell && g < groups; g++) {
            json_t *line = json_array();
            for (size_t k = 0; k < classes; k++)
                json_array_append_new(line, json_integer((json_int_t)cell[g * classes + k]));
            json_array_append_new(table, line);
        }
        eh_free(cell);
        eh_json_set(counts, part_key[p], table);
    }
    return counts;
}

static int add_skipped(void *user, const char *item, const char *reason)
{
    (void)item;
    json_t *reasons = user;
    eh_json_set(reasons, reason, json_integer(json_integer_value(json_object_get(reasons, reason)) + 1));
    return 0;
}

/* What the import left out, and what this run leaves out. */
static eh_status skipped_json(json_t **out, const eh_trainer *t, eh_error *err)
{
    const eh_run_data *d = &t->data;
    const char *key;
    json_t *value, *reasons = json_object();
    json_int_t count = 0;
    eh_status status = eh_catalog_each_skipped(d->catalog, add_skipped, reasons, err);
    if (status != EH_OK) {
        json_decref(reasons);
        return status;
    }
    if (d->without_label)
        eh_json_set(reasons, "no value of the label", json_integer((json_int_t)d->without_label));
    if (d->without_part)
        eh_json_set(reasons, "in no part", json_integer((json_int_t)d->without_part));
    json_object_foreach(reasons, key, value) count += json_integer_value(value);
    *out = json_pack("{s:I, s:o}", "count", count, "reasons", reasons);
    return EH_OK;
}

static json_t *environment_json(void)
{
    char cpu[256], onednn[64], os[512];
    eh_processor_name(cpu, sizeof cpu);
    eh_system_name(os, sizeof os);
    return json_pack("{s:s, s:i, s:s, s:s, s:s}", "cpu", cpu, "threads", eh_threads(), "onednn",
                     eh_onednn_version(onednn, sizeof onednn), "os", os, "compiler", eh_compiler_name());
}

/* Everything that is known at the start. */
static eh_status begin_json(json_t **out, const eh_trainer *t, eh_error *err)
{
    const eh_train_opts *o = t->opts;
    const eh_run_data *d = &t->data;
    char now[21];
    json_t *skipped = NULL, *root = json_object();
    *out = root;
    EH_TRY(skipped_json(&skipped, t, err));
    eh_time_rfc3339(now);
    json_t *model = json_pack("{s:s, s:o, s:I}", "name", o->model.entry->name, "options",
                              options_json(o->model, t->arena), "parameters",
                              (json_int_t)eh_params_elements(t->params, EH_TRAINABLE));
    const eh_task_head *first = &t->task.head[0];
    json_t *label = json_pack("{s:s, s:o}", "column", first->column->name, "classes",
                              strings_json(first->column->class_name, first->target.classes));
    json_t *heads = json_array();
    for (size_t k = 0; k < t->task.heads; k++)
        json_array_append_new(heads, eh_task_head_json(&t->task.head[k], t->arena));
    const eh_thing_spec loss = { .entry = &first->loss->entry, .opts = (void *)first->loss_opts };
    json_t *catalog = json_pack("{s:s, s:s, s:I, s:s?, s:s?, s:s?}", "path", o->data, "sha256", d->hash,
                                "images", (json_int_t)d->frame->rows, "where", o->where, "split",
                                d->split.name, "split_rule", d->split.description);
    json_t *image = json_pack("{s:i, s:i, s:i, s:o, s:o, s:s}", "width", d->width, "height", d->height,
                              "channels", d->channels, "mean", floats_json(d->mean, d->channels), "std",
                              floats_json(d->std, d->channels), "scale_from",
                              d->normalise == EH_NORMALISE_DATASET    ? "training part"
                              : d->normalise == EH_NORMALISE_IMAGENET ? "ImageNet"
                                                                      : "none");
    bool ok = eh_json_set(root, "evenhand", json_string(EH_VERSION)) &&
              eh_json_set(root, "created", json_string(now)) &&
              eh_json_set(root, "command", strings_json(o->command.item, o->command.count)) &&
              eh_json_set(root, "seed", json_integer((json_int_t)o->seed)) &&
              eh_json_set(root, "catalog", catalog) &&
              eh_json_set(root, "recipe_sha256", json_string(t->folder.recipe_hash)) &&
              eh_json_set(root, "label", label) && eh_json_set(root, "heads", heads) &&
              eh_json_set(root, "groups", groups_json(d)) && eh_json_set(root, "counts", counts_json(d)) &&
              eh_json_set(root, "skipped", skipped) && eh_json_set(root, "model", model) &&
              eh_json_set(root, "method", thing_json(o->method, t->arena)) &&
              eh_json_set(root, "loss", thing_json(loss, t->arena)) &&
              eh_json_set(root, "optim", thing_json(o->optim, t->arena)) &&
              eh_json_set(root, "schedule", thing_json(o->schedule, t->arena)) &&
              eh_json_set(root, "augment", strings_json(o->augment.item, o->augment.count)) &&
              eh_json_set(root, "image", image) &&
              eh_json_set(root, "epochs", json_integer((json_int_t)eh_trainer_epochs_planned(t))) &&
              eh_json_set(root, "batch", json_integer((json_int_t)t->position.batch)) &&
              eh_json_set(root, "lr", eh_json_number(o->lr)) &&
              eh_json_set(root, "precision", json_string(eh_precision_name((eh_precision)o->precision))) &&
              eh_json_set(root, "select", json_string(eh_trainer_rule_text(t))) &&
              eh_json_set(root, "environment", environment_json());
    if (eh_trainer_rule(t) == EH_SELECT_METRIC)
        ok = ok && eh_json_set(root, "select_definition",
                               json_string(eh_selector_definition(&t->selector, t->arena)));
    if (t->stages > 1)
        ok = ok && eh_json_set(root, "stages", strings_json(t->base->stages.item, t->stages));
    return ok ? EH_OK : eh_fail_memory(err, "run.json", 1, 1);
}

/* What is known at the end. */
static eh_status end_json(json_t *root, const eh_trainer *t, eh_error *err)
{
    char now[21], hex[65];
    uint8_t hash[32];
    const eh_position *p = &t->position;
    EH_TRY(eh_sha256_file(hash, t->folder.weights, err));
    eh_hex(hex, hash, sizeof hash);
    eh_time_rfc3339(now);
    bool ok =
        eh_json_set(root, "finished", json_string(now)) &&
        eh_json_set(root, "selected_epoch", json_integer((json_int_t)eh_trainer_kept_epoch(t))) &&
        eh_json_set(root, "seconds", eh_json_number(p->seconds)) &&
        eh_json_set(root, "cpu_use", eh_json_number(p->seconds > 0 ? p->cpu_seconds / p->seconds : NAN)) &&
        eh_json_set(root, "images_per_s",
                    eh_json_number(p->seconds > 0 ? (double)p->images / p->seconds : NAN)) &&
        eh_json_set(root, "peak_memory_bytes", json_integer((json_int_t)eh_peak_memory())) &&
        eh_json_set(root, "weights_sha256", json_string(hex));
    return ok ? EH_OK : eh_fail_memory(err, "run.json", 1, 1);
}

eh_status eh_trainer_describe(const eh_trainer *t, bool finished, eh_error *err)
{
    json_t *root = NULL;
    json_t *before = NULL;
    eh_status status = begin_json(&root, t, err);
    /* A resumed run was created when it first began. */
    if (status == EH_OK && finished && eh_path_exists(t->folder.description) &&
        eh_json_read(&before, t->folder.description, NULL) == EH_OK) {
        json_t *created = json_object_get(before, "created");
        if (json_is_string(created))
            eh_json_set(root, "created", json_incref(created));
    }
    if (status == EH_OK && finished)
        status = end_json(root, t, err);
    if (status == EH_OK)
        status = eh_json_write(root, t->folder.description, err);
    json_decref(before);
    json_decref(root);
    return status;
}

bool eh_run_is_finished(const eh_run_home *folder)
{
    json_t *root = NULL;
    if (!eh_path_exists(folder->description) || eh_json_read(&root, folder->description, NULL) != EH_OK)
        return false;
    bool finished = json_is_string(json_object_get(root, "finished"));
    json_decref(root);
    return finished;
}
