/* bench_search.c - see bench_search.h. One row compares every pair of a data set of 23,318 images, the other finds, among
 * ten million, those within 5 bits. */
#include "cli/bench_search.h"

#include "base/file.h"
#include "base/hash_search.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/threads.h"
#include "evenhand/memory.h"

#include <stdlib.h>

const eh_bench_search eh_bench_searches[] = {
    { .hashes = 23318, .distance = 5, .every = true },
    { .hashes = 10000000, .distance = 5 },
    { 0 },
};

enum { COPY_EVERY = 100 };

/* Random hashes; every hundredth differs from the one before it in at most `distance` bits. Returns how many do. */
static size_t draw(uint64_t *hash, size_t count, int distance, uint64_t seed)
{
    size_t copies = 0;
    eh_rng rng = eh_rng_at(seed, EH_DRAW_TEST, count, 0);
    for (size_t i = 0; i < count; i++) {
        hash[i] = eh_rng_u64(&rng);
        if (i % COPY_EVERY != COPY_EVERY - 1)
            continue;
        hash[i] = hash[i - 1];
        for (int b = 0; b < distance; b++) /* a bit may be drawn twice */
            hash[i] ^= (uint64_t)1 << eh_rng_below(&rng, 64);
        copies++;
    }
    return copies;
}

static size_t found_copies(const eh_hash_pair *pair, size_t pairs)
{
    size_t found = 0;
    for (size_t i = 0; i < pairs; i++)
        found += pair[i].b % COPY_EVERY == COPY_EVERY - 1 && pair[i].a == pair[i].b - 1;
    return found;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What one row found. */
typedef struct found {
    double *seconds; /* [steps], sorted */
    size_t pairs, planted;
    uint64_t peak, grown; /* bytes: of the process; what the search added */
} found;

static json_t *result(const eh_bench_search *row, const found *f, int64_t steps)
{
    double median = f->seconds[steps / 2], mib = 1048576.0;
    double comparisons = (double)row->hashes * ((double)row->hashes - 1) / 2;
    json_t *json = json_object();
    bool ok = json && eh_json_set(json, "program", json_string("evenhand")) &&
              eh_json_set(json, "version", json_string(EH_VERSION)) &&
              eh_json_set(json, "work", json_string("hash-search")) &&
              eh_json_set(json, "hashes", json_integer((json_int_t)row->hashes)) &&
              eh_json_set(json, "distance", json_integer(row->distance)) &&
              eh_json_set(json, "way", json_string(row->every ? "every pair" : "fastest")) &&
              eh_json_set(json, "threads", json_integer(eh_threads())) &&
              eh_json_set(json, "seconds", json_real(median)) &&
              eh_json_set(json, "best_seconds", json_real(f->seconds[0])) &&
              eh_json_set(json, "pairs_per_s", json_real(comparisons / median)) &&
              eh_json_set(json, "found", json_integer((json_int_t)f->pairs)) &&
              eh_json_set(json, "planted", json_integer((json_int_t)f->planted)) &&
              eh_json_set(json, "peak_mib", json_real((double)f->peak / mib)) &&
              eh_json_set(json, "measured_mib", json_real((double)f->grown / mib));
    if (ok)
        return json;
    json_decref(json);
    return NULL;
}

eh_status eh_bench_search_run(json_t **out, const eh_bench_search *row, int64_t steps, uint64_t seed,
                              eh_error *err)
{
    eh_status status = EH_OK;
    eh_hash_search search = { .distance = row->distance,
                              .way = row->every ? EH_HASH_EVERY : EH_HASH_FASTEST };
    uint64_t *hash = eh_alloc_raw(row->hashes, sizeof *hash);
    found f = { .seconds = eh_alloc((size_t)steps, sizeof *f.seconds) };
    *out = NULL;
    if (!hash || !f.seconds) {
        status = eh_fail_memory(err, "hashes for a measurement", row->hashes, sizeof *hash);
        goto done;
    }
    f.planted = draw(hash, row->hashes, row->distance, seed);
    uint64_t before = eh_reset_peak_memory();
    for (int64_t i = -1; i < steps; i++) { /* the first warms up */
        eh_hash_pair *pair = NULL;
        double start = eh_seconds();
        EH_TRY_GOTO(status, eh_hash_pairs(&pair, &f.pairs, hash, row->hashes, &search, err));
        if (i >= 0)
            f.seconds[i] = eh_seconds() - start;
        size_t copies = found_copies(pair, f.pairs);
        eh_free(pair);
        if (copies != f.planted) {
            status =
                eh_fail(err, EH_ERR_INTERNAL, "the search found %zu of %zu near copies", copies, f.planted);
            goto done;
        }
    }
    f.peak = eh_peak_memory();
    f.grown = f.peak - before;
    qsort(f.seconds, (size_t)steps, sizeof *f.seconds, by_value);
    *out = result(row, &f, steps);
    if (!*out)
        status = eh_fail_memory(err, "a measurement", 1, 1024);
done:
    eh_free(hash);
    eh_free(f.seconds);
    return status;
}
