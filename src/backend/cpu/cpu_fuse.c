/* cpu_fuse.c - joins steps that pass over the same memory.
 *
 * Forward    relu(add(batch_norm(x), r)), relu(batch_norm(x))                    -> one normalising pass
 *            the same with batch_norm_fixed                                      -> into the convolution before it, when its statistics and the weights
 *                                                                                  are variables that the plan does not change; else one pass
 *            relu(conv2d(x))                                                     -> the convolution's last operation
 * Backward   batch_norm_grad(relu_grad(add(dy, dy2), z)), with or without add     -> two passes that mask, sum and normalise
 *
 * A joined step runs where the last of its parts stood, so everything it reads must be there by then. Node ids are a topological order, and a step's
 * key is its node's id: what has a smaller key than a part cannot depend on that part.
 * Easy to get wrong: a value that is a target, or that anyone else reads, must still be made.
 */
#include "backend/cpu/cpu_fuse.h"
#include "backend/cpu/cpu_batch_norm.h"
#include "backend/cpu/cpu_conv2d.h"

/* ---- looking ---- */

static const eh_op *op_of(const eh_step *step)
{
    return step->kernel->op;
}

/* The step that makes `value`, when it is of that op, makes it as output 0, and `value` has that many readers (0: any number). */
static eh_step *maker(const eh_value *value, const eh_op *op, int readers)
{
    const eh_plan_value *v = eh_plan_value_of(value);
    eh_step *step = v->producer;
    bool fits = step && op_of(step) == op && step->out[0] == value &&
                (readers == 0 || v->readers == readers) && !(readers && v->target);
    return fits ? step : NULL;
}

static bool same_shape(const eh_value *a, const eh_value *b)
{
    return eh_shape_equal(a->tensor->shape, b->tensor->shape);
}

/* True when nobody but effects and steps behind `key` reads `value`: it may be made as late as that. */
static bool read_late(const eh_step_list *list, const eh_value *value, uint32_t key)
{
    for (size_t i = 0; i < list->count; i++) {
        const eh_step *step = list->step[i];
        for (int k = 0; k < step->inputs; k++)
            if (step->in[k] == value && step->key <= key && !(op_of(step)->flags & EH_OP_EFFECT))
                return false;
    }
    return true;
}

/* True when every input of the step but in[0] is there before `key`. */
static bool inputs_early(const eh_step *step, uint32_t key)
{
    for (int k = 1; k < step->inputs; k++) {
        const eh_step *producer = eh_plan_value_of(step->in[k])->producer;
        if (producer && producer->key >= key)
            return false;
    }
    return true;
}

/* A variable that no effect of the plan changes. */
static bool constant_variable(const eh_value *value)
{
    const eh_plan_value *v = eh_plan_value_of(value);
    return v->kind == EH_VALUE_VARIABLE && !v->variable_set;
}

/* ---- building ---- */

static eh_status join(eh_step_list *list, eh_step *step, const eh_step *const *parts, int count,
                      eh_error *err)
{
    EH_TRY(eh_steps_append(list, step, err));
    for (int i = 0; i < count; i++)
        if (parts[i]) {
            step->key = parts[i]->key > step->key ? parts[i]->key : step->key;
            eh_steps_remove(list, parts[i]);
        }
    list->fused++;
    eh_steps_link(list);
    return EH_OK;
}

static eh_status no_memory(eh_error *err)
{
    return eh_fail_memory(err, "the fusion of a plan", 1, sizeof(eh_step));
}

/* ---- what stands between a normalisation or convolution and its relu ---- */

/* relu(y) or relu(add(y, r)) behind the step `from` that makes y. */
typedef struct tail {
    eh_step *from, *add, *relu;
    eh_value *residual; /* NULL without add */
} tail;

/* The tail that ends in `relu` and begins with a step of op `op`; `from` NULL when it does not. */
static tail find_tail(eh_step *relu, const eh_op *op)
{
    tail t = { .relu = relu };
    t.from = maker(relu->in[0], op, 1);
    if (t.from)
        return t;
    t.add = maker(relu->in[0], &eh_op_add, 1);
    if (!t.add || !same_shape(t.add->in[0], t.add->in[1]))
        return t;
    /* Of two candidates the later one, so that the other is there to be read. */
    eh_step *a = maker(t.add->in[0], op, 1), *b = maker(t.add->in[1], op, 1);
    bool first = a && (!b || a->key > b->key);
    t.from = first ? a : b;
    t.residual = t.add->in[first ? 1 : 0];
    return t;
}

/* ---- batch norm forward ---- */

static eh_status fuse_norm(eh_step_list *list, const tail *t, const eh_kernel *kernel, eh_error *err)
{
    const eh_step *norm = t->from;
    eh_cpu_bn_fused *fused = eh_arena_alloc(list->arena, 1, sizeof *fused);
    eh_step *step =
        eh_step_new(list, norm->node, kernel, norm->inputs + (t->residual ? 1 : 0), norm->outputs);
    if (!fused || !step)
        return no_memory(err);
    *fused = (eh_cpu_bn_fused){
        .relu = true, .residual = t->residual ? norm->inputs : -1, .dy2 = -1, .z = -1, .shift = -1
    };
    step->fused = fused;
    for (int k = 0; k < norm->inputs; k++)
        step->in[k] = norm->in[k];
    if (t->residual)
        step->in[norm->inputs] = t->residual;
    step->out[0] = t->relu->out[0];
    for (int o = 1; o < norm->outputs; o++)
        step->out[o] = norm->out[o];
    return join(list, step, (const eh_step *const[]){ norm, t->add, t->relu }, 3, err);
}

/* Tries one relu; *changed tells. */
static eh_status fuse_relu(eh_step_list *list, eh_step *relu, bool *changed, eh_error *err)
{
    tail t = find_tail(relu, &eh_op_batch_norm);
    *changed = false;
    if (t.from) {
        uint32_t key = t.add ? t.add->key : t.relu->key;
        if (!read_late(list, t.from->out[1], key) || !read_late(list, t.from->out[2], key))
            return EH_OK;
        *changed = true;
        return fuse_norm(list, &t, &eh_cpu_bn_act, err);
    }
    t = find_tail(relu, &eh_op_batch_norm_fixed);
    if (t.from) {
        *changed = true;
        return fuse_norm(list, &t, &eh_cpu_bn_fixed_act, err);
    }
    return EH_OK;
}

/* ---- convolution ---- */

/* conv2d [-> batch_norm_fixed] [-> add] [-> relu] */
typedef struct conv_chain {
    eh_step *conv, *norm;
    eh_value *residual;
    const eh_step *add, *relu;
    eh_value *out;
} conv_chain;

static eh_status build_conv(eh_step_list *list, const conv_chain *c, eh_error *err)
{
    eh_cpu_conv_fused *fused = eh_arena_alloc(list->arena, 1, sizeof *fused);
    int bias = c->conv->inputs > 2 ? 1 : 0, norm = c->norm ? 4 : 0;
    eh_step *step =
        eh_step_new(list, c->conv->node, &eh_cpu_conv_act, 2 + bias + norm + (c->residual ? 1 : 0), 1);
    if (!fused || !step)
        return no_memory(err);
    *fused = (eh_cpu_conv_fused){ .relu = c->relu != NULL, .bias = -1, .scale = -1, .residual = -1 };
    int inputs = 0;
    for (int k = 0; k < c->conv->inputs; k++)
        step->in[inputs++] = c->conv->in[k];
    if (bias)
        fused->bias = 2;
    if (c->norm) {
        fused->scale = inputs;
        fused->epsilon = ((const eh_attr_epsilon *)c->norm->node->attr)->epsilon;
        for (int k = 1; k < 5; k++)
            step->in[inputs++] = c->norm->in[k];
    }
    if (c->residual) {
        fused->residual = inputs;
        step->in[inputs++] = c->residual;
    }
    step->fused = fused;
    step->out[0] = c->out;
    return join(list, step, (const eh_step *const[]){ c->conv, c->norm, c->add, c->relu }, 4, err);
}

/* True when the normalisation can go into the weights. */
static bool foldable(const eh_step *norm, const eh_step *conv)
{
    for (int k = 1; k < 5; k++)
        if (!constant_variable(norm->in[k]))
            return false;
    return constant_variable(conv->in[1]) && (conv->inputs < 3 || constant_variable(conv->in[2]));
}

/* The convolution under `value` with, perhaps, a foldable normalisation between. */
static bool conv_under(conv_chain *c, const eh_value *value)
{
    c->norm = maker(value, &eh_op_batch_norm_fixed, 1);
    c->conv = maker(c->norm ? c->norm->in[0] : value, &eh_op_conv2d, 1);
    return c->conv && (!c->norm || foldable(c->norm, c->conv));
}

static eh_status fuse_conv_relu(eh_step_list *list, eh_step *relu, bool *changed, eh_error *err)
{
    conv_chain c = { .relu = relu, .out = relu->out[0] };
    *changed = conv_under(&c, relu->in[0]);
    if (*changed)
        return build_conv(list, &c, err);
    eh_step *add = maker(relu->in[0], &eh_op_add, 1);
    if (!add || !same_shape(add->in[0], add->in[1]))
        return EH_OK;
    conv_chain a = c, b = c;
    bool has_a = conv_under(&a, add->in[0]), has_b = conv_under(&b, add->in[1]);
    /* The later of the two, so that the other is there to be added to. */
    bool first = has_a && (!has_b || a.conv->key > b.conv->key);
    if (!has_a && !has_b)
        return EH_OK;
    c = first ? a : b;
    c.add = add;
    c.residual = add->in[first ? 1 : 0];
    *changed = true;
    return build_conv(list, &c, err);
}

static eh_status fuse_conv_norm(eh_step_list *list, eh_step *norm, bool *changed, eh_error *err)
{
    conv_chain c = { .norm = norm, .out = norm->out[0] };
    c.conv = maker(norm->in[0], &eh_op_conv2d, 1);
    *changed = c.conv && foldable(norm, c.conv);
    return *changed ? build_conv(list, &c, err) : EH_OK;
}

/* ---- batch norm backward ---- */

/* True when z is relu(batch_norm(x)) with nothing added: its mask can be made from x again. */
static bool mask_from_x(const eh_value *z, const eh_step *norm_grad, eh_value **shift)
{
    const eh_step *forward = eh_plan_value_of(z)->producer;
    if (!forward || forward->kernel != &eh_cpu_bn_act || forward->out[0] != z)
        return false;
    const eh_cpu_bn_fused *fused = forward->fused;
    *shift = forward->in[2];
    return fused->residual < 0 && forward->in[0] == norm_grad->in[1] && forward->in[1] == norm_grad->in[2];
}

/* norm_grad's gradient comes from a relu_grad (perhaps of a sum of two). */
static eh_status fuse_norm_grad(eh_step_list *list, eh_step *norm_grad, bool *changed, eh_error *err)
{
    eh_step *mask = maker(norm_grad->in[0], &eh_op_relu_grad, 0);
    *changed = false;
    if (!mask || !inputs_early(norm_grad, mask->key))
        return EH_OK;
    eh_plan_value *g = eh_plan_value_of(mask->out[0]);
    eh_step *sum = maker(mask->in[0], &eh_op_add, 1);
    if (sum && !same_shape(sum->in[0], sum->in[1]))
        sum = NULL;
    bool keep = g->readers > 1 || g->target;
    eh_value *shift = NULL;
    bool from_x = mask_from_x(mask->in[1], norm_grad, &shift);
    eh_cpu_bn_fused *fused = eh_arena_alloc(list->arena, 1, sizeof *fused);
    eh_step *step = eh_step_new(list, norm_grad->node, &eh_cpu_bn_act_grad, sum ? 7 : 6, keep ? 4 : 3);
    if (!fused || !step)
        return no_memory(err);
    *fused = (eh_cpu_bn_fused){
        .relu = true, .residual = -1, .dy2 = sum ? 5 : -1, .z = -1, .shift = -1, .keep_masked = keep
    };
    step->fused = fused;
    step->in[0] = sum ? sum->in[0] : mask->in[0];
    for (int k = 1; k < 5; k++)
        step->in[k] = norm_grad->in[k];
    if (sum)
        step->in[5] = sum->in[1];
    *(from_x ? &fused->shift : &fused->z) = sum ? 6 : 5;
    step->in[sum ? 6 : 5] = from_x ? shift : mask->in[1];
    for (int o = 0; o < 3; o++)
        step->out[o] = norm_grad->out[o];
    if (keep)
        step->out[3] = mask->out[0];
    *changed = true;
    return join(list, step, (const eh_step *const[]){ norm_grad, mask, sum }, 3, err);
}

/* ---- the pass ---- */

typedef eh_status (*rule)(eh_step_list *list, eh_step *step, bool *changed, eh_error *err);

/* Applies a rule to every step of an op until it changes nothing more. */
static eh_status apply(eh_step_list *list, const eh_op *op, rule join_one, eh_error *err)
{
    for (size_t i = 0; i < list->count;) {
        bool changed = false;
        if (op_of(list->step[i]) == op)
            EH_TRY(join_one(list, list->step[i], &changed, err));
        i = changed ? 0 : i + 1; /* joining moves steps */
    }
    return EH_OK;
}

eh_status eh_cpu_fuse(eh_step_list *list, eh_error *err)
{
    EH_TRY(apply(list, &eh_op_relu, fuse_conv_relu, err));
    EH_TRY(apply(list, &eh_op_batch_norm_fixed, fuse_conv_norm, err));
    EH_TRY(apply(list, &eh_op_relu, fuse_relu, err));
    return apply(list, &eh_op_batch_norm_grad, fuse_norm_grad, err);
}
