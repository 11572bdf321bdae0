/* compare.c - the difference between two models, from their results.json alone.
 *
 * Idea      Both models were measured on the same images as a rule. What counts then is how many images one got right and the other
 *           wrong; the images that both got right or both got wrong say nothing about the difference.
 * Source    Newcombe 1998b, method 10, for pairs; Newcombe 1998a, method 10, otherwise (src/metric/interval.c).
 * Cost      O(images / 8) per comparison.
 * Easy to get wrong: bits may be paired only if both files name the same images in the same order; the hash says so.
 */
#include "report/compare.h"
#include "report/base64.h"

#include <math.h>
#include <string.h>

eh_estimate eh_read_estimate(const json_t *proportion)
{
    const json_t *interval = json_object_get(proportion, "interval");
    json_int_t count = json_integer_value(json_object_get(proportion, "count"));
    json_int_t n = json_integer_value(json_object_get(proportion, "n"));
    if (n <= 0 || count < 0 || count > n)
        return (eh_estimate){ NAN, NAN, NAN, 0, 0 };
    return (eh_estimate){ (double)count / (double)n, json_number_value(json_object_get(interval, "low")),
                          json_number_value(json_object_get(interval, "high")), (uint64_t)count,
                          (uint64_t)n };
}

const json_t *eh_split_group(const json_t *split, int64_t group)
{
    return group < 0 ? NULL : json_array_get(json_object_get(split, "groups"), (size_t)group);
}

int64_t eh_split_worst(const json_t *split)
{
    const json_t *group = json_object_get(json_object_get(split, "worst_group"), "group");
    return json_is_integer(group) && eh_split_group(split, json_integer_value(group))
               ? json_integer_value(group)
               : -1;
}

double eh_split_level(const json_t *split)
{
    const json_t *overall = json_object_get(json_object_get(split, "overall"), "accuracy");
    double level = json_number_value(json_object_get(json_object_get(overall, "interval"), "level"));
    return level > 0 && level < 1 ? level : 0.95;
}

/* How many images both, one or none of the models got right. */
typedef struct pairs {
    uint64_t both, first, second, neither;
} pairs;

static const json_t *images_of(const json_t *group)
{
    return json_object_get(json_object_get(group, "extra"), "images");
}

/* Three bytes (fewer at the end) from four characters of base64; nothing is allocated, so nothing can fail but the text. */
static bool take_bits(uint8_t bytes[3], const char *text)
{
    char four[5] = { text[0], text[1], text[2], text[3], '\0' };
    size_t size;
    return eh_base64_decode(bytes, 3, &size, four);
}

/* Adds the pairs of one group; false when the two files do not speak of the same images. */
static bool add_pairs(pairs *sum, const json_t *first, const json_t *second)
{
    const json_t *a = images_of(first), *b = images_of(second);
    uint64_t n = eh_read_estimate(json_object_get(first, "accuracy")).n;
    if (n == 0)
        return eh_read_estimate(json_object_get(second, "accuracy")).n == 0;
    const char *hash_a = json_string_value(json_object_get(a, "order_sha256"));
    const char *hash_b = json_string_value(json_object_get(b, "order_sha256"));
    const char *text_a = json_string_value(json_object_get(a, "right"));
    const char *text_b = json_string_value(json_object_get(b, "right"));
    if (!hash_a || !hash_b || !text_a || !text_b || strcmp(hash_a, hash_b) != 0)
        return false;
    size_t length = (size_t)((n + 7) / 8 + 2) / 3 * 4;
    if (strlen(text_a) != length || strlen(text_b) != length)
        return false;
    for (uint64_t start = 0; start < n; start += 24) {
        uint8_t bits_a[3] = { 0 }, bits_b[3] = { 0 };
        if (!take_bits(bits_a, text_a + start / 6) || !take_bits(bits_b, text_b + start / 6))
            return false;
        for (uint64_t i = 0; i < 24 && start + i < n; i++) {
            bool right_a = bits_a[i / 8] >> i % 8 & 1, right_b = bits_b[i / 8] >> i % 8 & 1;
            sum->both += right_a && right_b;
            sum->first += right_a && !right_b;
            sum->second += !right_a && right_b;
            sum->neither += !right_a && !right_b;
        }
    }
    return true;
}

static eh_comparison conclude(const pairs *p, bool paired, const json_t *first, const json_t *second,
                              double level)
{
    eh_estimate a = eh_read_estimate(first), b = eh_read_estimate(second);
    uint64_t n = p->both + p->first + p->second + p->neither;
    /* Bits that contradict the counts beside them are not believed. */
    if (paired && n == a.n && n == b.n && p->both + p->first == a.count && p->both + p->second == b.count)
        return (eh_comparison){ eh_newcombe_paired(p->both, p->second, p->first, p->neither, level), true,
                                n };
    return (eh_comparison){ eh_newcombe(&b, &a), false, 0 };
}

eh_comparison eh_compare_group(const json_t *first, const json_t *second, int64_t group)
{
    const json_t *a = eh_split_group(first, group), *b = eh_split_group(second, group);
    pairs p = { 0 };
    bool paired = add_pairs(&p, a, b);
    return conclude(&p, paired, json_object_get(a, "accuracy"), json_object_get(b, "accuracy"),
                    eh_split_level(first));
}

eh_comparison eh_compare_overall(const json_t *first, const json_t *second)
{
    pairs p = { 0 };
    bool paired = true;
    size_t groups = json_array_size(json_object_get(first, "groups"));
    for (size_t g = 0; g < groups && paired; g++)
        paired = add_pairs(&p, eh_split_group(first, (int64_t)g), eh_split_group(second, (int64_t)g));
    return conclude(&p, paired, json_object_get(json_object_get(first, "overall"), "accuracy"),
                    json_object_get(json_object_get(second, "overall"), "accuracy"), eh_split_level(first));
}
