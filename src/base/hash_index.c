/* hash_index.c - multi-index hashing for all pairs within a few bits.
 *
 * Idea    Cut the 64 bits into m chunks. If two hashes differ in at most r = m s + a bits (0 <= a < m), then they differ in at most s bits in one of
 *         the first a + 1 chunks, or in at most s - 1 bits in one of the others: were it otherwise, the sum would be above r. So for each
 *         chunk the hashes are sorted by its value into buckets, and only buckets whose values are that near are compared, every hash of one
 *         with every hash of the other, by the same kernel that compares every pair. A pair that several chunks would find is
 *         taken from the first of them.
 * Source  Norouzi, Punjani, Fleet, "Fast exact search in Hamming space with multi-index hashing", TPAMI 36(6), 2014, section 3 (r = ms + a). There a
 *         query is looked up in hash tables; for all pairs, whole buckets against whole buckets are streams instead of random reads.
 * Cost    Sum over chunks of V(bits, radius) sum_b n_b^2 / 2 comparisons, V the number of values within the radius. For 10^7 even hashes and r = 5:
 *         four chunks of 16 bits, 3e10 comparisons instead of 5e13.
 * Easy to get wrong: real hashes are not even, so the cost of a plan is estimated from the hashes themselves, on a sample; one bucket may hold
 *         everything, so buckets are compared in pieces.
 */
#include "base/hash_index.h"

#include "base/hash_kernel.h"
#include "evenhand/memory.h"

#include <string.h>

enum { MOST_BITS = 22, SAMPLE = 1 << 20, BLOCK = 1024 };

/* What visiting a pair of buckets costs beside its comparisons, and sorting a hash, in comparisons. */
#define VISIT_COST 40.0
#define SORT_COST  60.0

/* Number of `bits`-bit words with at most `radius` ones. */
static double ball(int bits, int radius)
{
    double sum = 0, choose = 1;
    for (int k = 0; k <= radius && k <= bits; k++) {
        sum += choose;
        choose = choose * (bits - k) / (k + 1);
    }
    return sum;
}

static size_t chunk_value(const eh_hash_index_plan *plan, int c, uint64_t hash)
{
    return (size_t)(hash >> plan->shift[c]) & (((size_t)1 << plan->bits[c]) - 1);
}

static void make_plan(eh_hash_index_plan *plan, int chunks, int distance)
{
    int s = distance / chunks, a = distance % chunks;
    *plan = (eh_hash_index_plan){ .chunks = chunks };
    for (int c = 0, shift = 0; c < chunks; c++) {
        plan->bits[c] = (64 - shift) / (chunks - c);
        plan->shift[c] = shift;
        plan->radius[c] = c <= a ? s : s - 1;
        shift += plan->bits[c];
    }
}

/* Share of pairs of `left` and `right` whose chunks agree, from at most SAMPLE of each. count: 2 << MOST_BITS scratch values. */
static double agreeing(const eh_hash_index_plan *plan, int c, const uint64_t *left, size_t lefts,
                       const uint64_t *right, size_t rights, bool same, uint32_t *count)
{
    size_t values = (size_t)1 << plan->bits[c];
    size_t step = (lefts + SAMPLE - 1) / SAMPLE, other_step = (rights + SAMPLE - 1) / SAMPLE;
    double pairs = 0, n = 0, m = 0;
    memset(count, 0, values * sizeof *count);
    for (size_t i = 0; i < rights; i += other_step, m++)
        count[chunk_value(plan, c, right[i])]++;
    for (size_t i = 0; i < lefts; i += step, n++)
        pairs += count[chunk_value(plan, c, left[i])] - (same ? 1 : 0);
    if (same)
        m -= 1;
    return n > 0 && m > 0 ? pairs / n / m : 0;
}

eh_status eh_hash_index_choose(eh_hash_index_plan *plan, double *cost, const uint64_t *left, size_t lefts,
                               const uint64_t *right, size_t rights, bool same, int distance, eh_error *err)
{
    uint32_t *count = eh_alloc_raw((size_t)1 << MOST_BITS, sizeof *count);
    double all = (double)lefts * (double)rights / (same ? 2 : 1);
    *cost = -1;
    if (!count)
        return eh_fail_memory(err, "the index of hashes", (size_t)1 << MOST_BITS, sizeof *count);
    for (int chunks = 3; chunks <= EH_HASH_CHUNKS; chunks++) {
        eh_hash_index_plan now;
        double sum = 0;
        make_plan(&now, chunks, distance);
        for (int c = 0; c < chunks && now.bits[c] <= MOST_BITS; c++) {
            if (now.radius[c] < 0)
                continue;
            double near = ball(now.bits[c], now.radius[c]), values = (double)((size_t)1 << now.bits[c]);
            double visits = near * (values < (double)lefts ? values : (double)lefts);
            sum += SORT_COST * (double)(lefts + rights) + visits * VISIT_COST;
            if (*cost < 0 || sum < *cost) /* sampling would be for nothing */
                sum += all * near * agreeing(&now, c, left, lefts, right, rights, same, count);
        }
        if (now.bits[chunks - 1] <= MOST_BITS && (*cost < 0 || sum < *cost)) {
            *cost = sum;
            *plan = now;
        }
    }
    eh_free(count);
    return EH_OK;
}

/* ---------------------------------------------------------------- search */

/* Hashes in the order of one chunk. */
typedef struct sorted {
    uint64_t *hash;  /* [count + EH_HASH_PADDING] */
    uint32_t *id;    /* [count] */
    uint32_t *start; /* [values + 1] */
} sorted;

typedef struct table {
    const eh_hash_index_plan *plan;
    int chunk, distance;
    bool same;
    sorted left, right;   /* one and the same when `same` */
    size_t values, range; /* buckets in a unit of work */
    uint32_t *mask;       /* values within the radius of 0, 0 first */
    size_t masks;
    eh_hash_collector *collector;
} table;

static void free_sorted(sorted *s)
{
    eh_free(s->hash);
    eh_free(s->id);
    eh_free(s->start);
}

static eh_status sort_by_chunk(sorted *s, const table *t, const uint64_t *hash, size_t count, eh_error *err)
{
    s->hash = eh_alloc_raw(count + EH_HASH_PADDING, sizeof *s->hash);
    s->id = eh_alloc_raw(count + 1, sizeof *s->id);
    s->start = eh_alloc(t->values + 1, sizeof *s->start);
    if (!s->hash || !s->id || !s->start)
        return eh_fail_memory(err, "the index of hashes", count, sizeof *s->hash + sizeof *s->id);
    for (size_t i = 0; i < count; i++)
        s->start[chunk_value(t->plan, t->chunk, hash[i]) + 1]++;
    for (size_t v = 0; v < t->values; v++)
        s->start[v + 1] += s->start[v];
    for (size_t i = 0; i < count; i++) { /* start[v] runs to its end ... */
        size_t at = s->start[chunk_value(t->plan, t->chunk, hash[i])]++;
        s->hash[at] = hash[i];
        s->id[at] = (uint32_t)i;
    }
    memmove(s->start + 1, s->start, t->values * sizeof *s->start); /* ... and is set back */
    s->start[0] = 0;
    memset(s->hash + count, 0, EH_HASH_PADDING * sizeof *s->hash);
    return EH_OK;
}

typedef struct bucket_found {
    const table *t;
    eh_hash_buffer buffer;
    size_t first_a, first_b;
    bool within; /* a bucket with itself: positions a < b */
} bucket_found;

/* Whether an earlier chunk finds the pair as well. */
static bool found_before(const table *t, uint64_t difference)
{
    for (int c = 0; c < t->chunk; c++)
        if (__builtin_popcountll(chunk_value(t->plan, c, difference)) <= t->plan->radius[c])
            return true;
    return false;
}

static void note_pair(void *user, size_t i, size_t k, int distance)
{
    bucket_found *f = user;
    const table *t = f->t;
    const sorted *other = t->same ? &t->left : &t->right;
    size_t p = f->first_a + i, q = f->first_b + k;
    if ((f->within && p >= q) || found_before(t, t->left.hash[p] ^ other->hash[q]))
        return;
    uint32_t a = t->left.id[p], b = other->id[q];
    if (t->same && a > b) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    eh_hash_add(&f->buffer, a, b, distance);
}

/* Bucket `u` of the left with bucket `v` of the right, in blocks that fit the cache. */
static void compare_buckets(bucket_found *f, size_t u, size_t v)
{
    const table *t = f->t;
    const sorted *other = t->same ? &t->left : &t->right;
    size_t a_end = t->left.start[u + 1], b_begin = other->start[v], b_end = other->start[v + 1];
    bool itself = t->same && u == v;
    for (size_t a = t->left.start[u]; a < a_end; a += BLOCK)
        for (size_t b = itself ? a : b_begin; b < b_end; b += BLOCK) {
            f->first_a = a;
            f->first_b = b;
            f->within = itself && a == b;
            eh_hash_compare(t->left.hash + a, a_end - a < BLOCK ? a_end - a : BLOCK, other->hash + b,
                            b_end - b < BLOCK ? b_end - b : BLOCK, t->distance, note_pair, f);
        }
}

static void run_range(void *user, size_t unit)
{
    const table *t = user;
    bucket_found f = { .t = t, .buffer = { .to = t->collector } };
    if (eh_hash_collect_full(t->collector))
        return;
    size_t end = (unit + 1) * t->range < t->values ? (unit + 1) * t->range : t->values;
    for (size_t u = unit * t->range; u < end; u++) {
        if (t->left.start[u] == t->left.start[u + 1])
            continue;
        for (size_t k = 0; k < t->masks; k++) {
            size_t v = u ^ t->mask[k];
            if (!t->same || u <= v)
                compare_buckets(&f, u, v);
        }
    }
    eh_hash_flush(&f.buffer);
}

static eh_status make_masks(table *t, int bits, int radius, eh_error *err)
{
    t->mask = eh_alloc_raw((size_t)ball(bits, radius), sizeof *t->mask);
    if (!t->mask)
        return eh_fail_memory(err, "the index of hashes", (size_t)ball(bits, radius), sizeof *t->mask);
    for (uint32_t value = 0; value < t->values; value++)
        if (__builtin_popcount(value) <= radius)
            t->mask[t->masks++] = value;
    return EH_OK;
}

eh_status eh_hash_index_search(const eh_hash_index_plan *plan, const uint64_t *left, size_t lefts,
                               const uint64_t *right, size_t rights, bool same, int distance,
                               eh_hash_collector *collector, eh_progress *progress, eh_error *err)
{
    eh_status status = EH_OK;
    uint64_t done = 0, units = 0;
    for (int c = 0; c < plan->chunks; c++)
        units += plan->radius[c] < 0 ? 0 : (plan->bits[c] < 12 ? UINT64_C(1) << plan->bits[c] : 4096);
    eh_progress_begin(progress, "compare hashes by index", units, "ranges");
    for (int c = 0; c < plan->chunks && status == EH_OK; c++) {
        table t = { .plan = plan, .chunk = c, .distance = distance, .same = same, .collector = collector };
        if (plan->radius[c] < 0)
            continue;
        t.values = (size_t)1 << plan->bits[c];
        t.range = t.values > 4096 ? t.values / 4096 : 1;
        status = make_masks(&t, plan->bits[c], plan->radius[c], err);
        if (status == EH_OK)
            status = sort_by_chunk(&t.left, &t, left, lefts, err);
        if (status == EH_OK && !same)
            status = sort_by_chunk(&t.right, &t, right, rights, err);
        eh_hash_work work = { .run = run_range, .user = &t, .units = t.values / t.range };
        if (status == EH_OK)
            status = eh_hash_run(&work, collector, progress, &done, err);
        free_sorted(&t.left);
        free_sorted(&t.right);
        eh_free(t.mask);
    }
    eh_progress_end(progress, NULL);
    return status;
}
