/* augment_shift_crop.c - pads the picture on all sides and cuts a window of the old size out of it at a random place.
 *
 * Equal to shifting by dx, dy, each uniform in -pad .. pad; what comes into view is the mirrored edge or black.
 * Source: He et al. 2016 (CIFAR: 4 pixels of zeros); torchvision RandomCrop(padding=pad, padding_mode="reflect").
 * Easy to get wrong: "reflect" does not repeat the edge pixel (-1 shows pixel 1, not 0).
 */
#include "data/augment_map.h"

#include "base/rng.h"

typedef struct options {
    int64_t pad;
    int fill;
} options;

static const eh_opt option_table[] = {
    { .name = "pad",
      .help = "largest shift in pixels",
      .type = EH_OPT_INT,
      .offset = offsetof(options, pad),
      .def = "4",
      .min = 0,
      .max = 4096 },
    { .name = "fill",
      .help = "what comes into view at the edges",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, fill),
      .def = "reflect",
      .choices = eh_fill_names },
    { 0 },
};

static void place(const void *opts, eh_sample *s)
{
    const options *o = opts;
    double dx = (double)eh_rng_below(s->rng, 2 * (uint64_t)o->pad + 1) - (double)o->pad;
    double dy = (double)eh_rng_below(s->rng, 2 * (uint64_t)o->pad + 1) - (double)o->pad;
    const double shift[9] = { 1, 0, dx, 0, 1, dy, 0, 0, 1 };
    s->fill = (eh_fill)o->fill;
    eh_map_step(s, shift);
}

extern const eh_augment eh_augment_shift_crop;

const eh_augment eh_augment_shift_crop = {
    .entry = { .name = "shift-crop",
               .summary = "shifts pictures by a few pixels at random",
               .source = "He et al. 2016; torchvision RandomCrop with padding",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .place = place,
};
