/* codec_list.c - the table of picture formats. */
#include "image/codec.h"

extern const eh_codec eh_codec_jpeg, eh_codec_png;

const eh_entry *const eh_codec_list[] = { &eh_codec_jpeg.entry, &eh_codec_png.entry, NULL };
