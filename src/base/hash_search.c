/* hash_search.c - comparing every pair in tiles that fit the cache, and the choice between that and the index (hash_index.c).
 *
 * Cost    count^2 / 2 comparisons. A tile of hashes (8 KiB) stays in the first-level cache while it is compared with another.
 * Easy to get wrong: the order in which threads finish must not show: pairs are sorted at the end.
 */
#include "base/hash_search.h"

#include "base/file.h"
#include "base/hash_index.h"
#include "base/hash_kernel.h"
#include "base/threads.h"
#include "evenhand/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = 1024 };

#define MOST_PAIRS 200000000

/* ---------------------------------------------------------------- collecting pairs */

void eh_hash_collect_begin(eh_hash_collector *c, size_t most)
{
    *c = (eh_hash_collector){ .most = most ? most : MOST_PAIRS };
    pthread_mutex_init(&c->lock, NULL);
}

void eh_hash_collect_end(eh_hash_collector *c)
{
    eh_free(c->pair);
    pthread_mutex_destroy(&c->lock);
}

bool eh_hash_collect_full(eh_hash_collector *c)
{
    pthread_mutex_lock(&c->lock);
    bool full = c->too_many || c->no_memory;
    pthread_mutex_unlock(&c->lock);
    return full;
}

/* Room for `more` pairs; the caller holds the lock. */
static bool make_room(eh_hash_collector *c, size_t more)
{
    if (c->count + more > c->most) {
        c->too_many = true;
        return false;
    }
    if (c->count + more <= c->capacity)
        return true;
    size_t next = c->capacity ? c->capacity * 2 : 1024;
    while (next < c->count + more)
        next *= 2;
    eh_hash_pair *wider = eh_realloc(c->pair, c->capacity, next, sizeof *wider);
    if (!wider) {
        c->no_memory = true;
        return false;
    }
    c->pair = wider;
    c->capacity = next;
    return true;
}

void eh_hash_flush(eh_hash_buffer *buffer)
{
    eh_hash_collector *c = buffer->to;
    if (buffer->count == 0)
        return;
    pthread_mutex_lock(&c->lock);
    if (!c->too_many && !c->no_memory && make_room(c, buffer->count)) {
        memcpy(c->pair + c->count, buffer->pair, buffer->count * sizeof *c->pair);
        c->count += buffer->count;
    }
    pthread_mutex_unlock(&c->lock);
    buffer->count = 0;
}

static int by_b(const void *a, const void *b)
{
    const eh_hash_pair *x = a, *y = b;
    return (x->b > y->b) - (x->b < y->b);
}

/* Sorts by (a, b): counted into place by a, then each a's few pairs by b. */
static eh_status sort_pairs(eh_hash_pair **out, eh_hash_collector *c, size_t lefts, eh_error *err)
{
    size_t *start = eh_alloc(lefts + 1, sizeof *start);
    eh_hash_pair *sorted = eh_alloc_raw(c->count + 1, sizeof *sorted);
    if (!start || !sorted) {
        eh_free(start);
        eh_free(sorted);
        return eh_fail_memory(err, "pairs of near hashes", c->count, sizeof *sorted);
    }
    for (size_t i = 0; i < c->count; i++)
        start[c->pair[i].a + 1]++;
    for (size_t a = 0; a < lefts; a++)
        start[a + 1] += start[a];
    for (size_t i = 0; i < c->count; i++)
        sorted[start[c->pair[i].a]++] = c->pair[i];
    for (size_t a = 0, first = 0; a < lefts; first = start[a++]) /* start[a] is now the end of a */
        if (start[a] - first > 1)
            qsort(sorted + first, start[a] - first, sizeof *sorted, by_b);
    eh_free(start);
    *out = sorted;
    return EH_OK;
}

/* ---------------------------------------------------------------- work in pieces */

eh_status eh_hash_run(const eh_hash_work *w, eh_hash_collector *c, eh_progress *progress, uint64_t *done,
                      eh_error *err)
{
    size_t piece = 64;
    for (size_t first = 0; first < w->units;) {
        if (eh_progress_stop(progress))
            return eh_fail(err, EH_ERR_INTERRUPTED, "the search for near hashes was stopped");
        size_t count = w->units - first < piece ? w->units - first : piece;
        struct eh_hash_piece at = { .work = w, .first = first };
        double begin = eh_seconds();
        eh_parallel_for(count, eh_hash_piece_run, &at);
        double seconds = eh_seconds() - begin;
        if (seconds < 0.1)
            piece *= 2;
        else if (seconds > 0.4 && piece > 16)
            piece /= 2;
        first += count;
        *done += count;
        eh_progress_update(progress, *done, NULL);
        if (c->no_memory)
            return eh_fail_memory(err, "pairs of near hashes", c->capacity * 2, sizeof *c->pair);
        if (c->too_many)
            return eh_fail(err, EH_ERR_LIMIT,
                           "more than %zu pairs of hashes are within the distance; choose a smaller one",
                           c->most);
    }
    return EH_OK;
}

void eh_hash_piece_run(void *user, size_t index)
{
    struct eh_hash_piece *piece = user;
    piece->work->run(piece->work->user, piece->first + index);
}

/* ---------------------------------------------------------------- every pair */

typedef struct tiles {
    const uint64_t *left, *right;
    size_t lefts, rights, across; /* tiles of `right` */
    bool same;                    /* left is right: only a < b */
    int distance;
    eh_hash_collector *collector;
} tiles;

typedef struct tile_found {
    eh_hash_buffer buffer;
    size_t first_a, first_b;
    bool only_above;
} tile_found;

static void note_pair(void *user, size_t i, size_t k, int distance)
{
    tile_found *f = user;
    size_t a = f->first_a + i, b = f->first_b + k;
    if (!f->only_above || a < b)
        eh_hash_add(&f->buffer, a, b, distance);
}

static void run_tile(void *user, size_t index)
{
    const tiles *t = user;
    size_t row = index / t->across, column = index % t->across;
    if (t->same && column < row)
        return;
    size_t a = row * TILE, b = column * TILE;
    size_t as = t->lefts - a < TILE ? t->lefts - a : TILE, bs = t->rights - b < TILE ? t->rights - b : TILE;
    tile_found found = {
        .buffer = { .to = t->collector }, .first_a = a, .first_b = b, .only_above = t->same && row == column
    };
    if (b + bs + EH_HASH_PADDING <= t->rights) {
        eh_hash_compare(t->left + a, as, t->right + b, bs, t->distance, note_pair, &found);
    } else { /* the last tile, where nothing may be read behind */
        uint64_t last[TILE + EH_HASH_PADDING] = { 0 };
        memcpy(last, t->right + b, bs * sizeof *last);
        eh_hash_compare(t->left + a, as, last, bs, t->distance, note_pair, &found);
    }
    eh_hash_flush(&found.buffer);
}

static eh_status compare_all(tiles *t, eh_progress *progress, eh_error *err)
{
    t->across = (t->rights + TILE - 1) / TILE;
    uint64_t done = 0;
    eh_hash_work work = { .run = run_tile, .user = t, .units = (t->lefts + TILE - 1) / TILE * t->across };
    eh_progress_begin(progress, "compare hashes", work.units, "tiles");
    eh_status status = eh_hash_run(&work, t->collector, progress, &done, err);
    eh_progress_end(progress, NULL);
    return status;
}

/* ---------------------------------------------------------------- both */

static eh_status search_both(eh_hash_pair **out, size_t *pairs, tiles *t, const eh_hash_search *search,
                             eh_error *err)
{
    eh_hash_collector collector;
    eh_hash_index_plan plan;
    double every = (double)t->lefts * (double)t->rights / (t->same ? 2 : 1);
    assert(search->distance >= 0 && search->distance <= 64);
    assert(t->lefts <= UINT32_MAX && t->rights <= UINT32_MAX);
    *out = NULL;
    *pairs = 0;
    eh_hash_collect_begin(&collector, search->most_pairs);
    t->collector = &collector;
    eh_status status = EH_OK;
    double indexed = 0;
    if (search->way != EH_HASH_EVERY)
        EH_TRY_GOTO(status, eh_hash_index_choose(&plan, &indexed, t->left, t->lefts, t->right, t->rights,
                                                 t->same, search->distance, err));
    if (search->way == EH_HASH_EVERY || (search->way == EH_HASH_FASTEST && every <= indexed))
        EH_TRY_GOTO(status, compare_all(t, search->progress, err));
    else
        EH_TRY_GOTO(status, eh_hash_index_search(&plan, t->left, t->lefts, t->right, t->rights, t->same,
                                                 search->distance, &collector, search->progress, err));
    EH_TRY_GOTO(status, sort_pairs(out, &collector, t->lefts, err));
    *pairs = collector.count;
done:
    t->collector = NULL;
    eh_hash_collect_end(&collector);
    return status;
}

eh_status eh_hash_pairs(eh_hash_pair **out, size_t *pairs, const uint64_t *hash, size_t count,
                        const eh_hash_search *search, eh_error *err)
{
    tiles t = { .left = hash,
                .right = hash,
                .lefts = count,
                .rights = count,
                .same = true,
                .distance = search->distance };
    return search_both(out, pairs, &t, search, err);
}

eh_status eh_hash_matches(eh_hash_pair **out, size_t *pairs, const uint64_t *left, size_t lefts,
                          const uint64_t *right, size_t rights, const eh_hash_search *search, eh_error *err)
{
    tiles t = {
        .left = left, .right = right, .lefts = lefts, .rights = rights, .distance = search->distance
    };
    return search_both(out, pairs, &t, search, err);
}
