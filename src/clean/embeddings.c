/* embeddings.c - a vector for every image; see embeddings.h.
 *
 * A run's folder says in run.json which network it trained, at which size and with which scale of the pixels; the weights are in
 * weights.safetensors. Its features are computed as they are when the run is measured: no augmentation, batch statistics as learned.
 */
#include "clean/embeddings.h"

#include "base/file.h"
#include "base/json.h"
#include "base/npy.h"
#include "evenhand/loader.h"
#include "evenhand/model.h"
#include "evenhand/params.h"
#include "evenhand/plan.h"

#include <math.h>
#include <string.h>

enum { BATCH = 64, PIECE = 4096 };

static eh_status new_embeddings(eh_embeddings **out, size_t rows, size_t width, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    *out = arena ? eh_arena_alloc(arena, 1, sizeof **out) : NULL;
    if (!*out) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "embeddings", 1, sizeof **out);
    }
    **out = (eh_embeddings){ .arena = arena, .rows = rows, .width = width };
    (*out)->value = eh_arena_alloc(arena, rows * width, sizeof *(*out)->value);
    return (*out)->value ? EH_OK : eh_fail_memory(err, "embeddings", rows * width, sizeof *(*out)->value);
}

static eh_status check_finite(const eh_embeddings *e, const char *path, eh_error *err)
{
    for (size_t i = 0; i < e->rows * e->width; i++)
        if (!isfinite(e->value[i]))
            return eh_fail(err, EH_ERR_INPUT, "%s: the vector of image %zu holds a number that is not finite",
                           path, i / e->width + 1);
    return EH_OK;
}

/* ---------------------------------------------------------------- from a file */

static eh_status read_file(eh_embeddings **out, const char *path, const eh_frame *frame, eh_error *err)
{
    eh_npy *npy = NULL;
    double *piece = NULL;
    EH_TRY(eh_npy_open(&npy, path, err));
    const eh_npy_header *shape = eh_npy_shape(npy);
    eh_status status;
    if (shape->dimensions != 2 || shape->size[0] != frame->rows || shape->size[1] == 0) {
        status = eh_fail(err, EH_ERR_INPUT,
                         "%s must be an array [images, width] with a row for each of the %zu usable images",
                         path, frame->rows);
        goto done;
    }
    EH_TRY_GOTO(status, new_embeddings(out, frame->rows, (size_t)shape->size[1], err));
    piece = eh_alloc(PIECE, sizeof *piece);
    status = piece ? EH_OK : eh_fail_memory(err, path, PIECE, sizeof *piece);
    for (size_t at = 0, all = (*out)->rows * (*out)->width; at < all && status == EH_OK; at += PIECE) {
        size_t count = all - at < PIECE ? all - at : PIECE;
        status = eh_npy_read(piece, npy, at, count, err);
        for (size_t i = 0; i < count && status == EH_OK; i++)
            (*out)->value[at + i] = (float)piece[i];
    }
    if (status == EH_OK) {
        (*out)->source = eh_arena_strdup((*out)->arena, path);
        status = (*out)->source ? EH_OK : eh_fail_memory(err, path, 1, 1);
    }
done:
    eh_free(piece);
    eh_npy_close(npy);
    return status;
}

/* ---------------------------------------------------------------- from a run */

typedef struct network {
    eh_arena *arena;
    json_t *run;
    eh_thing_spec model;
    eh_pack *pack;
    eh_params *params;
    eh_graph *graph;
    eh_plan *plan;
    eh_tensor *images, *vector;
} network;

/* The model that run.json names, with its options. */
static eh_status read_model(network *n, const char *path, eh_error *err)
{
    const json_t *model = json_object_get(n->run, "model");
    const char *name = json_string_value(json_object_get(model, "name")), *key;
    json_t *value;
    if (!name)
        return eh_fail(err, EH_ERR_INPUT, "%s names no model; is it of a run of 'evenhand train'?", path);
    EH_TRY(eh_thing_parse(&n->model, "model", name, path, n->arena, err));
    json_object_foreach(json_object_get(model, "options"), key, value)
    {
        char *text = json_is_string(value) ? eh_arena_strdup(n->arena, json_string_value(value)) : NULL;
        char *dumped = text ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        eh_status status = text || dumped ? eh_opts_set(n->model.entry->opts, n->model.opts, key,
                                                        text ? text : dumped, path, n->arena, err)
                                          : eh_fail_memory(err, path, 1, 64);
        free(dumped);
        EH_TRY(status);
    }
    return EH_OK;
}

static eh_status read_pixels(network *n, eh_loader_opts *loader, const char *path, eh_catalog *catalog,
                             const eh_frame *frame, eh_progress *progress, eh_error *err)
{
    const json_t *image = json_object_get(n->run, "image");
    const json_t *mean = json_object_get(image, "mean"), *std = json_object_get(image, "std");
    const eh_pack_opts pack = { .width = (int)json_integer_value(json_object_get(image, "width")),
                                .height = (int)json_integer_value(json_object_get(image, "height")),
                                .channels = (int)json_integer_value(json_object_get(image, "channels")) };
    if (pack.width < 1 || pack.height < 1 || (pack.channels != 1 && pack.channels != 3))
        return eh_fail(err, EH_ERR_INPUT, "%s does not say which pictures the network takes", path);
    *loader = (eh_loader_opts){ .batch = BATCH };
    for (size_t c = 0; c < 3; c++) {
        loader->mean[c] = (float)json_number_value(json_array_get(mean, c));
        loader->std[c] = (float)json_number_value(json_array_get(std, c));
    }
    return eh_pack_open(&n->pack, catalog, frame, &pack, progress, err);
}

static eh_status build(network *n, const char *folder, eh_error *err)
{
    const eh_model *model = (const eh_model *)n->model.entry;
    eh_image shape = eh_pack_shape(n->pack);
    eh_weights_report report;
    EH_TRY(eh_params_new(&n->params, 1, err));
    EH_TRY(eh_graph_new(&n->graph, n->params, err));
    n->images = eh_input(n->graph, "images",
                         eh_shape_of(4, (int64_t)BATCH, (int64_t)shape.channels, (int64_t)shape.height,
                                     (int64_t)shape.width),
                         EH_F32);
    eh_build b = { .graph = n->graph };
    eh_features features = model->features(&b, n->model.opts, n->images);
    EH_TRY(eh_graph_check(n->graph, err));
    if (!features.vector)
        return eh_fail(err, EH_ERR_USAGE,
                       "the network %s answers for every pixel and has no vector for an image",
                       n->model.entry->name);
    n->vector = features.vector;
    const char *weights = eh_path_join(n->arena, folder, "weights.safetensors");
    if (!weights)
        return eh_fail_memory(err, folder, 1, 64);
    EH_TRY(eh_weights_load(n->params, weights, false, &report, err));
    if (report.missing || report.reshaped)
        return eh_fail(err, EH_ERR_INPUT, "%s does not hold the weights of the network in run.json: %s",
                       weights, report.missing ? report.first_missing : report.first_reshaped);
    return eh_plan_new(&n->plan, n->graph, &n->vector, 1, NULL, err);
}

static eh_status compute(network *n, eh_embeddings *e, const eh_loader_opts *options, eh_progress *progress,
                         eh_error *err)
{
    eh_loader *loader = NULL;
    float *batch_value = eh_alloc(BATCH * e->width, sizeof *batch_value);
    uint32_t *row = eh_alloc(e->rows, sizeof *row);
    uint64_t done = 0;
    eh_status status = batch_value && row ? EH_OK : eh_fail_memory(err, "embeddings", e->rows, sizeof *row);
    for (size_t i = 0; i < e->rows && status == EH_OK; i++)
        row[i] = (uint32_t)i;
    EH_TRY_GOTO(status, status);
    EH_TRY_GOTO(status, eh_loader_new(&loader, n->pack, options, err));
    EH_TRY_GOTO(status, eh_loader_begin(loader, row, e->rows, 0, 0, err));
    eh_progress_begin(progress, "features", e->rows, "images");
    for (eh_batch *batch;;) {
        EH_TRY_GOTO(status, eh_loader_next(loader, &batch, err));
        if (!batch)
            break;
        EH_TRY_GOTO(status, eh_plan_write(n->plan, n->images, batch->image, err));
        EH_TRY_GOTO(status, eh_plan_run(n->plan, err));
        EH_TRY_GOTO(status, eh_plan_read(n->plan, n->vector, batch_value, err));
        for (size_t i = 0; i < batch->count; i++)
            memcpy(e->value + batch->row[i] * e->width, batch_value + i * e->width,
                   e->width * sizeof *batch_value);
        eh_progress_update(progress, done += batch->count, NULL);
        if (eh_progress_stop(progress)) {
            status = eh_fail(err, EH_ERR_INTERRUPTED, "stopped; nothing was changed");
            goto done;
        }
    }
    eh_progress_end(progress, NULL);
done:
    eh_loader_free(loader);
    eh_free(batch_value);
    eh_free(row);
    return status;
}

static eh_status read_run(eh_embeddings **out, const char *folder, eh_catalog *catalog, const eh_frame *frame,
                          eh_progress *progress, eh_error *err)
{
    network n = { .arena = eh_arena_new() };
    eh_loader_opts loader;
    eh_status status;
    const char *path = n.arena ? eh_path_join(n.arena, folder, "run.json") : NULL;
    if (!path) {
        status = eh_fail_memory(err, folder, 1, 64);
        goto done;
    }
    EH_TRY_GOTO(status, eh_json_read(&n.run, path, err));
    EH_TRY_GOTO(status, read_model(&n, path, err));
    EH_TRY_GOTO(status, read_pixels(&n, &loader, path, catalog, frame, progress, err));
    EH_TRY_GOTO(status, build(&n, folder, err));
    EH_TRY_GOTO(status, new_embeddings(out, frame->rows, (size_t)eh_tensor_shape(n.vector).dim[1], err));
    (*out)->source = eh_arena_printf((*out)->arena, "%s of %s", n.model.entry->name, folder);
    status = (*out)->source ? compute(&n, *out, &loader, progress, err) : eh_fail_memory(err, folder, 1, 64);
done:
    eh_plan_free(n.plan);
    eh_graph_free(n.graph);
    eh_params_free(n.params);
    eh_pack_close(n.pack);
    json_decref(n.run);
    eh_arena_free(n.arena);
    return status;
}

eh_status eh_embeddings_make(eh_embeddings **out, const char *path, eh_catalog *catalog,
                             const eh_frame *frame, eh_progress *progress, eh_error *err)
{
    *out = NULL;
    eh_status status = eh_path_is_folder(path) ? read_run(out, path, catalog, frame, progress, err)
                                               : read_file(out, path, frame, err);
    if (status == EH_OK)
        status = check_finite(*out, path, err);
    if (status != EH_OK) {
        eh_embeddings_free(*out);
        *out = NULL;
    }
    return status;
}

void eh_embeddings_free(eh_embeddings *embeddings)
{
    if (embeddings)
        eh_arena_free(embeddings->arena);
}
