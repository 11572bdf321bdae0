/* npy.c - reading NPY.
 *
 *     offset  bytes
 *          0      6  "\x93NUMPY"
 *          6      2  version: 1.0, 2.0 or 3.0
 *          8      2  length h of the header, little-endian (4 bytes in versions 2 and 3)
 *     10, 12      h  a Python dictionary: {'descr': '<f8', 'fortran_order': False, 'shape': (10000, 10), }
 *   then            the elements
 *
 * Source  NumPy, numpy/lib/format.py ("NPY format", versions 1.0 to 3.0).
 * Easy to get wrong: the dictionary is Python source; only this form of it is read, and nothing is evaluated. A pickle (descr '|O') is refused.
 */
#include "base/npy.h"

#include "evenhand/memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAGIC = 6, CHUNK = 1 << 16 };

struct eh_npy {
    eh_npy_header header;
    int fd;
    char path[];
};

/* ---------------------------------------------------------------- header */

typedef struct reader {
    const char *at, *end;
    const char *name;
} reader;

static void skip_space(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
}

static bool take(reader *r, char c)
{
    skip_space(r);
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool take_word(reader *r, const char *word)
{
    size_t size = strlen(word);
    skip_space(r);
    if ((size_t)(r->end - r->at) < size || memcmp(r->at, word, size) != 0)
        return false;
    r->at += size;
    return true;
}

/* 'text' or "text" into out, at most size - 1 characters. */
static bool take_string(reader *r, char *out, size_t size)
{
    skip_space(r);
    if (r->at == r->end || (*r->at != '\'' && *r->at != '"'))
        return false;
    char quote = *r->at++;
    const char *close = memchr(r->at, quote, (size_t)(r->end - r->at));
    size_t length = close ? (size_t)(close - r->at) : size;
    if (length >= size)
        return false;
    memcpy(out, r->at, length);
    out[length] = '\0';
    r->at = close + 1;
    return true;
}

static bool take_number(reader *r, uint64_t *out)
{
    skip_space(r);
    const char *first = r->at;
    *out = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
        if (*out > (UINT64_MAX - 9) / 10)
            return false;
        *out = *out * 10 + (uint64_t)(*r->at - '0');
    }
    return r->at > first;
}

static eh_status read_shape(eh_npy_header *out, reader *r, eh_error *err)
{
    if (!take(r, '('))
        goto malformed;
    out->elements = 1;
    while (!take(r, ')')) {
        uint64_t size;
        if (out->dimensions == EH_NPY_MAX_DIMENSIONS)
            return eh_fail(err, EH_ERR_INPUT, "%s has more than %d dimensions", r->name,
                           EH_NPY_MAX_DIMENSIONS);
        if (!take_number(r, &size))
            goto malformed;
        if (size && out->elements > INT64_MAX / 16 / size)
            return eh_fail(err, EH_ERR_INPUT, "%s: the sizes in its header are too large to be true",
                           r->name);
        out->size[out->dimensions++] = size;
        out->elements *= size;
        if (!take(r, ',') && (skip_space(r), r->at == r->end || *r->at != ')'))
            goto malformed;
    }
    return EH_OK;
malformed:
    return eh_fail(err, EH_ERR_INPUT, "%s: the shape in its header is malformed", r->name);
}

static eh_status read_type(eh_npy_header *out, reader *r, eh_error *err)
{
    static const char *const known = "bool, integers and floats of 1 to 8 bytes";
    char text[16];
    skip_space(r);
    if (!take_string(r, text, sizeof text))
        return eh_fail(err, EH_ERR_INPUT, "%s holds records or an unknown type; it must hold numbers (%s)",
                       r->name, known);
    const uint16_t one = 1;
    bool little = *(const uint8_t *)&one == 1;
    if (strlen(text) != 3 || !strchr("<>|=", text[0]) || !strchr("fiub", text[1]) ||
        !strchr("1248", text[2]) || (text[1] == 'f' && text[2] == '1') || (text[1] == 'b' && text[2] != '1'))
        return eh_fail(err, EH_ERR_INPUT, "%s holds values of type '%s'; it must hold numbers (%s)", r->name,
                       text, known);
    out->kind = text[1];
    out->bytes = text[2] - '0';
    out->swapped = out->bytes > 1 && ((text[0] == '<' && !little) || (text[0] == '>' && little));
    return EH_OK;
}

static eh_status read_dictionary(eh_npy_header *out, reader *r, eh_error *err)
{
    bool fortran = false, type = false, shape = false;
    char key[24];
    if (!take(r, '{'))
        return eh_fail(err, EH_ERR_INPUT, "%s: its header is not a dictionary", r->name);
    while (!take(r, '}')) {
        if (!take_string(r, key, sizeof key) || !take(r, ':'))
            return eh_fail(err, EH_ERR_INPUT, "%s: its header is malformed", r->name);
        if (strcmp(key, "descr") == 0 && !type) {
            EH_TRY(read_type(out, r, err));
            type = true;
        } else if (strcmp(key, "shape") == 0 && !shape) {
            EH_TRY(read_shape(out, r, err));
            shape = true;
        } else if (strcmp(key, "fortran_order") == 0 &&
                   (take_word(r, "False") || (fortran = take_word(r, "True")))) {
        } else {
            return eh_fail(err, EH_ERR_INPUT, "%s: its header has an unexpected '%s'", r->name, key);
        }
        take(r, ',');
    }
    if (!type || !shape)
        return eh_fail(err, EH_ERR_INPUT, "%s: its header lacks the type or the shape", r->name);
    int wide = 0;
    for (int i = 0; i < out->dimensions; i++)
        wide += out->size[i] > 1;
    if (fortran && wide > 1)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s is stored column by column (Fortran order); save it again with numpy.save(file, "
                       "numpy.ascontiguousarray(a))",
                       r->name);
    return EH_OK;
}

eh_status eh_npy_parse(eh_npy_header *out, const void *bytes, size_t size, const char *name, eh_error *err)
{
    const uint8_t *b = bytes;
    *out = (eh_npy_header){ 0 };
    if (size < MAGIC + 4 || memcmp(b, "\x93NUMPY", MAGIC) != 0)
        return eh_fail(err, EH_ERR_INPUT, "%s is not an NPY file (NumPy's numpy.save makes them)", name);
    if (b[6] < 1 || b[6] > 3)
        return eh_fail(err, EH_ERR_INPUT, "%s is NPY of version %d.%d; 1.0 to 3.0 can be read", name, b[6],
                       b[7]);
    size_t head = b[6] == 1 ? 10 : 12;
    if (size < head)
        return eh_fail(err, EH_ERR_INPUT, "%s ends inside its header", name);
    size_t length = b[6] == 1 ? (size_t)b[8] | (size_t)b[9] << 8
                              : (size_t)b[8] | (size_t)b[9] << 8 | (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (length > EH_NPY_MAX_HEADER - head)
        return eh_fail(err, EH_ERR_INPUT, "%s says its header has %zu bytes; at most %zu can be read", name,
                       length, EH_NPY_MAX_HEADER - head);
    if (size < head + length)
        return eh_fail(err, EH_ERR_INPUT, "%s ends inside its header", name);
    reader r = { .at = (const char *)b + head, .end = (const char *)b + head + length, .name = name };
    out->offset = head + length;
    return read_dictionary(out, &r, err);
}

/* ---------------------------------------------------------------- elements */

static double half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value = exponent == 0    ? ldexp(fraction, -24)
                   : exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                                    : ldexp(1024 + fraction, exponent - 25);
    return bits & 0x8000 ? -value : value;
}

static double one_element(const eh_npy_header *h, const uint8_t *stored)
{
    uint8_t b[8] = { 0 };
    float f = 0;
    double d = 0;
    int16_t i16 = 0;
    int32_t i32 = 0;
    int64_t i64 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    assert(h->bytes >= 1 && h->bytes <= 8);
    for (int i = 0; i < h->bytes; i++)
        b[i] = stored[h->swapped ? h->bytes - 1 - i : i];
    switch (h->kind) {
    case 'f':
        if (h->bytes == 8)
            return memcpy(&d, b, 8), d;
        if (h->bytes == 4)
            return memcpy(&f, b, 4), f;
        return memcpy(&u16, b, 2), half(u16);
    case 'i':
        if (h->bytes == 1)
            return (int8_t)b[0];
        if (h->bytes == 2)
            return memcpy(&i16, b, 2), i16;
        if (h->bytes == 4)
            return memcpy(&i32, b, 4), i32;
        return memcpy(&i64, b, 8), (double)i64;
    case 'b':
        return b[0] != 0;
    default:
        if (h->bytes == 1)
            return b[0];
        if (h->bytes == 2)
            return memcpy(&u16, b, 2), u16;
        if (h->bytes == 4)
            return memcpy(&u32, b, 4), u32;
        return memcpy(&u64, b, 8), (double)u64;
    }
}

void eh_npy_convert(double *out, const eh_npy_header *h, const void *stored, size_t count)
{
    const uint8_t *b = stored;
    float f;
    if (h->kind == 'f' && h->bytes == 8 && !h->swapped) {
        memcpy(out, stored, count * 8);
    } else if (h->kind == 'f' && h->bytes == 4 && !h->swapped) {
        for (size_t i = 0; i < count; i++) {
            memcpy(&f, b + 4 * i, 4);
            out[i] = f;
        }
    } else {
        for (size_t i = 0; i < count; i++)
            out[i] = one_element(h, b + i * (size_t)h->bytes);
    }
}

/* ---------------------------------------------------------------- file */

/* `size` bytes at `offset`; *got says how many there were. */
static eh_status read_at(void *out, size_t size, uint64_t offset, size_t *got, const eh_npy *npy,
                         eh_error *err)
{
    assert(size > 0);
    *got = 0;
    while (*got < size) {
        ssize_t n = pread(npy->fd, (char *)out + *got, size - *got, (off_t)(offset + *got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be read", npy->path);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return EH_OK;
}

static eh_status open_file(eh_npy *npy, uint8_t *head, eh_error *err)
{
    struct stat info;
    size_t got;
    npy->fd = open(npy->path, O_RDONLY | O_CLOEXEC);
    if (npy->fd < 0)
        return errno == ENOENT ? eh_fail(err, EH_ERR_INPUT, "there is no file %s; check the path", npy->path)
                               : eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be opened", npy->path);
    if (fstat(npy->fd, &info) != 0)
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be examined", npy->path);
    if (!S_ISREG(info.st_mode))
        return eh_fail(err, EH_ERR_INPUT, "%s is not a regular file", npy->path);
    EH_TRY(read_at(head, EH_NPY_MAX_HEADER, 0, &got, npy, err));
    EH_TRY(eh_npy_parse(&npy->header, head, got, npy->path, err));
    uint64_t wanted = npy->header.offset + npy->header.elements * (uint64_t)npy->header.bytes;
    if ((uint64_t)info.st_size != wanted)
        return eh_fail(err, EH_ERR_INPUT, "%s has %llu bytes where its header asks for %llu; it is %s",
                       npy->path, (unsigned long long)info.st_size, (unsigned long long)wanted,
                       (uint64_t)info.st_size < wanted ? "cut off: write it again" : "no plain NPY file");
    return EH_OK;
}

eh_status eh_npy_open(eh_npy **out, const char *path, eh_error *err)
{
    size_t length = strlen(path) + 1;
    eh_npy *npy = eh_alloc(1, sizeof *npy + length);
    uint8_t *head = eh_alloc_raw(EH_NPY_MAX_HEADER, 1);
    eh_status status = npy && head ? EH_OK : eh_fail_memory(err, path, EH_NPY_MAX_HEADER, 1);
    *out = NULL;
    if (npy)
        npy->fd = -1;
    if (status == EH_OK) {
        memcpy(npy->path, path, length);
        status = open_file(npy, head, err);
    }
    eh_free(head);
    if (status == EH_OK)
        *out = npy;
    else
        eh_npy_close(npy);
    return status;
}

void eh_npy_close(eh_npy *npy)
{
    if (!npy)
        return;
    if (npy->fd >= 0)
        close(npy->fd);
    eh_free(npy);
}

const eh_npy_header *eh_npy_shape(const eh_npy *npy)
{
    return &npy->header;
}

const char *eh_npy_path(const eh_npy *npy)
{
    return npy->path;
}

eh_status eh_npy_read(double *out, const eh_npy *npy, uint64_t first, size_t count, eh_error *err)
{
    uint8_t stored[CHUNK];
    size_t bytes = (size_t)npy->header.bytes, most = CHUNK / bytes, got;
    while (count > 0) {
        size_t n = count < most ? count : most;
        EH_TRY(read_at(stored, n * bytes, npy->header.offset + first * bytes, &got, npy, err));
        if (got < n * bytes)
            return eh_fail(err, EH_ERR_INPUT, "%s became shorter while it was read", npy->path);
        eh_npy_convert(out, &npy->header, stored, n);
        out += n;
        first += n;
        count -= n;
    }
    return EH_OK;
}

void eh_npy_header_append(eh_str *out, const size_t *size, size_t dimensions)
{
    char header[129], shape[96];
    int length = 0;
    for (size_t i = 0; i < dimensions; i++)
        length += snprintf(shape + length, sizeof shape - (size_t)length, "%zu%s", size[i],
                           i + 1 < dimensions ? ", "
                           : dimensions == 1  ? ","
                                              : "");
    length =
        snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape);
    static const uint8_t magic[] = { 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0 }; /* 128 bytes in all */
    eh_str_append_bytes(out, magic, sizeof magic);
    eh_str_appendf(out, "%s%*s\n", header, 117 - length, "");
}
