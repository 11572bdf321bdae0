/* codec_bmp.c - Windows and OS/2 bitmaps: 1, 2, 4, 8, 16, 24 and 32 bits, run-length coded ones, bit fields, bottom-up and top-down.
 *
 *     offset  bytes
 *          0      2  "BM"
 *         10      4  where the pixels begin
 *         14      4  size of the information header: 12 (OS/2), 40, 52, 56, 64, 108 or 124
 *         18    4+4  width, height (2+2 in the 12-byte one); a negative height: rows from the top
 *         28      2  bits per pixel
 *         30      4  0 plain, 1 run lengths of bytes, 2 of nibbles, 3 and 6 bit fields
 *         46      4  colours in the palette, 0 = all
 *         54    3*4  masks of red, green, blue (and alpha where the header is longer), in bit fields
 *
 * Idea    Every row fills whole 32-bit words. Indices go through the palette of BGR or BGRx entries; fields are cut out by their masks and become 8 bits by
 *         value * 255 / largest value, rounded down as Pillow does.
 * Source  Microsoft, "Bitmap Storage" and "Bitmap Compression" (wingdi.h).
 * Easy to get wrong: the masks follow a 40-byte header but are part of longer ones; the fourth byte of plain 32-bit pixels is no alpha; an odd run of
 * literal indices is filled up to 16 bits; a run may not leave its row.
 */
#include "image/codec.h"

#include "evenhand/memory.h"

#include <string.h>

enum { PLAIN, RUNS_8, RUNS_4, FIELDS, FIELDS_ALPHA = 6 };

typedef struct header {
    int width, height, bits;
    bool top_down;
    uint32_t coding, mask[4];
    size_t pixels;  /* where they begin */
    size_t palette; /* where it begins */
    size_t colours, colour_size;
} header;

static uint32_t u16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | u16(p + 2) << 16;
}

static bool match(const uint8_t *bytes, size_t size)
{
    static const uint8_t sizes[] = { 12, 40, 52, 56, 64, 108, 124 };
    return size >= 18 && bytes[0] == 'B' && bytes[1] == 'M' && u32(bytes + 14) <= 124 &&
           memchr(sizes, (int)u32(bytes + 14), sizeof sizes);
}

static eh_status fail_bmp(eh_error *err, const char *what)
{
    return eh_fail(err, EH_ERR_INPUT, "damaged BMP: %s", what);
}

/* The masks of bit fields, and those that plain pixels have without saying so. */
static eh_status read_masks(header *h, const uint8_t *bytes, size_t size, size_t info_size, eh_error *err)
{
    static const uint32_t plain_16[4] = { 0x7c00, 0x3e0, 0x1f, 0 },
                          plain_32[4] = { 0xff0000, 0xff00, 0xff, 0 };
    memcpy(h->mask, h->bits == 16 ? plain_16 : plain_32, sizeof h->mask);
    if (h->coding != FIELDS && h->coding != FIELDS_ALPHA)
        return EH_OK;
    bool alpha = info_size >= 56 || h->coding == FIELDS_ALPHA;
    size_t masks = alpha ? 4 : 3;
    if (size < 54 + 4 * masks)
        return eh_fail(err, EH_ERR_INPUT, "truncated BMP: it ends inside its header");
    h->mask[3] = 0;
    for (size_t i = 0; i < masks; i++)
        h->mask[i] = u32(bytes + 54 + 4 * i);
    for (int i = 0; i < 4; i++) { /* one run of bits each */
        uint32_t mask = h->mask[i], low = mask & (~mask + 1), next = mask + low;
        if ((mask && (next & mask) != 0) || (i < 3 && !mask))
            return fail_bmp(err, "its bit fields make no sense");
    }
    return EH_OK;
}

static eh_status read_header(header *h, const uint8_t *bytes, size_t size, eh_error *err)
{
    size_t info_size = u32(bytes + 14);
    *h = (header){ .pixels = u32(bytes + 10),
                   .palette = 14 + info_size,
                   .colour_size = info_size == 12 ? 3 : 4 };
    if (size < 14 + info_size)
        return eh_fail(err, EH_ERR_INPUT, "truncated BMP: it ends inside its header");
    int64_t height = info_size == 12 ? (int64_t)u16(bytes + 20) : (int64_t)(int32_t)u32(bytes + 22);
    int64_t width = info_size == 12 ? (int64_t)u16(bytes + 18) : (int64_t)(int32_t)u32(bytes + 18);
    h->bits = (int)u16(bytes + (info_size == 12 ? 24 : 28));
    h->coding = info_size == 12 ? PLAIN : u32(bytes + 30);
    h->top_down = height < 0;
    height = height < 0 ? -height : height;
    if (width < 1 || height < 1 || height > INT32_MAX)
        return fail_bmp(err, "its size makes no sense");
    h->width = (int)width;
    h->height = (int)height;
    if (h->bits != 1 && h->bits != 2 && h->bits != 4 && h->bits != 8 && h->bits != 16 && h->bits != 24 &&
        h->bits != 32)
        return eh_fail(err, EH_ERR_INPUT, "a BMP of %d bits per pixel is not read", h->bits);
    bool fits = h->coding == PLAIN || (h->coding == RUNS_8 && h->bits == 8) ||
                (h->coding == RUNS_4 && h->bits == 4) ||
                ((h->coding == FIELDS || h->coding == FIELDS_ALPHA) && (h->bits == 16 || h->bits == 32));
    if (!fits || (h->coding != PLAIN && h->coding != FIELDS && h->coding != FIELDS_ALPHA && h->top_down))
        return eh_fail(err, EH_ERR_INPUT, "a BMP of %d bits in coding %u is not read", h->bits, h->coding);
    EH_TRY(read_masks(h, bytes, size, info_size, err));
    if (h->bits > 8)
        return EH_OK;
    uint32_t named = info_size == 12 ? 0 : u32(bytes + 46);
    h->colours = named && named < 1u << h->bits ? named : (size_t)1 << h->bits;
    size_t room = h->pixels > h->palette && h->pixels <= size ? h->pixels - h->palette : 0;
    if (h->colours * h->colour_size > room)
        h->colours = room / h->colour_size; /* some writers leave unused colours out */
    return EH_OK;
}

static eh_status probe(eh_image_info *out, const uint8_t *bytes, size_t size, eh_error *err)
{
    header h;
    EH_TRY(read_header(&h, bytes, size, err));
    *out = (eh_image_info){
        .width = h.width, .height = h.height, .channels = h.bits > 8 && h.mask[3] ? 4 : 3, .orientation = 1
    };
    return EH_OK;
}

/* The row of the picture that row y of the file is. */
static size_t row_of(const header *h, int y)
{
    return (size_t)(h->top_down ? y : h->height - 1 - y);
}

/* Runs of indices into `out` (one channel, zeros where nothing is written). */
static eh_status read_runs(eh_image *out, const header *h, const uint8_t *at, const uint8_t *end,
                           eh_error *err)
{
    bool nibbles = h->coding == RUNS_4;
    int x = 0, y = 0;
    while (end - at >= 2) {
        int count = at[0], value = at[1];
        at += 2;
        if (count == 0 && value == 1)
            return EH_OK;
        if (count == 0 && value == 0) {
            x = 0;
            y++;
            continue;
        }
        if (count == 0 && value == 2) {
            if (end - at < 2)
                break;
            x += at[0];
            y += at[1];
            at += 2;
            if (x > h->width || y > h->height)
                return fail_bmp(err, "a jump leaves the picture");
            continue;
        }
        bool literal = count == 0;
        count = literal ? value : count;
        size_t bytes = literal ? (size_t)(nibbles ? (count + 1) / 2 : count) : 0;
        if ((size_t)(end - at) < bytes)
            break;
        if (y >= h->height || x + count > h->width)
            return fail_bmp(err, "a run of pixels leaves its row");
        uint8_t *to = out->data + row_of(h, y) * (size_t)h->width + x;
        for (int i = 0; i < count; i++) {
            int byte = literal ? at[nibbles ? i / 2 : i] : value;
            to[i] = (uint8_t)(nibbles ? byte >> (i % 2 ? 0 : 4) & 15 : byte);
        }
        x += count;
        at += bytes + bytes % 2 > (size_t)(end - at) ? bytes : bytes + bytes % 2;
    }
    return eh_fail(err, EH_ERR_INPUT, "truncated BMP: its pixels have no end mark");
}

/* Checks that all rows are there; *stride is a row's length. */
static eh_status check_rows(const header *h, size_t size, size_t *stride, eh_error *err)
{
    *stride = ((size_t)h->width * (size_t)h->bits + 31) / 32 * 4;
    size_t last = ((size_t)h->width * (size_t)h->bits + 7) / 8; /* the last row need not be filled up */
    if (h->pixels > size || (size - h->pixels) < *stride * (size_t)(h->height - 1) + last)
        return eh_fail(err, EH_ERR_INPUT,
                       "truncated BMP: %d x %d pixels of %d bits need more than its %zu bytes", h->width,
                       h->height, h->bits, size);
    return EH_OK;
}

/* The indices of a file with a palette, into one channel. */
static eh_status read_indices(eh_image *out, const header *h, const uint8_t *bytes, size_t size,
                              eh_error *err)
{
    size_t stride;
    if (h->coding != PLAIN) {
        if (h->pixels > size)
            return eh_fail(err, EH_ERR_INPUT, "truncated BMP: it ends before its pixels");
        EH_TRY(eh_image_alloc(out, h->width, h->height, 1, err));
        return read_runs(out, h, bytes + h->pixels, bytes + size, err);
    }
    EH_TRY(check_rows(h, size, &stride, err));
    EH_TRY(eh_image_alloc(out, h->width, h->height, 1, err));
    for (int y = 0; y < h->height; y++) {
        const uint8_t *row = bytes + h->pixels + (size_t)y * stride;
        uint8_t *to = out->data + row_of(h, y) * (size_t)h->width;
        for (size_t x = 0; x < (size_t)h->width; x++) {
            size_t bit = x * (size_t)h->bits;
            to[x] = (uint8_t)(row[bit / 8] >> (8 - (size_t)h->bits - bit % 8) & ((1 << h->bits) - 1));
        }
    }
    return EH_OK;
}

/* Indices -> RGB. An index without a colour is black. */
static eh_status look_up(eh_image *out, const eh_image *index, const header *h, const uint8_t *bytes,
                         eh_error *err)
{
    size_t pixels = (size_t)h->width * (size_t)h->height;
    EH_TRY(eh_image_alloc(out, h->width, h->height, 3, err));
    for (size_t i = 0; i < pixels; i++) {
        if (index->data[i] >= h->colours)
            continue;
        const uint8_t *colour = bytes + h->palette + index->data[i] * h->colour_size;
        for (int c = 0; c < 3; c++)
            out->data[3 * i + (size_t)c] = colour[2 - c];
    }
    return EH_OK;
}

/* One sample of a pixel as 8 bits. */
static uint8_t field(uint32_t pixel, uint32_t mask)
{
    uint32_t low = mask & (~mask + 1), most = low ? mask / low : 0;
    return most ? (uint8_t)((uint64_t)((pixel & mask) / low) * 255 / most) : 255;
}

static eh_status read_colours(eh_image *out, const header *h, const uint8_t *bytes, size_t size,
                              eh_error *err)
{
    size_t stride, step = (size_t)h->bits / 8;
    int channels = h->mask[3] ? 4 : 3;
    EH_TRY(check_rows(h, size, &stride, err));
    EH_TRY(eh_image_alloc(out, h->width, h->height, channels, err));
    for (int y = 0; y < h->height; y++) {
        const uint8_t *in = bytes + h->pixels + (size_t)y * stride;
        uint8_t *to = out->data + row_of(h, y) * (size_t)h->width * (size_t)channels;
        for (int x = 0; x < h->width; x++, in += step, to += channels) {
            if (h->bits == 24) {
                to[0] = in[2];
                to[1] = in[1];
                to[2] = in[0];
            } else {
                uint32_t pixel = h->bits == 16 ? u16(in) : u32(in);
                for (int c = 0; c < channels; c++)
                    to[c] = field(pixel, h->mask[c]);
            }
        }
    }
    return EH_OK;
}

static eh_status decode(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                        const eh_decode_opts *opts, eh_error *err)
{
    header h;
    eh_image index = { 0 };
    eh_status status;
    (void)info;
    (void)opts;
    EH_TRY(read_header(&h, bytes, size, err));
    if (h.bits > 8) {
        status = read_colours(out, &h, bytes, size, err);
    } else {
        status = read_indices(&index, &h, bytes, size, err);
        if (status == EH_OK)
            status = look_up(out, &index, &h, bytes, err);
        eh_image_clear(&index);
    }
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}

static eh_status indices(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                         eh_error *err)
{
    header h;
    (void)info;
    EH_TRY(read_header(&h, bytes, size, err));
    if (h.bits > 8)
        return eh_fail_no_indices(err, "BMP", "colours");
    eh_status status = read_indices(out, &h, bytes, size, err);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}

const eh_codec eh_codec_bmp = {
    .entry = { .name = "bmp",
               .summary = "Windows and OS/2 bitmaps, with palette, bit fields and run lengths too",
               .source = "Microsoft, Bitmap Storage" },
    .match = match,
    .probe = probe,
    .decode = decode,
    .indices = indices,
};
