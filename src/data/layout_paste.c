/* layout_paste.c - one picture cut out and pasted on the other: an object on a scene.
 *
 * Idea    The scene is the whole picture. The object is scaled so that its longer side takes a share of the scene's shorter side, drawn at
 *         random between `smallest` and `largest`, and put at the position. `cut` says what of its rectangle is object:
 *             whole     everything
 *             dark      what is brighter than a dark background (digits, Fashion-MNIST)
 *             light     what is darker than a white one (drawings, catalogues)
 *             alpha     what its alpha channel says
 * Maths   out = a object + (1 - a) scene, with a = clamp((m - threshold) / softness + 1/2), m = the brightest channel (dark), or 1 - the darkest
 *         (light), both 0..1. The object is cut out before it is scaled, with colour weighted by a, so that no background bleeds into its edge.
 * Source  Yang and Kim 2019, Benchmarking Attribution Methods with Relative Feature Importance (objects of COCO on scenes of
 *         MiniPlaces); Sagawa et al. 2020, Waterbirds (birds of CUB on scenes of Places).
 */
#include "data/layout.h"

#include <math.h>

typedef struct options {
    int64_t size;
    int front, cut;
    double smallest, largest, threshold, jitter;
} options;

enum { FRONT_SECOND, FRONT_FIRST };
enum { CUT_WHOLE, CUT_DARK, CUT_LIGHT, CUT_ALPHA };
static const char *const fronts[] = { "second", "first", NULL };
static const char *const cuts[] = { "whole", "dark", "light", "alpha", NULL };

static const eh_opt option_table[] = {
    { .name = "front",
      .help = "which of the two is the object; the other is the scene",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, front),
      .def = "second",
      .choices = fronts },
    { .name = "cut",
      .help = "what of the object's picture is pasted: all, what stands out of a dark or a light background, "
              "or what alpha says",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, cut),
      .def = "whole",
      .choices = cuts },
    { .name = "threshold",
      .help = "how different from the background a pixel must be to belong to the object",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, threshold),
      .def = "0.15",
      .max = 1 },
    { .name = "smallest",
      .help = "smallest size of the object, as a share of the scene's shorter side",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, smallest),
      .def = "0.4",
      .min = 0.01,
      .max = 1 },
    { .name = "largest",
      .help = "largest size",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, largest),
      .def = "0.6",
      .min = 0.01,
      .max = 1 },
    { .name = "jitter",
      .help = "how far the object may lie from a named position, as a share of the free room",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, jitter),
      .def = "0.1",
      .max = 1 },
    { .name = "size",
      .help = "side of the composed picture, cut square from the middle of the scene; 0: as the scene is",
      .type = EH_OPT_INT,
      .offset = offsetof(options, size),
      .def = "0",
      .max = 8192 },
    { 0 },
};

/* "anywhere", then a grid of nine. */
static const char *const positions[] = { "anywhere", "top-left",     "top",   "top-right",
                                         "left",     "centre",       "right", "bottom-left",
                                         "bottom",   "bottom-right", NULL };

static eh_status check(const void *opts, eh_error *err)
{
    const options *o = opts;
    if (o->smallest > o->largest)
        return eh_fail(err, EH_ERR_USAGE, "smallest=%g is larger than largest=%g", o->smallest, o->largest);
    return EH_OK;
}

/* How much of a pixel belongs to the object, 0..255. */
static int opacity(const uint8_t *pixel, int channels, const options *o)
{
    int high = pixel[0], low = pixel[0];
    if (o->cut == CUT_WHOLE)
        return 255;
    if (o->cut == CUT_ALPHA)
        return channels == 4 ? pixel[3] : 255;
    for (int c = 1; c < 3; c++) {
        high = pixel[c] > high ? pixel[c] : high;
        low = pixel[c] < low ? pixel[c] : low;
    }
    double stands_out = (o->cut == CUT_DARK ? high : 255 - low) / 255.0;
    double a = (stands_out - o->threshold) / 0.1 + 0.5;
    return (int)lround(255 * (a < 0 ? 0 : a > 1 ? 1 : a));
}

/* The object with its opacity in the fourth channel, and colours multiplied by it, scaled to fit `side`. */
static eh_status cut_out(eh_image *out, const eh_image *object, int side, const options *o, eh_error *err)
{
    eh_image cut;
    EH_TRY(eh_image_alloc(&cut, object->width, object->height, 4, err));
    size_t pixels = (size_t)object->width * (size_t)object->height;
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *from = object->data + i * (size_t)object->channels;
        uint8_t *to = cut.data + 4 * i;
        int alpha = opacity(from, object->channels, o);
        for (int c = 0; c < 3; c++)
            to[c] = (uint8_t)((from[c] * alpha + 127) / 255);
        to[3] = (uint8_t)alpha;
    }
    eh_status status = eh_layout_fit(out, &cut, side, err);
    eh_image_clear(&cut);
    return status;
}

static void paste(eh_image *out, const eh_image *object, int x, int y)
{
    for (int row = 0; row < object->height; row++) {
        const uint8_t *from = object->data + (size_t)row * (size_t)object->width * 4;
        uint8_t *to = out->data + ((size_t)(y + row) * (size_t)out->width + (size_t)x) * 3;
        for (int i = 0; i < object->width; i++, from += 4, to += 3)
            for (int c = 0; c < 3; c++) {
                int sum = from[c] + (to[c] * (255 - from[3]) + 127) / 255;
                to[c] = (uint8_t)(sum > 255 ? 255 : sum);
            }
    }
}

/* A place along one side: `free` pixels are left over, `at` is 0, 1 or 2, or -1 for anywhere. */
static int place(int free, int at, double jitter, eh_rng *rng)
{
    double draw = eh_rng_uniform(rng);
    double share = at < 0 ? draw : at / 2.0 + jitter * (draw - 0.5);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return (int)lround(share * free);
}

static eh_status draw(eh_image *out, eh_layout_box *box, const eh_layout_parts *parts, const void *opts,
                      eh_error *err)
{
    const options *o = opts;
    const eh_image *scene = o->front == FRONT_FIRST ? parts->second : parts->first;
    const eh_image *object = o->front == FRONT_FIRST ? parts->first : parts->second;
    eh_rng rng = parts->rng;
    eh_image small = { 0 };
    eh_status status;
    *out = (eh_image){ 0 };
    EH_TRY_GOTO(status, eh_layout_square(out, scene, (int)o->size, err));
    EH_TRY_GOTO(status, eh_image_convert(out, 3, err));
    int shorter = out->width < out->height ? out->width : out->height;
    int side = (int)lround(shorter * (o->smallest + (o->largest - o->smallest) * eh_rng_uniform(&rng)));
    EH_TRY_GOTO(status, cut_out(&small, object, side < 1 ? 1 : side, o, err));
    int cell = parts->position - 1;
    *box = (eh_layout_box){ .width = small.width, .height = small.height };
    box->x = place(out->width - small.width, cell < 0 ? -1 : cell % 3, o->jitter, &rng);
    box->y = place(out->height - small.height, cell < 0 ? -1 : cell / 3, o->jitter, &rng);
    paste(out, &small, box->x, box->y);
done:
    eh_image_clear(&small);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}

const eh_layout eh_layout_paste = {
    .entry = { .name = "paste",
               .summary = "one picture cut out and pasted on the other, as an object on a scene",
               .source =
                   "Yang and Kim 2019, Benchmarking Attribution Methods with Relative Feature Importance",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positions = positions,
    .usual_positions = 1,
    .check = check,
    .draw = draw,
};
