/* source_zip.c - the index of a zip archive, and reading a member of it.
 *
 *     local header, name, extra, bytes   once for each member, anywhere in the file
 *     central directory                  one record for each member: name, sizes, checksum, where its local header is
 *     end record                         where the central directory is; before it, in large archives, the zip64 end record and its locator
 *
 * A member is read by itself: one read from its local header on, then raw DEFLATE (RFC 1951) or nothing to unpack, then CRC-32.
 *
 * Source   PKWARE, APPNOTE.TXT 6.3.10, "4.3 General Format of a .ZIP file"; D. Fifield, "A better zip bomb", WOOT 2019, for what overlapping
 *          members can do.
 * Cost     opening reads the central directory once, about 100 bytes a member.
 * Easy to get wrong: the length of the extra field differs between the two headers, so where the bytes begin is known only from the local one; with
 * bit 3 of the flags the local header has no sizes (they follow the bytes). Everything is taken from the central directory, and a local header that says
 * otherwise makes the member unreadable: two readers must not see two different files.
 */
#include "data/source_store.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LOCAL   30
#define CENTRAL 46
#define END     22
#define RATIO   1032 /* more than DEFLATE can do */

enum { ENCRYPTED = 1, SIZES_FOLLOW = 8 };

static uint16_t u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t u32(const uint8_t *at)
{
    return (uint32_t)u16(at) | (uint32_t)u16(at + 2) << 16;
}

static uint64_t u64(const uint8_t *at)
{
    return (uint64_t)u32(at) | (uint64_t)u32(at + 4) << 32;
}

static eh_status fail_damaged(const eh_archive *a, const char *what, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT, "%s is a damaged zip archive: %s; fetch it again", a->path, what);
}

/* Where the central directory lies. */
typedef struct directory {
    uint64_t offset, size, entries;
} directory;

/* Reads the zip64 end record, whose locator is the 20 bytes before the end record at `end`. */
static eh_status read_zip64_end(const eh_archive *a, uint64_t end, directory *d, eh_error *err)
{
    uint8_t bytes[56];
    if (end < 20)
        return fail_damaged(a, "the zip64 end record is missing", err);
    EH_TRY(eh_archive_pread(a, bytes, 20, end - 20, err));
    uint64_t at = u64(bytes + 8);
    if (memcmp(bytes, "PK\6\7", 4) != 0 || at > end - 20 || end - 20 - at < sizeof bytes)
        return fail_damaged(a, "the zip64 end record is missing", err);
    EH_TRY(eh_archive_pread(a, bytes, sizeof bytes, at, err));
    if (memcmp(bytes, "PK\6\6", 4) != 0)
        return fail_damaged(a, "the zip64 end record is not where it should be", err);
    d->entries = u64(bytes + 32);
    d->size = u64(bytes + 40);
    d->offset = u64(bytes + 48);
    return EH_OK;
}

static eh_status find_directory(const eh_archive *a, directory *d, eh_error *err)
{
    size_t tail_size = a->bytes < END + 65535 ? (size_t)a->bytes : END + 65535;
    uint8_t *tail = eh_alloc_raw(tail_size, 1);
    if (!tail)
        return eh_fail_memory(err, a->path, tail_size, 1);
    eh_status status = eh_archive_pread(a, tail, tail_size, a->bytes - tail_size, err);
    size_t at = tail_size < END ? 0 : tail_size - END + 1;
    bool found = false;
    while (status == EH_OK && !found && at > 0) {
        at--;
        /* The comment behind the record must reach exactly to the end of the file. */
        found = memcmp(tail + at, "PK\5\6", 4) == 0 && u16(tail + at + 20) == tail_size - at - END;
    }
    if (status == EH_OK && !found) {
        status = fail_damaged(a, "it has no end record, so its end is missing", err);
    } else if (status == EH_OK) {
        const uint8_t *record = tail + at;
        uint64_t end = a->bytes - tail_size + at;
        *d = (directory){ .entries = u16(record + 10), .size = u32(record + 12), .offset = u32(record + 16) };
        if (u16(record + 4) != 0 && u16(record + 4) != 0xffff)
            status = eh_fail(err, EH_ERR_INPUT, "%s is one part of several; join the parts first", a->path);
        else if (d->entries == 0xffff || d->size == 0xffffffff || d->offset == 0xffffffff)
            status = read_zip64_end(a, end, d, err);
        if (status == EH_OK && (d->size > end || d->offset > end - d->size))
            status = fail_damaged(a, "its central directory reaches beyond its end", err);
    }
    eh_free(tail);
    return status;
}

/* Takes the 64-bit values that the extra field holds for those that do not fit into 32 bits, in the order of the specification. */
static bool read_zip64(const uint8_t *extra, size_t size, eh_archive_entry *e)
{
    bool need_size = e->size == 0xffffffff, need_packed = e->packed == 0xffffffff,
         need_offset = e->offset == 0xffffffff;
    size_t at = 0;
    if (!need_size && !need_packed && !need_offset)
        return true;
    while (size - at >= 4 && u16(extra + at) != 1)
        at += 4 + (size_t)u16(extra + at + 2) < size - at ? 4 + (size_t)u16(extra + at + 2) : size - at;
    if (size - at < 4)
        return false;
    const uint8_t *value = extra + at + 4;
    size_t left = u16(extra + at + 2);
    if (left > size - at - 4 || left < 8 * ((size_t)need_size + need_packed + need_offset))
        return false;
    if (need_size) {
        e->size = u64(value);
        value += 8;
    }
    if (need_packed) {
        e->packed = u64(value);
        value += 8;
    }
    if (need_offset)
        e->offset = u64(value);
    return true;
}

static const char *why_not(const eh_archive_entry *e, uint32_t attributes, uint8_t made_by)
{
    uint32_t mode = attributes >> 16;
    if (made_by == 3 && (mode & 0170000) == 0120000)
        return "is a symbolic link";
    if (made_by == 3 && (mode & 0170000) != 0 && (mode & 0170000) != 0100000 && (mode & 0170000) != 0040000)
        return "is a device or a pipe, not a file";
    if (e->flags & ENCRYPTED)
        return "is encrypted";
    if (e->method != 0 && e->method != 8)
        return "is packed by a method other than stored and deflated; pack it again";
    if (e->method == 0 && e->packed != e->size)
        return "is stored, but has two different sizes";
    if (e->method == 8 && e->size / RATIO > e->packed)
        return "claims a size that its packed bytes cannot hold";
    return NULL;
}

/* One record of the central directory; *used is its length. */
static eh_status take_record(eh_archive *a, const directory *d, const uint8_t *at, size_t left, size_t *used,
                             eh_error *err)
{
    if (left < CENTRAL || memcmp(at, "PK\1\2", 4) != 0)
        return fail_damaged(a, "a record of its central directory is damaged", err);
    size_t name = u16(at + 28), extra = u16(at + 30), comment = u16(at + 32);
    *used = CENTRAL + name + extra + comment;
    if (*used > left)
        return fail_damaged(a, "a record of its central directory is damaged", err);
    eh_archive_entry e = { .flags = u16(at + 8),
                           .method = u16(at + 10),
                           .crc = u32(at + 16),
                           .packed = u32(at + 20),
                           .size = u32(at + 24),
                           .offset = u32(at + 42) };
    if (!read_zip64(at + CENTRAL + name, extra, &e))
        return fail_damaged(a, "a record of its central directory has no zip64 sizes", err);
    if (e.offset > d->offset || d->offset - e.offset < LOCAL + name ||
        e.packed > d->offset - e.offset - LOCAL - name)
        return fail_damaged(a, "a member lies beyond its central directory", err);
    const char *text = (const char *)at + CENTRAL;
    if (name > 0 && text[name - 1] == '/' && e.size == 0)
        return EH_OK; /* a folder */
    const char *reason = why_not(&e, u32(at + 38), at[5]);
    return reason ? eh_archive_skip(a, text, name, reason, err) : eh_archive_add(a, text, name, &e, err);
}

static int by_offset(const void *a, const void *b)
{
    const eh_archive_entry *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Refuses members that share bytes, and notes where each has to end. Before the index is sorted by path. */
static eh_status check_overlap(eh_archive *a, const directory *d, eh_error *err)
{
    if (a->entries)
        qsort(a->entry, a->entries, sizeof *a->entry, by_offset);
    for (size_t i = 0; i < a->entries; i++) {
        eh_archive_entry *e = &a->entry[i];
        e->end = i + 1 < a->entries ? e[1].offset : d->offset;
        if (e->end < e->offset + LOCAL || e->end - e->offset - LOCAL < e->packed)
            return eh_fail(err, EH_ERR_INPUT,
                           "%s is refused: the bytes of its members '%.200s' and '%.200s' overlap, as in a "
                           "zip bomb",
                           a->path, e->path, i + 1 < a->entries ? e[1].path : "");
    }
    return EH_OK;
}

eh_status eh_zip_index(eh_archive *a, eh_progress *progress, eh_error *err)
{
    directory d = { 0 };
    EH_TRY(find_directory(a, &d, err));
    if (d.entries > a->limits.max_entries)
        return eh_fail(err, EH_ERR_LIMIT,
                       "%s has %llu members, more than %llu; raise --max-entries to read it", a->path,
                       (unsigned long long)d.entries, (unsigned long long)a->limits.max_entries);
    if (d.entries > d.size / CENTRAL)
        return fail_damaged(a, "its central directory is too short for its members", err);
    uint8_t *bytes = eh_alloc_raw((size_t)d.size, 1);
    if (!bytes)
        return eh_fail_memory(err, a->path, (size_t)d.size, 1);
    eh_status status = eh_archive_pread(a, bytes, (size_t)d.size, d.offset, err);
    size_t at = 0, used = 0;
    uint64_t total = 0;
    for (uint64_t i = 0; i < d.entries && status == EH_OK; i++) {
        size_t before = a->entries;
        status = take_record(a, &d, bytes + at, (size_t)d.size - at, &used, err);
        at += used;
        if (status == EH_OK && a->entries > before && a->entry[before].size > a->limits.max_bytes - total)
            status = eh_fail(err, EH_ERR_LIMIT,
                             "%s holds more than %llu bytes unpacked; raise --max-unpacked to read it",
                             a->path, (unsigned long long)a->limits.max_bytes);
        else if (status == EH_OK && a->entries > before)
            total += a->entry[before].size;
        if (i % 4096 == 4095 && eh_progress_stop(progress))
            status = eh_fail(err, EH_ERR_INTERRUPTED, "stopped while %s was being read", a->path);
    }
    if (status == EH_OK && at != d.size)
        status = fail_damaged(a, "its central directory has more records than it says", err);
    eh_free(bytes);
    return status == EH_OK ? check_overlap(a, &d, err) : status;
}

/* ---------------------------------------------------------------- reading */

/* True when the local header (with its name, LOCAL + name bytes) agrees with the central directory. The name may be written less canonically there. */
static bool agrees(const uint8_t *local, const eh_archive_entry *e)
{
    if (memcmp(local, "PK\3\4", 4) != 0 || u16(local + 8) != e->method ||
        ((u16(local + 6) ^ e->flags) & (ENCRYPTED | SIZES_FOLLOW)))
        return false;
    if (e->flags & SIZES_FOLLOW)
        return true;
    uint32_t packed = u32(local + 18), size = u32(local + 22);
    return u32(local + 14) == e->crc && (packed == 0xffffffff || packed == e->packed) &&
           (size == 0xffffffff || size == e->size);
}

/* True when the name in the local header is `path`, but for empty and "." components. */
static bool same_name(const char *name, size_t size, const char *path)
{
    size_t at = 0;
    while (at < size) {
        size_t length = 0;
        while (at + length < size && name[at + length] != '/')
            length++;
        if (length > 0 && !(length == 1 && name[at] == '.')) {
            if (strncmp(path, name + at, length) != 0)
                return false;
            path += length;
            if (*path == '/')
                path++;
            else if (*path)
                return false;
        }
        at += length + 1;
    }
    return *path == '\0';
}

static eh_status fail_member(const eh_archive *a, const eh_archive_entry *e, const char *what, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT, "%s/%s %s", a->path, e->path, what);
}

/* What is needed to read one member: its local header and, when they fit, its packed bytes behind it. */
typedef struct member {
    uint8_t *bytes;  /* from the local header on */
    size_t size, at; /* at: where the packed bytes begin */
} member;

/* Reads the local header and up to `packed` bytes behind it in one go; checks the header. */
static eh_status read_local(member *m, const eh_archive *a, const eh_archive_entry *e, uint64_t packed,
                            eh_error *err)
{
    const uint64_t slack = 512; /* for name and extra field, usually */
    uint64_t room = e->end - e->offset, wanted = LOCAL + slack + packed;
    *m = (member){ .size = (size_t)(wanted < room ? wanted : room) };
    m->bytes = eh_alloc_raw(m->size, 1);
    if (!m->bytes)
        return eh_fail_memory(err, e->path, m->size, 1);
    EH_TRY(eh_archive_pread(a, m->bytes, m->size, e->offset, err));
    size_t name = u16(m->bytes + 26), extra = u16(m->bytes + 28);
    if (LOCAL + name + extra + e->packed > room)
        return fail_member(a, e, "overlaps what follows it; the archive is damaged", err);
    m->at = LOCAL + name + extra;
    if (m->at + packed > m->size) { /* a long name or extra field */
        uint8_t *longer = eh_realloc(m->bytes, m->size, m->at + (size_t)packed, 1);
        if (!longer)
            return eh_fail_memory(err, e->path, m->at + (size_t)packed, 1);
        m->bytes = longer;
        EH_TRY(eh_archive_pread(a, longer + m->size, m->at + (size_t)packed - m->size, e->offset + m->size,
                                err));
        m->size = m->at + (size_t)packed;
    }
    if (!agrees(m->bytes, e) || !same_name((const char *)m->bytes + LOCAL, name, e->path))
        return fail_member(a, e,
                           "has a header that contradicts the archive's directory; the archive is damaged",
                           err);
    return EH_OK;
}

static eh_status inflate_member(const eh_archive *a, const eh_archive_entry *e, const member *m, uint8_t *out,
                                size_t size, eh_error *err)
{
    z_stream z = { .next_in = m->bytes + m->at };
    size_t in = m->size - m->at, done = 0;
    if (inflateInit2(&z, -15) != Z_OK)
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to unpack %s", e->path);
    int code = Z_OK;
    uint8_t beyond;
    bool whole = size == e->size;
    while (code == Z_OK) {
        /* One byte more than there should be, so that a longer member is found out. */
        size_t left = size - done;
        z.avail_in = in > 1u << 30 ? 1u << 30 : (unsigned)in;
        z.next_out = left ? out + done : &beyond;
        z.avail_out = left > 1u << 30 ? 1u << 30 : left ? (unsigned)left : whole;
        unsigned before_in = z.avail_in, before_out = z.avail_out;
        if (before_out == 0)
            break;
        code = inflate(&z, Z_NO_FLUSH);
        in -= before_in - z.avail_in;
        if (left)
            done += before_out - z.avail_out;
        else if (z.avail_out == 0)
            code = Z_DATA_ERROR;
        else if (code == Z_OK && before_in == z.avail_in)
            code = Z_BUF_ERROR;
    }
    inflateEnd(&z);
    if (code == Z_MEM_ERROR)
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to unpack %s", e->path);
    if (done < size || (whole && code != Z_STREAM_END))
        return fail_member(a, e, "does not unpack to the size that the archive says; the archive is damaged",
                           err);
    return EH_OK;
}

eh_status eh_zip_read(const eh_archive *a, const eh_archive_entry *e, uint8_t *out, size_t size,
                      eh_error *err)
{
    member m = { 0 };
    /* A part of a deflated member may need all its packed bytes in the worst case, usually far fewer. */
    uint64_t packed = size == e->size ? e->packed : e->method == 0 ? size : size + 1024 + size / 512;
    if (packed > e->packed)
        packed = e->packed;
    eh_status status;
    EH_TRY_GOTO(status, read_local(&m, a, e, packed, err));
    if (e->method == 8)
        EH_TRY_GOTO(status, inflate_member(a, e, &m, out, size, err));
    else if (size)
        memcpy(out, m.bytes + m.at, size);
    if (size == e->size && crc32_z(0, out, size) != e->crc)
        status = fail_member(a, e, "has a wrong checksum; the archive is damaged", err);
done:
    eh_free(m.bytes);
    return status;
}

eh_status eh_zip_locate(uint64_t *offset, const eh_archive *a, const eh_archive_entry *e, eh_error *err)
{
    member m = { 0 };
    eh_status status = read_local(&m, a, e, 0, err);
    *offset = e->offset + m.at;
    eh_free(m.bytes);
    return status;
}
