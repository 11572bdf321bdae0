/* loader.c - threads that fill a ring of batches ahead of the consumer.
 *
 * Idea     Batch k of an epoch goes into slot k % slots. A worker takes the next batch number whose slot is free, fills it alone, and
 *          marks it ready; the consumer waits for its number. Who fills what does not matter: pixels come from the pack, and the
 *          randomness of sample i of epoch e from the stream (seed, EH_DRAW_AUGMENT, e, i), of mixing batch k from (seed, EH_DRAW_MIX, e, k).
 * States   of a slot: FREE -> (worker) FILLING -> READY -> (consumer) HELD -> FREE. All changes are made under one lock.
 * Easy to get wrong: beginning an epoch while the last one was not read to its end. eh_loader_begin first stops the hand-out of batches and
 *          waits until no worker is filling, then resets the ring.
 */
#include "evenhand/loader.h"

#include "base/file.h"
#include "base/rng.h"
#include "base/threads.h"
#include "data/augment_map.h"
#include "data/batch_fill.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

enum slot_state { FREE, FILLING, READY, HELD };

typedef struct slot {
    enum slot_state state;
    eh_batch batch;
    uint32_t *row;     /* [capacity] what batch.row points to */
    uint32_t *partner; /* [capacity] what batch.partner and batch.lambda point to; NULL without mixing */
    float *lambda;
} slot;

typedef struct worker {
    pthread_t thread;
    eh_loader *loader;
    eh_sample sample; /* buffers for one image, for augmentation */
    float *before; /* a batch as it was before it was mixed: images, masks, partners. NULL without mixing */
    uint8_t *mask_before;
    uint32_t *partner;
} worker;

struct eh_loader {
    const eh_pack *pack;
    eh_loader_opts opts;
    eh_batch_scale scale;
    eh_image source, shape; /* of the pack's images, of the samples */
    size_t mixers;
    size_t image_floats, mask_bytes; /* of one sample */
    size_t workers, slots, started;
    worker *worker;
    slot *slot;

    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t work;  /* a slot became free, or an epoch began, or the end */
    pthread_cond_t ready; /* a batch became ready, or a worker came to rest */
    bool ending;
    uint32_t *order;
    size_t count, capacity;
    uint64_t epoch, batches; /* batches of this epoch */
    uint64_t next_fill, next_read;
    size_t filling;
    double wait_seconds;
};

/* ---------------------------------------------------------------- filling */

/* Sample i of the batch, which is the one at `at` in the epoch's order. */
static void fill_one(const eh_loader *l, worker *w, slot *s, size_t i, size_t at, uint32_t row)
{
    const uint8_t *pixels = eh_pack_image(l->pack, row),
                  *mask = l->opts.masks ? eh_pack_image(l->opts.masks, row) : NULL;
    if (l->opts.augments > l->mixers || l->source.width != l->shape.width ||
        l->source.height != l->shape.height) {
        eh_rng rng = eh_rng_at(l->opts.seed, EH_DRAW_AUGMENT, s->batch.epoch, at);
        w->sample.rng = &rng;
        eh_augment_sample(&w->sample, l->opts.augment, l->opts.augments, pixels, mask, l->source.width,
                          l->source.height);
        pixels = w->sample.pixels;
        mask = w->sample.mask;
    }
    eh_batch_fill(s->batch.image + i * l->image_floats, pixels, l->shape.width * l->shape.height,
                  l->shape.channels, &l->scale);
    if (mask)
        memcpy(s->batch.mask + i * l->mask_bytes, mask, l->mask_bytes);
    s->row[i] = row;
    s->batch.weight[i] = 1;
}

/* One of the augmentations that mix changes the batch. */
static void mix(const eh_loader *l, worker *w, slot *s)
{
    eh_batch *b = &s->batch;
    eh_rng rng = eh_rng_at(l->opts.seed, EH_DRAW_MIX, b->epoch, b->index);
    uint64_t chosen = eh_rng_below(&rng, l->mixers);
    memcpy(w->before, b->image, b->count * l->image_floats * sizeof(float));
    if (b->mask)
        memcpy(w->mask_before, b->mask, b->count * l->mask_bytes);
    for (size_t i = 0; i < b->capacity; i++) {
        w->partner[i] = (uint32_t)i;
        s->lambda[i] = 1;
    }
    eh_rng_shuffle(&rng, w->partner, b->count);
    eh_mix m = { .image = b->image,
                 .before = w->before,
                 .mask = b->mask,
                 .mask_before = w->mask_before,
                 .partner = w->partner,
                 .lambda = s->lambda,
                 .count = b->count,
                 .width = l->shape.width,
                 .height = l->shape.height,
                 .channels = l->shape.channels,
                 .rng = &rng };
    for (size_t a = 0; a < l->opts.augments; a++) {
        const eh_augment *augment = (const eh_augment *)l->opts.augment[a].entry;
        if (augment->mix && chosen-- == 0)
            augment->mix(l->opts.augment[a].opts, &m);
    }
    for (size_t i = 0; i < b->capacity; i++)
        s->partner[i] = i < b->count ? s->row[w->partner[i]] : 0;
}

/* The batch's samples; only this worker touches the slot now. */
static void fill(const eh_loader *l, worker *w, slot *s, const uint32_t *order, size_t count, uint64_t epoch,
                 uint64_t index)
{
    size_t first = (size_t)index * l->opts.batch;
    size_t n = count - first < l->opts.batch ? count - first : l->opts.batch;
    s->batch.count = n;
    s->batch.epoch = epoch;
    s->batch.index = index;
    for (size_t i = 0; i < n; i++)
        fill_one(l, w, s, i, first + i, order[first + i]);
    if (l->mixers)
        mix(l, w, s);
    size_t empty = s->batch.capacity - n;
    memset(s->batch.image + n * l->image_floats, 0, empty * l->image_floats * sizeof(float));
    memset(s->batch.weight + n, 0, empty * sizeof(float));
    memset(s->row + n, 0, empty * sizeof *s->row);
    if (s->batch.mask)
        memset(s->batch.mask + n * l->mask_bytes, EH_MASK_IGNORE, empty * l->mask_bytes);
}

static void *work(void *user)
{
    worker *w = user;
    eh_loader *l = w->loader;
    pthread_mutex_lock(&l->lock);
    for (;;) {
        slot *s = &l->slot[l->next_fill % l->slots];
        if (l->ending)
            break;
        if (l->next_fill >= l->batches || s->state != FREE) {
            pthread_cond_wait(&l->work, &l->lock);
            continue;
        }
        uint64_t index = l->next_fill++, epoch = l->epoch;
        s->state = FILLING;
        l->filling++;
        /* The order stays as it is while any worker is filling. */
        const uint32_t *order = l->order;
        size_t count = l->count;
        pthread_mutex_unlock(&l->lock);
        fill(l, w, s, order, count, epoch, index);
        pthread_mutex_lock(&l->lock);
        s->state = READY;
        l->filling--;
        pthread_cond_broadcast(&l->ready);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* ---------------------------------------------------------------- life */

static eh_status check_options(const eh_loader_opts *o, const eh_pack *pack, eh_error *err)
{
    eh_image image = eh_pack_shape(pack), mask = o->masks ? eh_pack_shape(o->masks) : image;
    if (o->masks && (mask.width != image.width || mask.height != image.height || mask.channels != 1 ||
                     eh_pack_rows(o->masks) != eh_pack_rows(pack)))
        return eh_fail(err, EH_ERR_USAGE,
                       "the packs do not fit: %zu images of %d x %d pixels, but %zu masks of %d x %d",
                       eh_pack_rows(pack), image.width, image.height, eh_pack_rows(o->masks), mask.width,
                       mask.height);
    if (o->batch == 0 || o->batch > 1000000)
        return eh_fail(err, EH_ERR_USAGE, "a batch of %zu images is not possible; 1 to 1,000,000 are",
                       o->batch);
    if (o->workers < 0 || o->workers > 1024 || o->ahead < 0 || o->ahead > 1024)
        return eh_fail(err, EH_ERR_USAGE,
                       "%d loader threads and %d batches ahead are not possible; 0 to 1024 are", o->workers,
                       o->ahead);
    if (o->width < 0 || o->height < 0 || o->width > 16384 || o->height > 16384)
        return eh_fail(err, EH_ERR_USAGE, "samples of %d x %d pixels are not possible", o->width, o->height);
    return eh_augments_check(o->augment, o->augments, o->masks != NULL, err);
}

static eh_status allocate_sample(const eh_loader *l, eh_sample *out, eh_error *err)
{
    *out = (eh_sample){ .width = l->shape.width, .height = l->shape.height, .channels = l->shape.channels };
    for (int c = 0; c < 3; c++)
        out->mean[c] = (uint8_t)fminf(fmaxf(255 * l->opts.mean[c] + 0.5f, 0), 255);
    out->pixels = eh_alloc(l->image_floats, 1);
    out->mask = l->opts.masks ? eh_alloc(l->mask_bytes, 1) : NULL;
    if (!out->pixels || (l->opts.masks && !out->mask))
        return eh_fail_memory(err, "the loader", l->image_floats, 1);
    return EH_OK;
}

static eh_status allocate(eh_loader *l, eh_error *err)
{
    l->slot = eh_alloc(l->slots, sizeof *l->slot);
    l->worker = eh_alloc(l->workers, sizeof *l->worker);
    if (!l->slot || !l->worker)
        return eh_fail_memory(err, "the loader", l->slots, sizeof *l->slot);
    for (size_t i = 0; i < l->slots; i++) {
        slot *s = &l->slot[i];
        s->batch.capacity = l->opts.batch;
        s->batch.image = eh_alloc(l->opts.batch, l->image_floats * sizeof(float));
        s->batch.weight = eh_alloc(l->opts.batch, sizeof(float));
        s->row = eh_alloc(l->opts.batch, sizeof *s->row);
        s->batch.row = s->row;
        if (l->opts.masks)
            s->batch.mask = eh_alloc(l->opts.batch, l->mask_bytes);
        if (l->mixers) {
            s->batch.partner = s->partner = eh_alloc(l->opts.batch, sizeof *s->partner);
            s->batch.lambda = s->lambda = eh_alloc(l->opts.batch, sizeof *s->lambda);
        }
        if (!s->batch.image || !s->batch.weight || !s->row || (l->opts.masks && !s->batch.mask) ||
            (l->mixers && (!s->partner || !s->lambda)))
            return eh_fail_memory(err, "batches of images", l->slots * l->opts.batch,
                                  l->image_floats * sizeof(float));
    }
    for (size_t i = 0; i < l->workers; i++) {
        worker *w = &l->worker[i];
        w->loader = l;
        EH_TRY(allocate_sample(l, &w->sample, err));
        if (!l->mixers)
            continue;
        w->before = eh_alloc(l->opts.batch, l->image_floats * sizeof(float));
        w->partner = eh_alloc(l->opts.batch, sizeof *w->partner);
        w->mask_before = l->opts.masks ? eh_alloc(l->opts.batch, l->mask_bytes) : NULL;
        if (!w->before || !w->partner || (l->opts.masks && !w->mask_before))
            return eh_fail_memory(err, "mixed batches of images", l->opts.batch,
                                  l->image_floats * sizeof(float));
    }
    return EH_OK;
}

eh_status eh_loader_new(eh_loader **out, const eh_pack *pack, const eh_loader_opts *opts, eh_error *err)
{
    *out = NULL;
    EH_TRY(check_options(opts, pack, err));
    eh_loader *l = eh_alloc(1, sizeof *l);
    if (!l)
        return eh_fail_memory(err, "the loader", 1, sizeof *l);
    l->pack = pack;
    l->opts = *opts;
    l->source = l->shape = eh_pack_shape(pack);
    l->shape.width = opts->width ? opts->width : l->source.width;
    l->shape.height = opts->height ? opts->height : l->source.height;
    for (size_t i = 0; i < opts->augments; i++)
        l->mixers += ((const eh_augment *)opts->augment[i].entry)->mix != NULL;
    l->mask_bytes = (size_t)l->shape.width * (size_t)l->shape.height;
    l->image_floats = l->mask_bytes * (size_t)l->shape.channels;
    l->workers = opts->workers ? (size_t)opts->workers : eh_threads() >= 8 ? 2 : 1;
    l->slots =
        (opts->ahead ? (size_t)opts->ahead : 4) + 1; /* one more for the batch that the consumer holds */
    eh_batch_scale_set(&l->scale, opts->mean, opts->std);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->ready, NULL);
    eh_status status = allocate(l, err);
    for (; status == EH_OK && l->started < l->workers; l->started++) {
        int errnum = pthread_create(&l->worker[l->started].thread, NULL, work, &l->worker[l->started]);
        if (errnum) {
            status =
                eh_fail_errno(err, EH_ERR_IO, errnum, "a thread for loading images could not be started");
            break;
        }
    }
    if (status == EH_OK)
        *out = l;
    else
        eh_loader_free(l);
    return status;
}

void eh_loader_free(eh_loader *loader)
{
    if (!loader)
        return;
    pthread_mutex_lock(&loader->lock);
    loader->ending = true;
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->lock);
    for (size_t i = 0; i < loader->started; i++)
        pthread_join(loader->worker[i].thread, NULL);
    for (size_t i = 0; loader->worker && i < loader->workers; i++) {
        eh_free(loader->worker[i].sample.pixels);
        eh_free(loader->worker[i].sample.mask);
        eh_free(loader->worker[i].before);
        eh_free(loader->worker[i].mask_before);
        eh_free(loader->worker[i].partner);
    }
    for (size_t i = 0; loader->slot && i < loader->slots; i++) {
        eh_free(loader->slot[i].batch.image);
        eh_free(loader->slot[i].batch.weight);
        eh_free(loader->slot[i].batch.mask);
        eh_free(loader->slot[i].row);
        eh_free(loader->slot[i].partner);
        eh_free(loader->slot[i].lambda);
    }
    pthread_mutex_destroy(&loader->lock);
    pthread_cond_destroy(&loader->work);
    pthread_cond_destroy(&loader->ready);
    eh_free(loader->order);
    eh_free(loader->slot);
    eh_free(loader->worker);
    eh_free(loader);
}

/* ---------------------------------------------------------------- the consumer's side */

/* Room for `count` rows in the copy of the order. The workers are at rest. */
static eh_status copy_order(eh_loader *l, const uint32_t *order, size_t count, eh_error *err)
{
    size_t rows = eh_pack_rows(l->pack);
    for (size_t i = 0; i < count; i++)
        if (order[i] >= rows)
            return eh_fail(err, EH_ERR_USAGE,
                           "the order of samples names row %u, but the pack has %zu images",
                           (unsigned)order[i], rows);
    if (count > l->capacity) {
        uint32_t *wider = eh_realloc(l->order, l->capacity, count, sizeof *wider);
        if (!wider)
            return eh_fail_memory(err, "the order of samples", count, sizeof *wider);
        l->order = wider;
        l->capacity = count;
    }
    if (count)
        memcpy(l->order, order, count * sizeof *order);
    l->count = count;
    return EH_OK;
}

eh_status eh_loader_begin(eh_loader *loader, const uint32_t *order, size_t count, uint64_t epoch,
                          uint64_t skip, eh_error *err)
{
    eh_loader *l = loader;
    pthread_mutex_lock(&l->lock);
    l->batches = 0; /* no worker takes another batch */
    while (l->filling)
        pthread_cond_wait(&l->ready, &l->lock);
    for (size_t i = 0; i < l->slots; i++)
        l->slot[i].state = FREE;
    eh_status status = copy_order(l, order, count, err);
    if (status == EH_OK) {
        l->epoch = epoch;
        l->batches = l->opts.drop_last ? count / l->opts.batch : (count + l->opts.batch - 1) / l->opts.batch;
        l->next_fill = l->next_read = skip < l->batches ? skip : l->batches;
        l->wait_seconds = 0;
        pthread_cond_broadcast(&l->work);
    }
    pthread_mutex_unlock(&l->lock);
    return status;
}

eh_status eh_loader_next(eh_loader *loader, eh_batch **out, eh_error *err)
{
    (void)err; /* filling cannot fail: the pack holds every image */
    eh_loader *l = loader;
    *out = NULL;
    pthread_mutex_lock(&l->lock);
    if (l->next_read > 0) {
        slot *last = &l->slot[(l->next_read - 1) % l->slots];
        if (last->state == HELD) {
            last->state = FREE;
            pthread_cond_broadcast(&l->work);
        }
    }
    if (l->next_read < l->batches) {
        slot *s = &l->slot[l->next_read % l->slots];
        if (s->state != READY || s->batch.index != l->next_read) {
            double begin = eh_seconds();
            while (s->state != READY || s->batch.index != l->next_read)
                pthread_cond_wait(&l->ready, &l->lock);
            l->wait_seconds += eh_seconds() - begin;
        }
        s->state = HELD;
        l->next_read++;
        *out = &s->batch;
    }
    pthread_mutex_unlock(&l->lock);
    return EH_OK;
}

double eh_loader_wait_seconds(const eh_loader *loader)
{
    eh_loader *l = (eh_loader *)loader; /* the lock is no part of what the caller sees */
    pthread_mutex_lock(&l->lock);
    double seconds = l->wait_seconds;
    pthread_mutex_unlock(&l->lock);
    return seconds;
}
