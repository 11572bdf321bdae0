/* source_tar.c - the index of a plain tar file.
 *
 *     a member     header of 512 bytes, then its bytes, filled up with zeros to a multiple of 512
 *     the end      two blocks of zeros
 *
 *     offset  bytes
 *          0    100  name
 *        124     12  size, octal; or base 256 when the first bit is set
 *        148      8  checksum: sum of the header's bytes with this field taken as spaces, octal
 *        156      1  type
 *        257      6  "ustar"
 *        345    155  what stands before the name and a '/', in POSIX headers
 *
 * Longer names and larger sizes come in extra members before the one that they describe: type 'x' (POSIX: lines "LENGTH KEY=VALUE\n", keys path, size),
 * type 'L' (GNU: the name).
 *
 * Source   POSIX.1-2017, pax, "pax Interchange Format" and "ustar Interchange Format"; the manual of GNU tar, "Basic Tar Format".
 * Cost     one read of 512 bytes per member.
 * Easy to get wrong: GNU headers have "ustar  " and no prefix; some programs sum signed bytes; an x header may also hold the size of a sparse file, so
 * sparse files are not taken.
 */
#include "data/source_store.h"

#include <string.h>

#define BLOCK 512

/* What extra members said about the next one. */
typedef struct extra {
    char name[4097];
    size_t name_size; /* 0: nothing; 4097: too long */
    uint64_t size;
    bool has_size, sparse;
} extra;

/* A number field: octal digits between spaces and NULs, or base 256. False when it is neither, or negative. */
static bool read_number(uint64_t *out, const uint8_t *field, size_t size)
{
    size_t i = 0;
    *out = 0;
    if (field[0] & 0x80) {
        if (field[0] != 0x80)
            return false; /* negative, or beyond 64 bits */
        for (i = 1; i < size; i++) {
            if (*out >> 55)
                return false;
            *out = *out << 8 | field[i];
        }
        return true;
    }
    while (i < size && field[i] == ' ')
        i++;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
        *out = *out << 3 | (uint64_t)(field[i] - '0'); /* at most 36 bits */
    while (i < size && (field[i] == ' ' || field[i] == '\0'))
        i++;
    return i == size;
}

bool eh_tar_is_header(const uint8_t block[512])
{
    uint64_t claimed, sum = 0;
    int64_t signed_sum = 0;
    for (int i = 0; i < BLOCK; i++) {
        uint8_t byte = i >= 148 && i < 156 ? ' ' : block[i];
        sum += byte;
        signed_sum += (int8_t)byte;
    }
    return block[0] && read_number(&claimed, block + 148, 8) &&
           (claimed == sum || (int64_t)claimed == signed_sum);
}

/* Takes path, size and signs of sparseness from the lines of an x header. False when they are not as they should be. */
static bool read_pax(extra *x, const char *at, size_t size)
{
    const char *end = at + size;
    while (at < end) {
        const char *line = at;
        uint64_t length = 0;
        while (at < end && *at >= '0' && *at <= '9' && length < (1u << 24))
            length = length * 10 + (uint64_t)(*at++ - '0');
        if (at == line || at == end || *at != ' ' || length > (uint64_t)(end - line) ||
            length < (uint64_t)(at - line) + 3 || line[length - 1] != '\n')
            return false;
        const char *key = at + 1, *last = line + length - 1, *equals = memchr(key, '=', (size_t)(last - key));
        if (!equals)
            return false;
        size_t key_size = (size_t)(equals - key), value_size = (size_t)(last - equals - 1);
        const char *value = equals + 1;
        if (key_size == 4 && memcmp(key, "path", 4) == 0) {
            x->name_size = value_size < sizeof x->name ? value_size : sizeof x->name;
            memcpy(x->name, value, x->name_size);
        } else if (key_size == 4 && memcmp(key, "size", 4) == 0) {
            x->size = 0;
            x->has_size = value_size > 0 && value_size < 19;
            for (size_t i = 0; i < value_size && x->has_size; i++) {
                x->has_size = value[i] >= '0' && value[i] <= '9';
                x->size = x->size * 10 + (uint64_t)(value[i] - '0');
            }
            if (!x->has_size)
                return false;
        } else if (key_size > 10 && memcmp(key, "GNU.sparse", 10) == 0) {
            x->sparse = true;
        }
        at = line + length;
    }
    return true;
}

/* Name of a member: from an extra member, else from the header. */
static size_t read_name(char out[4097], const uint8_t *header, const extra *x)
{
    if (x->name_size) {
        memcpy(out, x->name, x->name_size);
        return x->name_size;
    }
    size_t size = 0, name = strnlen((const char *)header, 100);
    if (memcmp(header + 257, "ustar\0", 6) == 0 && header[345]) {
        size = strnlen((const char *)header + 345, 155);
        memcpy(out, header + 345, size);
        out[size++] = '/';
    }
    memcpy(out + size, header, name);
    return size + name;
}

static const char *why_not(uint8_t type, const extra *x)
{
    switch (type) {
    case '\0':
    case '0':
    case '7':
        return x->sparse ? "is stored as a sparse file, which is not read here" : NULL;
    case '1':
        return "is a hard link";
    case '2':
        return "is a symbolic link";
    case '3':
    case '4':
    case '6':
        return "is a device or a pipe, not a file";
    case 'S':
        return "is stored as a sparse file, which is not read here";
    default:
        return "is no ordinary file";
    }
}

static eh_status fail_damaged(const eh_archive *a, uint64_t at, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT,
                   "%s is a damaged tar archive: byte %llu should begin the header of a member; fetch it "
                   "again",
                   a->path, (unsigned long long)at);
}

/* Reads the bytes of an extra member into `x`. */
static eh_status read_extra(eh_archive *a, uint8_t type, uint64_t at, uint64_t size, extra *x, eh_error *err)
{
    if (size > 1 << 20)
        return eh_fail(err, EH_ERR_LIMIT,
                       "%s: the extra header before byte %llu is larger than 1 MiB; no name is that long",
                       a->path, (unsigned long long)at);
    char *bytes = eh_alloc((size_t)size + 1, 1);
    if (!bytes)
        return eh_fail_memory(err, a->path, (size_t)size, 1);
    eh_status status = eh_archive_pread(a, bytes, (size_t)size, at, err);
    if (status == EH_OK && type == 'x' && !read_pax(x, bytes, (size_t)size))
        status = fail_damaged(a, at, err);
    if (status == EH_OK && type == 'L') {
        size_t length = strnlen(bytes, (size_t)size);
        x->name_size = length < sizeof x->name ? length : sizeof x->name;
        memcpy(x->name, bytes, x->name_size);
    }
    eh_free(bytes);
    return status;
}

/* Takes one member whose header is at `at`. */
static eh_status take_member(eh_archive *a, const uint8_t *header, uint64_t at, uint64_t size, const extra *x,
                             eh_error *err)
{
    char name[4097];
    size_t name_size = read_name(name, header, x);
    uint8_t type = header[156];
    if (type == '5' || type == 'g')
        return EH_OK;
    const char *reason = why_not(type, x);
    if (reason)
        return eh_archive_skip(a, name, name_size, reason, err);
    eh_archive_entry entry = { .size = size, .packed = size, .offset = at + BLOCK };
    return eh_archive_add(a, name, name_size, &entry, err);
}

eh_status eh_tar_index(eh_archive *a, eh_progress *progress, eh_error *err)
{
    uint8_t header[BLOCK];
    extra x = { 0 };
    uint64_t at = 0, size, members = 0, total = 0;
    while (at + BLOCK <= a->bytes) {
        EH_TRY(eh_archive_pread(a, header, BLOCK, at, err));
        if (header[0] == 0 && memcmp(header, header + 1, BLOCK - 1) == 0)
            return EH_OK; /* the end */
        if (!eh_tar_is_header(header) || !read_number(&size, header + 124, 12))
            return fail_damaged(a, at, err);
        uint8_t type = header[156];
        bool is_extra = type == 'x' || type == 'L' || type == 'K' || type == 'g';
        if (!is_extra && x.has_size)
            size = x.size;
        if (type == '1' || type == '2' || type == '5')
            size = 0; /* links and folders have no bytes, whatever their size says */
        if (size > a->bytes - at - BLOCK)
            return eh_fail(err, EH_ERR_INPUT,
                           "%s ends inside a member that begins at byte %llu; fetch it again", a->path,
                           (unsigned long long)at);
        if (type == 'x' || type == 'L') {
            EH_TRY(read_extra(a, type, at + BLOCK, size, &x, err));
        } else if (!is_extra) {
            EH_TRY(take_member(a, header, at, size, &x, err));
            x.name_size = 0;
            x.has_size = x.sparse = false;
            members++;
        }
        total += size;
        if (members > a->limits.max_entries)
            return eh_fail(err, EH_ERR_LIMIT, "%s has more than %llu members; raise --max-entries to read it",
                           a->path, (unsigned long long)a->limits.max_entries);
        if (total > a->limits.max_bytes)
            return eh_fail(err, EH_ERR_LIMIT,
                           "%s holds more than %llu bytes; raise --max-unpacked to read it", a->path,
                           (unsigned long long)a->limits.max_bytes);
        if (members % 4096 == 0 && eh_progress_stop(progress))
            return eh_fail(err, EH_ERR_INTERRUPTED, "stopped while %s was being read", a->path);
        at += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
    }
    /* Without the two blocks of zeros: some programs leave them out, but a file that was cut between two members looks the same. */
    eh_progress_warn(progress, "%s has no mark at its end: it may have been cut off there", a->path);
    return EH_OK;
}
