/* rate_sweep.c - which learning rate?
 *
 * Idea    train a few steps with a rate that grows exponentially. Too small a rate learns nothing, a good one makes the loss fall, too large a one
 *         makes it run away.
 * Math    rate_i = from (to / from)^(i / n);  s_i = b s_i-1 + (1 - b) l_i, b = 0.98, shown as s_i / (1 - b^i). It ends where that is above four times
 *         its lowest value. Suggestions leave out the first tenth of the n steps and the last five.
 *         valley: of the longest subsequence of falling losses from a to z the point a + floor(k) + floor(k / 2), k = (z - a) / 3. steep: the least
 *         slope over ln rate. minimum: a tenth of the rate of the lowest loss.
 * Source  Smith, "Cyclical learning rates for training neural networks", WACV 2017; the numbers and definitions of fastai's lr_find.
 * Differs a loss that is not finite ends the sweep; the point is left out.
 * Easy to get wrong: the valley's start. It counts back from its end by the number of falls, as if every point between took part.
 */
#include "train/rate_sweep.h"

#include "base/file.h"
#include "base/json.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BLEND    0.98
#define RUN_AWAY 4.0
enum { LAST = 5 };

/* ---- suggestions ---- */

static size_t valley_of(const eh_rate_point *p, size_t n, size_t *longest)
{
    int64_t start = 0, end = 0;
    for (size_t i = 0; i < n; i++)
        longest[i] = 1;
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            if (p[i].smooth < p[j].smooth && longest[i] < longest[j] + 1)
                longest[i] = longest[j] + 1;
            if (longest[end] < longest[i]) {
                end = (int64_t)i;
                start = end - (int64_t)longest[i];
            }
        }
    double third = (double)(end - start) / 3;
    int64_t at = start + (int64_t)third + (int64_t)(third / 2);
    return at > 0 ? (size_t)at : 0;
}

eh_rate_suggestions eh_rate_suggest(const eh_rate_point *p, size_t n)
{
    eh_rate_suggestions s = { NAN, NAN, NAN };
    size_t lowest = 0, steepest = 0;
    double least = INFINITY;
    if (n < 2)
        return s;
    size_t *longest = eh_alloc(n, sizeof *longest);
    for (size_t i = 1; i < n; i++) {
        double slope = (p[i].smooth - p[i - 1].smooth) / (log(p[i].rate) - log(p[i - 1].rate));
        if (p[i].smooth < p[lowest].smooth)
            lowest = i;
        if (slope < least) {
            least = slope;
            steepest = i - 1;
        }
    }
    s.steep = p[steepest].rate;
    s.minimum = p[lowest].rate / 10;
    if (longest)
        s.valley = p[valley_of(p, n, longest)].rate;
    eh_free(longest);
    return s;
}

/* ---- the sweep ---- */

/* The next batch; an epoch that is over is followed by another. */
static eh_status next_batch(eh_trainer *t, eh_batch **batch, eh_error *err)
{
    EH_TRY(eh_loader_next(t->loader, batch, err));
    if (*batch)
        return EH_OK;
    t->run.epoch++;
    EH_TRY(eh_trainer_order(t, err));
    EH_TRY(eh_loader_begin(t->loader, t->order.row, t->order.count, t->run.epoch, 0, err));
    EH_TRY(eh_loader_next(t->loader, batch, err));
    return *batch ? EH_OK
                  : eh_fail(err, EH_ERR_NOT_ENOUGH,
                            "an epoch has only %zu images, fewer than the batch of %llu; make the batch "
                            "smaller (--batch)",
                            t->order.count, (unsigned long long)t->position.batch);
}

static eh_status take_step(eh_trainer *t, size_t step, double *loss, eh_error *err)
{
    const eh_train_hooks *hooks = &t->method->hooks;
    eh_batch *batch;
    EH_TRY(next_batch(t, &batch, err));
    t->run.step = step;
    if (hooks->batch)
        EH_TRY(hooks->batch(t->method_state, &t->run, batch, err));
    EH_TRY(eh_training_step(&t->training, batch, step, loss, err));
    if (isfinite(*loss) && hooks->after_step)
        EH_TRY(hooks->after_step(t->method_state, &t->run, batch, t->training.sample_loss, err));
    return EH_OK;
}

static eh_status sweep(eh_rate_sweep *out, eh_trainer *t, eh_error *err)
{
    double sum = 0, best = INFINITY, weight = 1;
    t->run.total_steps = out->steps;
    eh_progress_begin(t->progress, "find the learning rate", out->steps, "steps");
    EH_TRY(eh_loader_begin(t->loader, t->order.row, t->order.count, 0, 0, err));
    for (size_t i = 0; i < out->steps; i++) {
        eh_rate_point *p = &out->point[i];
        if (eh_progress_stop(t->progress))
            return eh_fail(err, EH_ERR_INTERRUPTED, "stopped after step %zu of %zu; nothing was written", i,
                           out->steps);
        p->rate = out->from * pow(out->to / out->from, (double)i / (double)out->steps);
        t->training.fixed_rate = p->rate;
        EH_TRY(take_step(t, i, &p->loss, err));
        if (!isfinite(p->loss)) {
            out->end = EH_SWEEP_NOT_FINITE;
            break;
        }
        sum = BLEND * sum + (1 - BLEND) * p->loss;
        weight *= BLEND;
        p->smooth = sum / (1 - weight);
        best = fmin(best, p->smooth);
        out->count++;
        eh_progress_update(t->progress, i + 1, "rate %.2g, loss %.4f", p->rate, p->smooth);
        if (p->smooth > RUN_AWAY * best) {
            out->end = EH_SWEEP_DIVERGED;
            break;
        }
    }
    eh_progress_end(t->progress, NULL);
    return EH_OK;
}

eh_status eh_rate_sweep_make(eh_rate_sweep *out, const eh_train_opts *opts, double from, double to,
                             size_t steps, eh_progress *progress, eh_error *err)
{
    *out = (eh_rate_sweep){ .from = from, .to = to, .steps = steps, .seed = opts->seed };
    out->suggestion = (eh_rate_suggestions){ NAN, NAN, NAN };
    if (!(from > 0 && to > from) || steps < EH_SWEEP_LEAST)
        return eh_fail(err, EH_ERR_USAGE,
                       "a sweep takes at least %d steps, from a rate above 0 to a larger one, not %zu steps "
                       "from %g to %g",
                       EH_SWEEP_LEAST, steps, from, to);
    out->point = eh_alloc(steps, sizeof *out->point);
    eh_trainer *t = NULL;
    eh_status status = out->point ? eh_trainer_new(&t, opts, progress, err)
                                  : eh_fail_memory(err, "the points of a sweep", steps, sizeof *out->point);
    if (status == EH_OK)
        status = eh_trainer_without_folder(t, err);
    if (status == EH_OK) {
        out->batch = t->position.batch;
        snprintf(out->data, sizeof out->data, "%s", t->opts->data);
        memcpy(out->catalog_hash, t->data.hash, sizeof out->catalog_hash);
        status = sweep(out, t, err);
    }
    eh_trainer_free(t);
    size_t first = steps / 10;
    if (status == EH_OK && out->count > first + LAST)
        out->suggestion = eh_rate_suggest(out->point + first, out->count - first - LAST);
    return status;
}

void eh_rate_sweep_clear(eh_rate_sweep *sweep)
{
    eh_free(sweep->point);
    *sweep = (eh_rate_sweep){ 0 };
}

/* ---- files ---- */

static const char *const end_word[] = { "all steps", "diverged", "not finite" };

json_t *eh_rate_sweep_json(const eh_rate_sweep *s)
{
    json_t *points = json_array();
    for (size_t i = 0; i < s->count; i++)
        json_array_append_new(points, json_pack("{s:f, s:f, s:f}", "rate", s->point[i].rate, "loss",
                                                s->point[i].loss, "smooth", s->point[i].smooth));
    json_t *suggestions =
        json_pack("{s:o, s:o, s:o}", "valley", eh_json_number(s->suggestion.valley), "steep",
                  eh_json_number(s->suggestion.steep), "minimum", eh_json_number(s->suggestion.minimum));
    return json_pack("{s:s, s:s, s:s, s:I, s:f, s:f, s:I, s:I, s:s, s:o, s:o}", "evenhand", EH_VERSION,
                     "catalog", s->data, "catalog_sha256", s->catalog_hash, "seed", (json_int_t)s->seed,
                     "from", s->from, "to", s->to, "steps", (json_int_t)s->steps, "batch",
                     (json_int_t)s->batch, "ended", end_word[s->end], "suggestions", suggestions, "points",
                     points);
}

static eh_status write_text(const char *folder, const char *name, eh_str *text, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    const char *path = arena ? eh_path_join(arena, folder, name) : NULL;
    eh_status status = path ? eh_str_check(text, err) : eh_fail_memory(err, folder, 1, 1);
    if (status == EH_OK)
        status = eh_file_write_atomic(path, text->data, text->size, err);
    eh_arena_free(arena);
    eh_str_clear(text);
    return status;
}

eh_status eh_rate_sweep_write(const eh_rate_sweep *s, const char *folder, eh_error *err)
{
    eh_str csv = { 0 }, svg = { 0 }, text = { 0 };
    EH_TRY(eh_make_folder(folder, err));
    eh_str_append(&csv, "rate,loss,smooth\n");
    for (size_t i = 0; i < s->count; i++)
        eh_str_appendf(&csv, "%.9g,%.9g,%.9g\n", s->point[i].rate, s->point[i].loss, s->point[i].smooth);
    EH_TRY(write_text(folder, "find-lr.csv", &csv, err));
    eh_rate_plot(&svg, s);
    EH_TRY(write_text(folder, "find-lr.svg", &svg, err));
    json_t *json = eh_rate_sweep_json(s);
    if (!json)
        return eh_fail_memory(err, folder, 1, 1);
    eh_json_append(&text, json, true);
    json_decref(json);
    eh_str_append(&text, "\n");
    return write_text(folder, "find-lr.json", &text, err);
}
