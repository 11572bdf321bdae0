/* batch_fill.c - 8-bit interleaved pixels [H,W,C] to normalised planes of floats [C,H,W]; see batch_fill.h.
 *
 * The three planes of a colour picture are written in one pass over its bytes. The loops have no condition and no overlap, so that the
 * compiler turns them into vector code (a shuffle of bytes, a conversion and a multiplication with addition).
 */
#include "data/batch_fill.h"

#include <assert.h>

void eh_batch_scale_set(eh_batch_scale *out, const float mean[3], const float std[3])
{
    for (int c = 0; c < 3; c++) {
        double s = std[c] == 0 ? 1 : (double)std[c];
        out->scale[c] = (float)(1 / (255 * s));
        out->shift[c] = (float)(-(double)mean[c] / s);
    }
}

static void fill_grey(float *restrict out, const uint8_t *restrict in, int pixels, float scale, float shift)
{
    for (int i = 0; i < pixels; i++)
        out[i] = (float)in[i] * scale + shift;
}

static void fill_colour(float *restrict r, float *restrict g, float *restrict b, const uint8_t *restrict in,
                        int pixels, const eh_batch_scale *s)
{
    const float rs = s->scale[0], gs = s->scale[1], bs = s->scale[2], rt = s->shift[0], gt = s->shift[1],
                bt = s->shift[2];
    for (int i = 0; i < pixels; i++) {
        r[i] = (float)in[3 * i] * rs + rt;
        g[i] = (float)in[3 * i + 1] * gs + gt;
        b[i] = (float)in[3 * i + 2] * bs + bt;
    }
}

void eh_batch_fill(float *restrict out, const uint8_t *restrict in, int pixels, int channels,
                   const eh_batch_scale *scale)
{
    assert(channels == 1 || channels == 3);
    if (channels == 1)
        fill_grey(out, in, pixels, scale->scale[0], scale->shift[0]);
    else
        fill_colour(out, out + pixels, out + 2 * (long)pixels, in, pixels, scale);
}
