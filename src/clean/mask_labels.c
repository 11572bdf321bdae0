/* mask_labels.c - masks against probabilities of every pixel; see mask_labels.h.
 *
 * Idea    A mask is as good as its worst places: a forgotten object has few pixels, but their class has hardly any probability. The softmin of the pixels'
 *         probabilities is near the lowest of them, and less moved by one odd pixel than the lowest itself. Beside it, pixels whose probability of
 *         another class is as high as that of pixels that carry it (confident learning) are counted.
 * Math    c = probability of the pixel's own class. quality = sum c e^((1 - c) / T) / sum e^((1 - c) / T), T = 0.1.
 *         t_k = mean p_k over the pixels that carry k. Suspicious: argmax over {j: p_j >= t_j} is another class than the pixel's.
 * Source  Lad, Mueller 2023, Estimating label quality and errors in semantic segmentation data via any model (softmin); Northcutt et al. 2021.
 * Cost    Two passes over the file.
 * Easy to get wrong: e^((1 - c) / T) is at most e^10 per pixel: sums of doubles hold that for any picture.
 */
#include "clean/mask_labels.h"

#include "base/npy.h"
#include "clean/image_names.h"
#include "evenhand/loader.h"

#include <math.h>
#include <string.h>

#define TEMPERATURE 0.1
#define SLACK       1e-6

typedef struct reading {
    const char *path;
    const eh_frame *frame;
    eh_npy *npy;
    eh_pack *masks;
    eh_array_rows rows;
    size_t classes, pixels;
    double *p;       /* [classes, pixels] of one image */
    uint64_t *count; /* [classes, classes] suspicious pixels of one image, given x guess */
    double *sum;     /* [classes] */
    uint64_t *n;     /* [classes] */
    eh_progress *progress;
    uint64_t done;
    eh_mask_issues *out;
} reading;

static eh_status check_shape(reading *r, const eh_frame_column *column, eh_error *err)
{
    const eh_npy_header *h = eh_npy_shape(r->npy);
    if (h->dimensions != 4 || h->size[1] != column->classes)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s must be an array [images, classes, height, width] of the %zu classes of '%s'; it "
                       "has "
                       "%d dimensions, the first two %llu and %llu",
                       r->path, column->classes, column->name, h->dimensions,
                       (unsigned long long)(h->dimensions > 0 ? h->size[0] : 0),
                       (unsigned long long)(h->dimensions > 1 ? h->size[1] : 0));
    if (h->size[2] < 1 || h->size[3] < 1 || h->size[2] > 16384 || h->size[3] > 16384)
        return eh_fail(err, EH_ERR_INPUT, "%s: pictures of %llu x %llu are not taken", r->path,
                       (unsigned long long)h->size[3], (unsigned long long)h->size[2]);
    return EH_OK;
}

/* Probabilities of image `row` into r->p; *there says whether the file has some: it lacks images, and those that could not be read are NaN throughout. */
static eh_status read_image(bool *there, reading *r, size_t row, eh_error *err)
{
    size_t all = r->classes * r->pixels, numbers = 0, bad = all;
    uint64_t at = r->rows.at ? r->rows.at[row] : row;
    eh_progress_update(r->progress, ++r->done, NULL);
    if (eh_progress_stop(r->progress))
        return eh_fail(err, EH_ERR_INTERRUPTED, "stopped; nothing was changed");
    *there = at != UINT32_MAX;
    if (!*there)
        return EH_OK;
    EH_TRY(eh_npy_read(r->p, r->npy, at * all, all, err));
    for (size_t i = 0; i < all; i++) {
        numbers += !isnan(r->p[i]);
        if (bad == all && !(r->p[i] >= -SLACK && r->p[i] <= 1 + SLACK))
            bad = i;
    }
    *there = numbers > 0;
    if (bad < all && *there)
        return eh_fail(err, EH_ERR_INPUT, "%s: image %llu, class %zu, pixel %zu: %g is no probability",
                       r->path, (unsigned long long)at + 1, bad / r->pixels + 1, bad % r->pixels + 1,
                       r->p[bad]);
    return EH_OK;
}

static void add_confidence(reading *r, const uint8_t *mask)
{
    for (size_t i = 0; i < r->pixels; i++)
        if (mask[i] < r->classes) {
            r->sum[mask[i]] += r->p[mask[i] * r->pixels + i];
            r->n[mask[i]]++;
        }
}

/* The most probable class among those that are at least as probable as where they are the label; -1: none. */
static int32_t confident_class(const reading *r, size_t pixel)
{
    int32_t best = -1;
    double most = -1;
    for (size_t k = 0; k < r->classes; k++) {
        double p = r->p[k * r->pixels + pixel];
        if (p >= r->out->threshold[k] - SLACK && p > most) {
            most = p;
            best = (int32_t)k;
        }
    }
    return best;
}

static const eh_mask_issue no_issue = { .quality = 1, .given = -1, .guess = -1 };

static void judge_image(reading *r, size_t row, const uint8_t *mask)
{
    eh_mask_issue *issue = &r->out->issue[row];
    double over = 0, under = 0;
    *issue = no_issue;
    memset(r->count, 0, r->classes * r->classes * sizeof *r->count);
    for (size_t i = 0; i < r->pixels; i++) {
        if (mask[i] >= r->classes)
            continue;
        double own = r->p[mask[i] * r->pixels + i];
        own = own < 0 ? 0 : own > 1 ? 1 : own;
        double weight = exp((1 - own) / TEMPERATURE);
        int32_t guess = confident_class(r, i);
        over += weight * own;
        under += weight;
        issue->pixels++;
        if (guess >= 0 && guess != mask[i]) {
            issue->suspicious++;
            r->count[mask[i] * r->classes + (size_t)guess]++;
        }
    }
    if (issue->pixels)
        issue->quality = (float)(over / under);
    uint64_t most = 0;
    for (size_t given = 0; given < r->classes; given++)
        for (size_t guess = 0; guess < r->classes; guess++)
            if (r->count[given * r->classes + guess] > most) {
                most = r->count[given * r->classes + guess];
                issue->given = (int32_t)given;
                issue->guess = (int32_t)guess;
            }
    r->out->pixels += issue->pixels;
    r->out->suspicious += issue->suspicious;
}

static eh_status judge_all(reading *r, eh_error *err)
{
    eh_progress_begin(r->progress, "masks", 2 * r->frame->rows, "images");
    bool there;
    for (size_t row = 0; row < r->frame->rows; row++) {
        EH_TRY(read_image(&there, r, row, err));
        if (there)
            add_confidence(r, eh_pack_image(r->masks, row));
        r->out->absent += !there;
    }
    for (size_t k = 0; k < r->classes; k++)
        r->out->threshold[k] = r->n[k] ? r->sum[k] / (double)r->n[k] : 2;
    for (size_t row = 0; row < r->frame->rows; row++) {
        EH_TRY(read_image(&there, r, row, err));
        if (there)
            judge_image(r, row, eh_pack_image(r->masks, row));
        else
            r->out->issue[row] = no_issue;
    }
    eh_progress_end(r->progress, NULL);
    return EH_OK;
}

static eh_status prepare(reading *r, eh_catalog *catalog, const eh_frame_column *column, eh_error *err)
{
    eh_arena *arena = r->out->arena;
    EH_TRY(eh_npy_open(&r->npy, r->path, err));
    EH_TRY(check_shape(r, column, err));
    const eh_npy_header *h = eh_npy_shape(r->npy);
    EH_TRY(eh_array_rows_find(&r->rows, r->path, h->size[0], catalog, r->frame, arena, err));
    r->out->left_over = r->rows.left_over;
    const eh_pack_opts pack = {
        .width = (int)h->size[3], .height = (int)h->size[2], .channels = 1, .mask_column = column->name
    };
    r->pixels = (size_t)(h->size[2] * h->size[3]);
    r->p = eh_alloc(r->classes * r->pixels, sizeof *r->p);
    r->count = eh_arena_alloc(arena, r->classes * r->classes, sizeof *r->count);
    r->sum = eh_arena_alloc(arena, r->classes, sizeof *r->sum);
    r->n = eh_arena_alloc(arena, r->classes, sizeof *r->n);
    r->out->issue = eh_arena_alloc(arena, r->frame->rows, sizeof *r->out->issue);
    r->out->threshold = eh_arena_alloc(arena, r->classes, sizeof *r->out->threshold);
    if (!r->p || !r->count || !r->sum || !r->n || !r->out->issue || !r->out->threshold)
        return eh_fail_memory(err, r->path, r->classes * r->pixels, sizeof *r->p);
    return eh_pack_open(&r->masks, catalog, r->frame, &pack, r->progress, err);
}

eh_status eh_mask_issues_find(eh_mask_issues **out, const char *path, eh_catalog *catalog,
                              const eh_frame *frame, const eh_frame_column *column, eh_progress *progress,
                              eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    reading r = { .path = path, .frame = frame, .classes = column->classes, .progress = progress };
    *out = NULL;
    r.out = arena ? eh_arena_alloc(arena, 1, sizeof *r.out) : NULL;
    if (!r.out) {
        eh_arena_free(arena);
        return eh_fail_memory(err, path, 1, sizeof *r.out);
    }
    *r.out = (eh_mask_issues){ .arena = arena, .rows = frame->rows, .classes = column->classes };
    eh_status status = prepare(&r, catalog, column, err);
    if (status == EH_OK)
        status = judge_all(&r, err);
    eh_pack_close(r.masks);
    eh_npy_close(r.npy);
    eh_free(r.p);
    if (status == EH_OK)
        *out = r.out;
    else
        eh_mask_issues_free(r.out);
    return status;
}

void eh_mask_issues_free(eh_mask_issues *issues)
{
    if (issues)
        eh_arena_free(issues->arena);
}
