/* trainer_stage.c - what one stage of a training takes: its data, its method, its graphs; and the step from one stage to the next.
 *
 * Every stage is built in the same way, whether the run comes from the stage before or from a checkpoint, in variables of its own: so a resumed run
 * holds exactly those that a run holds that was never stopped.
 *
 * Easy to get wrong: state of a method that outlives its stage. Groups may be others in the next one, so only the model's variables are carried over.
 */
#include "train/trainer.h"

#include "base/file.h"
#include "base/json.h"
#include "nn/layer.h"
#include "train/layer_rates.h"
#include "train/stages.h"

#include <assert.h>
#include <string.h>

uint64_t eh_trainer_stage_step(const eh_trainer *t)
{
    return t->position.step - t->position.stage_step;
}

uint64_t eh_trainer_epochs_planned(const eh_trainer *t)
{
    uint64_t epochs = 0;
    for (size_t i = 0; i < t->stages; i++)
        epochs += (uint64_t)t->stage[i].epochs;
    return epochs;
}

/* The rule of a stage, read; whether --patience goes with it. */
static eh_status set_rule(eh_selector *out, const eh_train_opts *opts, const eh_task *task,
                          const eh_run_data *data, eh_arena *arena, eh_error *err)
{
    eh_select rule = eh_select_rule_of(opts, data);
    if (opts->patience && (rule == EH_SELECT_LAST || rule == EH_SELECT_MEAN))
        return eh_fail(err, EH_ERR_USAGE,
                       "--patience waits for a better epoch, which takes a validation part with values of "
                       "the first label, another --select than last and no --average-last");
    return rule == EH_SELECT_METRIC ? eh_selector_make(out, opts->select, task, data, arena, err) : EH_OK;
}

eh_status eh_trainer_load_stage(eh_trainer *t, eh_error *err)
{
    const eh_train_opts *o = t->opts = &t->stage[t->position.stage];
    t->method = (const eh_method *)o->method.entry;
    EH_TRY(eh_run_data_load(&t->data, o, err));
    EH_TRY(eh_training_augments_parse(&t->augments, o, &t->data, t->arena, err));
    EH_TRY(eh_task_init(&t->task, o, &t->data, t->arena, err));
    t->task.mixes = t->augments.mixes;
    if (t->position.stage > 0)
        EH_TRY(eh_train_stage_scale(&t->task, t->first_target, t->position.stage + 1, err));
    return set_rule(&t->selector, o, &t->task, &t->data, t->arena, err);
}

/* The state of the method, and what it sees of the run. */
static eh_status begin_method(eh_trainer *t, eh_error *err)
{
    t->run.opts = t->opts;
    t->run.frame = t->data.frame;
    t->run.catalog = t->data.catalog;
    t->run.groups = t->data.groups;
    t->run.label = t->data.head[0];
    t->run.own_class = t->task.own_class;
    t->run.train_row = t->data.row[EH_PART_TRAIN];
    t->run.train_rows = t->data.rows[EH_PART_TRAIN];
    t->run.group_rows = t->data.group_rows[EH_PART_TRAIN];
    t->run.arena = t->arena;
    t->run.progress = t->progress;
    t->run.epoch = t->position.epochs_done;
    t->run.steps_before = t->position.stage_step;
    t->method_state = eh_arena_alloc(t->arena, 1, t->method->state_size + 1);
    if (!t->method_state)
        return eh_fail_memory(err, "the state of a method", 1, t->method->state_size);
    return t->method->hooks.begin
               ? t->method->hooks.begin(t->method_state, t->opts->method.opts, &t->run, err)
               : EH_OK;
}

static eh_status check_accumulate(const eh_train_opts *opts, uint64_t steps, eh_error *err)
{
    return (uint64_t)opts->accumulate <= steps
               ? EH_OK
               : eh_fail(err, EH_ERR_USAGE,
                         "--accumulate adds up %lld batches for one update, and all epochs together have "
                         "%llu; "
                         "nothing would be learned",
                         (long long)opts->accumulate, (unsigned long long)steps);
}

/* The first epoch's order tells how large a batch can be and how many steps there are. */
static eh_status plan_steps(eh_trainer *t, eh_error *err)
{
    eh_position *p = &t->position;
    EH_TRY(eh_trainer_order(t, err));
    t->order_is_fresh = true;
    p->batch = (uint64_t)t->opts->batch;
    if (t->order.count < 2)
        return eh_fail(err, EH_ERR_NOT_ENOUGH, "an epoch has %zu image; training takes at least two",
                       t->order.count);
    if (t->order.count < p->batch) {
        p->batch = t->order.count;
        eh_run_warn(&t->run,
                    "an epoch has only %zu images, fewer than a batch of %lld (--batch): the batch is that "
                    "small",
                    t->order.count, (long long)t->opts->batch);
    }
    p->steps_per_epoch = t->order.count / p->batch;
    p->total_steps = p->steps_per_epoch * (uint64_t)t->opts->epochs;
    return check_accumulate(t->opts, p->total_steps, err);
}

static eh_status make_graphs(eh_trainer *t, eh_error *err)
{
    const eh_train_opts *o = t->opts;
    size_t batch = (size_t)t->position.batch;
    eh_plan_opts plan = { .backend = o->backend,
                          .precision = (eh_precision)o->precision,
                          .max_memory = (uint64_t)o->max_memory << 20,
                          .tuner = t->run.tuner };
    t->run.steps_per_epoch = t->position.steps_per_epoch;
    t->run.total_steps = t->position.total_steps;
    EH_TRY(eh_params_new(&t->params, o->seed, err));
    EH_TRY(eh_training_make(&t->training, &t->run, &t->task, t->method, t->method_state, t->params, &t->data,
                            batch, err));
    EH_TRY(eh_evaluation_make(&t->evaluation, &t->task, t->params, &t->data, batch, &plan, err));
    t->evaluation.precision =
        eh_trainer_rule(t) == EH_SELECT_METRIC && eh_selector_needs_precision(&t->selector);
    return eh_training_loader_new(&t->loader, &t->data, o, &t->augments, batch, t->progress, err);
}

eh_status eh_trainer_begin_stage(eh_trainer *t, bool fresh, eh_error *err)
{
    size_t said = t->data.remarks.count;
    EH_TRY(eh_run_data_pixels(&t->data, t->progress, err));
    EH_TRY(eh_task_count_pixels(&t->task, &t->data, t->arena, err));
    for (size_t i = said; i < t->data.remarks.count && fresh; i++)
        eh_run_warn(&t->run, "%s", t->data.remarks.text[i]);
    EH_TRY(begin_method(t, err));
    if (fresh)
        EH_TRY(plan_steps(t, err));
    EH_TRY(make_graphs(t, err));
    t->run.has_model = true;
    return EH_OK;
}

void eh_trainer_clear_stage(eh_trainer *t)
{
    eh_loader_free(t->loader);
    t->loader = NULL;
    eh_training_clear(&t->training);
    eh_evaluation_clear(&t->evaluation);
    for (size_t i = 0; i < EH_FORWARDS; i++)
        eh_forward_clear(&t->forward[i]);
    t->run.has_model = false;
    eh_snapshot_clear(&t->best);
    eh_params_free(t->params);
    t->params = NULL;
    eh_run_data_clear(&t->data);
}

/* Writes the weights that the last stage ended with into the model's variables. */
static eh_status carry_over(eh_trainer *t, const eh_snapshot *from, eh_error *err)
{
    for (size_t i = 0; i < t->training.model_variables; i++) {
        eh_param_info info = eh_params_info(t->params, i);
        for (size_t k = 0; k < from->count; k++) {
            eh_param_info old = eh_params_info(from->params, from->index[k]);
            if (strcmp(old.name, info.name) != 0)
                continue;
            assert(eh_shape_equal(old.shape, info.shape)); /* eh_trainer_check_stages saw to it */
            EH_TRY(eh_params_write(t->params, i, from->value[k], err));
        }
    }
    return EH_OK;
}

eh_status eh_trainer_log_stage(eh_trainer *t, eh_error *err)
{
    const eh_position *p = &t->position;
    if (t->stages < 2)
        return EH_OK;
    return eh_run_log_event(&t->log,
                            json_pack("{s:s, s:I, s:I, s:s, s:s, s:I, s:I, s:I, s:i, s:i}", "event", "stage",
                                      "stage", (json_int_t)p->stage + 1, "epoch",
                                      (json_int_t)p->epochs_done + 1, "settings",
                                      t->base->stages.item[p->stage], "data", t->opts->data, "images",
                                      (json_int_t)t->data.rows[EH_PART_TRAIN], "batch", (json_int_t)p->batch,
                                      "steps_per_epoch", (json_int_t)p->steps_per_epoch, "width",
                                      t->data.width, "height", t->data.height),
                            err);
}

eh_status eh_trainer_next_stage(eh_trainer *t, eh_error *err)
{
    eh_position *p = &t->position;
    eh_snapshot carried = { 0 };
    const char *data = t->opts->data, *where = t->opts->where;
    eh_status status = eh_snapshot_take(&carried, t->params, err);
    eh_params *params = t->params; /* the snapshot asks it for names */
    t->params = NULL;
    if (status != EH_OK)
        goto done;
    eh_trainer_clear_stage(t);
    p->stage++;
    p->stage_step = p->step;
    p->stage_epoch = p->epochs_done;
    p->best = (eh_best){ 0 };
    t->order = (eh_epoch_order){ 0 };
    EH_TRY_GOTO(status, eh_trainer_load_stage(t, err));
    if (strcmp(t->opts->data, data) != 0 || t->opts->where != where)
        for (size_t i = 0; i < t->data.remarks.count; i++)
            eh_run_warn(&t->run, "%s", t->data.remarks.text[i]);
    EH_TRY_GOTO(status, eh_trainer_begin_stage(t, true, err));
    EH_TRY_GOTO(status, eh_tuner_save(t->run.tuner, t->folder.tuning, err));
    EH_TRY_GOTO(status, carry_over(t, &carried, err));
    EH_TRY_GOTO(status, eh_training_begin_average(t->params, err));
    status = eh_trainer_log_stage(t, err);
done:
    eh_snapshot_clear(&carried);
    eh_params_free(params);
    return status;
}

/* One SHA-256 of those of all stages' catalogs; that of the only one where there is one. */
static eh_status hash_all(eh_trainer *t, const eh_str *hashes, eh_error *err)
{
    uint8_t hash[32];
    EH_TRY(eh_str_check(hashes, err));
    eh_sha256(hash, hashes->data, hashes->size);
    eh_hex(t->data_hash, hash, sizeof hash);
    return EH_OK;
}

/* Whether the model has the same variables for this stage's images and heads as for those of the stages that `params` has seen. */
static eh_status check_shapes(const eh_trainer *t, const eh_run_data *data, const eh_task *task,
                              eh_params *params, eh_error *err)
{
    eh_graph *g = NULL;
    eh_error inner = { 0 };
    bool first = eh_params_count(params) == 0;
    EH_TRY(eh_graph_new(&g, params, err));
    eh_build b = { .graph = g };
    eh_task_build(task, &b,
                  eh_input(g, "images",
                           eh_shape_of(4, (int64_t)2, (int64_t)data->channels, (int64_t)data->height,
                                       (int64_t)data->width),
                           EH_F32));
    eh_status status = eh_graph_check(g, &inner);
    eh_graph_free(g);
    if (status == EH_OK || first)
        return status == EH_OK ? EH_OK : eh_fail(err, status, "%s", inner.message);
    bool same_size = data->width == t->data.width && data->height == t->data.height;
    return eh_fail(err, status, "%s (%s)",
                   same_size ? "head and loss of a label must have the same variables in every stage"
                             : "this model needs the same --size in every stage",
                   inner.message);
}

/* Whether --freeze and --layer-lr name variables of the model, and leave something to learn. `params`: all that the model has. */
static eh_status check_variables(const eh_train_opts *opts, const eh_task *task, eh_params *params,
                                 eh_arena *arena, eh_error *err)
{
    const eh_build b = { .freeze = &opts->freeze };
    double *rate;
    EH_TRY(eh_layer_rates(&rate, opts, task, params, eh_params_count(params), arena, err));
    for (size_t i = 0; i < eh_params_count(params); i++) {
        eh_param_info info = eh_params_info(params, i);
        if (info.role == EH_TRAINABLE && !eh_build_frozen(&b, info.name))
            return EH_OK;
    }
    return eh_fail(err, EH_ERR_USAGE, "nothing is left to learn: --freeze names every variable");
}

/* Steps of a stage whose method does not choose the images of an epoch. */
static uint64_t steps_of(const eh_train_opts *opts, const eh_run_data *data)
{
    uint64_t rows = data->rows[EH_PART_TRAIN],
             batch = (uint64_t)opts->batch < rows ? (uint64_t)opts->batch : rows;
    return batch ? rows / batch * (uint64_t)opts->epochs : 0;
}

/* What can be known of stage `index` before any stage has begun, so that nobody waits for the first ones in vain. Adds its data to the hashes. */
static eh_status check_stage(eh_trainer *t, size_t index, eh_params *params, eh_str *hashes, eh_error *err)
{
    const eh_train_opts *o = &t->stage[index];
    const eh_method *method = (const eh_method *)o->method.entry;
    eh_run_data data = { 0 };
    eh_training_augments augments;
    eh_task task;
    eh_selector selector;
    eh_error inner = { 0 };
    eh_status status, fits = EH_OK;
    EH_TRY_GOTO(status, eh_run_data_load(&data, o, &inner));
    EH_TRY_GOTO(status, eh_training_augments_parse(&augments, o, &data, t->arena, &inner));
    fits = status = eh_train_stage_fits(&t->data, &data, index + 1, err);
    if (status != EH_OK)
        goto done;
    EH_TRY_GOTO(status, eh_task_init(&task, o, &data, t->arena, &inner));
    EH_TRY_GOTO(status, check_shapes(t, &data, &task, params, &inner));
    EH_TRY_GOTO(status, check_variables(o, &task, params, t->arena, &inner));
    EH_TRY_GOTO(status, set_rule(&selector, o, &task, &data, t->arena, &inner));
    if (!method->hooks.epoch)
        EH_TRY_GOTO(status, check_accumulate(o, steps_of(o, &data), &inner));
    eh_str_append(hashes, data.hash);
done:
    eh_run_data_clear(&data);
    return status == EH_OK || fits != EH_OK ? status
                                            : eh_fail(err, status, "stage %zu: %s", index + 1, inner.message);
}

eh_status eh_trainer_check_stages(eh_trainer *t, eh_error *err)
{
    eh_status status = EH_OK;
    eh_str hashes = { 0 };
    memcpy(t->data_hash, t->data.hash, sizeof t->data_hash);
    for (size_t k = 0; k < t->task.heads; k++)
        t->first_target[k] = t->task.head[k].target;
    if (t->stages < 2)
        return EH_OK;
    eh_params *params = NULL;
    EH_TRY(eh_params_new(&params, t->base->seed, err));
    status = check_shapes(t, &t->data, &t->task, params, err);
    eh_str_append(&hashes, t->data.hash);
    for (size_t i = 1; i < t->stages && status == EH_OK; i++)
        status = check_stage(t, i, params, &hashes, err);
    if (status == EH_OK)
        status = hash_all(t, &hashes, err);
    eh_str_clear(&hashes);
    eh_params_free(params);
    return status;
}
