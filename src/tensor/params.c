/* params.c - the store of a model's variables.
 *
 * Init   element e of variable `name` is drawn from the stream (seed, EH_DRAW_INIT, hash of name), one draw per element in row-major
 *        order: the value depends on seed, name and element alone, never on the order of building.
 *        Kaiming: std = gain / sqrt(fan), bound = sqrt(3) std (He et al. 2015; torch.nn.init).
 * Trap   fan in of a convolution [O, C/groups, kh, kw] is C/groups * kh * kw; PyTorch's fan out ignores groups: O * kh * kw. */
#include "tensor/params_store.h"
#include "tensor/shape.h"
#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <string.h>

eh_status eh_params_new(eh_params **out, uint64_t seed, eh_error *err)
{
    eh_params *p = eh_alloc(1, sizeof *p);
    *out = p;
    if (!p)
        return eh_fail_memory(err, "a parameter store", 1, sizeof *p);
    p->seed = seed;
    return EH_OK;
}

void eh_params_free(eh_params *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->count; i++) {
        if (p->item[i].residence)
            p->item[i].residence->release(&p->item[i]);
        eh_free(p->item[i].name);
        eh_free(p->item[i].plain);
    }
    eh_free(p->item);
    eh_free(p);
}

size_t eh_params_count(const eh_params *p)
{
    return p->count;
}

eh_param_info eh_params_info(const eh_params *p, size_t i)
{
    assert(i < p->count);
    return (eh_param_info){ .name = p->item[i].name, .shape = p->item[i].shape, .role = p->item[i].role };
}

int64_t eh_params_find(const eh_params *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->item[i].name, name) == 0)
            return (int64_t)i;
    return -1;
}

int64_t eh_params_elements(const eh_params *p, eh_role role)
{
    int64_t sum = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->item[i].role == role)
            sum += eh_shape_elements(p->item[i].shape);
    return sum;
}

eh_status eh_params_make_plain(eh_params *p, size_t i, eh_error *err)
{
    eh_stored_param *item = &p->item[i];
    size_t elements = (size_t)eh_shape_elements(item->shape);
    float *plain = NULL;
    eh_status status = EH_OK;
    if (item->plain)
        return EH_OK;
    plain = eh_alloc_raw(elements, sizeof *plain);
    if (!plain)
        return eh_fail_memory(err, item->name, elements, sizeof *plain);
    status = item->residence->to_plain(item, plain, err);
    if (status != EH_OK) {
        eh_free(plain);
        return status;
    }
    item->residence->release(item);
    item->residence = NULL;
    item->backend = NULL;
    item->layout = NULL;
    item->resident = NULL;
    item->plain = plain;
    item->version++;
    return EH_OK;
}

eh_status eh_params_read(eh_params *p, size_t i, float *out, eh_error *err)
{
    assert(i < p->count);
    if (!p->item[i].plain)
        return p->item[i].residence->to_plain(&p->item[i], out, err);
    memcpy(out, p->item[i].plain, (size_t)eh_shape_elements(p->item[i].shape) * sizeof *out);
    return EH_OK;
}

eh_status eh_params_write(eh_params *p, size_t i, const float *values, eh_error *err)
{
    assert(i < p->count);
    EH_TRY(eh_params_make_plain(p, i, err));
    memcpy(p->item[i].plain, values, (size_t)eh_shape_elements(p->item[i].shape) * sizeof *values);
    p->item[i].version++;
    return EH_OK;
}

/* Inputs (or outputs) that one output (or input) element is connected with. */
static double fan_of(eh_shape shape, bool out)
{
    double kernel = 1;
    for (int i = 2; i < shape.rank; i++)
        kernel *= (double)shape.dim[i];
    if (shape.rank < 2) /* a vector: every element on its own */
        return shape.rank == 1 ? (double)shape.dim[0] : 1;
    return kernel * (double)shape.dim[out ? 0 : 1];
}

static void fill(float *value, size_t elements, eh_shape shape, eh_init init, uint64_t seed, const char *name)
{
    eh_rng rng = eh_rng_at(seed, EH_DRAW_INIT, eh_hash64(name, strlen(name)), 0);
    double a = init.a;
    bool normal = init.kind == EH_INIT_NORMAL || init.kind == EH_INIT_KAIMING_NORMAL;
    if (init.kind == EH_INIT_KAIMING_NORMAL)
        a /= sqrt(fan_of(shape, init.fan_out));
    if (init.kind == EH_INIT_KAIMING_UNIFORM)
        a *= sqrt(3 / fan_of(shape, init.fan_out));
    for (size_t i = 0; i < elements; i++) {
        if (init.kind == EH_INIT_CONSTANT)
            value[i] = (float)a;
        else
            value[i] = (float)(normal ? a * eh_rng_normal(&rng) : eh_rng_range(&rng, -a, a));
    }
}

static const char *role_name(eh_role role)
{
    static const char *const names[] = { "trainable", "buffer", "optimiser state" };
    return names[role];
}

eh_status eh_params_require(eh_params *p, size_t *index, const char *name, eh_shape shape, eh_role role,
                            eh_init init, eh_error *err)
{
    int64_t found = eh_params_find(p, name);
    size_t elements = (size_t)eh_shape_elements(shape);
    eh_stored_param item = { .shape = shape, .role = role };
    if (found >= 0) {
        const eh_stored_param *old = &p->item[found];
        if (!eh_shape_equal(old->shape, shape))
            return eh_fail(err, EH_ERR_USAGE,
                           "variable '%s' exists with shape %s and is now asked for with shape %s; give one "
                           "of the two another name",
                           name, eh_words(old->shape).text, eh_words(shape).text);
        if (old->role != role)
            return eh_fail(err, EH_ERR_USAGE, "variable '%s' exists as %s and is now asked for as %s", name,
                           role_name(old->role), role_name(role));
        *index = (size_t)found;
        return EH_OK;
    }
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 64;
        eh_stored_param *larger = eh_realloc(p->item, p->capacity, capacity, sizeof *larger);
        if (!larger)
            return eh_fail_memory(err, "the list of variables", capacity, sizeof *larger);
        p->item = larger;
        p->capacity = capacity;
    }
    item.name = eh_alloc(strlen(name) + 1, 1);
    item.plain = eh_alloc_raw(elements, sizeof(float));
    if (!item.name || !item.plain) {
        eh_free(item.name);
        eh_free(item.plain);
        return eh_fail_memory(err, name, elements, sizeof(float));
    }
    memcpy(item.name, name, strlen(name) + 1);
    fill(item.plain, elements, shape, init, p->seed, name);
    *index = p->count;
    p->item[p->count++] = item;
    return EH_OK;
}
