/* codec_gif.c - the first frame of a GIF.
 *
 *     "GIF87a" or "GIF89a", width, height of the screen, flags, background, aspect     13 bytes
 *     palette of RGB entries, where the flags say so
 *     blocks: 0x21 extension (0xf9 says which index is transparent), 0x2c frame, 0x3b the end; what they hold comes in pieces of up to 255 bytes
 *     frame: place, size, flags, own palette; then LZW codes of its indices
 *
 * Idea    LZW: a code is an index, or "clear", or "end", or the text of an earlier code and one index more. The table of texts is a chain of (code before,
 *         last index), written out backwards. Codes grow from one bit more than an index needs to 12 bits; a full table stays as it is until "clear".
 * Source  CompuServe, "Graphics Interchange Format, Version 89a", 1990, appendix F.
 * Cost    linear in the pixels.
 * Easy to get wrong: a code may name the text that is just being made (its last index is then its first); the code length grows when the table reaches a
 * power of two, after the entry is made; interlaced frames have four passes. Where the frame does not cover the screen the picture is transparent, and a
 * frame beyond the screen makes it larger, as in Pillow.
 */
#include "image/codec.h"

#include <string.h>

enum { MOST_CODES = 4096 };

typedef struct header {
    int width, height;           /* of the picture */
    int left, top, across, down; /* of the frame */
    bool interlaced;
    const uint8_t *palette;
    int colours, transparent; /* -1: none */
    int first_bits;
    size_t at; /* of the first piece of codes */
} header;

static bool match(const uint8_t *bytes, size_t size)
{
    return size >= 6 && (memcmp(bytes, "GIF87a", 6) == 0 || memcmp(bytes, "GIF89a", 6) == 0);
}

static int u16(const uint8_t *p)
{
    return p[0] | p[1] << 8;
}

static eh_status fail_cut(eh_error *err, size_t at)
{
    return eh_fail(err, EH_ERR_INPUT, "truncated GIF: it ends at byte %zu, inside its first frame", at);
}

/* Steps over pieces up to and with the empty one; false at the end of the file. */
static bool skip_pieces(const uint8_t *bytes, size_t size, size_t *at)
{
    while (*at < size && bytes[*at]) {
        if (size - *at <= bytes[*at])
            return false;
        *at += (size_t)bytes[*at] + 1;
    }
    return (*at)++ < size;
}

/* A palette behind the flags, if they say that there is one. */
static bool take_palette(header *h, int flags, const uint8_t *bytes, size_t size, size_t *at)
{
    if (!(flags & 0x80))
        return true;
    h->colours = 2 << (flags & 7);
    h->palette = bytes + *at;
    if (size - *at < 3 * (size_t)h->colours)
        return false;
    *at += 3 * (size_t)h->colours;
    return true;
}

/* The frame whose place, size and flags begin at `at`. */
static eh_status read_frame(header *h, const uint8_t *bytes, size_t size, size_t at, eh_error *err)
{
    if (size - at < 10)
        return fail_cut(err, size);
    h->left = u16(bytes + at);
    h->top = u16(bytes + at + 2);
    h->across = u16(bytes + at + 4);
    h->down = u16(bytes + at + 6);
    int flags = bytes[at + 8];
    h->interlaced = flags & 0x40;
    at += 9;
    if (!take_palette(h, flags, bytes, size, &at) || at >= size)
        return fail_cut(err, size);
    h->first_bits = bytes[at];
    h->at = at + 1;
    if (h->across < 1 || h->down < 1 || h->first_bits < 1 || h->first_bits > 11 || !h->palette)
        return eh_fail(err, EH_ERR_INPUT, "damaged GIF: its first frame makes no sense");
    h->width = h->left + h->across > h->width ? h->left + h->across : h->width;
    h->height = h->top + h->down > h->height ? h->top + h->down : h->height;
    return EH_OK;
}

static eh_status read_header(header *h, const uint8_t *bytes, size_t size, eh_error *err)
{
    size_t at = 13;
    *h = (header){ .transparent = -1 };
    if (size < at)
        return fail_cut(err, size);
    h->width = u16(bytes + 6);
    h->height = u16(bytes + 8);
    if (!take_palette(h, bytes[10], bytes, size, &at))
        return fail_cut(err, size);
    while (at < size && bytes[at] != 0x2c) {
        if (bytes[at] == 0x3b)
            return eh_fail(err, EH_ERR_INPUT, "damaged GIF: it has no frame");
        if (bytes[at] != 0x21)
            return eh_fail(err, EH_ERR_INPUT, "damaged GIF: no block begins at byte %zu", at);
        /* 0x21, 0xf9, 4, flags, delay, index, 0 */
        if (size - at >= 8 && bytes[at + 1] == 0xf9 && bytes[at + 2] >= 4)
            h->transparent = bytes[at + 3] & 1 ? bytes[at + 6] : -1;
        at += 2;
        if (!skip_pieces(bytes, size, &at))
            return fail_cut(err, size);
    }
    return at < size ? read_frame(h, bytes, size, at + 1, err) : fail_cut(err, size);
}

static bool is_transparent(const header *h)
{
    return h->transparent >= 0 || h->across < h->width || h->down < h->height;
}

static eh_status probe(eh_image_info *out, const uint8_t *bytes, size_t size, eh_error *err)
{
    header h;
    EH_TRY(read_header(&h, bytes, size, err));
    *out = (eh_image_info){
        .width = h.width, .height = h.height, .channels = is_transparent(&h) ? 4 : 3, .orientation = 1
    };
    return EH_OK;
}

/* Bits out of the pieces, least significant first. */
typedef struct bit_reader {
    const uint8_t *bytes;
    size_t size, at;
    unsigned left; /* of the piece */
    uint32_t held;
    int bits;
} bit_reader;

/* The next code, or -1 at the end. */
static int next_code(bit_reader *r, int bits)
{
    while (r->bits < bits) {
        if (r->left == 0) {
            if (r->at >= r->size || r->bytes[r->at] == 0)
                return -1;
            r->left = r->bytes[r->at++];
        }
        if (r->at >= r->size)
            return -1;
        r->held |= (uint32_t)r->bytes[r->at++] << r->bits;
        r->left--;
        r->bits += 8;
    }
    int code = (int)(r->held & ((1u << bits) - 1));
    r->held >>= bits;
    r->bits -= bits;
    return code;
}

/* The texts of codes, and what is being written. */
typedef struct lzw {
    uint16_t before[MOST_CODES];
    uint8_t last[MOST_CODES];
    uint16_t length[MOST_CODES];
    int next, bits, clear;
    uint8_t *out;
    size_t size, done;
} lzw;

static void lzw_clear(lzw *z, int first_bits)
{
    z->clear = 1 << first_bits;
    z->next = z->clear + 2;
    z->bits = first_bits + 1;
}

/* Writes the text of a code as far as there is room; returns its first index. */
static uint8_t lzw_write(lzw *z, int code)
{
    size_t length = z->length[code], at = z->done + length;
    z->done = at < z->size ? at : z->size;
    while (length-- > 1) {
        if (--at < z->size)
            z->out[at] = z->last[code];
        code = z->before[code];
    }
    if (--at < z->size)
        z->out[at] = z->last[code];
    return z->last[code];
}

static void lzw_add(lzw *z, int before, uint8_t last)
{
    if (z->next >= MOST_CODES)
        return;
    z->before[z->next] = (uint16_t)before;
    z->last[z->next] = last;
    z->length[z->next] = (uint16_t)(z->length[before] + 1);
    z->next++;
    if (z->next == 1 << z->bits && z->bits < 12)
        z->bits++;
}

static uint8_t first_of(const lzw *z, int code)
{
    for (int length = z->length[code]; length > 1; length--)
        code = z->before[code];
    return z->last[code];
}

/* The frame's indices, in the order in which they are stored. */
static eh_status unpack(uint8_t *out, const header *h, const uint8_t *bytes, size_t size, eh_error *err)
{
    lzw z = { .out = out, .size = (size_t)h->across * (size_t)h->down };
    bit_reader r = { .bytes = bytes, .size = size, .at = h->at };
    int before = -1;
    lzw_clear(&z, h->first_bits);
    for (int i = 0; i < z.clear; i++) {
        z.last[i] = (uint8_t)i;
        z.length[i] = 1;
    }
    while (z.done < z.size) {
        int code = next_code(&r, z.bits);
        if (code < 0 || code == z.clear + 1)
            return eh_fail(err, EH_ERR_INPUT,
                           "truncated GIF: only %zu of %zu pixels of its first frame are there", z.done,
                           z.size);
        if (code == z.clear) {
            lzw_clear(&z, h->first_bits);
            before = -1;
            continue;
        }
        if (code > z.next || (code >= z.clear && before < 0) || (code == z.next && z.next == MOST_CODES))
            return eh_fail(err, EH_ERR_INPUT, "damaged GIF: a code of its first frame makes no sense");
        if (code == z.next)
            lzw_add(&z, before, first_of(&z, before));
        else if (before >= 0)
            lzw_add(&z, before, first_of(&z, code));
        lzw_write(&z, code);
        before = code;
    }
    /* The codes end with an empty piece, and another block follows: the end at least. */
    size_t at = r.at + r.left;
    if (at > size || !skip_pieces(bytes, size, &at) || at >= size)
        return fail_cut(err, size);
    return EH_OK;
}

/* Row of the frame that its y-th stored row is. */
static int row_of(const header *h, int y)
{
    static const int begin[] = { 0, 4, 2, 1 }, step[] = { 8, 8, 4, 2 };
    for (int pass = 0; pass < 4 && h->interlaced; pass++) {
        int rows = h->down > begin[pass] ? (h->down - begin[pass] + step[pass] - 1) / step[pass] : 0;
        if (y < rows)
            return begin[pass] + y * step[pass];
        y -= rows;
    }
    return y;
}

/* The indices of the frame, row by row from the top. */
static eh_status read_frame_indices(eh_image *out, const header *h, const uint8_t *bytes, size_t size,
                                    eh_error *err)
{
    eh_image stored = { 0 };
    eh_status status;
    EH_TRY_GOTO(status, eh_image_alloc(&stored, h->across, h->down, 1, err));
    EH_TRY_GOTO(status, unpack(stored.data, h, bytes, size, err));
    EH_TRY_GOTO(status, eh_image_alloc(out, h->across, h->down, 1, err));
    for (int y = 0; y < h->down; y++)
        memcpy(out->data + (size_t)row_of(h, y) * (size_t)h->across,
               stored.data + (size_t)y * (size_t)h->across, (size_t)h->across);
done:
    eh_image_clear(&stored);
    return status;
}

static eh_status decode(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                        const eh_decode_opts *opts, eh_error *err)
{
    header h;
    eh_image frame = { 0 };
    eh_status status;
    (void)opts;
    EH_TRY(read_header(&h, bytes, size, err));
    EH_TRY_GOTO(status, read_frame_indices(&frame, &h, bytes, size, err));
    EH_TRY_GOTO(status, eh_image_alloc(out, h.width, h.height, info->channels, err));
    size_t channels = (size_t)out->channels;
    for (int y = 0; y < h.down; y++) {
        const uint8_t *in = frame.data + (size_t)y * (size_t)h.across;
        uint8_t *to = out->data + ((size_t)(h.top + y) * (size_t)h.width + (size_t)h.left) * channels;
        for (int x = 0; x < h.across; x++, in++, to += channels) {
            if (*in < h.colours)
                memcpy(to, h.palette + 3 * (size_t)*in, 3);
            if (channels == 4)
                to[3] = *in == h.transparent ? 0 : 255;
        }
    }
done:
    eh_image_clear(&frame);
    return status;
}

/* Where the frame does not cover the screen: the transparent index, else 0. */
static eh_status indices(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                         eh_error *err)
{
    header h;
    eh_image frame = { 0 };
    eh_status status;
    (void)info;
    EH_TRY(read_header(&h, bytes, size, err));
    EH_TRY_GOTO(status, read_frame_indices(&frame, &h, bytes, size, err));
    EH_TRY_GOTO(status, eh_image_alloc(out, h.width, h.height, 1, err));
    memset(out->data, h.transparent < 0 ? 0 : h.transparent, (size_t)h.width * (size_t)h.height);
    for (int y = 0; y < h.down; y++)
        memcpy(out->data + (size_t)(h.top + y) * (size_t)h.width + h.left,
               frame.data + (size_t)y * (size_t)h.across, (size_t)h.across);
done:
    eh_image_clear(&frame);
    return status;
}

const eh_codec eh_codec_gif = {
    .entry = { .name = "gif", .summary = "the first frame of a GIF", .source = "CompuServe, GIF 89a, 1990" },
    .match = match,
    .probe = probe,
    .decode = decode,
    .indices = indices,
};
