/* synth_faces_plant.c - plants defects whose truth is known, for measuring the checks that look for them.
 *
 * Idea    Originals are drawn without replacement, so that no image has two defects. Copies (exact and near) get a file and a row of
 *         their own; every other one lies in another part than its original, which makes it a leak. A wrong label changes a row. A broken
 *         file is a further row whose file cannot be decoded.
 * Easy to get wrong: a near copy must stay the same picture to the eye (small shifts, mild light), or the truth is not true.
 */
#include "data/synth_faces_write.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/rng.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = { "exact copy", "near copy", "wrong label", "broken file" };
enum { REENCODED, BRIGHTENED, SHIFTED, MIRRORED, NEAR_VARIANTS };
static const char *const near_names[NEAR_VARIANTS] = { "re-encoded", "brightened", "shifted", "mirrored" };
enum { TRUNCATED, EMPTY, GARBAGE, TEXT, BROKEN_VARIANTS };
static const char *const broken_names[BROKEN_VARIANTS] = { "truncated", "empty", "random bytes",
                                                           "a web page under a picture's name" };

eh_status eh_faces_plan_plants(eh_faces_plan *plan, eh_error *err)
{
    const eh_faces_opts *opts = plan->opts;
    const int64_t count[] = { opts->plant_copies, opts->plant_near, opts->plant_wrong, opts->plant_broken };
    size_t wanted = (size_t)(count[0] + count[1] + count[2] + count[3]), added = plan->drawn;
    if (wanted == 0)
        return EH_OK;
    if (wanted > plan->drawn)
        return eh_fail(err, EH_ERR_USAGE,
                       "%zu defects need as many originals, but only %zu faces are drawn: plant fewer or "
                       "draw more",
                       wanted, plan->drawn);
    uint32_t *order = eh_alloc_raw(plan->drawn, sizeof *order);
    if (!order)
        return eh_fail_memory(err, "the plan of planted defects", plan->drawn, sizeof *order);
    for (size_t i = 0; i < plan->drawn; i++)
        order[i] = (uint32_t)i;
    eh_rng rng = eh_rng_at((uint64_t)opts->seed, EH_DRAW_PLANT, UINT64_MAX, 0);
    eh_rng_shuffle(&rng, order, plan->drawn);
    for (int kind = 0; kind < 4; kind++) {
        for (int64_t n = 0; n < count[kind]; n++) {
            uint32_t original = order[plan->plants];
            eh_faces_plant *plant = &plan->plant[plan->plants++];
            *plant = (eh_faces_plant){
                .row = original, .original = original, .kind = (uint8_t)kind, .variant = (uint8_t)(n % 4)
            };
            if (kind == EH_PLANT_WRONG) {
                plan->row[original].label_blond = !plan->row[original].blond;
                continue;
            }
            plant->row = (uint32_t)added;
            plan->row[added] = plan->row[original];
            if ((kind == EH_PLANT_COPY || kind == EH_PLANT_NEAR) &&
                n / 4 % 2 == 1) { /* into the next part that has images */
                const int64_t size[EH_PART_COUNT] = { opts->train, opts->valid, opts->test };
                unsigned part = plan->row[original].part;
                do
                    part = (part + 1) % EH_PART_COUNT;
                while (size[part] == 0);
                plan->row[added].part = (uint8_t)part;
            }
            added++;
        }
    }
    eh_free(order);
    return EH_OK;
}

static void brighten(eh_image *image)
{
    size_t samples = (size_t)image->width * (size_t)image->height * (size_t)image->channels;
    for (size_t i = 0; i < samples; i++) {
        int value = image->data[i] * 112 / 100 + 6;
        image->data[i] = (uint8_t)(value > 255 ? 255 : value);
    }
}

/* Moves the picture by (dx, dy); the edge is repeated. */
static eh_status shift(eh_image *image, int dx, int dy, eh_error *err)
{
    eh_image moved;
    EH_TRY(eh_image_alloc(&moved, image->width, image->height, image->channels, err));
    size_t channels = (size_t)image->channels;
    for (int y = 0; y < image->height; y++) {
        for (int x = 0; x < image->width; x++) {
            int u = x - dx, v = y - dy;
            u = u < 0 ? 0 : u >= image->width ? image->width - 1 : u;
            v = v < 0 ? 0 : v >= image->height ? image->height - 1 : v;
            memcpy(moved.data + ((size_t)y * (size_t)image->width + (size_t)x) * channels,
                   image->data + ((size_t)v * (size_t)image->width + (size_t)u) * channels, channels);
        }
    }
    eh_image_clear(image);
    *image = moved;
    return EH_OK;
}

/* A near copy of the picture in bytes[0..size). */
static eh_status make_near(uint8_t **out, size_t *out_size, const eh_faces_plan *plan,
                           const eh_faces_plant *plant, const uint8_t *bytes, size_t size, eh_error *err)
{
    eh_image image;
    int quality = plan->opts->quality == 0 ? 92 : (int)plan->opts->quality;
    eh_rng rng = eh_rng_at((uint64_t)plan->opts->seed, EH_DRAW_PLANT, plant->row, 1);
    int step = 1 + (int)eh_rng_below(&rng, 2), sign = eh_rng_below(&rng, 2) ? 1 : -1;
    eh_status status;
    EH_TRY_GOTO(status, eh_image_decode(&image, bytes, size, NULL, err));
    switch (plant->variant) {
    case REENCODED:
        quality = quality > 60 ? 60 : quality / 2 + 1;
        break;
    case BRIGHTENED:
        brighten(&image);
        break;
    case SHIFTED:
        status = shift(&image, sign * step * (image.width / 64 + 1), image.height / 64, err);
        break;
    default:
        eh_image_flip(&image);
        break;
    }
    /* A re-encoded PNG becomes a JPEG under its old name, as happens in practice; formats are found by content. */
    if (status == EH_OK && plan->opts->quality == 0 && plant->variant != REENCODED)
        status = eh_image_encode_png(out, out_size, &image, err);
    else if (status == EH_OK)
        status = eh_image_encode_jpeg(out, out_size, &image, quality, err);
done:
    eh_image_clear(&image);
    return status;
}

/* What a broken file holds instead of the picture in bytes[0..*size). */
static void spoil(uint8_t *bytes, size_t *size, const eh_faces_plan *plan, const eh_faces_plant *plant)
{
    static const char page[] =
        "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body>Not Found</body></html>\n";
    eh_rng rng = eh_rng_at((uint64_t)plan->opts->seed, EH_DRAW_PLANT, plant->row, 2);
    switch (plant->variant) {
    case TRUNCATED:
        *size = *size * (30 + eh_rng_below(&rng, 60)) / 100;
        break;
    case EMPTY:
        *size = 0;
        break;
    case GARBAGE:
        for (size_t i = 0; i < *size; i++)
            bytes[i] = (uint8_t)eh_rng_u32(&rng);
        bytes[0] = 0; /* no known format begins so */
        break;
    default:
        if (*size > sizeof page - 1)
            *size = sizeof page - 1;
        memcpy(bytes, page, *size);
        break;
    }
}

eh_status eh_faces_write_plant(const eh_faces_plan *plan, const eh_faces_plant *plant, eh_error *err)
{
    char name[EH_FACES_NAME_SIZE], path[4096];
    uint8_t *bytes = NULL, *near = NULL;
    size_t size = 0, near_size = 0;
    eh_status status;
    eh_faces_file_name(name, plan->opts, plant->original);
    snprintf(path, sizeof path, "%s/%s", plan->folder, name);
    EH_TRY_GOTO(status, eh_file_read(&bytes, &size, path, 0, err));
    eh_faces_file_name(name, plan->opts, plant->row);
    if (plant->kind == EH_PLANT_NEAR) {
        EH_TRY_GOTO(status, make_near(&near, &near_size, plan, plant, bytes, size, err));
        status = eh_faces_write_file(plan->folder, name, near, near_size, err);
    } else {
        if (plant->kind == EH_PLANT_BROKEN)
            spoil(bytes, &size, plan, plant);
        status = eh_faces_write_file(plan->folder, name, bytes, size, err);
    }
done:
    eh_free(bytes);
    eh_free(near);
    return status;
}

void eh_faces_plants_csv(eh_str *out, const eh_faces_plan *plan)
{
    static const char *const header[] = { "file", "kind", "original", "detail" };
    eh_csv_row(out, header, 4);
    for (size_t i = 0; i < plan->plants; i++) {
        const eh_faces_plant *p = &plan->plant[i];
        const eh_faces_row *row = &plan->row[p->row], *from = &plan->row[p->original];
        char file[EH_FACES_NAME_SIZE], original[EH_FACES_NAME_SIZE], detail[128];
        eh_faces_file_name(file, plan->opts, p->row);
        eh_faces_file_name(original, plan->opts, p->original);
        const char *what = p->kind == EH_PLANT_COPY   ? "same bytes"
                           : p->kind == EH_PLANT_NEAR ? near_names[p->variant]
                                                      : broken_names[p->variant];
        if (p->kind == EH_PLANT_WRONG)
            snprintf(detail, sizeof detail, "blond says %s; it is %s",
                     row->label_blond ? "Blond" : "Not blond", row->blond ? "Blond" : "Not blond");
        else if (row->part != from->part)
            snprintf(detail, sizeof detail, "%s; leaks from %s into %s", what, eh_faces_part_name(from->part),
                     eh_faces_part_name(row->part));
        else
            snprintf(detail, sizeof detail, "%s", what);
        const char *field[] = { file, kind_names[p->kind], original, detail };
        eh_csv_row(out, field, 4);
    }
}
