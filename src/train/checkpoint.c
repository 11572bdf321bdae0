/* checkpoint.c - the state of a running training on disk; checkpoint.h draws the files.
 *
 * Easy to get wrong: the order of writing. New tensors, then last.json, then removal of old tensors; each file synced before the next step, and the log
 * synced before its length is noted.
 */
#include "train/checkpoint.h"

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "nn/safetensors.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { VERSION = 2, VISITED_LIMIT = 64 };

struct eh_state_visitor {
    eh_safetensors *file; /* NULL while saving */
    const char *path;
    struct {
        char name[96];
        void *data;
        size_t bytes;
    } item[VISITED_LIMIT];
    size_t count;
    eh_status status;
    eh_error error;
};

void eh_visit_bytes(eh_state_visitor *v, const char *name, void *data, size_t bytes)
{
    char full[96];
    if (v->status != EH_OK)
        return;
    snprintf(full, sizeof full, "method/%s", name);
    if (!v->file) {
        assert(v->count < VISITED_LIMIT);
        memcpy(v->item[v->count].name, full, sizeof full);
        v->item[v->count].data = data;
        v->item[v->count++].bytes = bytes;
        return;
    }
    int64_t at = eh_safetensors_find(v->file, full);
    if (at < 0 || eh_safetensors_item(v->file, (size_t)at)->bytes != bytes)
        v->status =
            eh_fail(&v->error, EH_ERR_INPUT,
                    "%s: the state '%s' of the method is not in it, or has another size", v->path, name);
    else
        v->status = eh_safetensors_read(v->file, (size_t)at, data, &v->error);
}

/* ---- saving ---- */

/* Everything that goes into last-<step>.safetensors, in this order: variables, order, method. */
typedef struct checkpoint_source {
    eh_params *params;
    size_t variables;
    const uint32_t *order;
    size_t order_count;
    const eh_state_visitor *visitor;
} checkpoint_source;

static eh_status give_tensor(void *user, size_t index, void *out, eh_error *err)
{
    const checkpoint_source *s = user;
    if (index < s->variables) {
        EH_TRY(eh_params_read(s->params, index, out, err));
        eh_param_info info = eh_params_info(s->params, index);
        int64_t n = eh_shape_elements(info.shape);
        for (int64_t i = 0; i < n; i++)
            if (!isfinite(((const float *)out)[i]))
                return eh_fail(err, EH_ERR_NUMERIC, "the variable '%s' holds NaN or infinity", info.name);
        return EH_OK;
    }
    index -= s->variables;
    if (s->order && index == 0) {
        memcpy(out, s->order, s->order_count * sizeof *s->order);
        return EH_OK;
    }
    index -= s->order != NULL;
    memcpy(out, s->visitor->item[index].data, s->visitor->item[index].bytes);
    return EH_OK;
}

static eh_status write_tensors(const eh_checkpoint_parts *parts, const char *path, const uint32_t *order,
                               size_t order_count, eh_error *err)
{
    eh_state_visitor *visitor = eh_alloc(1, sizeof *visitor);
    size_t variables = eh_params_count(parts->params), count = 0;
    eh_safetensor *item = eh_alloc(variables + 1 + VISITED_LIMIT, sizeof *item);
    eh_status status = EH_OK;
    if (!visitor || !item) {
        status = eh_fail_memory(err, path, variables, sizeof *item);
        goto done;
    }
    if (parts->method->hooks.visit)
        parts->method->hooks.visit(parts->method_state, visitor);
    for (; count < variables; count++) {
        eh_param_info info = eh_params_info(parts->params, count);
        item[count] = (eh_safetensor){ .name = info.name,
                                       .dtype = "F32",
                                       .shape = info.shape,
                                       .bytes = 4 * (uint64_t)eh_shape_elements(info.shape) };
    }
    if (order)
        item[count++] = (eh_safetensor){ .name = "run/order",
                                         .dtype = "U32",
                                         .shape = eh_shape_of(1, (int64_t)order_count),
                                         .bytes = 4 * (uint64_t)order_count };
    for (size_t i = 0; i < visitor->count; i++)
        item[count++] = (eh_safetensor){ .name = visitor->item[i].name,
                                         .dtype = "U8",
                                         .shape = eh_shape_of(1, (int64_t)visitor->item[i].bytes),
                                         .bytes = visitor->item[i].bytes };
    checkpoint_source source = { parts->params, variables, order, order_count, visitor };
    status = eh_safetensors_write(path, item, count, NULL, give_tensor, &source, err);
done:
    eh_free(item);
    eh_free(visitor);
    return status;
}

static eh_status hash_file(char out[65], const char *path, eh_error *err)
{
    uint8_t hash[32];
    EH_TRY(eh_sha256_file(hash, path, err));
    eh_hex(out, hash, sizeof hash);
    return EH_OK;
}

static json_t *state_json(const eh_checkpoint_parts *parts, const eh_position *p, const char *file,
                          const char *hash)
{
    json_t *shown = json_array();
    for (size_t i = 0; i < EH_SHOWN_LIMIT; i++)
        json_array_append_new(shown, eh_json_number(p->shown_sum[i]));
    json_t *best = p->best.epoch
                       ? json_pack("{s:I, s:f, s:f, s:s}", "epoch", (json_int_t)p->best.epoch, "value",
                                   p->best.value, "group_mean", p->best.group_mean, "sha256", p->best.hash)
                       : json_null();
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:f, s:o, "
                     "s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:o}",
                     "version", VERSION, "recipe_sha256", parts->folder->recipe_hash, "catalog_sha256",
                     parts->catalog_hash, "tensors", file, "tensors_sha256", hash, "epochs_done",
                     (json_int_t)p->epochs_done, "step", (json_int_t)p->step, "stage", (json_int_t)p->stage,
                     "stage_epoch", (json_int_t)p->stage_epoch, "stage_step", (json_int_t)p->stage_step,
                     "batch", (json_int_t)p->batch, "steps_per_epoch", (json_int_t)p->steps_per_epoch,
                     "total_steps", (json_int_t)p->total_steps, "inside_epoch", (int)p->inside_epoch,
                     "steps_in_epoch", (json_int_t)p->steps_in_epoch, "loss_sum", p->loss_sum, "shown_sum",
                     shown, "epoch_seconds", p->epoch_seconds, "wait_seconds", p->wait_seconds, "seconds",
                     p->seconds, "epoch_cpu", p->epoch_cpu, "cpu_seconds", p->cpu_seconds, "images",
                     (json_int_t)p->images, "log_bytes", (json_int_t)p->log_bytes, "event_bytes",
                     (json_int_t)p->event_bytes, "best", best);
}

/* Removes what neither name is: tensors of older checkpoints and temporary files of killed processes. NULL names keep nothing. */
static eh_status remove_others(const eh_run_home *folder, const char *tensors, const char *best,
                               eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    const char **path = NULL;
    size_t count = 0;
    eh_status status = arena ? eh_list_files(arena, &path, &count, folder->checkpoints, err)
                             : eh_fail_memory(err, folder->checkpoints, 1, 1);
    for (size_t i = 0; i < count && status == EH_OK; i++) {
        bool keep = (tensors && strcmp(path[i], tensors) == 0) || (best && strcmp(path[i], best) == 0) ||
                    (tensors && strcmp(path[i], "last.json") == 0);
        const char *full = keep ? NULL : eh_path_join(arena, folder->checkpoints, path[i]);
        if (full && unlink(full) != 0 && errno != ENOENT)
            status = eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be removed", full);
    }
    eh_arena_free(arena);
    return status;
}

eh_status eh_checkpoint_remove_all(const eh_run_home *folder, eh_error *err)
{
    return remove_others(folder, NULL, NULL, err);
}

/* A place in the run has one name, so that no file that last.json names is ever written over. */
void eh_checkpoint_name(char out[EH_CHECKPOINT_NAME], const eh_position *p)
{
    snprintf(out, EH_CHECKPOINT_NAME, "last-%llu-%llu%s.safetensors", (unsigned long long)p->step,
             (unsigned long long)p->epochs_done, p->inside_epoch && p->steps_in_epoch == 0 ? "-begun" : "");
}

eh_status eh_checkpoint_save(const eh_checkpoint_parts *parts, eh_position *position, const uint32_t *order,
                             size_t order_count, eh_error *err)
{
    const eh_run_home *folder = parts->folder;
    char name[EH_CHECKPOINT_NAME], best_name[64] = "", hash[65];
    eh_status status = EH_OK;
    json_t *state = NULL;
    eh_arena *arena = eh_arena_new();
    const char *path, *best_path,
        *state_path = arena ? eh_path_join(arena, folder->checkpoints, "last.json") : NULL;
    eh_checkpoint_name(name, position);
    if (position->best.epoch)
        snprintf(best_name, sizeof best_name, "best-%llu.safetensors",
                 (unsigned long long)position->best.epoch);
    path = state_path ? eh_path_join(arena, folder->checkpoints, name) : NULL;
    best_path = path ? eh_path_join(arena, folder->checkpoints, best_name) : NULL;
    if (!best_path) {
        status = eh_fail_memory(err, folder->checkpoints, 1, 1);
        goto done;
    }
    if (position->best.epoch && !position->best.hash[0]) {
        EH_TRY_GOTO(status, eh_snapshot_save(parts->best, best_path, err));
        EH_TRY_GOTO(status, hash_file(position->best.hash, best_path, err));
    }
    EH_TRY_GOTO(status, write_tensors(parts, path, position->inside_epoch ? order : NULL, order_count, err));
    EH_TRY_GOTO(status, hash_file(hash, path, err));
    state = state_json(parts, position, name, hash);
    if (!state) {
        status = eh_fail_memory(err, state_path, 1, 1);
        goto done;
    }
    EH_TRY_GOTO(status, eh_json_write(state, state_path, err));
    status = remove_others(folder, name, best_name, err);
done:
    json_decref(state);
    eh_arena_free(arena);
    return status;
}

/* ---- loading ---- */

struct eh_checkpoint {
    eh_arena *arena;
    json_t *state;
    const char *path; /* of last.json */
    const char *tensors, *tensors_hash, *recipe_hash, *catalog_hash;
    eh_position position;
};

static eh_status read_count(uint64_t *out, const json_t *state, const char *key, const char *path,
                            eh_error *err)
{
    const json_t *value = json_object_get(state, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: '%s' is missing or no count; the checkpoint is damaged. Train anew with another "
                       "--out",
                       path, key);
    *out = (uint64_t)json_integer_value(value);
    return EH_OK;
}

static eh_status read_best(eh_best *out, const json_t *best, const char *path, eh_error *err)
{
    const char *hash;
    if (json_is_null(best))
        return EH_OK;
    EH_TRY(read_count(&out->epoch, best, "epoch", path, err));
    EH_TRY(eh_json_get_number(&out->value, best, "value", path, err));
    EH_TRY(eh_json_get_number(&out->group_mean, best, "group_mean", path, err));
    EH_TRY(eh_json_get_string(&hash, best, "sha256", path, err));
    snprintf(out->hash, sizeof out->hash, "%s", hash);
    return EH_OK;
}

static eh_status read_state(eh_checkpoint *c, eh_error *err)
{
    eh_position *p = &c->position;
    const json_t *s = c->state;
    uint64_t version = 0;
    EH_TRY(read_count(&version, s, "version", c->path, err));
    if (version != VERSION)
        return eh_fail(err, EH_ERR_INPUT, "%s: is of version %llu; this program knows version %d", c->path,
                       (unsigned long long)version, VERSION);
    EH_TRY(eh_json_get_string(&c->recipe_hash, s, "recipe_sha256", c->path, err));
    EH_TRY(eh_json_get_string(&c->catalog_hash, s, "catalog_sha256", c->path, err));
    EH_TRY(eh_json_get_string(&c->tensors, s, "tensors", c->path, err));
    EH_TRY(eh_json_get_string(&c->tensors_hash, s, "tensors_sha256", c->path, err));
    EH_TRY(read_count(&p->epochs_done, s, "epochs_done", c->path, err));
    EH_TRY(read_count(&p->step, s, "step", c->path, err));
    EH_TRY(read_count(&p->stage, s, "stage", c->path, err));
    EH_TRY(read_count(&p->stage_epoch, s, "stage_epoch", c->path, err));
    EH_TRY(read_count(&p->stage_step, s, "stage_step", c->path, err));
    EH_TRY(read_count(&p->batch, s, "batch", c->path, err));
    EH_TRY(read_count(&p->steps_per_epoch, s, "steps_per_epoch", c->path, err));
    EH_TRY(read_count(&p->total_steps, s, "total_steps", c->path, err));
    EH_TRY(read_count(&p->steps_in_epoch, s, "steps_in_epoch", c->path, err));
    EH_TRY(read_count(&p->log_bytes, s, "log_bytes", c->path, err));
    EH_TRY(read_count(&p->event_bytes, s, "event_bytes", c->path, err));
    p->inside_epoch = json_is_true(json_object_get(s, "inside_epoch"));
    EH_TRY(eh_json_get_number(&p->loss_sum, s, "loss_sum", c->path, err));
    EH_TRY(eh_json_get_number(&p->epoch_seconds, s, "epoch_seconds", c->path, err));
    EH_TRY(eh_json_get_number(&p->wait_seconds, s, "wait_seconds", c->path, err));
    EH_TRY(eh_json_get_number(&p->seconds, s, "seconds", c->path, err));
    EH_TRY(eh_json_get_number(&p->epoch_cpu, s, "epoch_cpu", c->path, err));
    EH_TRY(eh_json_get_number(&p->cpu_seconds, s, "cpu_seconds", c->path, err));
    EH_TRY(read_count(&p->images, s, "images", c->path, err));
    for (size_t i = 0; i < EH_SHOWN_LIMIT; i++)
        p->shown_sum[i] = json_number_value(json_array_get(json_object_get(s, "shown_sum"), i));
    return read_best(&p->best, json_object_get(s, "best"), c->path, err);
}

eh_status eh_checkpoint_open(eh_checkpoint **out, const eh_run_home *folder, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_checkpoint *c = arena ? eh_arena_alloc(arena, 1, sizeof *c) : NULL;
    const char *path = c ? eh_path_join(arena, folder->checkpoints, "last.json") : NULL;
    if (!path) {
        eh_arena_free(arena);
        return eh_fail_memory(err, folder->checkpoints, 1, 1);
    }
    if (!eh_path_exists(path)) {
        eh_arena_free(arena);
        return EH_OK;
    }
    c->arena = arena;
    c->path = path;
    eh_status status = eh_json_read(&c->state, path, err);
    if (status == EH_OK)
        status = read_state(c, err);
    if (status == EH_OK)
        *out = c;
    else
        eh_checkpoint_close(c);
    return status;
}

void eh_checkpoint_close(eh_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    json_decref(checkpoint->state);
    eh_arena_free(checkpoint->arena);
}

const eh_position *eh_checkpoint_position(const eh_checkpoint *checkpoint)
{
    return &checkpoint->position;
}

const char *eh_checkpoint_recipe_hash(const eh_checkpoint *checkpoint)
{
    return checkpoint->recipe_hash;
}

const char *eh_checkpoint_catalog_hash(const eh_checkpoint *checkpoint)
{
    return checkpoint->catalog_hash;
}

/* Full path of a file that the state names, after its hash was compared. */
static eh_status checked_file(eh_checkpoint *c, const eh_run_home *folder, const char *name, const char *hash,
                              const char **path, eh_error *err)
{
    char found[65];
    if (strchr(name, '/'))
        return eh_fail(err, EH_ERR_INPUT, "%s: names a file outside of its folder ('%s')", c->path, name);
    *path = eh_path_join(c->arena, folder->checkpoints, name);
    if (!*path)
        return eh_fail_memory(err, name, 1, 1);
    EH_TRY(hash_file(found, *path, err));
    if (strcmp(found, hash) != 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: is not the file that %s names (its SHA-256 differs); the checkpoint is damaged. "
                       "Train anew with another --out",
                       *path, c->path);
    return EH_OK;
}

static eh_status restore_variables(eh_params *params, eh_safetensors *file, const char *path, eh_error *err)
{
    eh_status status = EH_OK;
    for (size_t i = 0; i < eh_params_count(params) && status == EH_OK; i++) {
        eh_param_info info = eh_params_info(params, i);
        int64_t at = eh_safetensors_find(file, info.name);
        if (at < 0 || !eh_shape_equal(eh_safetensors_item(file, (size_t)at)->shape, info.shape))
            return eh_fail(err, EH_ERR_INPUT, "%s: holds no variable '%s' of the model's shape", path,
                           info.name);
        size_t n = (size_t)eh_shape_elements(info.shape);
        float *values = eh_alloc_raw(n, sizeof *values);
        if (!values)
            return eh_fail_memory(err, info.name, n, sizeof *values);
        status = eh_safetensors_read_float(file, (size_t)at, values, err);
        if (status == EH_OK)
            status = eh_params_write(params, i, values, err);
        eh_free(values);
    }
    return status;
}

static eh_status restore_order(eh_checkpoint *c, eh_safetensors *file, uint32_t **order, size_t *count,
                               eh_error *err)
{
    if (!c->position.inside_epoch)
        return EH_OK;
    int64_t at = eh_safetensors_find(file, "run/order");
    const eh_safetensor *item = at >= 0 ? eh_safetensors_item(file, (size_t)at) : NULL;
    if (!item || strcmp(item->dtype, "U32") != 0 || item->bytes == 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: the order of the running epoch is missing; the checkpoint is damaged", c->path);
    *count = item->bytes / sizeof **order;
    *order = eh_alloc_raw(*count, sizeof **order);
    if (!*order)
        return eh_fail_memory(err, "the order of an epoch", *count, sizeof **order);
    return eh_safetensors_read(file, (size_t)at, *order, err);
}

static eh_status restore_method(const eh_checkpoint_parts *parts, eh_safetensors *file, const char *path,
                                eh_error *err)
{
    if (!parts->method->hooks.visit)
        return EH_OK;
    eh_state_visitor *visitor = eh_alloc(1, sizeof *visitor);
    if (!visitor)
        return eh_fail_memory(err, "the state of a method", 1, sizeof *visitor);
    visitor->file = file;
    visitor->path = path;
    parts->method->hooks.visit(parts->method_state, visitor);
    eh_status status = visitor->status;
    if (status != EH_OK && err)
        *err = visitor->error;
    eh_free(visitor);
    return status;
}

eh_status eh_checkpoint_restore(eh_checkpoint *checkpoint, const eh_checkpoint_parts *parts, uint32_t **order,
                                size_t *order_count, eh_error *err)
{
    eh_status status = EH_OK;
    eh_safetensors *file = NULL;
    const char *path = NULL;
    eh_best *best = &checkpoint->position.best;
    *order = NULL;
    *order_count = 0;
    EH_TRY_GOTO(status, checked_file(checkpoint, parts->folder, checkpoint->tensors, checkpoint->tensors_hash,
                                     &path, err));
    EH_TRY_GOTO(status, eh_safetensors_open(&file, path, err));
    EH_TRY_GOTO(status, restore_variables(parts->params, file, path, err));
    EH_TRY_GOTO(status, restore_method(parts, file, path, err));
    EH_TRY_GOTO(status, restore_order(checkpoint, file, order, order_count, err));
    if (best->epoch) {
        char name[64];
        snprintf(name, sizeof name, "best-%llu.safetensors", (unsigned long long)best->epoch);
        EH_TRY_GOTO(status, checked_file(checkpoint, parts->folder, name, best->hash, &path, err));
        status = eh_snapshot_load(parts->best, parts->params, path, err);
    }
done:
    eh_safetensors_close(file);
    if (status != EH_OK) {
        eh_free(*order);
        *order = NULL;
    }
    return status;
}
