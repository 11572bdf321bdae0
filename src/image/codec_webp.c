/* codec_webp.c - WebP by libwebp: lossy, lossless, with transparency; of an animation the first picture.
 *
 * Idea    libwebp writes into our own memory. An animation's first frame need not cover the canvas, so libwebpdemux puts it there.
 * Source  RFC 9649; libwebp's decode.h and demux.h.
 * Easy to get wrong: the simple calls accept a picture whose end is missing where the rows so far are whole, so the status of the full call is looked at.
 */
#include "image/codec.h"

#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

static bool match(const uint8_t *bytes, size_t size)
{
    return size >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0;
}

static eh_status fail_webp(eh_error *err, VP8StatusCode code)
{
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to decode a WebP file");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        return eh_fail(err, EH_ERR_INPUT, "truncated WebP: its end is missing");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return eh_fail(err, EH_ERR_INPUT, "a WebP of a kind that libwebp does not read");
    default:
        return eh_fail(err, EH_ERR_INPUT, "damaged WebP: its contents make no sense");
    }
}

static size_t u32(const uint8_t *p)
{
    return (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
}

/* Orientation in the chunk "EXIF", with or without the header that JPEG puts before it; 1 where there is none. */
static int orientation_of(const uint8_t *bytes, size_t size)
{
    size_t at = 12;
    while (size - at >= 8) {
        size_t length = u32(bytes + at + 4);
        const uint8_t *body = bytes + at + 8;
        if (length > size - at - 8)
            return 1;
        if (memcmp(bytes + at, "EXIF", 4) == 0) {
            size_t skip = length >= 6 && memcmp(body, "Exif\0", 6) == 0 ? 6 : 0;
            return eh_exif_orientation(body + skip, length - skip);
        }
        at += 8 + length;
        at += at < size && length % 2;
    }
    return 1;
}

static eh_status probe(eh_image_info *out, const uint8_t *bytes, size_t size, eh_error *err)
{
    WebPBitstreamFeatures features;
    VP8StatusCode code = WebPGetFeatures(bytes, size, &features);
    if (code != VP8_STATUS_OK)
        return fail_webp(err, code);
    *out = (eh_image_info){ .width = features.width,
                            .height = features.height,
                            .channels = features.has_alpha ? 4 : 3,
                            .orientation = orientation_of(bytes, size) };
    return EH_OK;
}

/* The first picture of an animation, which libwebpdemux gives as RGBA. */
static eh_status decode_animation(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                                  eh_error *err)
{
    WebPData data = { bytes, size };
    WebPAnimDecoderOptions opts;
    WebPAnimDecoder *decoder = NULL;
    uint8_t *pixels;
    int time;
    if (WebPAnimDecoderOptionsInit(&opts))
        decoder = WebPAnimDecoderNew(&data, &opts);
    eh_status status = EH_OK;
    if (!decoder || !WebPAnimDecoderGetNext(decoder, &pixels, &time))
        status = eh_fail(err, EH_ERR_INPUT,
                         "damaged or truncated WebP: the first picture of its animation is not whole");
    if (status == EH_OK)
        status = eh_image_alloc(out, info->width, info->height, 4, err);
    if (status == EH_OK)
        memcpy(out->data, pixels, (size_t)info->width * (size_t)info->height * 4);
    WebPAnimDecoderDelete(decoder);
    return status;
}

static eh_status decode(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                        const eh_decode_opts *opts, eh_error *err)
{
    WebPDecoderConfig config;
    (void)opts;
    if (!WebPInitDecoderConfig(&config))
        return eh_fail(err, EH_ERR_INTERNAL, "libwebp is of another version than its header");
    VP8StatusCode code = WebPGetFeatures(bytes, size, &config.input);
    if (code != VP8_STATUS_OK)
        return fail_webp(err, code);
    if (config.input.has_animation)
        return decode_animation(out, info, bytes, size, err);
    EH_TRY(eh_image_alloc(out, info->width, info->height, info->channels, err));
    size_t stride = (size_t)out->width * (size_t)out->channels;
    config.output.colorspace = out->channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = out->data;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = stride * (size_t)out->height;
    code = WebPDecode(bytes, size, &config);
    WebPFreeDecBuffer(&config.output);
    if (code == VP8_STATUS_OK)
        return EH_OK;
    eh_image_clear(out);
    return fail_webp(err, code);
}

const eh_codec eh_codec_webp = {
    .entry = { .name = "webp",
               .summary = "WebP, lossy and lossless; of an animation the first picture",
               .source = "RFC 9649" },
    .match = match,
    .probe = probe,
    .decode = decode,
};
