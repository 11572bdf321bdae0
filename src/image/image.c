/* image.c - memory, probing, decoding and channel conversion of pictures. */
#include "evenhand/image.h"

#include "evenhand/memory.h"
#include "image/codec.h"

#include <string.h>

enum { DEFAULT_MAX_SIDE = 65535, DEFAULT_MAX_SCANS = 100 };
static const int64_t default_max_pixels = 64000000;

eh_image_limits eh_image_limits_filled(const eh_image_limits *limits)
{
    eh_image_limits filled = *limits;
    if (filled.max_pixels <= 0)
        filled.max_pixels = default_max_pixels;
    if (filled.max_side <= 0)
        filled.max_side = DEFAULT_MAX_SIDE;
    if (filled.max_scans <= 0)
        filled.max_scans = DEFAULT_MAX_SCANS;
    return filled;
}

static eh_status allocate(eh_image *out, int width, int height, int channels, bool zeros, eh_error *err)
{
    *out = (eh_image){ 0 };
    if (width < 1 || height < 1 || (channels != 1 && channels != 3 && channels != 4))
        return eh_fail(err, EH_ERR_USAGE, "a picture of %d x %d pixels and %d channels cannot exist", width,
                       height, channels);
    size_t pixels = (size_t)width * (size_t)height; /* < 2^62 */
    uint8_t *data = zeros ? eh_alloc(pixels, (size_t)channels) : eh_alloc_raw(pixels, (size_t)channels);
    if (!data)
        return eh_fail_memory(err, "the pixels of a picture", pixels, (size_t)channels);
    *out = (eh_image){ .width = width, .height = height, .channels = channels, .data = data };
    return EH_OK;
}

eh_status eh_image_alloc(eh_image *out, int width, int height, int channels, eh_error *err)
{
    return allocate(out, width, height, channels, true, err);
}

eh_status eh_image_alloc_raw(eh_image *out, int width, int height, int channels, eh_error *err)
{
    return allocate(out, width, height, channels, false, err);
}

void eh_image_clear(eh_image *image)
{
    if (!image)
        return;
    eh_free(image->data);
    *image = (eh_image){ 0 };
}

static eh_status find_codec(const eh_codec **out, const uint8_t *bytes, size_t size, eh_error *err)
{
    if (size == 0)
        return eh_fail(err, EH_ERR_INPUT, "not a picture: the file is empty (0 bytes)");
    for (const eh_entry *const *row = eh_codec_list; *row; row++) {
        const eh_codec *codec = (const eh_codec *)*row;
        if (codec->match(bytes, size)) {
            *out = codec;
            return EH_OK;
        }
    }
    return eh_fail(err, EH_ERR_INPUT,
                   "not a picture: its %zu bytes begin like no known format ('evenhand list codecs')", size);
}

/* Header as stored: sides not yet swapped. */
static eh_status probe_stored(eh_image_info *out, const eh_codec *codec, const uint8_t *bytes, size_t size,
                              eh_error *err)
{
    *out = (eh_image_info){ 0 };
    EH_TRY(codec->probe(out, bytes, size, err));
    out->format = codec->entry.name;
    if (out->width < 1 || out->height < 1)
        return eh_fail(err, EH_ERR_INPUT, "damaged %s: its size is %d x %d", out->format, out->width,
                       out->height);
    return EH_OK;
}

/* What a header says of the picture once it is turned upright. */
static eh_image_info as_seen(eh_image_info info)
{
    if (info.orientation >= 5) {
        int width = info.width;
        info.width = info.height;
        info.height = width;
    }
    return info;
}

eh_status eh_image_probe(eh_image_info *out, const void *bytes, size_t size, eh_error *err)
{
    const eh_codec *codec = NULL;
    eh_image_info info;
    *out = (eh_image_info){ 0 };
    EH_TRY(find_codec(&codec, bytes, size, err));
    EH_TRY(probe_stored(&info, codec, bytes, size, err));
    *out = as_seen(info);
    return EH_OK;
}

eh_status eh_image_check_limits(const eh_image_info *info, const eh_image_limits *given, eh_error *err)
{
    eh_image_limits limits = eh_image_limits_filled(given);
    if (info->width > limits.max_side || info->height > limits.max_side)
        return eh_fail(err, EH_ERR_LIMIT, "%s of %d x %d pixels: a side is longer than the limit of %d",
                       info->format, info->width, info->height, (int)limits.max_side);
    if ((int64_t)info->width * info->height > limits.max_pixels)
        return eh_fail(err, EH_ERR_LIMIT, "%s of %d x %d pixels: more than the limit of %lld pixels",
                       info->format, info->width, info->height, (long long)limits.max_pixels);
    return EH_OK;
}

/* One pixel from `from` channels (3 or 4) to opaque RGB, alpha composited on white. */
static void pixel_on_white(uint8_t rgb[3], const uint8_t *in, int from)
{
    int alpha = from == 4 ? in[3] : 255;
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)((in[c] * alpha + 255 * (255 - alpha) + 127) / 255);
}

/* Grey is ITU-R 601 luma. */
eh_status eh_image_convert(eh_image *image, int channels, eh_error *err)
{
    int from = image->channels;
    if (from == channels)
        return EH_OK;
    eh_image out;
    EH_TRY(eh_image_alloc(&out, image->width, image->height, channels, err));
    size_t pixels = (size_t)image->width * (size_t)image->height;
    const uint8_t *in = image->data;
    uint8_t *to = out.data;
    for (size_t i = 0; i < pixels; i++, in += from, to += channels) {
        uint8_t rgb[3] = { in[0], in[0], in[0] };
        if (from == 3 || (from == 4 && channels < 4))
            pixel_on_white(rgb, in, from);
        if (channels == 1) {
            to[0] = (uint8_t)((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 32768u) >> 16);
        } else {
            memcpy(to, rgb, 3);
            if (channels == 4)
                to[3] = 255;
        }
    }
    eh_image_clear(image);
    *image = out;
    return EH_OK;
}

eh_status eh_fail_no_indices(eh_error *err, const char *format, const char *what)
{
    return eh_fail(err, EH_ERR_INPUT, "this %s holds %s, where one number from 0 to 255 per pixel is needed",
                   format, what);
}

static eh_status decode_indices(eh_image *out, const eh_codec *codec, const eh_image_info *info,
                                const uint8_t *bytes, size_t size, eh_error *err)
{
    if (codec->indices)
        return codec->indices(out, info, bytes, size, err);
    return eh_fail(err, EH_ERR_INPUT,
                   "a %s is no place for numbers per pixel, because it stores them only roughly; save masks "
                   "as PNG",
                   info->format);
}

/* Header, limits and pixels as stored. */
static eh_status decode_stored(eh_image *out, eh_image_info *info, const uint8_t *bytes, size_t size,
                               const eh_decode_opts *opts, eh_error *err)
{
    const eh_codec *codec = NULL;
    EH_TRY(find_codec(&codec, bytes, size, err));
    if (codec->read && !opts->indices)
        return codec->read(out, info, bytes, size, opts, err);
    EH_TRY(probe_stored(info, codec, bytes, size, err));
    EH_TRY(eh_image_check_limits(info, &opts->limits, err));
    if (opts->indices)
        return decode_indices(out, codec, info, bytes, size, err);
    return codec->decode(out, info, bytes, size, opts, err);
}

eh_status eh_image_decode_info(eh_image *out, eh_image_info *seen, const void *bytes, size_t size,
                               const eh_decode_opts *given, eh_error *err)
{
    eh_image_info info = { 0 };
    eh_image stored = { 0 };
    eh_decode_opts opts = given ? *given : (eh_decode_opts){ 0 };
    eh_status status;

    *out = (eh_image){ 0 };
    *seen = info;
    if (opts.channels == 0)
        opts.channels = opts.indices ? 1 : 3;
    if (opts.indices && opts.channels > 1)
        return eh_fail(err, EH_ERR_USAGE, "indices have one channel, not %d", opts.channels);
    if (opts.channels != 1 && opts.channels != 3 && opts.channels != 4 && opts.channels != -1)
        return eh_fail(err, EH_ERR_USAGE, "cannot decode into %d channels; 1, 3 and 4 are possible",
                       opts.channels);
    status = decode_stored(&stored, &info, bytes, size, &opts, err);
    if (info.width > 0)
        *seen = as_seen(info);
    if (status != EH_OK)
        goto done;
    int wanted = opts.channels > 0 ? opts.channels : opts.indices ? 1 : info.channels;
    EH_TRY_GOTO(status, eh_image_convert(&stored, wanted, err));
    if (!opts.ignore_orientation && info.orientation != 1) {
        EH_TRY_GOTO(status, eh_image_orient(out, &stored, info.orientation, err));
    } else {
        *out = stored;
        stored = (eh_image){ 0 };
    }
done:
    eh_image_clear(&stored);
    return status;
}

eh_status eh_image_decode(eh_image *out, const void *bytes, size_t size, const eh_decode_opts *opts,
                          eh_error *err)
{
    eh_image_info info;
    return eh_image_decode_info(out, &info, bytes, size, opts, err);
}
