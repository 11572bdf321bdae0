/* test_hash_search.c - both ways of searching find what a plain loop finds, with every set of instructions and any number of threads. */
#include "base/hash_search.h"
#include "base/rng.h"
#include "base/threads.h"
#include "base/vector_level.h"
#include "evenhand/memory.h"

#include "support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static uint64_t random_hash(eh_rng *rng)
{
    uint64_t bits = 0;
    for (int i = 0; i < 4; i++)
        bits = bits << 16 | (uint64_t)(eh_rng_uniform(rng) * 65536);
    return bits;
}

/* Every third hash is an earlier one with up to `most` bits changed; all of them have `skew` leading bits in common. */
static void make_hashes(uint64_t *hash, size_t count, int most, int skew, uint64_t seed)
{
    eh_rng rng = eh_rng_at(seed, EH_DRAW_TEST, 2, 0);
    uint64_t fixed = skew ? ~UINT64_C(0) << (64 - skew) : 0;
    for (size_t i = 0; i < count; i++) {
        hash[i] = random_hash(&rng) | fixed;
        if (i % 3 == 2) {
            hash[i] = hash[(size_t)(eh_rng_uniform(&rng) * (double)i)];
            for (int k = (int)(eh_rng_uniform(&rng) * (most + 1)); k > 0; k--)
                hash[i] ^= UINT64_C(1) << (int)(eh_rng_uniform(&rng) * 64);
        }
    }
}

static size_t plain_pairs(eh_hash_pair *out, const uint64_t *left, size_t lefts, const uint64_t *right,
                          size_t rights, bool same, int distance)
{
    size_t n = 0;
    for (size_t a = 0; a < lefts; a++)
        for (size_t b = same ? a + 1 : 0; b < rights; b++) {
            int bits = __builtin_popcountll(left[a] ^ right[b]);
            if (bits <= distance)
                out[n++] = (eh_hash_pair){ (uint32_t)a, (uint32_t)b, (uint32_t)bits };
        }
    return n;
}

enum { MOST = 1500, ROOM = 1200000 };

static uint64_t hash[MOST], other[MOST];
static eh_hash_pair expected[ROOM];

static void expect_pairs(size_t lefts, size_t rights, bool same, int distance, eh_hash_way way)
{
    eh_hash_pair *pair;
    size_t pairs, plain = plain_pairs(expected, hash, lefts, same ? hash : other, rights, same, distance);
    eh_hash_search search = { .distance = distance, .way = way };
    eh_error err = { 0 };
    eh_status status = same ? eh_hash_pairs(&pair, &pairs, hash, lefts, &search, &err)
                            : eh_hash_matches(&pair, &pairs, hash, lefts, other, rights, &search, &err);
    if (status != EH_OK)
        fail_msg("%s", err.message);
    if (pairs != plain)
        fail_msg("%zu x %zu%s within %d, way %d: %zu pairs instead of %zu", lefts, rights,
                 same ? " (same)" : "", distance, (int)way, pairs, plain);
    for (size_t i = 0; i < pairs; i++)
        assert_memory_equal(&pair[i], &expected[i], sizeof *pair);
    eh_free(pair);
}

static void both_ways_find_what_a_plain_loop_finds(void **state)
{
    (void)state;
    static const int distances[] = { 0, 1, 2, 3, 5, 8, 12 };
    static const size_t counts[] = { 0, 1, 2, 7, 8, 9, 200, 1025, MOST };
    static const eh_vector_level levels[] = { EH_VECTOR_BASE, EH_VECTOR_256, EH_VECTOR_512_PLUS };
    for (size_t l = 0; l < 3; l++) {
        eh_vector_limit(levels[l]);
        for (int skew = 0; skew <= 40; skew += 20) {
            make_hashes(hash, MOST, 14, skew, (uint64_t)skew);
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
                for (size_t d = 0; d < sizeof distances / sizeof *distances; d++)
                    if (counts[c] < 1000 || (l == 2 && skew < 40)) {
                        expect_pairs(counts[c], counts[c], true, distances[d], EH_HASH_EVERY);
                        expect_pairs(counts[c], counts[c], true, distances[d], EH_HASH_INDEX);
                    }
        }
    }
    eh_vector_limit(EH_VECTOR_512_PLUS);
    expect_pairs(300, 300, true, 64, EH_HASH_EVERY);
    expect_pairs(300, 300, true, 64, EH_HASH_FASTEST);
}

static void two_sets_are_matched(void **state)
{
    (void)state;
    static const size_t sizes[][2] = { { 0, 5 },     { 5, 0 },     { 1, 1 },
                                       { 17, 1500 }, { 1500, 17 }, { 1100, 1400 } };
    make_hashes(hash, MOST, 8, 3, 4);
    make_hashes(other, MOST, 8, 3, 5);
    for (int i = 0; i < MOST; i += 2)
        other[i] = hash[(i * 37) % MOST] ^ (UINT64_C(5) << (i % 60));
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int distance = 0; distance <= 9; distance += 3)
            for (int way = 0; way < 3; way++)
                expect_pairs(sizes[s][0], sizes[s][1], false, distance, (eh_hash_way)way);
}

static void the_number_of_threads_does_not_show(void **state)
{
    (void)state;
    make_hashes(hash, MOST, 6, 5, 9);
    for (int threads = 1; threads <= 5; threads++) {
        eh_threads_set(threads);
        expect_pairs(MOST, MOST, true, 6, EH_HASH_EVERY);
        expect_pairs(MOST, MOST, true, 6, EH_HASH_INDEX);
    }
    eh_threads_set(0);
}

static void too_many_pairs_are_an_error_that_says_so(void **state)
{
    (void)state;
    eh_hash_pair *pair;
    size_t pairs;
    eh_error err = { 0 };
    memset(hash, 0, sizeof hash);
    for (int way = EH_HASH_EVERY; way <= EH_HASH_INDEX; way++) {
        eh_hash_search search = { .distance = 1, .way = (eh_hash_way)way, .most_pairs = 1000 };
        assert_int_equal(eh_hash_pairs(&pair, &pairs, hash, MOST, &search, &err), EH_ERR_LIMIT);
        assert_non_null(strstr(err.message, "more than 1000 pairs"));
        assert_null(pair);
        search.most_pairs = 99 * 100 / 2;
        assert_int_equal(eh_hash_pairs(&pair, &pairs, hash, 100, &search, &err), EH_OK);
        assert_int_equal(pairs, 99 * 100 / 2);
        eh_free(pair);
        assert_int_equal(eh_hash_pairs(&pair, &pairs, hash, 101, &search, &err), EH_ERR_LIMIT);
    }
}

static bool stop_now(void *user)
{
    (void)user;
    return true;
}

static int no_memory(void *user, uint64_t number, size_t bytes)
{
    (void)bytes;
    return number >= *(uint64_t *)user;
}

static void a_stop_or_a_lack_of_memory_ends_the_search(void **state)
{
    (void)state;
    eh_hash_pair *pair;
    size_t pairs;
    eh_error err = { 0 };
    eh_progress stopped = { .stop_requested = stop_now };
    make_hashes(hash, MOST, 3, 0, 1);
    for (int way = EH_HASH_EVERY; way <= EH_HASH_INDEX; way++) {
        eh_hash_search search = { .distance = 3, .way = (eh_hash_way)way, .progress = &stopped };
        assert_int_equal(eh_hash_pairs(&pair, &pairs, hash, MOST, &search, &err), EH_ERR_INTERRUPTED);
        search.progress = NULL;
        uint64_t live = eh_alloc_live_bytes();
        bool succeeded = false;
        eh_threads_set(1);
        for (uint64_t fail = 0; fail < 100 && !succeeded; fail++) {
            uint64_t from = eh_alloc_count() + fail;
            eh_alloc_set_hook(no_memory, &from);
            eh_status status = eh_hash_pairs(&pair, &pairs, hash, MOST, &search, &err);
            eh_alloc_set_hook(NULL, NULL);
            succeeded = status == EH_OK;
            assert_true(succeeded || status == EH_ERR_MEMORY);
            eh_free(pair);
            assert_int_equal(eh_alloc_live_bytes(), live);
        }
        assert_true(succeeded);
        eh_threads_set(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_find_what_a_plain_loop_finds),
        cmocka_unit_test(two_sets_are_matched),
        cmocka_unit_test(the_number_of_threads_does_not_show),
        cmocka_unit_test(too_many_pairs_are_an_error_that_says_so),
        cmocka_unit_test(a_stop_or_a_lack_of_memory_ends_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
