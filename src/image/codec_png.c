/* codec_png.c - PNG by libspng.
 *
 * Idea    Every colour type and depth becomes 8-bit grey, RGB or RGBA; transparency by tRNS is applied. The chunks after the
 *         pixels are read too, so that a file that ends early is told apart from a whole one.
 * Source  PNG (Third Edition), W3C 2025; libspng's documentation.
 * Easy to get wrong: spng_decode_image stops at the last row, so a missing IEND needs spng_decode_chunks; eXIf may stand on either
 * side of IDAT; limits on chunks have to be set, as a text chunk may inflate to gigabytes.
 */
#include "image/codec.h"
#include "image/mask_colours.h"

#include "evenhand/memory.h"

#include <spng.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

/* Ancillary chunks larger than this are refused, as is more than four times it in all. */
static const size_t chunk_limit = (size_t)16 << 20;

static bool match(const uint8_t *bytes, size_t size)
{
    return size >= sizeof signature && memcmp(bytes, signature, sizeof signature) == 0;
}

static uint32_t read_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Finds a chunk by walking the file; NULL when there is none. */
static const uint8_t *find_chunk(const uint8_t *bytes, size_t size, const char type[4], size_t *length)
{
    size_t at = sizeof signature;
    while (size - at >= 12) {
        size_t chunk = read_be32(bytes + at);
        if (chunk > size - at - 12)
            return NULL;
        if (memcmp(bytes + at + 4, type, 4) == 0) {
            *length = chunk;
            return bytes + at + 8;
        }
        at += chunk + 12;
    }
    return NULL;
}

static eh_status fail_png(eh_error *err, int code)
{
    if (code == SPNG_EMEM)
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to decode a PNG file");
    if (code == SPNG_EUSER_WIDTH || code == SPNG_EUSER_HEIGHT || code == SPNG_ECHUNK_LIMITS)
        return eh_fail(err, EH_ERR_LIMIT, "PNG beyond the limits: %s", spng_strerror(code));
    if (code == SPNG_EOF || code == SPNG_EIDAT_TOO_SHORT || code == SPNG_IO_ERROR || code == SPNG_IO_EOF)
        return eh_fail(err, EH_ERR_INPUT, "truncated PNG: %s", spng_strerror(code));
    if (code == SPNG_ECHUNK_CRC)
        return eh_fail(err, EH_ERR_INPUT, "damaged PNG: a checksum is wrong (%s)", spng_strerror(code));
    return eh_fail(err, EH_ERR_INPUT, "damaged PNG: %s", spng_strerror(code));
}

static eh_status open_reader(spng_ctx **out, const uint8_t *bytes, size_t size, eh_error *err)
{
    spng_ctx *ctx = spng_ctx_new(0);
    if (!ctx)
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to decode a PNG file");
    int code = spng_set_chunk_limits(ctx, chunk_limit, chunk_limit * 4);
    if (!code) /* wrong checksums: fatal where pixels depend on the chunk, else the chunk is passed over */
        code = spng_set_crc_action(ctx, SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
    if (!code)
        code = spng_set_png_buffer(ctx, bytes, size);
    if (code) {
        spng_ctx_free(ctx);
        return fail_png(err, code);
    }
    *out = ctx;
    return EH_OK;
}

static eh_status probe(eh_image_info *out, const uint8_t *bytes, size_t size, eh_error *err)
{
    spng_ctx *ctx = NULL;
    struct spng_ihdr header;
    EH_TRY(open_reader(&ctx, bytes, size, err));
    int code = spng_get_ihdr(ctx, &header);
    spng_ctx_free(ctx);
    if (code)
        return fail_png(err, code);

    size_t length = 0;
    bool transparent = find_chunk(bytes, size, "tRNS", &length) != NULL;
    *out = (eh_image_info){ .width = (int)header.width, .height = (int)header.height, .orientation = 1 };
    switch (header.color_type) {
    case SPNG_COLOR_TYPE_GRAYSCALE:
        out->channels = transparent ? 4 : 1;
        break;
    case SPNG_COLOR_TYPE_TRUECOLOR:
    case SPNG_COLOR_TYPE_INDEXED:
        out->channels = transparent ? 4 : 3;
        break;
    default:
        out->channels = 4;
        break;
    }
    const uint8_t *exif = find_chunk(bytes, size, "eXIf", &length);
    if (exif)
        out->orientation = eh_exif_orientation(exif, length);
    return EH_OK;
}

/* Decodes into `out` in libspng's `format`, whose size has to be `expected`, and reads the chunks behind the pixels. */
static eh_status decode_as(spng_ctx *ctx, uint8_t *out, size_t expected, int format, int flags,
                           const uint8_t *bytes, size_t size, eh_error *err)
{
    size_t length = 0;
    int code = spng_decoded_image_size(ctx, format, &length);
    if (code)
        return fail_png(err, code);
    if (length != expected)
        return eh_fail(err, EH_ERR_INTERNAL, "libspng wants to write %zu bytes of pixels instead of %zu",
                       length, expected);
    code = spng_decode_image(ctx, out, length, format, flags);
    if (!code)
        code = spng_decode_chunks(ctx);
    if (code)
        return fail_png(err, code);
    if (!find_chunk(bytes, size, "IEND", &length))
        return eh_fail(err, EH_ERR_INPUT, "truncated PNG: the end chunk is not complete");
    return EH_OK;
}

static eh_status decode(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                        const eh_decode_opts *opts, eh_error *err)
{
    spng_ctx *ctx = NULL;
    struct spng_ihdr header;
    eh_status status;
    (void)opts;
    EH_TRY_GOTO(status, open_reader(&ctx, bytes, size, err));

    int code = spng_get_ihdr(ctx, &header);
    /* libspng writes grey only for grey files of at most 8 bits without tRNS; 16-bit grey goes through RGB. */
    int format = info->channels == 4 ? SPNG_FMT_RGBA8 : SPNG_FMT_RGB8, channels = info->channels == 4 ? 4 : 3;
    if (!code && info->channels == 1 && header.bit_depth <= 8) {
        format = SPNG_FMT_G8;
        channels = 1;
    }
    if (code) {
        status = fail_png(err, code);
        goto done;
    }
    EH_TRY_GOTO(status, eh_image_alloc_raw(out, info->width, info->height, channels, err));
    status = decode_as(ctx, out->data, (size_t)info->width * (size_t)info->height * (size_t)channels, format,
                       SPNG_DECODE_TRNS, bytes, size, err);
done:
    spng_ctx_free(ctx);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}

/* One number per pixel from the rows as stored: `depth` bits each, most significant first, rows begin at a byte. False when one exceeds 255. */
static bool unpack_numbers(eh_image *out, const uint8_t *packed, int depth)
{
    size_t width = (size_t)out->width, stride = (width * (size_t)depth + 7) / 8;
    for (int y = 0; y < out->height; y++) {
        const uint8_t *row = packed + (size_t)y * stride;
        uint8_t *to = out->data + (size_t)y * width;
        for (size_t x = 0; x < width; x++) {
            size_t bit = x * (size_t)depth;
            if (depth == 16 && row[2 * x] != 0)
                return false;
            to[x] = depth == 16
                        ? row[2 * x + 1]
                        : (uint8_t)(row[bit / 8] >> (8 - (size_t)depth - bit % 8) & ((1 << depth) - 1));
        }
    }
    return true;
}

static eh_status indices(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                         eh_error *err)
{
    spng_ctx *ctx = NULL;
    struct spng_ihdr header;
    eh_status status;
    uint8_t *packed = NULL;
    EH_TRY_GOTO(status, open_reader(&ctx, bytes, size, err));
    int code = spng_get_ihdr(ctx, &header);
    if (code) {
        status = fail_png(err, code);
        goto done;
    }
    if (header.color_type != SPNG_COLOR_TYPE_GRAYSCALE && header.color_type != SPNG_COLOR_TYPE_INDEXED) {
        status =
            eh_fail_no_indices(err, "PNG",
                               header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ? "grey with transparency"
                                                                                    : "colours");
        goto done;
    }
    size_t stride = ((size_t)header.width * header.bit_depth + 7) / 8;
    packed = eh_alloc_raw(stride, header.height);
    if (!packed) {
        status = eh_fail_memory(err, "the pixels of a picture", stride, header.height);
        goto done;
    }
    EH_TRY_GOTO(status, decode_as(ctx, packed, stride * header.height, SPNG_FMT_RAW, 0, bytes, size, err));
    EH_TRY_GOTO(status, eh_image_alloc(out, info->width, info->height, 1, err));
    if (!unpack_numbers(out, packed, header.bit_depth))
        status = eh_fail_no_indices(err, "PNG", "16-bit numbers beyond 255");
done:
    eh_free(packed);
    spng_ctx_free(ctx);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}

/* Copies libspng's malloc'd buffer into the library's own memory. */
static eh_status take_buffer(uint8_t **bytes, size_t *size, spng_ctx *ctx, eh_error *err)
{
    int code = 0;
    size_t length = 0;
    void *buffer = spng_get_png_buffer(ctx, &length, &code);
    if (!buffer)
        return eh_fail(err, code == SPNG_EMEM ? EH_ERR_MEMORY : EH_ERR_INTERNAL, "cannot encode a PNG: %s",
                       spng_strerror(code));
    uint8_t *copy = eh_alloc_raw(length, 1);
    if (copy) {
        memcpy(copy, buffer, length);
        *bytes = copy;
        *size = length;
    }
    free(buffer); /* libspng's own allocation */
    return copy ? EH_OK : eh_fail_memory(err, "an encoded PNG", length, 1);
}

/* palette: NULL, or of a picture of indices. */
static eh_status encode(uint8_t **bytes, size_t *size, const eh_image *image, struct spng_plte *palette,
                        eh_error *err)
{
    static const uint8_t color_type[5] = { [1] = SPNG_COLOR_TYPE_GRAYSCALE,
                                           [3] = SPNG_COLOR_TYPE_TRUECOLOR,
                                           [4] = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA };
    *bytes = NULL;
    *size = 0;
    if (!image->data || image->width < 1 || image->height < 1)
        return eh_fail(err, EH_ERR_USAGE, "cannot encode an empty picture as PNG");
    spng_ctx *ctx = spng_ctx_new(SPNG_CTX_ENCODER);
    if (!ctx)
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to encode a PNG file");

    struct spng_ihdr header = { .width = (uint32_t)image->width,
                                .height = (uint32_t)image->height,
                                .bit_depth = 8,
                                .color_type =
                                    palette ? SPNG_COLOR_TYPE_INDEXED : color_type[image->channels] };
    size_t length = (size_t)image->width * (size_t)image->height * (size_t)image->channels;
    int code = spng_set_option(ctx, SPNG_ENCODE_TO_BUFFER, 1);
    if (!code)
        code = spng_set_ihdr(ctx, &header);
    if (!code && palette)
        code = spng_set_plte(ctx, palette);
    if (!code)
        code = spng_encode_image(ctx, image->data, length, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
    eh_status status;
    if (code)
        status =
            eh_fail(err, code == SPNG_EMEM ? EH_ERR_MEMORY : EH_ERR_INTERNAL,
                    "cannot encode a PNG of %d x %d: %s", image->width, image->height, spng_strerror(code));
    else
        status = take_buffer(bytes, size, ctx, err);
    spng_ctx_free(ctx);
    return status;
}

eh_status eh_image_encode_png(uint8_t **bytes, size_t *size, const eh_image *image, eh_error *err)
{
    return encode(bytes, size, image, NULL, err);
}

eh_status eh_image_encode_mask(uint8_t **bytes, size_t *size, const eh_image *image, size_t classes,
                               eh_error *err)
{
    struct spng_plte palette = { .n_entries = 256 };
    if (image->channels != 1)
        return eh_fail(err, EH_ERR_USAGE, "a mask has one channel, not %d", image->channels);
    for (unsigned i = 0; i < 256; i++) {
        uint8_t rgb[3] = { 255, 255, 255 };
        if (i < classes)
            eh_mask_colour(rgb, i);
        palette.entries[i] = (struct spng_plte_entry){ .red = rgb[0], .green = rgb[1], .blue = rgb[2] };
    }
    return encode(bytes, size, image, &palette, err);
}

const eh_codec eh_codec_png = {
    .entry = { .name = "png",
               .summary = "Portable Network Graphics, all colour types and depths",
               .source = "W3C PNG, Third Edition, 2025" },
    .match = match,
    .probe = probe,
    .decode = decode,
    .indices = indices,
};
