/* codec.h - the registry of picture formats.
 *
 * To add a format: one file codec_<format>.c that exports `const eh_codec eh_codec_<format>`, and one row in codec_list.c.
 * Formats are found by content (`match`), never by file name.
 */
#ifndef EH_IMAGE_CODEC_H
#define EH_IMAGE_CODEC_H

#include "evenhand/image.h"
#include "evenhand/option.h"

#include <stdbool.h>

typedef struct eh_codec {
    eh_entry entry;
    /* True when the bytes begin like this format. Reads at most `size` bytes; size may be 0. */
    bool (*match)(const uint8_t *bytes, size_t size);
    /* Reads the header. `out` has width and height as stored (before orientation), and the orientation; the caller
     * swaps the sides. Allocates nothing that grows with the picture. */
    eh_status (*probe)(eh_image_info *out, const uint8_t *bytes, size_t size, eh_error *err);
    /* Decodes the pixels as stored, into 1, 3 or 4 channels as the codec finds best given opts->channels; the caller converts and
     * orients. `info` is what probe gave; its size is within the limits. `out` is zeroed. */
    eh_status (*decode)(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                        const eh_decode_opts *opts, eh_error *err);
    /* Optional: probe, eh_image_check_limits and decode in one, where that saves reading the header twice. Fills `info` as soon as the header is
     * read. */
    eh_status (*read)(eh_image *out, eh_image_info *info, const uint8_t *bytes, size_t size,
                      const eh_decode_opts *opts, eh_error *err);
    /* As decode, for opts->indices: the numbers as stored, into 1 channel. NULL where the format changes numbers when it stores them. */
    eh_status (*indices)(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                         eh_error *err);
} eh_codec;

/* All codecs, NULL-terminated; every row is an eh_codec. */
extern const eh_entry *const eh_codec_list[];

/* EXIF orientation 1..8 in the body of an EXIF block (a TIFF header onwards, without the "Exif\0\0" of JPEG); 1 where it is absent or
 * malformed: a wrong tag in the metadata is no reason to refuse the pixels. Never reads outside bytes[0..size). */
int eh_exif_orientation(const uint8_t *bytes, size_t size);

/* The error of a codec whose file has colours, or numbers beyond 255, where indices are wanted. */
eh_status eh_fail_no_indices(eh_error *err, const char *format, const char *what);

/* EH_ERR_LIMIT when the picture is larger than opts allow. */
eh_status eh_image_check_limits(const eh_image_info *info, const eh_image_limits *limits, eh_error *err);

/* As eh_image_alloc, but the samples are not initialised: for decoders that write every one of them or fail. */
eh_status eh_image_alloc_raw(eh_image *out, int width, int height, int channels, eh_error *err);

/* `limits` with zeros replaced by the defaults of image.h. */
eh_image_limits eh_image_limits_filled(const eh_image_limits *limits);

#endif
