/* cpu_conv2d_trial.c - which way a convolution is computed: what the tuner knows or finds out by timing.
 *
 * Time    The best of several runs of the pass alone, on memory of its own. A way whose images lie otherwise than they mostly do on this processor is
 *         charged for the reorders, there and back.
 * Easy to get wrong: oneDNN's names of implementations say nothing about layouts; two ways may be the same, which costs a trial and no more.
 */
#include "backend/cpu/cpu_conv2d.h"
#include "backend/tuner.h"
#include "base/file.h"
#include "base/str.h"
#include "base/system.h"
#include "base/threads.h"

#include <stdio.h>
#include <string.h>

typedef struct conv_trial {
    eh_conv_pass pass;
    eh_onednn_conv c;
    eh_cpu_conv_how how;
} conv_trial;

/* ---- names ---- */

static void machine_text(char *out, size_t size)
{
    static const char *const levels[] = { "plain", "avx2", "avx512", "avx512_bf16" };
    char processor[128], library[32];
    eh_processor_name(processor, sizeof processor);
    for (char *p = processor; *p; p++)
        *p = (unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e ? '?' : *p; /* not necessarily UTF-8 */
    snprintf(out, size, "%s, %s, %d threads, oneDNN %s, evenhand %s, %d ways", processor,
             levels[eh_cpu_variant()], eh_threads(), eh_onednn_version(library, sizeof library), EH_VERSION,
             EH_CPU_CONV_WAYS);
}

static void key_text(char *out, size_t size, const conv_trial *t)
{
    static const char *const passes[] = { "forward", "input_grad", "weight_grad" };
    const eh_onednn_conv *c = &t->c;
    snprintf(out, size,
             "conv2d %s %s n%lld c%lld %lldx%lld o%lld %lldx%lld k%lldx%lld s%lldx%lld p%lldx%lld d%lldx%lld "
             "g%lld"
             "%s%s%s%s%s",
             passes[t->pass], c->bf16 ? "bf16" : "f32", (long long)c->n, (long long)c->c, (long long)c->h,
             (long long)c->w, (long long)c->o, (long long)c->oh, (long long)c->ow, (long long)c->kh,
             (long long)c->kw, (long long)c->stride[0], (long long)c->stride[1], (long long)c->pad[0],
             (long long)c->pad[1], (long long)c->dilation[0], (long long)c->dilation[1], (long long)c->groups,
             c->bf16 && c->exact ? " exact" : "", t->how.infer ? " infer" : "", t->how.bias ? " bias" : "",
             t->how.post.sum ? " sum" : "", t->how.post.relu ? " relu" : "");
}

/* ---- time ---- */

/* Something to be timed: run(user). */
typedef eh_status (*timed)(void *user, eh_error *err);

static eh_status best_of(double *out, timed run, void *user, int runs, double limit, eh_error *err)
{
    double total = 0;
    *out = 1e30;
    EH_TRY(run(user, err)); /* memory is touched, code is there */
    for (int i = 0; i < runs || (total < limit && i < 100); i++) {
        double start = eh_seconds();
        EH_TRY(run(user, err));
        double seconds = eh_seconds() - start;
        *out = seconds < *out ? seconds : *out;
        total += seconds;
        if (total > 10 * limit)
            break;
    }
    return EH_OK;
}

typedef struct conv_run {
    eh_cpu_conv conv;
    void *x, *w, *y, *bias, *scratch;
} conv_run;

static eh_status run_conv(void *user, eh_error *err)
{
    conv_run *r = user;
    return eh_cpu_conv_run(&r->conv, r->x, r->w, r->bias, r->y, r->scratch, err);
}

typedef struct reorder_run {
    eh_onednn *op;
    void *from, *to, *scratch;
} reorder_run;

static eh_status run_reorder(void *user, eh_error *err)
{
    reorder_run *r = user;
    return eh_onednn_run(r->op, (eh_onednn_arg[]){ { DNNL_ARG_FROM, r->from }, { DNNL_ARG_TO, r->to } }, 2,
                         r->scratch, err);
}

/* Seconds to bring an image tensor of `dims` into `md`, or back, where it does not lie so anyway. */
static eh_status reorder_seconds(double *out, const eh_md *md, const int64_t *dims, dnnl_data_type_t type,
                                 bool back, int runs, double limit, eh_error *err)
{
    eh_shape shape = eh_shape_of(4, dims[0], dims[1], dims[2], dims[3]);
    eh_md *usual = eh_cpu_image_md(shape, type);
    reorder_run r = { 0 };
    eh_status status = EH_OK;
    *out = 0;
    if (!usual)
        usual = eh_md_plain(type, 4, dims);
    if (!usual || eh_md_equal(usual, md))
        goto done;
    EH_TRY_GOTO(status, eh_onednn_reorder(&r.op, back ? md : usual, back ? usual : md, err));
    r.from = eh_alloc(eh_md_bytes(back ? md : usual), 1);
    r.to = eh_alloc(eh_md_bytes(back ? usual : md), 1);
    r.scratch = eh_alloc_raw(eh_onednn_scratch(r.op) + 1, 1);
    if (!r.from || !r.to || !r.scratch)
        status = eh_fail_memory(err, "the trial of a convolution", eh_md_bytes(md), 1);
    if (status == EH_OK)
        status = best_of(out, run_reorder, &r, runs, limit, err);
done:
    eh_onednn_free(r.op);
    eh_free(r.from);
    eh_free(r.to);
    eh_free(r.scratch);
    eh_md_free(usual);
    return status;
}

/* Small numbers that are not zero, in either type of elements. */
static void fill(void *memory, size_t bytes)
{
    static const uint16_t values[4] = { 0x3c23, 0xbc12, 0x3c01, 0xbbf0 };
    if (memory)
        for (size_t i = 0; i + 2 <= bytes; i += 2)
            memcpy((char *)memory + i, &values[i / 2 % 4], 2);
}

static eh_status take_memory(conv_run *r, eh_error *err)
{
    const eh_onednn_conv *c = &r->conv.c;
    eh_step step = { 0 };
    size_t kept = r->conv.how.infer ? eh_cpu_conv_kept_bytes(&r->conv) : 0,
           w = kept ? kept : eh_md_bytes(r->conv.w);
    eh_cpu_conv_describe(&step, &r->conv);
    r->x = eh_alloc_raw(eh_md_bytes(r->conv.x), 1);
    r->w = eh_alloc_raw(w, 1);
    r->y = eh_alloc_raw(eh_md_bytes(r->conv.y), 1);
    r->bias = eh_alloc((size_t)c->o, sizeof(float));
    r->scratch = eh_alloc_raw(step.scratch_bytes + 1, 1);
    if (!r->x || !r->w || !r->y || !r->bias || !r->scratch)
        return eh_fail_memory(err, "the trial of a convolution", eh_md_bytes(r->conv.x), 1);
    fill(r->x, eh_md_bytes(r->conv.x));
    fill(r->w, w);
    fill(r->y, eh_md_bytes(r->conv.y));
    return EH_OK;
}

/* eh_tuner_trial.seconds */
static eh_status seconds(double *out, void *user, int way, int runs, double limit, eh_error *err)
{
    const conv_trial *t = user;
    const eh_onednn_conv *c = &t->c;
    conv_run r = { 0 };
    double x = 0, y = 0;
    *out = -1;
    eh_status status = eh_cpu_conv_make_way(&r.conv, t->pass, c, t->how, way, NULL);
    if (status == EH_ERR_MEMORY)
        return eh_fail_memory(err, "the trial of a convolution", 1, sizeof r);
    if (status != EH_OK)
        return EH_OK;
    bool exact = c->exact || t->pass == EH_CONV_WEIGHT_GRAD;
    dnnl_data_type_t type = c->bf16 ? dnnl_bf16 : dnnl_f32, made = c->bf16 && !exact ? dnnl_bf16 : dnnl_f32;
    int64_t x_dims[] = { c->n, c->c, c->h, c->w }, y_dims[] = { c->n, c->o, c->oh, c->ow };
    EH_TRY_GOTO(status, take_memory(&r, err));
    EH_TRY_GOTO(status, reorder_seconds(&x, r.conv.x, x_dims, t->pass == EH_CONV_INPUT_GRAD ? made : type,
                                        t->pass == EH_CONV_INPUT_GRAD, runs, limit, err));
    EH_TRY_GOTO(status, reorder_seconds(&y, r.conv.y, y_dims, t->pass == EH_CONV_FORWARD ? made : type,
                                        t->pass == EH_CONV_FORWARD, runs, limit, err));
    EH_TRY_GOTO(status, best_of(out, run_conv, &r, runs, limit, err));
    *out += x + y;
done:
    eh_cpu_conv_clear(&r.conv);
    eh_free(r.x);
    eh_free(r.w);
    eh_free(r.y);
    eh_free(r.bias);
    eh_free(r.scratch);
    return status;
}

eh_status eh_cpu_conv_make(eh_cpu_conv *out, eh_conv_pass pass, const eh_onednn_conv *c, eh_cpu_conv_how how,
                           eh_tuner *tuner, eh_error *err)
{
    char machine[256], key[256];
    conv_trial t = { .pass = pass, .c = *c, .how = how };
    eh_tuner_trial trial = { .machine = machine,
                             .key = key,
                             .way = eh_cpu_conv_way_names,
                             .ways = EH_CPU_CONV_WAYS,
                             .seconds = seconds,
                             .user = &t };
    int way;
    EH_TRY(eh_cpu_conv_make_by_rule(out, &trial.rule, pass, c, how, err));
    if (!tuner)
        return EH_OK;
    machine_text(machine, sizeof machine);
    key_text(key, sizeof key, &t);
    eh_status status = eh_tuner_choose(&way, tuner, &trial, err);
    if (status == EH_OK && way == trial.rule)
        return EH_OK;
    eh_cpu_conv_clear(out);
    EH_TRY(status);
    status = eh_cpu_conv_make_way(out, pass, c, how, way, err);
    /* A remembered way that this program does not have. */
    return status == EH_ERR_INTERNAL ? eh_cpu_conv_make_by_rule(out, &way, pass, c, how, err) : status;
}
