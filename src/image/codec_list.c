/* codec_list.c - the table of picture formats. */
#include "image/codec.h"

extern const eh_codec eh_codec_jpeg, eh_codec_png, eh_codec_webp, eh_codec_bmp, eh_codec_pnm, eh_codec_gif,
    eh_codec_tiff;

const eh_entry *const eh_codec_list[] = {
    &eh_codec_jpeg.entry, &eh_codec_png.entry, &eh_codec_webp.entry, &eh_codec_bmp.entry,
    &eh_codec_pnm.entry,  &eh_codec_gif.entry, &eh_codec_tiff.entry, NULL,
};
