/* synth_faces_plant.c - plants defects whose truth is known, for measuring the checks that look for them.
 *
 * Idea    Originals are drawn without replacement, so that no image has two defects. Copies (exact and near) get a file and a row of
 *         their own; every other one lies in another part than its original, which makes it a leak. A wrong label (blond) or group (gender) changes a row. A
 *         poor image takes the place of a drawn one. A broken file is a further row whose file cannot be decoded.
 * Easy to get wrong: a near copy must stay the same picture to the eye (small shifts, mild light), or the truth is not true.
 */
#include "data/synth_faces_write.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/rng.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[EH_PLANT_KINDS] = { "exact copy",  "near copy",  "wrong label",
                                                        "wrong group", "poor image", "broken file" };
enum { REENCODED, BRIGHTENED, SHIFTED, MIRRORED, RESIZED, NEAR_VARIANTS };
static const char *const near_names[NEAR_VARIANTS] = { "re-encoded", "brightened", "shifted", "mirrored",
                                                       "resized" };
enum { DARK, BRIGHT, BLURRED, PLAIN, STRIP, TINY, POOR_VARIANTS };
static const char *const poor_names[POOR_VARIANTS] = {
    "dark", "bright", "blurred", "plain", "strip", "tiny"
};
enum { TRUNCATED, EMPTY, GARBAGE, TEXT, BROKEN_VARIANTS };
static const char *const broken_names[BROKEN_VARIANTS] = { "truncated", "empty", "random bytes",
                                                           "a web page under a picture's name" };

void eh_faces_plant_counts(int64_t out[EH_PLANT_KINDS], const eh_faces_opts *opts)
{
    const int64_t count[EH_PLANT_KINDS] = {
        [EH_PLANT_COPY] = opts->plant_copies, [EH_PLANT_NEAR] = opts->plant_near,
        [EH_PLANT_WRONG] = opts->plant_wrong, [EH_PLANT_GROUP] = opts->plant_group,
        [EH_PLANT_POOR] = opts->plant_poor,   [EH_PLANT_BROKEN] = opts->plant_broken
    };
    memcpy(out, count, sizeof count);
}

bool eh_faces_plant_adds(unsigned kind)
{
    return kind == EH_PLANT_COPY || kind == EH_PLANT_NEAR || kind == EH_PLANT_BROKEN;
}

/* The n-th defect of its kind, to the drawn image `original`; a file that it adds becomes row `added`. */
static void plan_plant(eh_faces_plan *plan, int kind, int64_t n, uint32_t original, uint32_t added)
{
    static const int variants[EH_PLANT_KINDS] = {
        [EH_PLANT_COPY] = 1,  [EH_PLANT_NEAR] = NEAR_VARIANTS, [EH_PLANT_WRONG] = 1,
        [EH_PLANT_GROUP] = 1, [EH_PLANT_POOR] = POOR_VARIANTS, [EH_PLANT_BROKEN] = BROKEN_VARIANTS
    };
    eh_faces_plant *plant = &plan->plant[plan->plants++];
    eh_faces_row *row = &plan->row[original];
    *plant = (eh_faces_plant){
        .row = original, .original = original, .kind = (uint8_t)kind, .variant = (uint8_t)(n % variants[kind])
    };
    if (kind == EH_PLANT_WRONG)
        row->label_blond = !row->blond;
    if (kind == EH_PLANT_GROUP)
        row->label_gender = !row->gender;
    if (!eh_faces_plant_adds((unsigned)kind))
        return;
    plant->row = added;
    plan->row[added] = *row;
    if (kind != EH_PLANT_BROKEN && n / variants[kind] % 2 == 1) { /* into the next part that has images */
        const int64_t size[EH_PART_COUNT] = { plan->opts->train, plan->opts->valid, plan->opts->test };
        unsigned part = row->part;
        do
            part = (part + 1) % EH_PART_COUNT;
        while (size[part] == 0);
        plan->row[added].part = (uint8_t)part;
    }
}

eh_status eh_faces_plan_plants(eh_faces_plan *plan, eh_error *err)
{
    const eh_faces_opts *opts = plan->opts;
    int64_t count[EH_PLANT_KINDS];
    size_t wanted = 0, added = plan->drawn;
    eh_faces_plant_counts(count, opts);
    for (int kind = 0; kind < EH_PLANT_KINDS; kind++)
        wanted += (size_t)count[kind];
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
    for (int kind = 0; kind < EH_PLANT_KINDS; kind++) {
        for (int64_t n = 0; n < count[kind]; n++) {
            plan_plant(plan, kind, n, order[plan->plants], (uint32_t)added);
            added += eh_faces_plant_adds((unsigned)kind);
        }
    }
    eh_free(order);
    return EH_OK;
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

static void scale(eh_image *image, int numerator, int denominator, int offset)
{
    size_t samples = (size_t)image->width * (size_t)image->height * (size_t)image->channels;
    for (size_t i = 0; i < samples; i++) {
        int value = image->data[i] * numerator / denominator + offset;
        image->data[i] = (uint8_t)(value > 255 ? 255 : value);
    }
}

static eh_status resize(eh_image *image, int width, int height, eh_resize_filter filter, eh_error *err)
{
    eh_image other;
    EH_TRY(eh_image_resize(&other, image, width > 2 ? width : 2, height > 2 ? height : 2, filter, err));
    eh_image_clear(image);
    *image = other;
    return EH_OK;
}

static eh_status make_near(eh_image *image, const eh_faces_plant *plant, eh_rng *rng, eh_error *err)
{
    int step = 1 + (int)eh_rng_below(rng, 2), sign = eh_rng_below(rng, 2) ? 1 : -1;
    switch (plant->variant) {
    case BRIGHTENED:
        scale(image, 112, 100, 6);
        return EH_OK;
    case SHIFTED:
        return shift(image, sign * step * (image->width / 64 + 1), image->height / 64, err);
    case MIRRORED:
        eh_image_flip(image);
        return EH_OK;
    case RESIZED: {
        int percent = sign > 0 ? 150 : 75;
        return resize(image, image->width * percent / 100, image->height * percent / 100, EH_RESIZE_ANTIALIAS,
                      err);
    }
    default: /* the encoder does it */
        return EH_OK;
    }
}

/* Spoils the picture so that an eye sees at once what is wrong. */
static eh_status make_poor(eh_image *image, const eh_faces_plant *plant, eh_rng *rng, eh_error *err)
{
    int side = image->width;
    switch (plant->variant) {
    case DARK:
        scale(image, 8 + (int)eh_rng_below(rng, 12), 100, 0);
        return EH_OK;
    case BRIGHT: {
        int share = 6 + (int)eh_rng_below(rng, 12);
        scale(image, share, 100, 255 - 255 * share / 100);
        return EH_OK;
    }
    case BLURRED: {
        int small = side / (8 + (int)eh_rng_below(rng, 3));
        EH_TRY(resize(image, small, small, EH_RESIZE_AREA, err));
        return resize(image, side, side, EH_RESIZE_BILINEAR, err);
    }
    case PLAIN: /* a hand before the lens */
        EH_TRY(resize(image, 2, 2, EH_RESIZE_AREA, err));
        scale(image, 6, 100, 20 + (int)eh_rng_below(rng, 180));
        return resize(image, side, side, EH_RESIZE_BILINEAR, err);
    case STRIP: {
        eh_image strip;
        int height = side / (5 + (int)eh_rng_below(rng, 3));
        EH_TRY(eh_image_crop(&strip, image, 0, (side - height) / 2, side, height, err));
        eh_image_clear(image);
        *image = strip;
        return EH_OK;
    }
    default: {
        int small = side / (6 + (int)eh_rng_below(rng, 3));
        return resize(image, small, small, EH_RESIZE_AREA, err);
    }
    }
}

/* Another picture made of that in bytes[0..size). */
static eh_status make_other(uint8_t **out, size_t *out_size, const eh_faces_plan *plan,
                            const eh_faces_plant *plant, const uint8_t *bytes, size_t size, eh_error *err)
{
    eh_image image;
    bool again = plant->kind == EH_PLANT_NEAR && plant->variant == REENCODED;
    int quality = plan->opts->quality == 0 ? 92 : (int)plan->opts->quality;
    eh_rng rng = eh_rng_at((uint64_t)plan->opts->seed, EH_DRAW_PLANT, plant->row, 1);
    eh_status status;
    EH_TRY_GOTO(status, eh_image_decode(&image, bytes, size, NULL, err));
    EH_TRY_GOTO(status, plant->kind == EH_PLANT_NEAR ? make_near(&image, plant, &rng, err)
                                                     : make_poor(&image, plant, &rng, err));
    if (again)
        quality = quality > 60 ? 60 : quality / 2 + 1;
    /* A re-encoded PNG becomes a JPEG under its old name, as happens in practice; formats are found by content. */
    if (plan->opts->quality == 0 && !again)
        status = eh_image_encode_png(out, out_size, &image, err);
    else
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
    uint8_t *bytes = NULL, *other = NULL;
    size_t size = 0, other_size = 0;
    eh_status status;
    if (plant->kind == EH_PLANT_WRONG || plant->kind == EH_PLANT_GROUP)
        return EH_OK;
    eh_faces_file_name(name, plan->opts, plant->original);
    snprintf(path, sizeof path, "%s/%s", plan->folder.temporary, name);
    EH_TRY_GOTO(status, eh_file_read(&bytes, &size, path, 0, err));
    eh_faces_file_name(name, plan->opts, plant->row);
    if (plant->kind == EH_PLANT_NEAR || plant->kind == EH_PLANT_POOR) {
        EH_TRY_GOTO(status, make_other(&other, &other_size, plan, plant, bytes, size, err));
        status = eh_atomic_folder_write(&plan->folder, name, other, other_size, err);
    } else {
        if (plant->kind == EH_PLANT_BROKEN)
            spoil(bytes, &size, plan, plant);
        status = eh_atomic_folder_write(&plan->folder, name, bytes, size, err);
    }
done:
    eh_free(bytes);
    eh_free(other);
    return status;
}

/* Word of the variant; "" for kinds without. */
static const char *variant_name(const eh_faces_plant *plant)
{
    switch (plant->kind) {
    case EH_PLANT_COPY:
        return "same bytes";
    case EH_PLANT_NEAR:
        return near_names[plant->variant];
    case EH_PLANT_POOR:
        return poor_names[plant->variant];
    case EH_PLANT_BROKEN:
        return broken_names[plant->variant];
    default:
        return "";
    }
}

void eh_faces_plants_csv(eh_str *out, const eh_faces_plan *plan)
{
    static const char *const header[] = { "file",       "kind",   "original", "detail", "variant",
                                          "leaks_into", "column", "written",  "truth" };
    enum { COLUMNS = sizeof header / sizeof *header };
    eh_csv_row(out, header, COLUMNS);
    for (size_t i = 0; i < plan->plants; i++) {
        const eh_faces_plant *p = &plan->plant[i];
        const eh_faces_row *row = &plan->row[p->row], *from = &plan->row[p->original];
        char file[EH_FACES_NAME_SIZE], original[EH_FACES_NAME_SIZE], detail[128];
        const char *what = variant_name(p),
                   *into = row->part != from->part ? eh_faces_part_name(row->part) : "";
        const char *column = "", *written = "", *truth = "";
        eh_faces_file_name(file, plan->opts, p->row);
        eh_faces_file_name(original, plan->opts, p->original);
        if (p->kind == EH_PLANT_WRONG) {
            column = "blond";
            written = row->label_blond ? "Blond" : "Not blond";
            truth = row->blond ? "Blond" : "Not blond";
        } else if (p->kind == EH_PLANT_GROUP) {
            column = "gender";
            written = eh_face_gender_name((eh_face_gender)row->label_gender);
            truth = eh_face_gender_name((eh_face_gender)row->gender);
        }
        if (*column)
            snprintf(detail, sizeof detail, "%s says %s; it is %s", column, written, truth);
        else if (*into)
            snprintf(detail, sizeof detail, "%s; leaks from %s into %s", what, eh_faces_part_name(from->part),
                     into);
        else
            snprintf(detail, sizeof detail, "%s", what);
        const char *field[COLUMNS] = {
            file, kind_names[p->kind], original, detail, what, into, column, written, truth
        };
        eh_csv_row(out, field, COLUMNS);
    }
}
