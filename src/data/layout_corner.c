/* layout_corner.c - two pictures side by side in a square: the first large, the second small in a corner that the first leaves free.
 *
 * Idea    The square of side S is cut into a part for the first picture, (1 - share) S wide and high, and a corner for the second, share S.
 *         They touch in one point and never overlap, so nothing of either is lost: a digit beside a piece of clothing. With share = 0.5
 *         both are equally large and lie in two opposite cells of a 2x2 grid.
 * Easy to get wrong: the first picture moves to the corner opposite to the second, so its place tells where the second is; with one position only
 * it stays.
 */
#include "data/layout.h"

#include <math.h>
#include <string.h>

typedef struct options {
    int64_t size;
    double share;
    const char *background;
} options;

static const eh_opt option_table[] = {
    { .name = "size",
      .help = "side of the composed picture in pixels; 0: so that the first picture keeps its pixels",
      .type = EH_OPT_INT,
      .offset = offsetof(options, size),
      .def = "0",
      .max = 8192 },
    { .name = "share",
      .help = "side of the second picture as a share of the whole side; 0.5 makes a grid of equal cells",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, share),
      .def = "0.3",
      .min = 0.01,
      .max = 0.99 },
    { .name = "background",
      .help = "colour of what neither picture covers: a word or #rrggbb",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, background),
      .def = "black",
      .metavar = "COLOUR" },
    { 0 },
};

static const char *const positions[] = { "top-left", "top-right", "bottom-left", "bottom-right", NULL };

static eh_status check(const void *opts, eh_error *err)
{
    const options *o = opts;
    uint8_t rgb[3];
    if (!eh_colour_parse(rgb, o->background))
        return eh_fail(err, EH_ERR_USAGE, "background=%s is no colour; take a word such as black or #rrggbb",
                       o->background);
    return EH_OK;
}

/* Copies `in` (RGB or RGBA over the background) to (x, y). */
static void put(eh_image *out, const eh_image *in, int x, int y)
{
    for (int row = 0; row < in->height; row++) {
        const uint8_t *from = in->data + (size_t)row * (size_t)in->width * (size_t)in->channels;
        uint8_t *to = out->data + ((size_t)(y + row) * (size_t)out->width + (size_t)x) * 3;
        for (int i = 0; i < in->width; i++, from += in->channels, to += 3)
            for (int c = 0; c < 3; c++) {
                int alpha = in->channels == 4 ? from[3] : 255;
                to[c] = (uint8_t)((from[c] * alpha + to[c] * (255 - alpha) + 127) / 255);
            }
    }
}

/* Where a picture of width x height lies in the cell of `side` pixels in a corner of the square of `whole`: its middle. */
static eh_layout_box in_corner(int whole, int side, bool right, bool bottom, const eh_image *image)
{
    return (eh_layout_box){ .x = (right ? whole - side : 0) + (side - image->width) / 2,
                            .y = (bottom ? whole - side : 0) + (side - image->height) / 2,
                            .width = image->width,
                            .height = image->height };
}

static eh_status draw(eh_image *out, eh_layout_box *box, const eh_layout_parts *parts, const void *opts,
                      eh_error *err)
{
    const options *o = opts;
    int longer = parts->first->width > parts->first->height ? parts->first->width : parts->first->height;
    int whole = o->size ? (int)o->size : (int)lround(longer / (1 - o->share));
    int large = o->size ? (int)lround(whole * (1 - o->share)) : longer, small = whole - large;
    bool right = parts->position & 1, bottom = parts->position & 2;
    uint8_t rgb[3] = { 0 };
    eh_image first = { 0 }, second = { 0 };
    eh_status status;
    *out = (eh_image){ 0 };
    if (large < 1 || small < 1)
        return eh_fail(err, EH_ERR_USAGE,
                       "a picture of %d pixels leaves no room for both; take a larger size, or another share",
                       whole);
    eh_colour_parse(rgb, o->background);
    EH_TRY_GOTO(status, eh_layout_fit(&first, parts->first, large, err));
    EH_TRY_GOTO(status, eh_layout_fit(&second, parts->second, small, err));
    EH_TRY_GOTO(status, eh_image_alloc(out, whole, whole, 3, err));
    for (size_t i = 0; i < (size_t)whole * (size_t)whole; i++)
        memcpy(out->data + 3 * i, rgb, 3);
    eh_layout_box of_first = in_corner(whole, large, !right, !bottom, &first);
    *box = in_corner(whole, small, right, bottom, &second);
    put(out, &first, of_first.x, of_first.y);
    put(out, &second, box->x, box->y);
done:
    eh_image_clear(&first);
    eh_image_clear(&second);
    return status;
}

const eh_layout eh_layout_corner = {
    .entry = { .name = "corner",
               .summary = "the second picture small in a corner beside the first; with share=0.5 a grid",
               .source = "the composed sets of concept-bias studies, such as digits beside Fashion-MNIST",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positions = positions,
    .usual_positions = 4,
    .check = check,
    .draw = draw,
};
