/* hash_kernel.c - bits of many 64-bit words counted at once.
 *
 * Idea    Eight hashes of `a` stay in registers while `b` is read once: exclusive or, count, and the smallest of the eight counts per lane. Only
 *         where that is small enough are the pairs looked at one by one, which is rare.
 * Source  Mula, Kurz, Lemire, "Faster population counts using AVX2 instructions", The Computer Journal 61(1), 2018 (the table of nibbles).
 * Cost    Three instructions for eight pairs with VPOPCNTDQ, ten for four pairs with AVX2.
 * Easy to get wrong: counts are at most 64, so a minimum of bytes is a minimum of words; lanes behind the end of `b` and rows behind the end of `a`
 *         are computed and must be ignored.
 */
#include "base/hash_kernel.h"

#include "base/vector_level.h"

#ifdef EH_VECTOR_X86
#include <immintrin.h>
#endif

enum { ROWS = 8 };

/* The pairs of a block of rows with b[k .. k + lanes), one by one. */
static void look_at(const uint64_t *a, size_t rows, size_t first, const uint64_t *b, size_t k, size_t lanes,
                    int distance, eh_hash_found found, void *user)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t l = 0; l < lanes; l++) {
            int bits = __builtin_popcountll(a[first + r] ^ b[k + l]);
            if (bits <= distance)
                found(user, first + r, k + l, bits);
        }
}

static void compare_base(const uint64_t *a, size_t as, const uint64_t *b, size_t bs, int distance,
                         eh_hash_found found, void *user)
{
    look_at(a, as, 0, b, 0, bs, distance, found, user);
}

#ifdef EH_VECTOR_X86

/* Rows from `first` on; behind the last one the last is repeated. Returns how many there are. */
static size_t take_rows(uint64_t row[ROWS], const uint64_t *a, size_t as, size_t first)
{
    size_t rows = as - first < ROWS ? as - first : ROWS;
    for (size_t r = 0; r < ROWS; r++)
        row[r] = a[first + (r < rows ? r : rows - 1)];
    return rows;
}

EH_WITH_VECTOR_512_PLUS static void compare_512(const uint64_t *a, size_t as, const uint64_t *b, size_t bs,
                                                int distance, eh_hash_found found, void *user)
{
    const __m512i most = _mm512_set1_epi64(distance);
    for (size_t first = 0; first < as; first += ROWS) {
        uint64_t row[ROWS];
        __m512i wide[ROWS];
        size_t rows = take_rows(row, a, as, first);
        for (int r = 0; r < ROWS; r++)
            wide[r] = _mm512_set1_epi64((long long)row[r]);
        for (size_t k = 0; k < bs; k += 8) {
            __m512i other = _mm512_loadu_si512(b + k);
            __m512i least = _mm512_popcnt_epi64(_mm512_xor_si512(other, wide[0]));
            for (int r = 1; r < ROWS; r++)
                least = _mm512_min_epu8(least, _mm512_popcnt_epi64(_mm512_xor_si512(other, wide[r])));
            if (__builtin_expect(_mm512_cmple_epu64_mask(least, most), 0))
                look_at(a, rows, first, b, k, bs - k < 8 ? bs - k : 8, distance, found, user);
        }
    }
}

EH_WITH_VECTOR_256 static inline __m256i count_256(__m256i x)
{
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2,
                                           2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, nibble));
    __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));
    return _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
}

EH_WITH_VECTOR_256 static void compare_256(const uint64_t *a, size_t as, const uint64_t *b, size_t bs,
                                           int distance, eh_hash_found found, void *user)
{
    const __m256i too_many = _mm256_set1_epi64x(distance + 1);
    for (size_t first = 0; first < as; first += ROWS) {
        uint64_t row[ROWS];
        __m256i wide[ROWS];
        size_t rows = take_rows(row, a, as, first);
        for (int r = 0; r < ROWS; r++)
            wide[r] = _mm256_set1_epi64x((long long)row[r]);
        for (size_t k = 0; k < bs; k += 4) {
            __m256i other = _mm256_loadu_si256((const __m256i *)(const void *)(b + k));
            __m256i least = count_256(_mm256_xor_si256(other, wide[0]));
            for (int r = 1; r < ROWS; r++)
                least = _mm256_min_epu8(least, count_256(_mm256_xor_si256(other, wide[r])));
            if (__builtin_expect(_mm256_movemask_epi8(_mm256_cmpgt_epi64(too_many, least)), 0))
                look_at(a, rows, first, b, k, bs - k < 4 ? bs - k : 4, distance, found, user);
        }
    }
}

#endif

void eh_hash_compare(const uint64_t *a, size_t as, const uint64_t *b, size_t bs, int distance,
                     eh_hash_found found, void *user)
{
#ifdef EH_VECTOR_X86
    eh_vector_level level = eh_vector_get_level();
    if (level >= EH_VECTOR_512_PLUS) {
        compare_512(a, as, b, bs, distance, found, user);
        return;
    }
    if (level >= EH_VECTOR_256) {
        compare_256(a, as, b, bs, distance, found, user);
        return;
    }
#endif
    compare_base(a, as, b, bs, distance, found, user);
}
