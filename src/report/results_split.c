/* results_split.c - all that is said about one split: the audit, the spread of scores, and which images were right.
 *
 * Beside the audit each group carries, under extra.images, a hash of its images in a fixed order and one bit per image: right or wrong. Two
 * results with equal hashes were measured on the same images, so a report can compare them image by image, which is far sharper than
 * comparing two proportions. A thousand images take 168 characters.
 */
#include "report/base64.h"
#include "report/results_parts.h"
#include "base/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS            20
#define MOST_ROWS_BITS  ((size_t)1 << 20)
#define MOST_BIN_GROUPS 400

static size_t group_of(const eh_predictions *p, size_t row)
{
    return p->group ? (size_t)p->group[row] : 0;
}

static bool is_counted(const eh_predictions *p, size_t row)
{
    return p->truth[row] >= 0 && p->predicted[row] >= 0;
}

/* ---------------------------------------------------------------- scores of the positive class */

static json_t *bins_json(const uint64_t *count)
{
    json_t *list = json_array();
    for (size_t b = 0; b < BINS; b++)
        eh_json_push(&list, json_integer((json_int_t)count[b]));
    return list;
}

/* null where the file holds no probabilities, or where there is no positive class. */
static json_t *histogram_json(const eh_predictions *p)
{
    size_t groups = p->groups ? p->groups : 1, cells = groups * p->classes;
    if (!p->probability || p->positive < 0 || groups > MOST_BIN_GROUPS)
        return json_null();
    uint64_t *count = eh_alloc(cells * (BINS + 1), sizeof *count),
             *total = count ? count + cells * BINS : NULL;
    json_t *rows = json_array();
    if (!count || !rows) {
        eh_free(count);
        json_decref(rows);
        return NULL;
    }
    for (size_t i = 0; i < p->rows; i++) {
        if (!is_counted(p, i))
            continue;
        float score = p->probability[i * p->classes + (size_t)p->positive];
        size_t bin = score >= 1 ? BINS - 1 : (size_t)(score * BINS);
        size_t cell = group_of(p, i) * p->classes + (size_t)p->truth[i];
        count[cell * BINS + bin]++;
        total[cell]++;
    }
    for (size_t cell = 0; cell < cells; cell++)
        if (total[cell] > 0)
            eh_json_push(&rows, json_pack("{s:I, s:s, s:o}", "group", (json_int_t)(cell / p->classes),
                                          "truth", p->class_name[cell % p->classes], "counts",
                                          bins_json(count + cell * BINS)));
    eh_free(count);
    return json_pack("{s:s, s:i, s:o}", "class", p->class_name[p->positive], "bins", BINS, "rows", rows);
}

/* ---------------------------------------------------------------- right or wrong, image by image */

typedef struct placed {
    const char *key;
    size_t group, row;
} placed;

static int compare_placed(const void *a, const void *b)
{
    const placed *left = a, *right = b;
    if (left->group != right->group)
        return left->group < right->group ? -1 : 1;
    return strcmp(left->key, right->key);
}

/* Counted rows by group and key; NULL without names for the images, with a name that repeats, or when out of memory (*failed). */
static placed *place_rows(const eh_predictions *p, size_t *count, bool *failed)
{
    *count = 0;
    *failed = false;
    if (!p->key || p->rows > MOST_ROWS_BITS)
        return NULL;
    placed *list = eh_alloc(p->rows, sizeof *list);
    *failed = list == NULL;
    for (size_t i = 0; list && i < p->rows; i++)
        if (is_counted(p, i))
            list[(*count)++] = (placed){ p->key[i], group_of(p, i), i };
    if (list)
        qsort(list, *count, sizeof *list, compare_placed);
    for (size_t i = 1; i < *count; i++) {
        if (list[i].group == list[i - 1].group && strcmp(list[i].key, list[i - 1].key) == 0) {
            eh_free(list);
            return NULL;
        }
    }
    return list;
}

/* {order_sha256, right} of the rows of one group. */
static json_t *images_json(const eh_predictions *p, const placed *list, size_t count, const char *salt)
{
    eh_str names = { 0 }, bits = { 0 };
    uint8_t *bytes = eh_alloc(count / 8 + 1, 1), hash[32];
    char hex[65];
    json_t *json = NULL;
    if (!bytes)
        return NULL;
    eh_str_append(&names, salt);
    for (size_t i = 0; i < count; i++) {
        const char *truth = p->class_name[p->truth[list[i].row]];
        eh_str_append_bytes(&names, list[i].key, strlen(list[i].key) + 1);
        eh_str_append_bytes(&names, truth, strlen(truth) + 1);
        if (p->truth[list[i].row] == p->predicted[list[i].row])
            bytes[i / 8] = (uint8_t)(bytes[i / 8] | 1u << i % 8);
    }
    eh_base64_append(&bits, bytes, (count + 7) / 8);
    if (!names.failed && !bits.failed) {
        eh_sha256(hash, eh_str_text(&names), names.size);
        eh_hex(hex, hash, sizeof hash);
        json = json_pack("{s:{s:s, s:s}}", "images", "order_sha256", hex, "right", eh_str_text(&bits));
    }
    eh_free(bytes);
    eh_str_clear(&names);
    eh_str_clear(&bits);
    return json;
}

static bool add_images(json_t *groups, const eh_predictions *p, const char *salt)
{
    size_t count;
    bool failed;
    placed *list = place_rows(p, &count, &failed);
    for (size_t start = 0, end; list && start < count; start = end) {
        for (end = start; end < count && list[end].group == list[start].group; end++)
            ;
        json_t *images = images_json(p, list + start, end - start, salt);
        failed =
            !images || json_object_set_new(json_array_get(groups, list[start].group), "extra", images) != 0;
        if (failed)
            break;
    }
    eh_free(list);
    return !failed;
}

eh_status eh_results_split(json_t **out, const eh_predictions *p, const eh_audit *audit, const char *split,
                           const char *salt, json_t *errors, eh_error *err)
{
    *out = eh_audit_json(audit, split, err);
    if (!*out) {
        json_decref(errors);
        return EH_ERR_MEMORY;
    }
    bool complete = json_object_set_new(*out, "errors", errors) == 0;
    complete = complete && json_object_set_new(*out, "score_histogram", histogram_json(p)) == 0;
    complete = complete && add_images(json_object_get(*out, "groups"), p, salt);
    if (complete)
        return EH_OK;
    json_decref(*out);
    *out = NULL;
    return eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing the results of a split.");
}
