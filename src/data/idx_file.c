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

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define MAX_BYTES     ((uint64_t)8 << 30)
#define DEFLATE_RATIO 1032

typedef struct source {
    gzFile file;
    const char *path;
} source;

/* Up to `size` bytes; *got says how many there were. */
static eh_status read_bytes(source *s, uint8_t *out, uint64_t size, uint64_t *got, eh_error *err)
{
    *got = 0;
    while (*got < size) {
        uint64_t left = size - *got;
        int n = gzread(s->file, out + *got, left > (1u << 24) ? 1u << 24 : (unsigned)left);
        if (n < 0) {
            int code;
            const char *reason = gzerror(s->file, &code);
            if (code == Z_ERRNO)
                return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be read", s->path);
            if (code == Z_BUF_ERROR)
                return EH_OK; /* the gzip ends too early; the caller compares the lengths */
            if (code == Z_MEM_ERROR)
                return eh_fail(err, EH_ERR_MEMORY, "not enough memory to unpack %s", s->path);
            return eh_fail(err, EH_ERR_INPUT, "%s is a damaged gzip file (%s); fetch it again", s->path,
                           reason);
        }
        if (n == 0)
            return EH_OK;
        *got += (uint64_t)n;
    }
    return EH_OK;
}

static eh_status read_header(eh_idx_file *out, source *s, uint64_t *bytes, eh_error *err)
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
static eh_status check_length(const eh_idx_file *idx, const source *s, uint64_t bytes, eh_error *err)
{
    struct stat info;
    if (stat(s->path, &info) != 0)
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be examined", s->path);
    uint64_t length = (uint64_t)info.st_size, header = 4 + 4 * (uint64_t)idx->dimensions;
    if (gzdirect(s->file)) {
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

static eh_status read_data(eh_idx_file *out, source *s, uint64_t bytes, eh_error *err)
{
    uint64_t got, more;
    uint8_t extra;
    out->data = eh_alloc_raw((size_t)bytes + 1, 1);
    if (!out->data)
        return eh_fail_memory(err, s->path, (size_t)bytes, 1);
    EH_TRY(read_bytes(s, out->data, bytes, &got, err));
    if (got < bytes)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s says it holds %u items (%llu bytes), but ends after %llu bytes; fetch it again",
                       s->path, out->size[0], (unsigned long long)bytes, (unsigned long long)got);
    EH_TRY(read_bytes(s, &extra, 1, &more, err)); /* also makes zlib compare the checksum */
    if (more)
        return eh_fail(err, EH_ERR_INPUT, "%s has more bytes than the %u items that its header names",
                       s->path, out->size[0]);
    int code;
    gzerror(s->file, &code);
    if (code == Z_BUF_ERROR)
        return eh_fail(err, EH_ERR_INPUT, "%s is a gzip file whose end is missing; fetch it again", s->path);
    return EH_OK;
}

eh_status eh_idx_read(eh_idx_file *out, const char *path, int with_data, eh_error *err)
{
    *out = (eh_idx_file){ 0 };
    uint64_t bytes = 0;
    errno = 0;
    source s = { .file = gzopen(path, "rbe"), .path = path };
    if (!s.file)
        return errno == ENOENT ? eh_fail(err, EH_ERR_INPUT, "there is no file %s; check the path", path)
                               : eh_fail_errno(err, errno ? EH_ERR_IO : EH_ERR_MEMORY, errno ? errno : ENOMEM,
                                               "%s cannot be opened", path);
    eh_status status = read_header(out, &s, &bytes, err);
    if (status == EH_OK)
        status = check_length(out, &s, bytes, err);
    if (status == EH_OK && with_data)
        status = read_data(out, &s, bytes, err);
    gzclose_r(s.file);
    if (status != EH_OK)
        eh_idx_clear(out);
    return status;
}

void eh_idx_clear(eh_idx_file *idx)
{
    eh_free(idx->data);
    *idx = (eh_idx_file){ 0 };
}
