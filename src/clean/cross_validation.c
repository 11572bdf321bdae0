/* cross_validation.c - k folds, a small network for each, and what it says about the fold that it has not seen.
 *
 * Idea    Rows are dealt to folds (folds.h). For each fold a network
 *         with one linear head per column (for masks: one answer a pixel) learns the other folds' labels and judges this one. A missing label weighs nothing. Few epochs: a network that
 *         learns on begins to know its wrong labels by heart, and those of its neighbours count too.
 * Math    loss = mean over rows of sum over columns c of [label known] * cross entropy / known share; Adam, one cycle.
 * Source  Stone, "Cross-validatory choice and assessment of statistical predictions", 1974.
 * Cost    repeats * folds trainings on (folds - 1) / folds of the images.
 * Easy to get wrong: copies and pictures of one person in two folds: the network has then seen what it judges, and wrong labels agree with
 *         themselves.
 */
#include "clean/cross_validation.h"

#include "base/file.h"
#include "base/npy.h"
#include "evenhand/loader.h"
#include "evenhand/model.h"
#include "evenhand/params.h"
#include "evenhand/plan.h"
#include "nn/mask_target.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_SIDE = 64, DEFAULT_MASK_SIDE = 96, NPY_HEADER = 128, EFFECTS = 1024 };

typedef struct validation {
    eh_fold_predictions *out;
    eh_catalog *catalog;
    const eh_frame *frame;
    const uint32_t *unit;
    eh_cross_validation_opts opts;
    const eh_head *head;
    const eh_optim *optim;
    const void *optim_opts;
    const eh_schedule *schedule;
    const void *schedule_opts;
    eh_thing_spec *augment;
    eh_pack *pack, *masks;  /* masks: NULL for columns of classes */
    int file;               /* of the masks' probabilities */
    size_t pixels;          /* of a mask; 1 for columns of classes */
    uint64_t right, judged; /* pixels of the last repeat */
    eh_progress *progress;
    uint64_t work_done, work; /* images trained on and judged */
    double begin;
} validation;

/* One fold's network: a graph for learning and one for judging, over the same variables. */
typedef struct network {
    validation *v;
    eh_params *params;
    eh_graph *learn, *judge;
    eh_plan *learn_plan, *judge_plan;
    eh_tensor *images, *judged, *lr, *step, *momentum, *loss;
    eh_tensor **label, **known, **answer; /* [columns] */
    eh_tensor **variable, **gradient;
    int32_t *batch_label;              /* [batch, pixels] */
    float *batch_known, *batch_answer; /* [batch], [batch + 1, most classes, pixels] */
} network;

/* ---------------------------------------------------------------- the network */

static eh_shape image_shape(const validation *v)
{
    eh_image shape = eh_pack_shape(v->pack);
    return eh_shape_of(4, v->opts.batch, (int64_t)shape.channels, (int64_t)shape.height,
                       (int64_t)shape.width);
}

static eh_features forward(const validation *v, eh_build *b, eh_tensor *images)
{
    const eh_model *model = (const eh_model *)v->opts.model.entry;
    return model->features(b, v->opts.model.opts, images);
}

static eh_tensor *head_output(const validation *v, eh_build *b, const eh_features *features, size_t column)
{
    char name[32];
    eh_image shape = eh_pack_shape(v->pack);
    snprintf(name, sizeof name, "label%zu", column);
    return v->head->build(b, NULL, name, features, (int64_t)v->out->column[column].column->classes,
                          shape.height, shape.width);
}

/* The loss [N] of a column of masks; pixels without a class weigh nothing. */
static eh_tensor *mask_loss(network *n, eh_build *b, const eh_features *features)
{
    const validation *v = n->v;
    eh_shape images = image_shape(v);
    eh_target target = { .kind = EH_TARGET_MASK, .classes = v->out->column[0].column->classes };
    n->label[0] =
        eh_input(n->learn, "truth", eh_shape_of(3, images.dim[0], images.dim[2], images.dim[3]), EH_I32);
    return eh_mask_cross_entropy(n->learn, &target, EH_CLASS_WEIGHTS_NONE, 0, head_output(v, b, features, 0),
                                 n->label[0]);
}

static eh_status build_learning(network *n, eh_error *err)
{
    validation *v = n->v;
    eh_graph *g = n->learn;
    eh_build b = { .graph = g, .training = true };
    eh_shape scalar = eh_shape_of(0), samples = eh_shape_of(1, v->opts.batch);
    n->images = eh_input(g, "images", image_shape(v), EH_F32);
    n->lr = eh_input(g, "lr", scalar, EH_F32);
    n->step = eh_input(g, "step", scalar, EH_F32);
    n->momentum = eh_input(g, "momentum", scalar, EH_F32);
    b.step = n->step;
    eh_features features = forward(v, &b, n->images);
    eh_tensor *loss = v->masks ? mask_loss(n, &b, &features) : NULL;
    for (size_t c = 0; c < v->out->columns && !v->masks; c++) {
        char name[32];
        snprintf(name, sizeof name, "truth%zu", c);
        n->label[c] = eh_input(g, name, samples, EH_I32);
        snprintf(name, sizeof name, "known%zu", c);
        n->known[c] = eh_input(g, name, samples, EH_F32);
        eh_tensor *one =
            eh_mul(g, n->known[c], eh_cross_entropy(g, head_output(v, &b, &features, c), n->label[c], 0));
        loss = loss ? eh_add(g, loss, one) : one;
    }
    n->loss = eh_mean(g, loss, 0, false);
    return eh_graph_check(g, err);
}

static eh_status compile_learning(network *n, eh_error *err)
{
    validation *v = n->v;
    eh_graph *g = n->learn;
    size_t all = eh_params_count(n->params), count = 0, targets = 0;
    eh_tensor **target = eh_alloc(all + EFFECTS + 2, sizeof *target);
    n->variable = eh_alloc(all + 1, sizeof *n->variable);
    n->gradient = eh_alloc(all + 1, sizeof *n->gradient);
    eh_status status = EH_OK;
    if (!target || !n->variable || !n->gradient) {
        status = eh_fail_memory(err, "the variables of a network", all, sizeof *target);
        goto done;
    }
    for (size_t i = 0; i < all; i++) {
        eh_param_info info = eh_params_info(n->params, i);
        if (info.role == EH_TRAINABLE)
            n->variable[count++] =
                eh_variable(g, info.name, info.shape, EH_TRAINABLE, (eh_init){ .kind = EH_INIT_CONSTANT });
    }
    EH_TRY_GOTO(status, eh_gradients(g, n->loss, n->variable, count, n->gradient, err));
    target[targets++] = n->loss;
    for (size_t i = 0; i < count; i++)
        if (n->gradient[i])
            target[targets++] =
                v->optim->update(g, v->optim_opts, n->variable[i], n->gradient[i], n->lr, n->step,
                                 n->momentum, eh_tensor_shape(n->variable[i]).rank > 1);
    EH_TRY_GOTO(status, eh_graph_check(g, err));
    targets += eh_graph_effects(g, target + targets, EFFECTS);
    status = eh_plan_new(&n->learn_plan, g, target, targets, NULL, err);
done:
    eh_free(target);
    return status;
}

static eh_status build_judging(network *n, eh_error *err)
{
    validation *v = n->v;
    eh_build b = { .graph = n->judge };
    n->judged = eh_input(n->judge, "images", image_shape(v), EH_F32);
    eh_features features = forward(v, &b, n->judged);
    for (size_t c = 0; c < v->out->columns; c++) {
        eh_tensor *output = head_output(v, &b, &features, c);
        n->answer[c] =
            v->masks ? eh_mask_predict(n->judge, NULL, NULL, output) : eh_softmax(n->judge, output);
    }
    EH_TRY(eh_graph_check(n->judge, err));
    return eh_plan_new(&n->judge_plan, n->judge, n->answer, v->out->columns, NULL, err);
}

static eh_status make_network(network *n, validation *v, uint64_t seed, eh_error *err)
{
    size_t columns = v->out->columns, batch = (size_t)v->opts.batch, widest = 0;
    for (size_t c = 0; c < columns; c++)
        if (v->out->column[c].column->classes > widest)
            widest = v->out->column[c].column->classes;
    *n = (network){ .v = v };
    n->label = eh_alloc(columns, sizeof *n->label);
    n->known = eh_alloc(columns, sizeof *n->known);
    n->answer = eh_alloc(columns, sizeof *n->answer);
    n->batch_label = eh_alloc(batch * v->pixels, sizeof *n->batch_label);
    n->batch_known = eh_alloc(batch, sizeof *n->batch_known);
    n->batch_answer = eh_alloc((batch + 1) * widest * v->pixels, sizeof *n->batch_answer);
    if (!n->label || !n->known || !n->answer || !n->batch_label || !n->batch_known || !n->batch_answer)
        return eh_fail_memory(err, "a batch", batch * widest * v->pixels, sizeof *n->batch_answer);
    EH_TRY(eh_params_new(&n->params, seed, err));
    EH_TRY(eh_graph_new(&n->learn, n->params, err));
    EH_TRY(build_learning(n, err));
    EH_TRY(compile_learning(n, err));
    EH_TRY(eh_graph_new(&n->judge, n->params, err));
    return build_judging(n, err);
}

static void free_network(network *n)
{
    eh_plan_free(n->learn_plan);
    eh_plan_free(n->judge_plan);
    eh_graph_free(n->learn);
    eh_graph_free(n->judge);
    eh_params_free(n->params);
    eh_free(n->label);
    eh_free(n->known);
    eh_free(n->answer);
    eh_free(n->variable);
    eh_free(n->gradient);
    eh_free(n->batch_label);
    eh_free(n->batch_known);
    eh_free(n->batch_answer);
}

/* ---------------------------------------------------------------- one fold */

/* Counts work; the progress says how long the rest will take. */
static eh_status went_on(validation *v, size_t images, eh_error *err)
{
    v->work_done += images;
    eh_progress_update(v->progress, v->work_done, NULL);
    if (eh_progress_stop(v->progress))
        return eh_fail(err, EH_ERR_INTERRUPTED,
                       "stopped; what was found before is kept, nothing was changed");
    return EH_OK;
}

static eh_status write_scalar(network *n, const eh_tensor *input, double value, eh_error *err)
{
    float narrow = (float)value;
    return eh_plan_write(n->learn_plan, input, &narrow, err);
}

/* The truths of a batch: classes and which are known, or masks. */
static eh_status write_truth(network *n, const eh_batch *batch, eh_error *err)
{
    validation *v = n->v;
    for (size_t i = 0; v->masks && i < batch->capacity * v->pixels; i++)
        n->batch_label[i] = batch->mask[i] == EH_MASK_IGNORE ? -1 : batch->mask[i];
    if (v->masks)
        return eh_plan_write(n->learn_plan, n->label[0], n->batch_label, err);
    for (size_t c = 0; c < v->out->columns; c++) {
        const int32_t *cls = v->out->column[c].column->cls;
        for (size_t i = 0; i < batch->capacity; i++) {
            bool known = i < batch->count && cls[batch->row[i]] >= 0;
            n->batch_label[i] = known ? cls[batch->row[i]] : 0;
            n->batch_known[i] = known;
        }
        EH_TRY(eh_plan_write(n->learn_plan, n->label[c], n->batch_label, err));
        EH_TRY(eh_plan_write(n->learn_plan, n->known[c], n->batch_known, err));
    }
    return EH_OK;
}

static eh_status learn_batch(network *n, const eh_batch *batch, uint64_t step, uint64_t steps, eh_error *err)
{
    validation *v = n->v;
    double factor = 1, momentum = v->optim->momentum ? v->optim->momentum(v->optim_opts) : 0;
    v->schedule->at(v->schedule_opts, step, steps, &factor, &momentum);
    EH_TRY(eh_plan_write(n->learn_plan, n->images, batch->image, err));
    EH_TRY(write_scalar(n, n->lr, v->opts.lr * factor, err));
    EH_TRY(write_scalar(n, n->step, (double)step + 1, err));
    EH_TRY(write_scalar(n, n->momentum, momentum, err));
    EH_TRY(write_truth(n, batch, err));
    EH_TRY(eh_plan_run(n->learn_plan, err));
    float loss;
    EH_TRY(eh_plan_read(n->learn_plan, n->loss, &loss, err));
    if (!isfinite(loss))
        return eh_fail(err, EH_ERR_NUMERIC,
                       "the network that looks for wrong labels has run away (its loss is not finite); give "
                       "a lower lr");
    return went_on(v, batch->count, err);
}

static eh_loader_opts loader_options(const validation *v, bool learning, uint64_t seed)
{
    eh_loader_opts o = { .batch = (size_t)v->opts.batch, .seed = seed, .drop_last = false };
    for (int c = 0; c < 3; c++) {
        o.mean[c] = 0.5f;
        o.std[c] = 0.25f;
    }
    if (learning) {
        o.masks = v->masks;
        o.augment = v->augment;
        o.augments = v->opts.augment.count;
    }
    return o;
}

static eh_status learn(network *n, const uint32_t *row, size_t rows, uint64_t seed, eh_error *err)
{
    validation *v = n->v;
    eh_loader_opts options = loader_options(v, true, seed);
    eh_loader *loader = NULL;
    uint32_t *order = NULL;
    size_t count;
    uint64_t step = 0, steps = (rows + options.batch - 1) / options.batch * (uint64_t)v->opts.epochs;
    eh_status status = eh_loader_new(&loader, v->pack, &options, err);
    for (uint64_t epoch = 0; status == EH_OK && epoch < (uint64_t)v->opts.epochs; epoch++) {
        eh_sampler_input in = { .row = row, .rows = rows, .seed = seed, .epoch = epoch };
        eh_free(order);
        order = NULL;
        EH_TRY_GOTO(status, eh_sampler_uniform.order(NULL, &in, &order, &count, err));
        EH_TRY_GOTO(status, eh_loader_begin(loader, order, count, epoch, 0, err));
        for (eh_batch *batch;;) {
            EH_TRY_GOTO(status, eh_loader_next(loader, &batch, err));
            if (!batch)
                break;
            EH_TRY_GOTO(status, learn_batch(n, batch, step++, steps, err));
        }
    }
done:
    eh_loader_free(loader);
    eh_free(order);
    return status;
}

/* Adds a row's probabilities to those in the file, which begins as zeros, and counts the pixels that are as the mask says. */
static eh_status add_pixels(validation *v, size_t row, float *answer, float *before, eh_error *err)
{
    size_t classes = v->out->column[0].column->classes, all = classes * v->pixels,
           bytes = all * sizeof *answer;
    off_t at = NPY_HEADER + (off_t)row * (off_t)bytes;
    const uint8_t *mask = eh_pack_image(v->masks, row);
    ssize_t moved = pread(v->file, before, bytes, at);
    if (moved != (ssize_t)bytes)
        return eh_fail_errno(err, EH_ERR_IO, moved < 0 ? errno : EIO, "%s: cannot be read", v->opts.pixels);
    for (size_t i = 0; i < all; i++)
        before[i] += answer[i] / (float)v->opts.repeats;
    moved = pwrite(v->file, before, bytes, at);
    if (moved != (ssize_t)bytes) /* a disk that fills up takes a part without an error */
        return eh_fail_errno(err, EH_ERR_IO, moved < 0 ? errno : ENOSPC, "%s: cannot be written",
                             v->opts.pixels);
    for (size_t i = 0; i < v->pixels; i++) {
        size_t best = 0;
        for (size_t k = 1; k < classes; k++)
            best = answer[k * v->pixels + i] > answer[best * v->pixels + i] ? k : best;
        v->judged += mask[i] < classes;
        v->right += mask[i] == best;
    }
    return EH_OK;
}

/* Adds what this network says of a batch's rows about column c. */
static eh_status add_answers(network *n, const eh_batch *batch, size_t c, eh_error *err)
{
    validation *v = n->v;
    size_t classes = v->out->column[c].column->classes;
    float share = 1 / (float)v->opts.repeats;
    for (size_t i = 0; i < batch->count && v->masks; i++) {
        size_t all = classes * v->pixels;
        float *room = n->batch_answer + (size_t)v->opts.batch * all; /* behind the batch */
        EH_TRY(add_pixels(v, batch->row[i], n->batch_answer + i * all, room, err));
    }
    for (size_t i = 0; i < batch->count && !v->masks; i++)
        for (size_t k = 0; k < classes; k++)
            v->out->column[c].probability[batch->row[i] * classes + k] +=
                share * n->batch_answer[i * classes + k];
    return EH_OK;
}

/* Adds this network's probabilities of the rows. */
static eh_status judge(network *n, const uint32_t *row, size_t rows, eh_error *err)
{
    validation *v = n->v;
    eh_loader_opts options = loader_options(v, false, 0);
    eh_loader *loader = NULL;
    eh_status status = eh_loader_new(&loader, v->pack, &options, err);
    if (status == EH_OK)
        status = eh_loader_begin(loader, row, rows, 0, 0, err);
    for (eh_batch *batch; status == EH_OK;) {
        EH_TRY_GOTO(status, eh_loader_next(loader, &batch, err));
        if (!batch)
            break;
        EH_TRY_GOTO(status, eh_plan_write(n->judge_plan, n->judged, batch->image, err));
        EH_TRY_GOTO(status, eh_plan_run(n->judge_plan, err));
        for (size_t c = 0; c < v->out->columns; c++) {
            EH_TRY_GOTO(status, eh_plan_read(n->judge_plan, n->answer[c], n->batch_answer, err));
            EH_TRY_GOTO(status, add_answers(n, batch, c, err));
        }
        EH_TRY_GOTO(status, went_on(v, batch->count, err));
    }
done:
    eh_loader_free(loader);
    return status;
}

static eh_status run_fold(validation *v, const uint32_t *fold, uint32_t number, uint64_t seed, uint32_t *row,
                          eh_error *err)
{
    size_t rows = v->frame->rows, learned = 0, judged = 0;
    for (size_t i = 0; i < rows; i++) /* learned rows from the front, judged ones from the back */
        if (fold[i] != number)
            row[learned++] = (uint32_t)i;
    for (size_t i = 0; i < rows; i++)
        if (fold[i] == number)
            row[learned + judged++] = (uint32_t)i;
    network n = { 0 };
    eh_status status = make_network(&n, v, seed, err);
    if (status == EH_OK)
        status = learn(&n, row, learned, seed, err);
    if (status == EH_OK)
        status = judge(&n, row + learned, judged, err);
    free_network(&n);
    return status;
}

/* ---------------------------------------------------------------- all folds */

static eh_status choose_parts(validation *v, eh_error *err)
{
    eh_arena *arena = v->out->arena;
    eh_cross_validation_opts *o = &v->opts;
    eh_thing_spec head, optim, schedule;
    o->folds = o->folds ? o->folds : 4;
    o->repeats = o->repeats ? o->repeats : 1;
    bool masks = v->out->column[0].column->kind == EH_COLUMN_MASK;
    o->epochs = o->epochs ? o->epochs : masks ? 8 : 6;
    o->batch = o->batch ? o->batch : masks ? 8 : 64;
    o->lr = o->lr > 0 ? o->lr : 0.002;
    EH_TRY(eh_thing_parse(&head, "head", masks ? "pixels" : "linear", "cross-validation", arena, err));
    EH_TRY(eh_thing_parse(&optim, "optimiser", "adam", "cross-validation", arena, err));
    EH_TRY(eh_thing_parse(&schedule, "schedule", "one-cycle", "cross-validation", arena, err));
    v->head = (const eh_head *)head.entry;
    v->optim = (const eh_optim *)optim.entry;
    v->optim_opts = optim.opts;
    v->schedule = (const eh_schedule *)schedule.entry;
    v->schedule_opts = schedule.opts;
    v->augment = eh_arena_alloc(arena, o->augment.count, sizeof *v->augment);
    if (!v->augment)
        return eh_fail_memory(err, "augmentations", o->augment.count, sizeof *v->augment);
    for (size_t i = 0; i < o->augment.count; i++)
        EH_TRY(eh_thing_parse(&v->augment[i], "augmentation", o->augment.item[i], "augment", arena, err));
    if (o->folds < 2)
        return eh_fail(err, EH_ERR_USAGE, "cross-validation takes at least 2 folds");
    return EH_OK;
}

/* The file of probabilities, all zeros. */
static eh_status make_file(validation *v, eh_error *err)
{
    eh_image shape = eh_pack_shape(v->pack);
    size_t size[4] = { v->out->rows, v->out->column[0].column->classes, (size_t)shape.height,
                       (size_t)shape.width };
    eh_str header = { 0 };
    eh_npy_header_append(&header, size, 4);
    eh_status status = eh_str_check(&header, err);
    off_t all = NPY_HEADER + (off_t)(size[0] * size[1] * size[2] * size[3] * sizeof(float));
    v->file = status == EH_OK ? open(v->opts.pixels, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (status == EH_OK &&
        (v->file < 0 || write(v->file, eh_str_text(&header), header.size) != (ssize_t)header.size ||
         ftruncate(v->file, all) != 0))
        status = eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be written", v->opts.pixels);
    eh_str_clear(&header);
    return status;
}

/* Leaves no file that is not complete. */
static eh_status close_file(const validation *v, eh_status status, eh_error *err)
{
    if (v->file < 0)
        return status;
    if (close(v->file) != 0 && status == EH_OK)
        status = eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be written", v->opts.pixels);
    if (status != EH_OK)
        unlink(v->opts.pixels);
    return status;
}

/* The network that was asked for, or one that fits pictures of width x height. */
static eh_status choose_model(validation *v, int width, int height, eh_error *err)
{
    eh_arena *arena = v->out->arena;
    int shorter = width < height ? width : height, depth = 1;
    while (depth < 4 && shorter >> (depth + 2) > 0) /* two pixels or more at the end */
        depth++;
    const char *text = v->out->column[0].column->kind == EH_COLUMN_MASK
                           ? eh_arena_printf(arena, "unet:width=8,depth=%d", depth)
                           : "standard-cnn";
    if (!text)
        return eh_fail_memory(err, "cross-validation", 1, 64);
    if (!v->opts.model.entry)
        EH_TRY(eh_thing_parse(&v->opts.model, "model", text, "cross-validation", arena, err));
    v->out->judge = v->opts.model.entry->name;
    return EH_OK;
}

/* Pictures and masks of the shape that all have, else square. */
static eh_status open_masks(validation *v, const eh_catalog_shapes *shapes, bool alike, eh_error *err)
{
    double side = v->opts.size ? (double)v->opts.size : DEFAULT_MASK_SIDE;
    double width = alike ? shapes->max_width : 1, height = alike ? shapes->max_height : 1;
    double scale = side / fmax(width, height);
    if (v->opts.size == 0 && alike)
        scale = fmin(scale, 1);
    eh_pack_opts pack = { .width = (int)fmax(1, lrint(width * scale)),
                          .height = (int)fmax(1, lrint(height * scale)),
                          .channels = shapes->max_channels == 1 ? 1 : 3 };
    v->pixels = (size_t)pack.width * (size_t)pack.height;
    EH_TRY(choose_model(v, pack.width, pack.height, err));
    EH_TRY(eh_pack_open(&v->pack, v->catalog, v->frame, &pack, v->progress, err));
    pack.mask_column = v->out->column[0].column->name;
    EH_TRY(eh_pack_open(&v->masks, v->catalog, v->frame, &pack, v->progress, err));
    return make_file(v, err);
}

static eh_status open_pixels(validation *v, eh_error *err)
{
    eh_catalog_shapes shapes;
    EH_TRY(eh_catalog_image_shapes(&shapes, v->catalog, err));
    int side = (int)v->opts.size;
    bool alike = shapes.min_width == shapes.max_width && shapes.min_height == shapes.max_height;
    if (v->out->column[0].column->kind == EH_COLUMN_MASK)
        return open_masks(v, &shapes, alike, err);
    v->pixels = 1;
    if (side == 0)
        side = alike && shapes.min_width == shapes.min_height && shapes.min_width <= DEFAULT_SIDE
                   ? shapes.min_width
                   : DEFAULT_SIDE;
    eh_pack_opts pack = { .width = side, .height = side, .channels = shapes.max_channels == 1 ? 1 : 3 };
    EH_TRY(choose_model(v, side, side, err));
    return eh_pack_open(&v->pack, v->catalog, v->frame, &pack, v->progress, err);
}

static eh_status run_all(validation *v, uint32_t *row, eh_error *err)
{
    eh_fold_predictions *out = v->out;
    uint32_t *fold = out->fold;
    uint64_t rows = out->rows, repeats = (uint64_t)v->opts.repeats, folds = (uint64_t)v->opts.folds;
    v->work = repeats * rows * ((folds - 1) * (uint64_t)v->opts.epochs + 1);
    v->begin = eh_seconds();
    eh_progress_begin(v->progress, "cross-validation", v->work, "images");
    for (uint64_t repeat = repeats; repeat-- > 0;) { /* the first repeat last: its folds stay */
        v->right = v->judged = 0;
        EH_TRY(eh_deal_folds(fold, out->rows, v->unit, (size_t)folds, v->opts.seed + repeat * 1000003, err));
        for (uint32_t k = 0; k < folds; k++)
            EH_TRY(run_fold(v, fold, k, v->opts.seed + repeat * 1000003 + k, row, err));
    }
    eh_fold_predictions_measure(out);
    if (v->masks)
        out->column[0].accuracy = v->judged ? (double)v->right / (double)v->judged : (double)NAN;
    out->seconds = eh_seconds() - v->begin;
    eh_progress_end(v->progress, NULL);
    return EH_OK;
}

eh_status eh_cross_validate(eh_fold_predictions **out, eh_catalog *catalog, const eh_frame *frame,
                            const eh_frame_column *const *columns, size_t count, const uint32_t *unit,
                            const eh_cross_validation_opts *opts, eh_progress *progress, eh_error *err)
{
    eh_fold_predictions *p;
    *out = NULL;
    EH_TRY(eh_fold_predictions_new(&p, frame, columns, count, err));
    validation v = { .out = p,
                     .catalog = catalog,
                     .frame = frame,
                     .unit = unit,
                     .opts = *opts,
                     .progress = progress,
                     .file = -1 };
    uint32_t *row = eh_alloc(frame->rows, sizeof *row);
    eh_status status = row ? EH_OK : eh_fail_memory(err, "rows", frame->rows, sizeof *row);
    if (status != EH_OK)
        goto done;
    EH_TRY_GOTO(status, choose_parts(&v, err));
    EH_TRY_GOTO(status, open_pixels(&v, err));
    EH_TRY_GOTO(status, run_all(&v, row, err));
done:
    status = close_file(&v, status, err);
    if (status == EH_OK)
        *out = p;
    else
        eh_fold_predictions_free(p);
    eh_pack_close(v.pack);
    eh_pack_close(v.masks);
    eh_free(row);
    return status;
}
