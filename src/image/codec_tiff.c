/* codec_tiff.c - the first page of a TIFF, by libtiff.
 *
 * Idea    libtiff's RGBA interface knows every photometric interpretation, compression and layout; it gives 8 bits per sample. Indices are read strip by strip as
 *         they are stored. What libtiff reports goes into the error sentence; nothing is printed. libtiff may take no single block larger than 16 bytes per pixel.
 * Source  TIFF 6.0, Adobe 1992; libtiff's documentation of TIFFReadRGBAImageOriented and TIFFOpenOptions.
 * Easy to get wrong: the raster has the packed ABGR pixels of one machine word each; orientations 5 to 8 are not turned by libtiff, so the tag is set to 1 and
 * our own code turns; a JPEG inside a TIFF that ends early gives only a warning.
 */
#include "image/codec.h"

#include "evenhand/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>

/* A file in memory and what libtiff said about it. */
typedef struct session {
    const uint8_t *bytes;
    size_t size, at;
    char message[256]; /* the first error */
} session;

static bool match(const uint8_t *bytes, size_t size)
{
    return size >= 8 && (memcmp(bytes, "II*\0", 4) == 0 || memcmp(bytes, "MM\0*", 4) == 0 ||
                         memcmp(bytes, "II+\0", 4) == 0 || memcmp(bytes, "MM\0+", 4) == 0);
}

static tmsize_t read_file(thandle_t user, void *out, tmsize_t size)
{
    session *s = user;
    size_t left = s->at < s->size ? s->size - s->at : 0;
    size_t count = (size_t)size < left ? (size_t)size : left;
    if (size < 0)
        return -1;
    if (count)
        memcpy(out, s->bytes + s->at, count);
    s->at += count;
    return (tmsize_t)count;
}

static tmsize_t write_nothing(thandle_t user, void *bytes, tmsize_t size)
{
    (void)user;
    (void)bytes;
    (void)size;
    return -1;
}

static toff_t seek_file(thandle_t user, toff_t offset, int whence)
{
    session *s = user;
    toff_t base = whence == SEEK_CUR ? s->at : whence == SEEK_END ? s->size : 0;
    if (offset > SIZE_MAX / 2 - base)
        return (toff_t)-1;
    s->at = (size_t)(base + offset);
    return s->at;
}

static int close_file(thandle_t user)
{
    (void)user;
    return 0;
}

static toff_t file_size(thandle_t user)
{
    return ((session *)user)->size;
}

static int map_file(thandle_t user, void **base, toff_t *size)
{
    session *s = user;
    *base = (void *)(uintptr_t)s->bytes; /* libtiff only reads it: the file is open for reading */
    *size = s->size;
    return 1;
}

static void unmap_file(thandle_t user, void *base, toff_t size)
{
    (void)user;
    (void)base;
    (void)size;
}

static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
{
    session *s = user;
    (void)tiff;
    (void)module;
    if (!s->message[0])
        vsnprintf(s->message, sizeof s->message, format, args);
    return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
{
    /* A JPEG that ends early leaves grey behind, and a directory that the file cuts off loses entries: no mere warnings. */
    bool grave = (module && strncmp(module, "JPEG", 4) == 0) || strstr(format, "IO error");
    return grave ? on_error(tiff, user, module, format, args) : 1;
}

static eh_status fail_tiff(eh_error *err, const session *s, const char *what)
{
    return eh_fail(err, EH_ERR_INPUT, "damaged or truncated TIFF: %s", s->message[0] ? s->message : what);
}

/* Opens the bytes; `most` limits a single allocation of libtiff. */
static eh_status open_tiff(TIFF **out, session *s, const uint8_t *bytes, size_t size, uint64_t most,
                           eh_error *err)
{
    *s = (session){ .bytes = bytes, .size = size };
    *out = NULL;
    TIFFOpenOptions *opts = TIFFOpenOptionsAlloc();
    if (!opts)
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to decode a TIFF file");
    TIFFOpenOptionsSetMaxSingleMemAlloc(opts, (tmsize_t)most);
    TIFFOpenOptionsSetErrorHandlerExtR(opts, on_error, s);
    TIFFOpenOptionsSetWarningHandlerExtR(opts, on_warning, s);
    *out = TIFFClientOpenExt("TIFF", "r", s, read_file, write_nothing, seek_file, close_file, file_size,
                             map_file, unmap_file, opts);
    TIFFOpenOptionsFree(opts);
    return *out ? EH_OK : fail_tiff(err, s, "it has no first page");
}

/* Bytes that a page of this size may need in one block, and the metadata of any. */
static uint64_t most_bytes(uint64_t width, uint64_t height)
{
    return ((uint64_t)1 << 20) + 16 * width * height;
}

static eh_status probe(eh_image_info *out, const uint8_t *bytes, size_t size, eh_error *err)
{
    session s;
    TIFF *tiff;
    uint32_t width = 0, height = 0;
    uint16_t samples = 1, photometric = PHOTOMETRIC_MINISBLACK, orientation = 1, extras = 0, *extra = NULL;
    EH_TRY(open_tiff(&tiff, &s, bytes, size, most_bytes(0, 0), err));
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    TIFFGetField(tiff, TIFFTAG_ORIENTATION, &orientation);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extras, &extra);
    bool alpha =
        extras > 0 && extra && (extra[0] == EXTRASAMPLE_ASSOCALPHA || extra[0] == EXTRASAMPLE_UNASSALPHA);
    bool grey = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
    TIFFClose(tiff);
    if (width > INT32_MAX || height > INT32_MAX)
        return eh_fail(err, EH_ERR_LIMIT, "TIFF of %u x %u pixels: a side is longer than any limit", width,
                       height);
    *out = (eh_image_info){ .width = (int)width,
                            .height = (int)height,
                            .channels = alpha  ? 4
                                        : grey ? 1
                                               : 3,
                            .orientation = orientation >= 1 && orientation <= 8 ? orientation : 1 };
    return EH_OK;
}

static eh_status decode(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                        const eh_decode_opts *opts, eh_error *err)
{
    session s;
    TIFF *tiff;
    size_t width = (size_t)info->width, height = (size_t)info->height, channels = (size_t)info->channels;
    eh_status status = EH_OK;
    (void)opts;
    EH_TRY(open_tiff(&tiff, &s, bytes, size, most_bytes(width, height), err));
    uint32_t *raster = eh_alloc_raw(width * height, sizeof *raster);
    if (!raster) {
        status = eh_fail_memory(err, "the pixels of a picture", width * height, sizeof *raster);
        goto done;
    }
    /* libtiff turns the raster only halfway, and multiplies colours by an alpha that is not yet in them: neither is wanted. */
    uint16_t extras = 0, *extra = NULL, associated = EXTRASAMPLE_ASSOCALPHA;
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extras, &extra);
    bool premultiplied = extras > 0 && extra && extra[0] == EXTRASAMPLE_ASSOCALPHA;
    if (extras == 1 && extra && extra[0] == EXTRASAMPLE_UNASSALPHA)
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &associated);
    if (!TIFFReadRGBAImageOriented(tiff, (uint32_t)width, (uint32_t)height, raster, ORIENTATION_TOPLEFT, 1) ||
        s.message[0]) {
        status = fail_tiff(err, &s, "its pixels are not read");
        goto done;
    }
    EH_TRY_GOTO(status, eh_image_alloc(out, info->width, info->height, info->channels, err));
    uint8_t *to = out->data;
    for (size_t i = 0; i < width * height; i++, to += channels) {
        uint32_t pixel = raster[i], alpha = TIFFGetA(pixel);
        to[0] = (uint8_t)TIFFGetR(pixel);
        if (channels > 1) {
            to[1] = (uint8_t)TIFFGetG(pixel);
            to[2] = (uint8_t)TIFFGetB(pixel);
        }
        if (channels == 4) {
            to[3] = (uint8_t)alpha;
            for (int c = 0; c < 3 && premultiplied && alpha > 0 && alpha < 255; c++)
                to[c] = (uint8_t)(to[c] * 255u / alpha > 255 ? 255 : to[c] * 255u / alpha);
        }
    }
done:
    eh_free(raster);
    TIFFClose(tiff);
    return status;
}

/* Reads rows of `depth` bits a pixel, strip by strip, into one channel. */
static eh_status read_strips(eh_image *out, TIFF *tiff, const session *s, int depth, eh_error *err)
{
    size_t width = (size_t)out->width, stride = (size_t)TIFFScanlineSize(tiff);
    uint32_t rows = (uint32_t)out->height;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    rows = rows > (uint32_t)out->height ? (uint32_t)out->height : rows;
    if (rows < 1 || stride < (width * (size_t)depth + 7) / 8)
        return fail_tiff(err, s, "its rows make no sense");
    uint8_t *strip = eh_alloc(stride, rows);
    if (!strip)
        return eh_fail_memory(err, "the pixels of a picture", stride, rows);
    eh_status status = EH_OK;
    for (uint32_t y = 0; y < (uint32_t)out->height && status == EH_OK; y++) {
        tmsize_t wanted =
            (tmsize_t)(stride * (rows < (uint32_t)out->height - y ? rows : (uint32_t)out->height - y));
        if (y % rows == 0 && TIFFReadEncodedStrip(tiff, y / rows, strip, wanted) != wanted)
            status = fail_tiff(err, s, "a strip of pixels is missing");
        const uint8_t *row = strip + (size_t)(y % rows) * stride;
        for (size_t x = 0; x < width && status == EH_OK; x++) {
            size_t bit = x * (size_t)depth;
            uint32_t value =
                depth == 16 ? ((const uint16_t *)(const void *)row)[x] /* in this machine's order */
                            : (uint32_t)row[bit / 8] >> (8 - (size_t)depth - bit % 8) & ((1u << depth) - 1);
            if (value > 255)
                status = eh_fail_no_indices(err, "TIFF", "16-bit numbers beyond 255");
            out->data[y * width + x] = (uint8_t)value;
        }
    }
    eh_free(strip);
    return status == EH_OK && s->message[0] ? fail_tiff(err, s, "") : status;
}

static eh_status indices(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                         eh_error *err)
{
    session s;
    TIFF *tiff;
    uint16_t depth = 1, samples = 1, photometric = PHOTOMETRIC_MINISBLACK, format = SAMPLEFORMAT_UINT;
    EH_TRY(open_tiff(&tiff, &s, bytes, size, most_bytes((uint64_t)info->width, (uint64_t)info->height), err));
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &depth);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    eh_status status;
    if (samples != 1 || format != SAMPLEFORMAT_UINT ||
        (photometric != PHOTOMETRIC_MINISBLACK && photometric != PHOTOMETRIC_PALETTE))
        status = eh_fail_no_indices(err, "TIFF", "colours, or grey of an unusual kind");
    else if (depth != 1 && depth != 2 && depth != 4 && depth != 8 && depth != 16)
        status = eh_fail(err, EH_ERR_INPUT, "a TIFF of %u bits per number is not read", depth);
    else if (TIFFIsTiled(tiff))
        status = eh_fail(err, EH_ERR_INPUT, "a TIFF in tiles is not read as numbers; save masks as PNG");
    else
        status = eh_image_alloc(out, info->width, info->height, 1, err);
    if (status == EH_OK)
        status = read_strips(out, tiff, &s, depth, err);
    TIFFClose(tiff);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}

const eh_codec eh_codec_tiff = {
    .entry = { .name = "tiff",
               .summary = "the first page of a TIFF, in every layout and compression that libtiff knows",
               .source = "Adobe, TIFF 6.0, 1992" },
    .match = match,
    .probe = probe,
    .decode = decode,
    .indices = indices,
};
