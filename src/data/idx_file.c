/* idx_file.c - reading an IDX file.
 *
 *     offset  bytes
 *          0      2  0, 0
 *          2      1  type of the values: 8 = unsigned byte (the only one that images use)
 *          3      1  number of dimensions d
 *          4    4*d  sizes, big-endian
 *      4 + 4*d       values, last dimension fastest
 *
 * Source   Yann LeCun, "The IDX file format", on the MNIST page.
 * Easy to get wrong: a gzip does not say how long its contents are (its last four bytes do so only modulo 2^32, and may lie). DEFLATE
 * cannot shrink by more than 1032:1, so a header that claims more than that is refused before memory is asked for.
 */
#include "data/idx_file.h"

#include "evenhand/memory.h"

#include <string.h>
#include <zlib.h>

#define MAX_BYTES     ((uint64_t)8 << 30)
#define DEFLATE_RATIO 1032

/* The member's bytes, taken from the front; gzip is undone on the way. */
typedef struct stream {
    const char *path;
    const uint8_t *at;   /* what is left of a member that is no gzip */
    size_t left, length; /* length: of the member as stored */
    bool gzip, ended, cut;
    z_stream z;
} stream;

static eh_status stream_begin(stream *s, const eh_source_bytes *bytes, const char *path, eh_error *err)
{
    *s = (stream){ .path = path, .at = bytes->data, .left = bytes->size, .length = bytes->size };
    s->gzip = bytes->size >= 2 && bytes->data[0] == 0x1f && bytes->data[1] == 0x8b;
    s->z.next_in = (uint8_t *)(uintptr_t)bytes->data; /* zlib reads only, but does not say so */
    if (s->gzip && inflateInit2(&s->z, 15 + 16) != Z_OK)
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to unpack %s", path);
    return EH_OK;
}

static void stream_end(stream *s)
{
    if (s->gzip)
        inflateEnd(&s->z);
}

/* One call of inflate on at most 1 GiB each way. */
static eh_status inflate_some(stream *s, uint8_t *out, uint64_t size, uint64_t *got, eh_error *err)
{
    const unsigned most = 1u << 30;
    unsigned in = s->left > most ? most : (unsigned)s->left, room = size > most ? most : (unsigned)size;
    s->z.avail_in = in;
    s->z.next_out = out;
    s->z.avail_out = room;
    int code = inflate(&s->z, Z_NO_FLUSH);
    s->left -= in - s->z.avail_in;
    *got += room - s->z.avail_out;
    if (code == Z_MEM_ERROR)
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to unpack %s", s->path);
    if (code == Z_STREAM_END) { /* another gzip may follow; anything else behind it is passed over */
        s->ended =
            s->left < 2 || s->z.next_in[0] != 0x1f || s->z.next_in[1] != 0x8b || inflateReset(&s->z) != Z_OK;
    } else if (code == Z_BUF_ERROR || (code == Z_OK && s->left == 0 && s->z.avail_out > 0)) {
        s->ended = s->cut = true; /* the gzip ends too early; the caller compares the lengths */
    } else if (code != Z_OK) {
        return eh_fail(err, EH_ERR_INPUT, "%s is a damaged gzip file (%s); fetch it again", s->path,
                       s->z.msg ? s->z.msg : "its contents make no sense");
    }
    return EH_OK;
}

/* Up to `size` bytes; *got says how many there were. */
static eh_status read_bytes(stream *s, uint8_t *out, uint64_t size, uint64_t *got, eh_error *err)
{
    *got = 0;
    if (!s->gzip) {
        *got = s->left < size ? s->left : size;
        if (*got)
            memcpy(out, s->at, (size_t)*got);
        s->at += *got;
        s->left -= (size_t)*got;
        return EH_OK;
    }
    while (*got < size && !s->ended)
        EH_TRY(inflate_some(s, out + *got, size - *got, got, err));
    return EH_OK;
}

static eh_status read_header(eh_idx_file *out, stream *s, uint64_t *bytes, eh_error *err)
{
    uint8_t head[4 + 4 * EH_IDX_MAX_DIMENSIONS];
    uint64_t got;
    EH_TRY(read_bytes(s, head, 4, &got, err));
    if (got < 4 || head[0] != 0 || head[1] != 0)
        return eh_fail(err, EH_ERR_INPUT, "%s is not an IDX file (it does not begin with two zero bytes)",
                       s->path);
    if (head[2] != 8)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s holds values of IDX type 0x%02x; images and labels are unsigned bytes (0x08)",
                       s->path, head[2]);
    if (head[3] < 1 || head[3] > EH_IDX_MAX_DIMENSIONS)
        return eh_fail(err, EH_ERR_INPUT, "%s has %d dimensions; 1 to %d can be read", s->path, head[3],
                       EH_IDX_MAX_DIMENSIONS);
    out->dimensions = head[3];
    EH_TRY(read_bytes(s, head + 4, 4 * (uint64_t)out->dimensions, &got, err));
    if (got < 4 * (uint64_t)out->dimensions)
        return eh_fail(err, EH_ERR_INPUT, "%s ends inside its header; fetch it again", s->path);
    *bytes = 1;
    for (int i = 0; i < out->dimensions; i++) {
        const uint8_t *b = head + 4 + 4 * i;
        out->size[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        if (out->size[i] != 0 && *bytes > UINT64_MAX / out->size[i])
            return eh_fail(err, EH_ERR_LIMIT, "%s: the sizes in its header are too large to be true",
                           s->path);
        *bytes *= out->size[i];
    }
    return EH_OK;
}

/* The claim of the header against the length of the file. */
static eh_status check_length(const eh_idx_file *idx, const stream *s, uint64_t bytes, eh_error *err)
{
    uint64_t length = s->length, header = 4 + 4 * (uint64_t)idx->dimensions;
    if (!s->gzip) {
        if (length < header + bytes)
            return eh_fail(err, EH_ERR_INPUT,
                           "%s says it holds %u items (%llu bytes), but ends after %llu bytes; fetch it "
                           "again",
                           s->path, idx->size[0], (unsigned long long)bytes,
                           (unsigned long long)(length - header));
        if (length > header + bytes)
            return eh_fail(err, EH_ERR_INPUT,
                           "%s has %llu bytes more than the %u items that its header names", s->path,
                           (unsigned long long)(length - header - bytes), idx->size[0]);
    } else if (bytes / DEFLATE_RATIO > length) {
        return eh_fail(err, EH_ERR_INPUT,
                       "%s says it holds %u items (%llu bytes), which %llu compressed bytes cannot hold; "
                       "fetch it again",
                       s->path, idx->size[0], (unsigned long long)bytes, (unsigned long long)length);
    }
    if (bytes > MAX_BYTES)
        return eh_fail(err, EH_ERR_LIMIT, "%s holds %llu bytes of values; at most 8 GiB can be read", s->path,
                       (unsigned long long)bytes);
    return EH_OK;
}

/* Unpacks the values; those of a file that is no gzip are used where they are. */
static eh_status read_data(eh_idx_file *out, stream *s, uint64_t bytes, eh_error *err)
{
    uint64_t got, more;
    uint8_t extra;
    if (!s->gzip) {
        out->data = s->at;
        return EH_OK;
    }
    out->unpacked = eh_alloc_raw((size_t)bytes + 1, 1);
    if (!out->unpacked)
        return eh_fail_memory(err, s->path, (size_t)bytes, 1);
    out->data = out->unpacked;
    EH_TRY(read_bytes(s, out->unpacked, bytes, &got, err));
    if (got < bytes)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s says it holds %u items (%llu bytes), but ends after %llu bytes; fetch it again",
                       s->path, out->size[0], (unsigned long long)bytes, (unsigned long long)got);
    EH_TRY(read_bytes(s, &extra, 1, &more, err)); /* also makes zlib compare the checksum */
    if (more)
        return eh_fail(err, EH_ERR_INPUT, "%s has more bytes than the %u items that its header names",
                       s->path, out->size[0]);
    if (s->cut)
        return eh_fail(err, EH_ERR_INPUT, "%s is a gzip file whose end is missing; fetch it again", s->path);
    return EH_OK;
}

eh_status eh_idx_read(eh_idx_file *out, const eh_source *source, const char *path, int with_data,
                      eh_error *err)
{
    *out = (eh_idx_file){ 0 };
    uint64_t bytes = 0;
    stream s = { 0 };
    eh_status status;
    EH_TRY_GOTO(status, eh_source_view(&out->bytes, source, path, MAX_BYTES, err));
    EH_TRY_GOTO(status, stream_begin(&s, &out->bytes, path, err));
    EH_TRY_GOTO(status, read_header(out, &s, &bytes, err));
    EH_TRY_GOTO(status, check_length(out, &s, bytes, err));
    if (with_data)
        EH_TRY_GOTO(status, read_data(out, &s, bytes, err));
done:
    stream_end(&s);
    if (status != EH_OK)
        eh_idx_clear(out);
    else if (!with_data || out->unpacked)
        eh_source_unview(&out->bytes);
    return status;
}

void eh_idx_clear(eh_idx_file *idx)
{
    eh_source_unview(&idx->bytes);
    eh_free(idx->unpacked);
    *idx = (eh_idx_file){ 0 };
}
