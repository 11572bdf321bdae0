/* augment_shift_crop.c - pads the picture on all sides and cuts a window of the old size out of it at a random place.
 *
 * Equal to shifting by dx, dy, each uniform in -pad .. pad; what comes into view is the mirrored edge or black.
 * Source: He et al. 2016 (CIFAR: 4 pixels of zeros); torchvision RandomCrop(padding=pad, padding_mode="reflect").
 * Easy to get wrong: "reflect" does not repeat the edge pixel (-1 shows pixel 1, not 0).
 */
#include "evenhand/loader.h"

#include "base/rng.h"

#include <string.h>

enum { REFLECT, ZERO };

typedef struct options {
    int64_t pad;
    int fill;
} options;

static const char *const fills[] = { "reflect", "zero", NULL };

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
      .choices = fills },
    { 0 },
};

/* Where coordinate i of a line of `size` pixels lies after mirroring at both ends. */
static int mirrored(int i, int size)
{
    if (size == 1)
        return 0;
    int period = 2 * (size - 1);
    i %= period;
    if (i < 0)
        i += period;
    return i < size ? i : period - i;
}

/* Pixels [first, end) of a line shifted by dx: out[x] = in[x + dx], mirrored or black where that lies outside. */
static void shift_edge(uint8_t *out, const uint8_t *in, int first, int end, int width, int channels, int dx,
                       int fill)
{
    for (int x = first; x < end; x++) {
        uint8_t *target = out + (size_t)x * (size_t)channels;
        if (fill == ZERO)
            memset(target, 0, (size_t)channels);
        else
            memcpy(target, in + (size_t)mirrored(x + dx, width) * (size_t)channels, (size_t)channels);
    }
}

static void apply(const void *opts, uint8_t *pixels, uint8_t *spare, int width, int height, int channels,
                  struct eh_rng *rng)
{
    const options *o = opts;
    size_t line = (size_t)width * (size_t)channels;
    int dx = (int)((int64_t)eh_rng_below(rng, 2 * (uint64_t)o->pad + 1) - o->pad);
    int dy = (int)((int64_t)eh_rng_below(rng, 2 * (uint64_t)o->pad + 1) - o->pad);
    if (dx == 0 && dy == 0)
        return;
    memcpy(spare, pixels, line * (size_t)height);
    /* The part of a line that stays in view, [begin, end), is one block. */
    int begin = dx < 0 ? (-dx < width ? -dx : width) : 0,
        end = dx > 0 ? (dx < width ? width - dx : 0) : width;
    for (int y = 0; y < height; y++) {
        int from = y + dy;
        uint8_t *out = pixels + (size_t)y * line;
        if ((from < 0 || from >= height) && o->fill == ZERO) {
            memset(out, 0, line);
            continue;
        }
        const uint8_t *in = spare + (size_t)mirrored(from, height) * line;
        if (begin < end)
            memcpy(out + (size_t)begin * (size_t)channels, in + (size_t)(begin + dx) * (size_t)channels,
                   (size_t)(end - begin) * (size_t)channels);
        shift_edge(out, in, 0, begin, width, channels, dx, o->fill);
        shift_edge(out, in, begin < end ? end : begin, width, width, channels, dx, o->fill);
    }
}

extern const eh_augment eh_augment_shift_crop;

const eh_augment eh_augment_shift_crop = {
    .entry = { .name = "shift-crop",
               .summary = "shifts pictures by a few pixels at random",
               .source = "He et al. 2016; torchvision RandomCrop with padding",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .apply = apply,
};
