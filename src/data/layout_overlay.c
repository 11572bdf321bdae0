/* layout_overlay.c - two pictures on top of each other, the second stretched to the size of the first.
 *
 *     mix        (1 - weight) a + weight b
 *     lighten    max(a, weight b)
 *     darken     min(a, 255 - weight (255 - b))
 *     add        min(255, a + weight b)
 *     multiply   a (1 - weight + weight b / 255)
 */
#include "data/layout.h"

#include <math.h>

typedef struct options {
    int64_t size;
    int mode;
    double weight;
} options;

enum { MIX, LIGHTEN, DARKEN, ADD, MULTIPLY };
static const char *const modes[] = { "mix", "lighten", "darken", "add", "multiply", NULL };

static const eh_opt option_table[] = {
    { .name = "mode",
      .help = "how a pixel of the second changes the one of the first",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, mode),
      .def = "mix",
      .choices = modes },
    { .name = "weight",
      .help = "how much the second counts",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, weight),
      .def = "0.5",
      .max = 1 },
    { .name = "size",
      .help = "side of the composed picture, cut square from the middle of the first; 0: as the first is",
      .type = EH_OPT_INT,
      .offset = offsetof(options, size),
      .def = "0",
      .max = 8192 },
    { 0 },
};

static double blend(int mode, double weight, double a, double b)
{
    switch (mode) {
    case LIGHTEN:
        return fmax(a, weight * b);
    case DARKEN:
        return fmin(a, 255 - weight * (255 - b));
    case ADD:
        return fmin(255, a + weight * b);
    case MULTIPLY:
        return a * (1 - weight + weight * b / 255);
    default:
        return (1 - weight) * a + weight * b;
    }
}

static eh_status draw(eh_image *out, eh_layout_box *box, const eh_layout_parts *parts, const void *opts,
                      eh_error *err)
{
    const options *o = opts;
    eh_image second = { 0 }, cut = { 0 };
    eh_status status;
    *out = (eh_image){ 0 };
    EH_TRY_GOTO(status, eh_layout_square(out, parts->first, (int)o->size, err));
    EH_TRY_GOTO(status, eh_image_convert(out, 3, err));
    EH_TRY_GOTO(status,
                eh_image_crop(&cut, parts->second, 0, 0, parts->second->width, parts->second->height, err));
    EH_TRY_GOTO(status, eh_image_convert(&cut, 3, err));
    EH_TRY_GOTO(status, eh_image_resize(&second, &cut, out->width, out->height, EH_RESIZE_ANTIALIAS, err));
    size_t samples = (size_t)out->width * (size_t)out->height * 3;
    for (size_t i = 0; i < samples; i++)
        out->data[i] = (uint8_t)lround(blend(o->mode, o->weight, out->data[i], second.data[i]));
    *box = (eh_layout_box){ 0, 0, out->width, out->height };
done:
    eh_image_clear(&second);
    eh_image_clear(&cut);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}

const eh_layout eh_layout_overlay = {
    .entry = { .name = "overlay",
               .summary =
                   "both pictures on top of each other: mixed, lightened, darkened, added or multiplied",
               .source = "the usual blend modes, as the W3C's Compositing and Blending describes them",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .draw = draw,
};
