/* image.h - pictures in memory: decoding, encoding, geometry.
 *
 * An eh_image is rows of interleaved 8-bit samples, top to bottom, no padding between rows: sample
 * (x, y, c) is at data[(y * width + x) * channels + c]. Channels: 1 = grey, 3 = RGB, 4 = RGBA. Colour is
 * sRGB as stored; no colour management.
 */
#ifndef EVENHAND_IMAGE_H
#define EVENHAND_IMAGE_H

#include "evenhand/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eh_image {
    int width, height, channels; /* channels: 1, 3 or 4 */
    uint8_t *data;               /* width * height * channels bytes, owned; release with eh_image_clear */
} eh_image;

/* Limits checked before anything is allocated. Zero-initialised members mean the default. */
typedef struct eh_image_limits {
    int64_t max_pixels; /* default 64,000,000 */
    int32_t max_side;   /* default 65,535 */
    int32_t max_scans;  /* progressive JPEG; default 100 */
} eh_image_limits;

/* What a header says, without decoding. */
typedef struct eh_image_info {
    const char *format; /* "jpeg", "png" ...: `evenhand list codecs`; static */
    int width, height;  /* as seen, that is after EXIF orientation */
    int channels;       /* as stored: 1, 3 or 4 (palettes count as what they expand to) */
    int orientation;    /* EXIF 1..8; 1 where absent */
} eh_image_info;

/* How to decode. Zero-initialise for: RGB, full size, EXIF orientation applied, default limits. */
typedef struct eh_decode_opts {
    int channels; /* 1, 3 or 4 wanted; 0 = 3; -1 = as stored. Alpha is dropped by compositing on white */
    int min_side; /* > 0: a JPEG may be decoded at 1/2, 1/4 or 1/8 as long as its shorter side stays
                                >= min_side; the result is then larger than or equal to what is asked, not exact */
    int ignore_orientation; /* non-zero: leave the pixels as stored */
    int indices; /* non-zero: one channel of numbers as stored, not of brightness: the indices of a palette, or grey samples that are
                               not scaled (the 3 of a 2-bit grey stays 3). For masks. `channels` must be 0 or 1, min_side does not count. A file of
                               colours, one whose numbers exceed 255, and a lossy format are EH_ERR_INPUT */
    eh_image_limits limits;
} eh_decode_opts;

/* Reads the header of an encoded picture. Errors: EH_ERR_INPUT (what is wrong with it), EH_ERR_LIMIT. */
EH_API eh_status eh_image_probe(eh_image_info *out, const void *bytes, size_t size, eh_error *err);

/* Decodes; format found by content. `out` is zeroed first and owned by the caller. `opts` may be NULL.
 * A picture that cannot be decoded completely gives EH_ERR_INPUT with the reason ("truncated JPEG: ...");
 * too large gives EH_ERR_LIMIT before any allocation. Reentrant. */
EH_API eh_status eh_image_decode(eh_image *out, const void *bytes, size_t size, const eh_decode_opts *opts,
                                 eh_error *err);

/* As eh_image_decode, and `info` gets what eh_image_probe gives, also where the header is sound and the rest is not; it is zeroed first. Cheaper than
 * the two calls, because a header is read once. */
EH_API eh_status eh_image_decode_info(eh_image *out, eh_image_info *info, const void *bytes, size_t size,
                                      const eh_decode_opts *opts, eh_error *err);

/* Encodes as PNG. `*bytes` is owned by the caller (eh_free). */
EH_API eh_status eh_image_encode_png(uint8_t **bytes, size_t *size, const eh_image *image, eh_error *err);

/* Encodes a picture of one channel whose samples are classes, 0 to 255, as a PNG of indices with a palette (the colours of image/mask_colours.h; white for 255). classes: how
 * many there are. `*bytes` is owned by the caller. */
EH_API eh_status eh_image_encode_mask(uint8_t **bytes, size_t *size, const eh_image *image, size_t classes,
                                      eh_error *err);

/* Encodes as baseline JPEG, 4:2:0 below quality 90, else 4:4:4. quality 1..100. */
EH_API eh_status eh_image_encode_jpeg(uint8_t **bytes, size_t *size, const eh_image *image, int quality,
                                      eh_error *err);

/* Allocates width x height x channels, zero-filled. */
EH_API eh_status eh_image_alloc(eh_image *out, int width, int height, int channels, eh_error *err);

/* Releases the samples and zeroes the struct. NULL and cleared images are fine. */
EH_API void eh_image_clear(eh_image *image);

typedef enum eh_resize_filter {
    EH_RESIZE_BILINEAR, /* half-pixel centres, no antialias: what torch's interpolate(antialias=False) gives */
    EH_RESIZE_AREA,     /* exact box average when shrinking; bilinear when enlarging */
    EH_RESIZE_LANCZOS,  /* Lanczos-3 with antialias, Pillow's coefficients */
    EH_RESIZE_ANTIALIAS, /* triangle filter with antialias, Pillow's BILINEAR */
    EH_RESIZE_NEAREST /* the pixel whose area holds the centre, Pillow's NEAREST; for masks, where no value may be mixed */
} eh_resize_filter;

/* What lies beyond the edges of a picture that is turned or moved. */
typedef enum eh_fill {
    EH_FILL_REFLECT, /* the picture, mirrored; the edge pixel is not repeated */
    EH_FILL_BORDER,  /* the edge pixel */
    EH_FILL_ZERO     /* black */
} eh_fill;

/* Resizes to exactly width x height. `out` is zeroed first; in-place is not allowed. */
EH_API eh_status eh_image_resize(eh_image *out, const eh_image *in, int width, int height,
                                 eh_resize_filter filter, eh_error *err);

/* Copies the rectangle; it must lie inside `in` (else EH_ERR_USAGE). */
EH_API eh_status eh_image_crop(eh_image *out, const eh_image *in, int x, int y, int width, int height,
                               eh_error *err);

/* Mirrors left-right in place. */
EH_API void eh_image_flip(eh_image *image);

/* Changes the number of channels (1, 3 or 4): grey by luma, alpha composited on white. On failure the picture stays as it was. */
EH_API eh_status eh_image_convert(eh_image *image, int channels, eh_error *err);

/* Applies EXIF orientation 1..8 so that the picture is upright. */
EH_API eh_status eh_image_orient(eh_image *out, const eh_image *in, int orientation, eh_error *err);

#ifdef __cplusplus
}
#endif
#endif
