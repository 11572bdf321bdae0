/* training_updates.c - from gradients to new weights: which variables change, clipping, accumulation, the moving average.
 *
 * Math    clipping: g := g min(1, c / (|g| + 1e-6)), |g| over all gradients together (Pascanu, Mikolov and Bengio 2013, as
 *         torch.nn.utils.clip_grad_norm_). Accumulation over k steps: a := a + g / k, and every k-th step the update takes a for g and a := 0; a
 *         batch normalisation still sees one batch at a time. Average: e := d e + (1 - d) p (Polyak and Juditsky 1992), of the weights, not of
 *         running statistics; with the number of updates n, d is min(decay, (1 + n) / (10 + n)), so that early weights fade.
 * Cost    clipping one more pass over the gradients; accumulation and average one more copy of the weights each.
 * Easy to get wrong: weight decay on scales, shifts and biases. They are the variables with one axis, and get none.
 */
#include "train/training.h"

#include "evenhand/params.h"
#include "nn/layer.h"
#include "tensor/op.h"
#include "train/layer_rates.h"

#include <assert.h>
#include <string.h>

typedef struct change {
    eh_tensor *variable, *gradient;
    double rate; /* factor on the learning rate */
} change;

static bool has_own_update(const eh_train_graph *tg, const char *name)
{
    for (size_t i = 0; i < tg->own_variables; i++)
        if (strcmp(tg->own_variable[i], name) == 0)
            return true;
    return false;
}

static eh_tensor *variable_in(eh_graph *g, eh_param_info info)
{
    return eh_variable(g, info.name, info.shape, info.role, (eh_init){ .kind = EH_INIT_CONSTANT });
}

/* Gradients of all variables that are learned and that the loss depends on. */
static eh_status find_changes(eh_training *t, eh_params *params, change **out, size_t *out_count,
                              eh_error *err)
{
    size_t all = eh_params_count(params), count = 0;
    double *rate;
    EH_TRY(eh_layer_rates(&rate, t->opts, t->task, params, t->model_variables, t->run->arena, err));
    eh_tensor **variable = eh_arena_alloc(t->run->arena, all + 1, sizeof *variable);
    eh_tensor **gradient = eh_arena_alloc(t->run->arena, all + 1, sizeof *gradient);
    *out = eh_arena_alloc(t->run->arena, all + 1, sizeof **out);
    *out_count = 0;
    if (!variable || !gradient || !*out)
        return eh_fail_memory(err, "the list of variables", all, sizeof *variable);
    for (size_t i = 0; i < all; i++) {
        eh_param_info info = eh_params_info(params, i);
        if (info.role == EH_TRAINABLE && !has_own_update(&t->tensors, info.name) &&
            !eh_build_frozen(&t->build, info.name))
            variable[count++] = variable_in(t->graph, info);
    }
    EH_TRY(eh_graph_check(t->graph, err));
    EH_TRY(eh_gradients(t->graph, t->tensors.loss, variable, count, gradient, err));
    for (size_t i = 0; i < count; i++)
        if (gradient[i])
            (*out)[(*out_count)++] =
                (change){ variable[i], gradient[i], rate[eh_params_find(params, variable[i]->name)] };
    if (*out_count == 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "nothing is left to learn: --freeze names every variable that the loss "
                       "depends on");
    return eh_graph_check(t->graph, err);
}

/* Multiplies all gradients by one factor, so that together they are no longer than `most`. The length is shown in the log. */
static void clip(eh_training *t, eh_graph *g, change *c, size_t count, double most)
{
    enum { SHOWN = sizeof t->tensors.shown / sizeof *t->tensors.shown };
    eh_tensor *squares = NULL;
    for (size_t i = 0; i < count; i++) {
        eh_tensor *sum = eh_sum(g, eh_square(g, c[i].gradient), 0, false);
        squares = squares ? eh_add(g, squares, sum) : sum;
    }
    eh_tensor *length = eh_sqrt(g, squares);
    eh_tensor *limit = eh_full(g, eh_shape_of(0), most);
    eh_tensor *factor =
        eh_minimum(g, eh_div(g, limit, eh_affine(g, length, 1, 1e-6)), eh_full(g, eh_shape_of(0), 1));
    for (size_t i = 0; i < count; i++)
        c[i].gradient = eh_mul(g, c[i].gradient, factor);
    if (g == t->graph && t->tensors.shown_count < SHOWN) {
        t->gradient_length = length;
        t->tensors.shown[t->tensors.shown_count].name = "gradient length";
        t->tensors.shown[t->tensors.shown_count++].value = length;
    }
}

static const char *companion_name(const eh_training *t, const eh_tensor *variable, const char *suffix)
{
    return eh_arena_printf(t->run->arena, "%s.%s", variable->name, suffix);
}

/* The learning rate of change `i`; one tensor for all that have the same factor. `made`: [i], those of the changes before it. */
static eh_tensor *rate_of(eh_graph *g, eh_tensor *lr, const change *c, size_t i, eh_tensor **made)
{
    for (size_t k = 0; k < i; k++)
        if (c[k].rate == c[i].rate)
            return made[i] = made[k];
    return made[i] = c[i].rate == 1 ? lr : eh_affine(g, lr, c[i].rate, 0);
}

/* The effects of an update in graph `g`: optimiser, and average where there is one. */
static eh_status update(eh_training *t, eh_graph *g, const eh_update_inputs *in, change *c, size_t count,
                        eh_tensor **target, size_t *targets, eh_error *err)
{
    const eh_train_opts *o = t->opts;
    const eh_optim *optim = (const eh_optim *)o->optim.entry;
    if (o->clip > 0)
        clip(t, g, c, count, o->clip);
    eh_tensor **rate = eh_arena_alloc(t->run->arena, count + 1, sizeof *rate);
    if (!rate)
        return eh_fail_memory(err, "rates of layers", count, sizeof *rate);
    for (size_t i = 0; i < count; i++) {
        eh_tensor *p = c[i].variable;
        target[(*targets)++] =
            optim->update(g, o->optim.opts, p, c[i].gradient, rate_of(g, in->lr, c, i, rate), in->step,
                          in->momentum, eh_tensor_shape(p).rank > 1);
        if (o->average <= 0)
            continue;
        const char *name = companion_name(t, p, "average");
        if (!name)
            return eh_fail_memory(err, "the average of the weights", 1, 1);
        eh_tensor *e =
            eh_variable(g, name, eh_tensor_shape(p), EH_OPTIMIZER, (eh_init){ .kind = EH_INIT_CONSTANT });
        /* e + (1 - d) (p - e); p is the weight before this step's update. */
        target[(*targets)++] = eh_assign(g, e, eh_add(g, e, eh_mul(g, in->blend, eh_sub(g, p, e))));
    }
    return eh_graph_check(g, err);
}

static void make_inputs(eh_graph *g, eh_update_inputs *in)
{
    eh_shape scalar = eh_shape_of(0);
    in->lr = in->lr ? in->lr : eh_input(g, "lr", scalar, EH_F32);
    in->momentum = in->momentum ? in->momentum : eh_input(g, "momentum", scalar, EH_F32);
    in->step = in->step ? in->step : eh_input(g, "step", scalar, EH_F32);
    in->blend = eh_input(g, "blend", scalar, EH_F32);
}

/* A second graph that takes the sums for the gradients; the first one adds to them. */
static eh_status accumulate(eh_training *t, eh_params *params, const change *c, size_t count,
                            eh_tensor **target, size_t *targets, eh_error *err)
{
    eh_arena *arena = t->run->arena;
    size_t most = 5 * count + 1, applied = 0; /* with two more effects of each optimiser's update */
    change *sums = eh_arena_alloc(arena, count + 1, sizeof *sums);
    eh_tensor **apply = eh_arena_alloc(arena, most, sizeof *apply);
    if (!sums || !apply)
        return eh_fail_memory(err, "the sums of gradients", count, sizeof *sums);
    EH_TRY(eh_graph_new(&t->apply_graph, params, err));
    make_inputs(t->apply_graph, &t->apply_inputs);
    for (size_t i = 0; i < count; i++) {
        const char *name = companion_name(t, c[i].variable, "sum");
        eh_shape shape = eh_tensor_shape(c[i].variable);
        if (!name)
            return eh_fail_memory(err, "the sums of gradients", 1, 1);
        eh_init zero = { .kind = EH_INIT_CONSTANT };
        eh_tensor *sum = eh_variable(t->graph, name, shape, EH_OPTIMIZER, zero);
        target[(*targets)++] =
            eh_assign(t->graph, sum,
                      eh_add(t->graph, sum,
                             eh_affine(t->graph, c[i].gradient, 1.0 / (double)t->opts->accumulate, 0)));
        eh_param_info info = { .name = c[i].variable->name, .shape = shape, .role = EH_TRAINABLE };
        sums[i] = (change){ variable_in(t->apply_graph, info),
                            eh_variable(t->apply_graph, name, shape, EH_OPTIMIZER, zero), c[i].rate };
        apply[applied++] = eh_assign(t->apply_graph, sums[i].gradient, eh_full(t->apply_graph, shape, 0));
    }
    EH_TRY(update(t, t->apply_graph, &t->apply_inputs, sums, count, apply, &applied, err));
    applied += eh_graph_effects(t->apply_graph, apply + applied, most - applied);
    assert(applied <= most);
    eh_plan_opts plan = eh_training_plan_opts(t);
    return eh_plan_new(&t->apply, t->apply_graph, apply, applied, &plan, err);
}

eh_status eh_training_updates(eh_training *t, eh_params *params, eh_tensor **target, size_t *targets,
                              eh_error *err)
{
    change *c;
    size_t count;
    EH_TRY(find_changes(t, params, &c, &count, err));
    if (t->opts->accumulate > 1)
        return accumulate(t, params, c, count, target, targets, err);
    make_inputs(t->graph, &t->inputs);
    return update(t, t->graph, &t->inputs, c, count, target, targets, err);
}

/* ---- the average ---- */

/* Calls `each` with the weight's and the average's index of every averaged variable. */
static eh_status each_average(eh_params *params, eh_status (*each)(eh_params *, size_t, size_t, eh_error *),
                              eh_error *err)
{
    static const char suffix[] = ".average";
    size_t count = eh_params_count(params);
    for (size_t i = 0; i < count; i++) {
        eh_param_info info = eh_params_info(params, i);
        size_t length = strlen(info.name);
        char name[512];
        if (info.role != EH_OPTIMIZER || length < sizeof suffix || length >= sizeof name ||
            strcmp(info.name + length + 1 - sizeof suffix, suffix) != 0)
            continue;
        memcpy(name, info.name, length);
        name[length + 1 - sizeof suffix] = '\0';
        int64_t weight = eh_params_find(params, name);
        if (weight >= 0)
            EH_TRY(each(params, (size_t)weight, i, err));
    }
    return EH_OK;
}

static eh_status with_two(eh_params *params, size_t weight, size_t average, bool swap, eh_error *err)
{
    size_t n = (size_t)eh_shape_elements(eh_params_info(params, weight).shape);
    float *a = eh_alloc(n, sizeof *a), *b = eh_alloc(n, sizeof *b);
    eh_status status = a && b ? EH_OK : eh_fail_memory(err, "the average of the weights", n, sizeof *a);
    if (status == EH_OK)
        status = eh_params_read(params, weight, a, err);
    if (status == EH_OK && swap)
        status = eh_params_read(params, average, b, err);
    if (status == EH_OK && swap)
        status = eh_params_write(params, weight, b, err);
    if (status == EH_OK)
        status = eh_params_write(params, average, a, err);
    eh_free(a);
    eh_free(b);
    return status;
}

static eh_status begin_one(eh_params *params, size_t weight, size_t average, eh_error *err)
{
    return with_two(params, weight, average, false, err);
}

static eh_status swap_one(eh_params *params, size_t weight, size_t average, eh_error *err)
{
    return with_two(params, weight, average, true, err);
}

eh_status eh_training_begin_average(eh_params *params, eh_error *err)
{
    return each_average(params, begin_one, err);
}

eh_status eh_training_swap_average(eh_params *params, eh_error *err)
{
    return each_average(params, swap_one, err);
}
