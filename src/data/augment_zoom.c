/* augment_zoom.c - shows a random part of the picture larger.
 *
 * Math    factor uniform in least .. most; 1 / factor of width and height is shown, at a random place. Below 1 the picture is smaller than the result.
 * Source  fastai, vision/augment.py, zoom_mat.
 */
#include "data/augment_map.h"

typedef struct options {
    double least, most, probability;
    int fill;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "least",
      .help = "smallest factor; below 1 the picture becomes smaller",
      .type = EH_OPT_FLOAT,
      AT(least),
      .def = "1",
      .min = 0.1,
      .max = 10 },
    { .name = "most",
      .help = "largest factor",
      .type = EH_OPT_FLOAT,
      AT(most),
      .def = "1.1",
      .min = 0.1,
      .max = 10 },
    EH_AUGMENT_PROBABILITY(options, "how often a picture is zoomed", "0.75"),
    EH_AUGMENT_FILL(options),
    { 0 },
};

static void place(const void *opts, eh_sample *s)
{
    const options *o = opts;
    if (!eh_sample_placed(s, o->probability, o->fill))
        return;
    eh_map_zoom(s, o->least, o->most);
}

static eh_status check(const void *opts, eh_error *err)
{
    const options *o = opts;
    return eh_augment_check_order("zoom", "least", o->least, "most", o->most, err);
}

extern const eh_augment eh_augment_zoom;

const eh_augment eh_augment_zoom = {
    .entry = { .name = "zoom",
               .summary = "enlarges a random part of pictures",
               .source = "fastai Zoom",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .place = place,
    .check = check,
};
