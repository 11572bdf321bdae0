/* codec_pnm.c - PBM, PGM and PPM, as text (P1, P2, P3) and binary (P4, P5, P6), 8 and 16 bit.
 *
 *     "P5"  space  width  space  height  space  largest value  one space  samples
 *
 * Idea    A header of numbers apart by white space, in which '#' begins a comment that ends with its line; P1 and P4 have no largest value. Samples are one
 *         byte where the largest value is below 256, else two with the more significant first; P4 has eight pixels a byte, 1 being black. Samples become
 *         8 bits by value * 255 / largest value, rounded.
 * Source  pbm(5), pgm(5), ppm(5) of Netpbm.
 * Easy to get wrong: in P1 the digits need no space between them; after the last number of a binary header exactly one white space stands; a value may
 * exceed the largest one (refused). Of several pictures in one file the first is read.
 */
#include "image/codec.h"

#include <string.h>

typedef struct header {
    int type; /* 1 .. 6 */
    int width, height, channels;
    uint32_t largest;
    size_t at; /* of the first sample */
} header;

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool match(const uint8_t *bytes, size_t size)
{
    return size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
           (is_space(bytes[2]) || bytes[2] == '#');
}

static void skip_space(const uint8_t *bytes, size_t size, size_t *at)
{
    while (*at < size && (is_space(bytes[*at]) || bytes[*at] == '#'))
        if (bytes[(*at)++] == '#')
            while (*at < size && bytes[*at] != '\n' && bytes[*at] != '\r')
                ++*at;
}

/* The next number, at most 9 digits; false when there is none. */
static bool next_number(const uint8_t *bytes, size_t size, size_t *at, uint32_t *out)
{
    skip_space(bytes, size, at);
    size_t first = *at;
    *out = 0;
    while (*at < size && bytes[*at] >= '0' && bytes[*at] <= '9' && *at - first < 10)
        *out = *out * 10 + (uint32_t)(bytes[(*at)++] - '0');
    return *at > first && *at - first < 10;
}

static eh_status read_header(header *h, const uint8_t *bytes, size_t size, eh_error *err)
{
    uint32_t width, height;
    *h = (header){ .type = bytes[1] - '0', .largest = 1, .at = 2 };
    bool bits = h->type == 1 || h->type == 4;
    h->channels = h->type == 3 || h->type == 6 ? 3 : 1;
    if (!next_number(bytes, size, &h->at, &width) || !next_number(bytes, size, &h->at, &height) ||
        (!bits && !next_number(bytes, size, &h->at, &h->largest)))
        return eh_fail(err, EH_ERR_INPUT,
                       h->at < size ? "damaged PNM: its header has no number at byte %zu"
                                    : "truncated PNM: it ends inside its header at byte %zu",
                       h->at);
    if (h->largest < 1 || h->largest > 65535)
        return eh_fail(err, EH_ERR_INPUT, "damaged PNM: its largest value is %u, but must be 1 to 65535",
                       h->largest);
    if (h->type >= 4) {
        if (h->at == size)
            return eh_fail(err, EH_ERR_INPUT, "truncated PNM: it ends with its header");
        if (!is_space(bytes[h->at]))
            return eh_fail(err, EH_ERR_INPUT, "damaged PNM: its header has no number at byte %zu", h->at);
        h->at++;
    }
    h->width = (int)width;
    h->height = (int)height;
    return EH_OK;
}

static eh_status probe(eh_image_info *out, const uint8_t *bytes, size_t size, eh_error *err)
{
    header h;
    EH_TRY(read_header(&h, bytes, size, err));
    *out = (eh_image_info){ .width = h.width, .height = h.height, .channels = h.channels, .orientation = 1 };
    return EH_OK;
}

/* Samples in all, after a look at whether the bytes can hold them, so that a lie asks for no memory. */
static eh_status count_samples(size_t *count, const header *h, size_t size, eh_error *err)
{
    size_t width = (size_t)h->width, height = (size_t)h->height, left = size - h->at, least;
    *count = width * height * (size_t)h->channels; /* within the limits */
    if (h->type == 4)
        least = (width + 7) / 8 * height;
    else if (h->type > 4)
        least = *count * (h->largest > 255 ? 2 : 1);
    else
        least = h->type == 1 ? *count : 2 * *count - 1; /* digits, and a space between two */
    if (left < least)
        return eh_fail(err, EH_ERR_INPUT,
                       "truncated PNM: %d x %d pixels need at least %zu bytes, but %zu follow", h->width,
                       h->height, least, left);
    return EH_OK;
}

/* Sample by sample. */
typedef struct reader {
    const header *h;
    const uint8_t *bytes;
    size_t size, at, taken;
} reader;

/* The next sample; false at the end or where no number stands. */
static bool next_sample(reader *r, uint32_t *out)
{
    const header *h = r->h;
    if (h->type == 1) { /* 1 is black */
        skip_space(r->bytes, r->size, &r->at);
        if (r->at == r->size || (r->bytes[r->at] != '0' && r->bytes[r->at] != '1'))
            return false;
        *out = r->bytes[r->at++] == '0';
        return true;
    }
    if (h->type < 4)
        return next_number(r->bytes, r->size, &r->at, out);
    if (h->type == 4) {
        size_t x = r->taken % (size_t)h->width, y = r->taken / (size_t)h->width;
        size_t stride = ((size_t)h->width + 7) / 8;
        *out = !(r->bytes[h->at + y * stride + x / 8] >> (7 - x % 8) & 1);
        r->taken++;
    } else if (h->largest > 255) {
        *out = (uint32_t)r->bytes[r->at] << 8 | r->bytes[r->at + 1];
        r->at += 2;
    } else {
        *out = r->bytes[r->at++];
    }
    return true;
}

/* `scale`: to 8 bits; else the numbers as stored. */
static eh_status read_samples(eh_image *out, const uint8_t *bytes, size_t size, bool scale, eh_error *err)
{
    header h;
    size_t count;
    uint32_t value;
    EH_TRY(read_header(&h, bytes, size, err));
    EH_TRY(count_samples(&count, &h, size, err));
    if (!scale && h.channels > 1)
        return eh_fail_no_indices(err, "PPM", "colours");
    EH_TRY(eh_image_alloc(out, h.width, h.height, h.channels, err));
    if (h.type > 4 && h.largest == 255) {
        memcpy(out->data, bytes + h.at, count);
        return EH_OK;
    }
    reader r = { .h = &h, .bytes = bytes, .size = size, .at = h.at };
    eh_status status = EH_OK;
    for (size_t i = 0; i < count && status == EH_OK; i++) {
        if (!next_sample(&r, &value))
            status = eh_fail(err, EH_ERR_INPUT,
                             r.at < size ? "damaged PNM: no number stands at byte %zu"
                                         : "truncated PNM: it ends at byte %zu",
                             r.at);
        else if (value > h.largest)
            status = eh_fail(err, EH_ERR_INPUT, "damaged PNM: the value %u exceeds the largest one, %u",
                             value, h.largest);
        else if (!scale && value > 255)
            status = eh_fail_no_indices(err, "PGM", "16-bit numbers beyond 255");
        else
            out->data[i] = scale ? (uint8_t)((value * 255 + h.largest / 2) / h.largest) : (uint8_t)value;
    }
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}

static eh_status decode(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                        const eh_decode_opts *opts, eh_error *err)
{
    (void)info;
    (void)opts;
    return read_samples(out, bytes, size, true, err);
}

static eh_status indices(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                         eh_error *err)
{
    (void)info;
    return read_samples(out, bytes, size, false, err);
}

const eh_codec eh_codec_pnm = {
    .entry = { .name = "pnm",
               .summary = "PBM, PGM and PPM, as text and binary, up to 16 bits",
               .source = "Netpbm, pbm(5), pgm(5) and ppm(5)" },
    .match = match,
    .probe = probe,
    .decode = decode,
    .indices = indices,
};
