/* results_errors.c - the wrong predictions that a report shows, with thumbnails.
 *
 * Idea      By loss alone a group that fails would fill the list; so each group with errors has the same number of places, and the
 *           worst of each group take them.
 * Cost      O(errors log errors), and one picture decoded per listed error.
 */
#include "report/base64.h"
#include "report/results_parts.h"
#include "base/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define THUMBNAIL_SIDE  96
#define THUMBNAIL_BYTES 8192
#define BEST_QUALITY    85
#define LOWEST_QUALITY  25
#define MOST_FILE_BYTES ((size_t)64 << 20)

/* ---------------------------------------------------------------- thumbnails */

/* Shrinks to at most 96 pixels a side and encodes; quality falls until it fits in 8 KiB. */
static eh_status encode_thumbnail(eh_str *out, const eh_image *image, eh_error *err)
{
    eh_image small = { 0 };
    const eh_image *chosen = image;
    int longest = image->width > image->height ? image->width : image->height;
    if (longest > THUMBNAIL_SIDE) {
        int width = (int)((int64_t)image->width * THUMBNAIL_SIDE / longest);
        int height = (int)((int64_t)image->height * THUMBNAIL_SIDE / longest);
        EH_TRY(eh_image_resize(&small, image, width > 0 ? width : 1, height > 0 ? height : 1, EH_RESIZE_AREA,
                               err));
        chosen = &small;
    }
    eh_status status = EH_OK;
    for (int quality = BEST_QUALITY;; quality -= 15) {
        uint8_t *bytes;
        size_t size;
        status = eh_image_encode_jpeg(&bytes, &size, chosen, quality, err);
        if (status != EH_OK)
            break;
        bool fits = size <= THUMBNAIL_BYTES || quality - 15 < LOWEST_QUALITY;
        if (fits) {
            eh_str_append(out, "data:image/jpeg;base64,");
            eh_base64_append(out, bytes, size);
        }
        eh_free(bytes);
        if (fits)
            break;
    }
    eh_image_clear(&small);
    return status;
}

/* A relative path that stays below its folder. */
static bool stays_below(const char *file)
{
    if (*file == '\0' || *file == '/')
        return false;
    for (const char *at = file; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0'))
            return false;
    return true;
}

static eh_status read_file(eh_image *image, const char *folder, const char *file,
                           const eh_decode_opts *decode, eh_error *err)
{
    if (!stays_below(file))
        return eh_fail(err, EH_ERR_INPUT, "%s lies outside of the folder of the images.", file);
    eh_arena *arena = eh_arena_new();
    const char *path = arena ? eh_path_join(arena, folder, file) : NULL;
    uint8_t *bytes = NULL;
    size_t size;
    eh_status status = path ? eh_file_read(&bytes, &size, path, MOST_FILE_BYTES, err)
                            : eh_fail_memory(err, file, strlen(file) + 1, 1);
    if (status == EH_OK)
        status = eh_image_decode(image, bytes, size, decode, err);
    eh_free(bytes);
    eh_arena_free(arena);
    return status;
}

json_t *eh_results_thumbnail(const eh_pixels *pixels, const char *key, const char *file,
                             eh_progress *progress)
{
    const eh_decode_opts decode = { .channels = 3, .min_side = THUMBNAIL_SIDE };
    eh_image image = { 0 };
    eh_error problem = { 0 };
    eh_str uri = { 0 };
    eh_status status = EH_ERR_INPUT;
    int64_t id;
    if (pixels->catalog && key && eh_parse_int(&id, key))
        status = eh_catalog_read_image(pixels->catalog, id, &decode, &image, &problem);
    else if (pixels->folder && file)
        status = read_file(&image, pixels->folder, file, &decode, &problem);
    else
        return json_null();
    if (status == EH_OK)
        status = encode_thumbnail(&uri, &image, &problem);
    eh_image_clear(&image);
    json_t *json;
    if (status == EH_OK) {
        json = uri.failed ? NULL : json_string(eh_str_text(&uri));
    } else {
        eh_progress_warn(progress, "No thumbnail of %s: %s", file ? file : key, problem.message);
        json = json_null();
    }
    eh_str_clear(&uri);
    return json;
}

/* ---------------------------------------------------------------- which errors */

typedef struct wrong {
    double loss;
    size_t row;
} wrong;

static int compare_wrong(const void *a, const void *b)
{
    const wrong *left = a, *right = b;
    bool left_known = !isnan(left->loss), right_known = !isnan(right->loss);
    if (left_known != right_known)
        return left_known ? -1 : 1;
    if (left_known && left->loss != right->loss)
        return left->loss > right->loss ? -1 : 1;
    return left->row < right->row ? -1 : 1;
}

static size_t group_of(const eh_predictions *p, size_t row)
{
    return p->group ? (size_t)p->group[row] : 0;
}

/* Wrong rows, highest loss first; how many groups have any. NULL when out of memory. */
static wrong *find_wrong(const eh_predictions *p, size_t *count, size_t *groups_with, uint64_t *taken)
{
    wrong *list = eh_alloc(p->rows, sizeof *list);
    *count = *groups_with = 0;
    if (!list)
        return NULL;
    for (size_t i = 0; i < p->rows; i++) {
        if (p->truth[i] < 0 || p->predicted[i] < 0 || p->truth[i] == p->predicted[i])
            continue;
        list[(*count)++] = (wrong){ p->loss[i], i };
        *groups_with += taken[group_of(p, i)]++ == 0;
    }
    qsort(list, *count, sizeof *list, compare_wrong);
    return list;
}

static json_t *error_json(const eh_predictions *p, size_t row, const eh_pixels *pixels, eh_progress *progress)
{
    const char *key = p->key ? p->key[row] : NULL, *file = p->file ? p->file[row] : key;
    json_t *probability = json_null(), *loss = json_null();
    if (p->probability) {
        double value = (double)p->probability[row * p->classes + (size_t)p->predicted[row]];
        /* Seven digits are what a float holds. */
        probability = isfinite(value) ? json_real(round(value * 1e7) / 1e7) : json_null();
    }
    if (isfinite(p->loss[row]))
        loss = json_real(p->loss[row]);
    char line[32];
    snprintf(line, sizeof line, "row %zu", row + 1);
    return json_pack("{s:o, s:s, s:s, s:o, s:o, s:I, s:o}", "file", eh_json_text(file ? file : line), "truth",
                     p->class_name[p->truth[row]], "predicted", p->class_name[p->predicted[row]],
                     "probability", probability, "loss", loss, "group", (json_int_t)group_of(p, row),
                     "thumbnail", eh_results_thumbnail(pixels, key, file, progress));
}

json_t *eh_results_errors(const eh_predictions *p, size_t max_errors, const eh_pixels *pixels,
                          eh_progress *progress)
{
    size_t groups = p->groups ? p->groups : 1, count, groups_with, listed = 0;
    uint64_t *taken = eh_alloc(groups, sizeof *taken);
    wrong *list = taken ? find_wrong(p, &count, &groups_with, taken) : NULL;
    json_t *items = json_array(), *result = NULL;
    if (!list || !items)
        goto done;
    size_t places = groups_with ? (max_errors + groups_with - 1) / groups_with : 0;
    bool by_loss = count > 0 && !isnan(list[0].loss);
    memset(taken, 0, groups * sizeof *taken);
    eh_progress_begin(progress, "thumbnails", count < max_errors ? count : max_errors, "images");
    for (size_t i = 0; i < count && listed < max_errors; i++) {
        if (taken[group_of(p, list[i].row)]++ >= places)
            continue;
        eh_json_push(&items, error_json(p, list[i].row, pixels, progress));
        eh_progress_update(progress, ++listed, NULL);
    }
    eh_progress_end(progress, NULL);
    eh_str definition = { 0 };
    eh_str_appendf(&definition, "%s, at most %zu a group and %zu in all",
                   by_loss ? "the wrong predictions of highest loss"
                           : "the first wrong predictions of the file",
                   places, max_errors);
    if (!definition.failed) {
        result = json_pack("{s:s, s:I, s:o}", "definition", eh_str_text(&definition), "total",
                           (json_int_t)count, "items", items);
        items = NULL;
    }
    eh_str_clear(&definition);
done:
    json_decref(items);
    eh_free(list);
    eh_free(taken);
    return result;
}
