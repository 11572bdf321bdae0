/* compose_plan.c - which images are made, and which partner, position and colour each gets.
 *
 * Idea    Within one part and one class of the first set, every attribute's values get exact numbers of images (largest remainder), which are
 *         dealt to the images in an order that is shuffled anew for each attribute; so given the class the attributes are independent.
 *         Partners come from the same part of the second set, so that no image is in two parts, and go round in a shuffled order, so that
 *         within a class none is used twice before all were used once. A second set without parts is dealt to the parts of the first.
 * Cost    O(images), a few bytes each.
 * Easy to get wrong: drawing each image's value by itself would meet the ratio only on average; a partner in training and test would leak.
 */
#include "data/compose_job.h"

#include "base/rng.h"
#include "data/split_assign.h"

#include <stdlib.h>
#include <string.h>

/* What a draw is for; b is the class or the pool. */
enum { DRAW_ORDER, DRAW_POOL = 16 };

/* Numbers that sum to `count` in proportion to the weights, by largest remainder (ties: the earlier). `rest` is scratch. */
static void apportion(uint64_t *out, double *rest, const double *weight, size_t weights, uint64_t count)
{
    double sum = 0;
    uint64_t given = 0;
    for (size_t i = 0; i < weights; i++)
        sum += weight[i];
    for (size_t i = 0; i < weights; i++) {
        double exact = sum > 0 ? (double)count * weight[i] / sum : 0;
        out[i] = (uint64_t)(exact + 1e-9);
        rest[i] = exact - (double)out[i];
        given += out[i];
    }
    for (; given < count; given++) {
        size_t best = 0;
        for (size_t i = 1; i < weights; i++)
            if (rest[i] > rest[best])
                best = i;
        out[best]++;
        rest[best] -= 1;
    }
}

/* Rows of a frame sorted into cells: cell = part * classes + class. */
typedef struct cells {
    uint32_t *row; /* [rows of the frame] */
    size_t *begin; /* [4 * classes + 1] */
    size_t *next;  /* [4 * classes] whose turn it is */
} cells;

/* Fills cells with the usable rows of a frame, in its order. `part` gives each row's part. */
static eh_status sort_rows(cells *out, eh_arena *arena, const eh_frame *frame, const eh_frame_column *label,
                           const uint8_t *part, eh_error *err)
{
    size_t count = 4 * label->classes;
    out->row = eh_arena_alloc(arena, frame->rows, sizeof *out->row);
    out->begin = eh_arena_alloc(arena, count + 1, sizeof *out->begin);
    out->next = eh_arena_alloc(arena, count + 1, sizeof *out->next);
    if (!out->row || !out->begin || !out->next)
        return eh_fail_memory(err, "a composition", frame->rows, sizeof *out->row);
    for (size_t i = 0; i < frame->rows; i++)
        if (label->cls[i] >= 0)
            out->begin[(size_t)part[i] * label->classes + (size_t)label->cls[i] + 1]++;
    for (size_t i = 0; i < count; i++)
        out->begin[i + 1] += out->begin[i];
    memcpy(out->next, out->begin, count * sizeof *out->next);
    for (size_t i = 0; i < frame->rows; i++)
        if (label->cls[i] >= 0)
            out->row[out->next[(size_t)part[i] * label->classes + (size_t)label->cls[i]]++] = (uint32_t)i;
    memcpy(out->next, out->begin, count * sizeof *out->next);
    return EH_OK;
}

/* The part whose partners each row of the second set is for. */
static eh_status deal_second(eh_compose_job *job, uint8_t *part, eh_error *err)
{
    const eh_frame *f = job->second_frame;
    const eh_frame_column *label = job->second_label;
    bool own_parts = false;
    memset(part, 0, f->rows);
    if (!job->parts)
        return EH_OK; /* one pool */
    for (size_t i = 0; i < f->rows; i++)
        own_parts |= f->part[i] != EH_PART_NONE;
    if (own_parts) {
        memcpy(part, f->part, f->rows);
        return EH_OK;
    }
    static const char *const names[] = { "no part", "the training part", "the validation part",
                                         "the test part" };
    double share[4] = { 0 }, all = 0; /* parts are numbered as eh_part; none gets nothing */
    int32_t *stratum = eh_arena_alloc(job->arena, f->rows, sizeof *stratum);
    if (!stratum)
        return eh_fail_memory(err, "a composition", f->rows, sizeof *stratum);
    for (size_t i = 0; i < f->rows; i++)
        stratum[i] = label->cls[i] < 0 ? (int32_t)label->classes : label->cls[i];
    for (size_t i = 0; i < job->first_frame->rows; i++)
        if (job->first_frame->part[i] != EH_PART_NONE) {
            share[job->first_frame->part[i]]++;
            all++;
        }
    for (int p = 0; p < 4; p++)
        share[p] /= all;
    const eh_split_input in = { .rows = f->rows,
                                .key = f->image,
                                .stratum = stratum,
                                .strata = label->classes + 1,
                                .share = share,
                                .part_name = names,
                                .parts = 4,
                                .seed = job->opts->seed };
    return eh_split_assign(&in, part, err);
}

/* The next partner of a class for a part. */
static eh_status take_partner(eh_compose_job *job, cells *pool, uint32_t *used, eh_part part, int32_t cls,
                              uint32_t *out, eh_error *err)
{
    size_t cell = (size_t)part * job->second_label->classes + (size_t)cls;
    size_t begin = pool->begin[cell], end = pool->begin[cell + 1];
    if (begin == end)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s has no image of the class '%s' %s%s, but the rules ask for one; split it so that "
                       "every part has "
                       "all classes, or change the rules",
                       job->opts->second, job->second_label->class_name[cls],
                       job->parts ? "in the part " : "at all", job->parts ? eh_part_name(part) : "");
    *out = pool->row[pool->next[cell]++];
    if (pool->next[cell] == end)
        pool->next[cell] = begin;
    used[*out]++;
    return EH_OK;
}

/* Deals the values of one attribute to the images row[order[0..n)] of one class. */
static void deal_values(eh_compose_job *job, eh_planted planted, size_t first_row, uint32_t *order, size_t n,
                        uint64_t cell, const double *share, uint64_t *number, double *rest)
{
    const eh_compose_attribute *a = &job->attribute[planted];
    eh_rng rng = eh_rng_at(job->opts->seed, EH_DRAW_COMPOSE, DRAW_ORDER + 1 + (uint64_t)planted, cell);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    eh_rng_shuffle(&rng, order, n);
    apportion(number, rest, share, a->values, n);
    size_t next = 0;
    for (size_t v = 0; v < a->values; v++)
        for (uint64_t i = 0; i < number[v]; i++)
            job->row[first_row + order[next++]].value[planted] = (int32_t)v;
}

/* Whether an image agrees with what is planted for its class. */
static int8_t aligned(const eh_compose_job *job, const eh_compose_row *row, int32_t cls)
{
    int8_t result = -1;
    for (int i = 0; i < EH_PLANTED_COUNT; i++) {
        const eh_compose_attribute *a = &job->attribute[i];
        if (a->values == 0 || a->favoured[cls] < 0)
            continue;
        if (row->value[i] != a->favoured[cls])
            return 0;
        result = 1;
    }
    return result;
}

/* Scratch of the planning. */
typedef struct plan_space {
    cells first, pool;
    uint32_t *order;  /* [rows] */
    uint64_t *number; /* [values] */
    double *rest, *even;
    uint32_t *used; /* [rows of the second] */
} plan_space;

/* All images of one class in one part. */
static eh_status plan_class(eh_compose_job *job, plan_space *s, eh_part part, size_t cls, size_t n,
                            eh_error *err)
{
    size_t classes = job->first_label->classes, cell = (size_t)part * classes + cls, first_row = job->rows;
    uint32_t *source = s->first.row + s->first.begin[cell];
    eh_rng rng = eh_rng_at(job->opts->seed, EH_DRAW_COMPOSE, DRAW_ORDER, cell);
    if (n < s->first.begin[cell + 1] - s->first.begin[cell])
        eh_rng_shuffle(&rng, source, s->first.begin[cell + 1] - s->first.begin[cell]);
    for (size_t i = 0; i < n; i++)
        job->row[first_row + i] =
            (eh_compose_row){ .first = source[i], .part = (uint8_t)part, .value = { -1, -1, -1 } };
    job->rows += n;
    for (int i = 0; i < EH_PLANTED_COUNT; i++) {
        const eh_compose_attribute *a = &job->attribute[i];
        if (a->values)
            deal_values(job, (eh_planted)i, first_row, s->order, n, cell,
                        job->holds[part] ? a->share + cls * a->values : s->even, s->number, s->rest);
    }
    for (size_t i = 0; i < n; i++) {
        eh_compose_row *row = &job->row[first_row + i];
        row->aligned = aligned(job, row, (int32_t)cls);
        EH_TRY(take_partner(job, &s->pool, s->used, part, row->value[EH_PLANTED_PARTNER], &row->second, err));
    }
    return EH_OK;
}

/* How many images of each class a part gets: all, or its share of the limit. */
static void class_numbers(const eh_compose_job *job, plan_space *s, eh_part part, uint64_t *number,
                          double *weight)
{
    size_t classes = job->first_label->classes;
    uint64_t all = 0, limit = (uint64_t)job->opts->limit;
    for (size_t k = 0; k < classes; k++) {
        size_t cell = (size_t)part * classes + k;
        number[k] = s->first.begin[cell + 1] - s->first.begin[cell];
        weight[k] = (double)number[k];
        all += number[k];
    }
    if (limit > 0 && limit < all)
        apportion(number, s->rest, weight, classes, limit);
}

static eh_status allocate(eh_compose_job *job, plan_space *s, eh_error *err)
{
    size_t most = job->first_label->classes;
    for (int i = 0; i < EH_PLANTED_COUNT; i++)
        most = job->attribute[i].values > most ? job->attribute[i].values : most;
    s->order = eh_arena_alloc(job->arena, job->first_frame->rows, sizeof *s->order);
    s->number = eh_arena_alloc(job->arena, most, sizeof *s->number);
    s->rest = eh_arena_alloc(job->arena, most, sizeof *s->rest);
    s->even = eh_arena_alloc(job->arena, most, sizeof *s->even);
    s->used = eh_arena_alloc(job->arena, job->second_frame->rows, sizeof *s->used);
    job->row = eh_arena_alloc(job->arena, job->first_frame->rows, sizeof *job->row);
    if (!s->order || !s->number || !s->rest || !s->even || !s->used || !job->row)
        return eh_fail_memory(err, "a composition", job->first_frame->rows, sizeof *job->row);
    for (size_t i = 0; i < most; i++)
        s->even[i] = 1;
    return EH_OK;
}

/* In the order of the first set. */
static int by_first(const void *a, const void *b)
{
    uint32_t x = ((const eh_compose_row *)a)->first, y = ((const eh_compose_row *)b)->first;
    return (x > y) - (x < y);
}

eh_status eh_compose_plan(eh_compose_job *job, eh_error *err)
{
    plan_space s = { 0 };
    size_t classes = job->first_label->classes, usable = 0;
    uint8_t *part = eh_arena_alloc(job->arena, job->second_frame->rows, 1);
    uint64_t *number = eh_arena_alloc(job->arena, classes, sizeof *number);
    double *weight = eh_arena_alloc(job->arena, classes, sizeof *weight);
    if (!part || !number || !weight)
        return eh_fail_memory(err, "a composition", job->second_frame->rows, 1);
    EH_TRY(allocate(job, &s, err));
    EH_TRY(deal_second(job, part, err));
    EH_TRY(sort_rows(&s.first, job->arena, job->first_frame, job->first_label, job->first_frame->part, err));
    EH_TRY(sort_rows(&s.pool, job->arena, job->second_frame, job->second_label, part, err));
    for (size_t cell = 0; cell < 4 * job->second_label->classes; cell++) {
        eh_rng rng = eh_rng_at(job->opts->seed, EH_DRAW_COMPOSE, DRAW_POOL, cell);
        eh_rng_shuffle(&rng, s.pool.row + s.pool.begin[cell], s.pool.begin[cell + 1] - s.pool.begin[cell]);
    }
    for (int p = job->parts ? EH_PART_TRAIN : EH_PART_NONE; p <= (job->parts ? EH_PART_TEST : EH_PART_NONE);
         p++) {
        usable += s.first.begin[(size_t)(p + 1) * classes] - s.first.begin[(size_t)p * classes];
        class_numbers(job, &s, (eh_part)p, number, weight);
        for (size_t k = 0; k < classes; k++)
            EH_TRY(plan_class(job, &s, (eh_part)p, k, number[k], err));
    }
    if (job->rows == 0)
        return eh_fail(err, EH_ERR_NOT_ENOUGH, "%s has no image with a value in the column '%s'",
                       job->opts->first, job->first_label->name);
    qsort(job->row, job->rows, sizeof *job->row, by_first);
    job->left_out = job->first_frame->rows - usable;
    for (size_t i = 0; i < job->second_frame->rows; i++) {
        job->partners += s.used[i] > 0;
        job->most_used = s.used[i] > job->most_used ? s.used[i] : job->most_used;
    }
    return EH_OK;
}
