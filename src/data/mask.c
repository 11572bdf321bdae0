/* mask.c - pictures whose pixels are classes; see mask.h. */
#include "data/mask.h"

#include "evenhand/memory.h"

#include <string.h>

/* Place of a colour in the ascending list: the first that is not smaller. */
static size_t place_of(const eh_mask_values *v, uint32_t colour)
{
    size_t low = 0, high = v->colours;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (v->colour[middle] < colour)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static eh_status grow(eh_mask_values *v, eh_error *err)
{
    size_t capacity = v->capacity ? 2 * v->capacity : 32;
    uint32_t *colour = eh_realloc(v->colour, v->capacity, capacity, sizeof *colour);
    if (!colour)
        return eh_fail_memory(err, "the colours of masks", capacity, sizeof *colour);
    v->colour = colour;
    uint8_t *cls = eh_realloc(v->colour_cls, v->capacity, capacity, 1);
    if (!cls)
        return eh_fail_memory(err, "the colours of masks", capacity, 1);
    v->colour_cls = cls;
    v->capacity = capacity;
    return EH_OK;
}

eh_status eh_mask_values_add(eh_mask_values *v, uint32_t value, uint8_t cls, eh_error *err)
{
    if (value < 256) {
        v->cls[value] = cls;
        v->known[value] = true;
        return EH_OK;
    }
    size_t at = place_of(v, value);
    if (at == v->colours || v->colour[at] != value) {
        if (v->colours == v->capacity)
            EH_TRY(grow(v, err));
        memmove(v->colour + at + 1, v->colour + at, (v->colours - at) * sizeof *v->colour);
        memmove(v->colour_cls + at + 1, v->colour_cls + at, v->colours - at);
        v->colours++;
        v->colour[at] = value;
    }
    v->colour_cls[at] = cls;
    return EH_OK;
}

void eh_mask_values_clear(eh_mask_values *v)
{
    eh_free(v->colour);
    eh_free(v->colour_cls);
    *v = (eh_mask_values){ 0 };
}

/* What went wrong first, and how often it did. */
typedef struct unknown {
    uint32_t value;
    int x, y;
    uint64_t pixels;
} unknown;

static void note(unknown *u, uint32_t value, size_t pixel, int width)
{
    if (u->pixels++)
        return;
    u->value = value;
    u->x = (int)(pixel % (size_t)width);
    u->y = (int)(pixel / (size_t)width);
}

static eh_status fail_unknown(const unknown *u, eh_error *err)
{
    char value[24];
    if (u->value < 256)
        snprintf(value, sizeof value, "%u", (unsigned)u->value);
    else
        snprintf(value, sizeof value, "#%06x", (unsigned)(u->value & 0xffffff));
    return eh_fail(err, EH_ERR_INPUT, "%llu %s a value without a class, first %s at (%d, %d)",
                   (unsigned long long)u->pixels, u->pixels == 1 ? "pixel has" : "pixels have", value, u->x,
                   u->y);
}

/* Samples that are indices become classes, in place. */
static eh_status classes_of_indices(eh_image *image, const eh_mask_values *v, eh_error *err)
{
    size_t pixels = (size_t)image->width * (size_t)image->height;
    unknown u = { 0 };
    for (size_t i = 0; i < pixels; i++) {
        uint8_t index = image->data[i];
        if (!v->known[index])
            note(&u, index, i, image->width);
        image->data[i] = v->cls[index];
    }
    return u.pixels ? fail_unknown(&u, err) : EH_OK;
}

/* A picture of colours becomes one of classes; it is replaced. Neighbours mostly have one colour, so the last look-up is kept. */
static eh_status classes_of_colours(eh_image *image, const eh_mask_values *v, eh_error *err)
{
    eh_image out;
    EH_TRY(eh_image_alloc(&out, image->width, image->height, 1, err));
    size_t pixels = (size_t)image->width * (size_t)image->height;
    unknown u = { 0 };
    uint32_t last = 0;
    uint8_t cls = 0;
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *c = image->data + 3 * i;
        uint32_t value = EH_MASK_COLOUR | (uint32_t)c[0] << 16 | (uint32_t)c[1] << 8 | c[2];
        if (value != last) {
            size_t at = place_of(v, value);
            if (at < v->colours && v->colour[at] == value) {
                cls = v->colour_cls[at];
                last = value;
            } else if (c[0] == c[1] && c[1] == c[2] && v->known[c[0]]) {
                cls = v->cls[c[0]];
                last = value;
            } else {
                note(&u, value, i, image->width);
                last = 0;
            }
        }
        out.data[i] = cls;
    }
    if (u.pixels) {
        eh_image_clear(&out);
        return fail_unknown(&u, err);
    }
    eh_image_clear(image);
    *image = out;
    return EH_OK;
}

/* True when the file holds colours, not one number a pixel, and as they were: then it is decoded as RGB. */
static bool holds_colours(const uint8_t *bytes, size_t size)
{
    eh_image_info info;
    return eh_image_probe(&info, bytes, size, NULL) == EH_OK && info.channels >= 3 &&
           strcmp(info.format, "jpeg") != 0;
}

eh_status eh_mask_decode(eh_image *out, const uint8_t *bytes, size_t size, const eh_mask_values *values,
                         const eh_image_limits *limits, eh_error *err)
{
    eh_decode_opts opts = { .indices = values->colours == 0 };
    eh_error reason = { 0 };
    if (limits)
        opts.limits = *limits;
    eh_status status = eh_image_decode(out, bytes, size, &opts, &reason);
    if (status == EH_ERR_INPUT && opts.indices && holds_colours(bytes, size)) {
        opts.indices = 0;
        status = eh_image_decode(out, bytes, size, &opts, &reason);
    }
    if (status != EH_OK)
        return eh_fail(err, status, "%s", reason.message);
    status = opts.indices ? classes_of_indices(out, values, err) : classes_of_colours(out, values, err);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}
