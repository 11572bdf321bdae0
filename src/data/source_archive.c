/* source_archive.c - what tar and zip have in common: names, the sorted index, reading at a place. See source_store.h. */
#include "data/source_store.h"

#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---------------------------------------------------------------- members */

eh_status eh_archive_skip(eh_archive *archive, const char *name, size_t size, const char *reason,
                          eh_error *err)
{
    if (archive->skips == archive->skip_capacity) {
        size_t capacity = archive->skip_capacity ? archive->skip_capacity * 2 : 16;
        eh_source_skip *wider = eh_realloc(archive->skip, archive->skip_capacity, capacity, sizeof *wider);
        if (!wider)
            return eh_fail_memory(err, archive->path, capacity, sizeof *wider);
        archive->skip = wider;
        archive->skip_capacity = capacity;
    }
    /* The name goes into lists and JSON: what is no text there becomes '?'. */
    char *copy = eh_arena_printf(archive->arena, "%.*s", (int)(size < 4096 ? size : 4096), name);
    if (!copy)
        return eh_fail_memory(err, archive->path, size, 1);
    if (!eh_utf8_valid(copy, strlen(copy)))
        for (char *c = copy; *c; c++)
            *c = (char)((unsigned char)*c < 0x80 ? *c : '?');
    eh_replace_control(copy);
    archive->skip[archive->skips++] = (eh_source_skip){ .path = copy, .reason = reason };
    return EH_OK;
}

/* Copies a member's name without empty and "." components into `out`; says why the name will not do, or NULL. *hidden: a component
 * begins with '.'; *folder: the name ends with '/'. */
static const char *canonical(char *out, const char *name, size_t size, bool *hidden, bool *folder)
{
    size_t used = 0;
    *hidden = false;
    *folder = size > 0 && name[size - 1] == '/';
    if (size > 4095)
        return "its name is longer than 4095 bytes";
    if (memchr(name, '\0', size))
        return "its name holds a NUL byte";
    if (size > 0 && name[0] == '/')
        return "its name is absolute";
    if (memchr(name, '\\', size))
        return "its name holds a backslash";
    if (!eh_utf8_valid(name, size))
        return "its name is not UTF-8";
    for (size_t at = 0; at < size;) {
        const char *part = name + at, *slash = memchr(part, '/', size - at);
        size_t length = slash ? (size_t)(slash - part) : size - at;
        at += length + 1;
        if (length == 0 || (length == 1 && part[0] == '.'))
            continue;
        if (length == 2 && part[0] == '.' && part[1] == '.')
            return "its name leads out of the archive by '..'";
        *hidden |= part[0] == '.';
        if (used)
            out[used++] = '/';
        memcpy(out + used, part, length);
        used += length;
    }
    out[used] = '\0';
    return NULL;
}

eh_status eh_archive_add(eh_archive *archive, const char *name, size_t size, eh_archive_entry *entry,
                         eh_error *err)
{
    char path[4096];
    bool hidden, folder;
    const char *reason = canonical(path, name, size, &hidden, &folder);
    if (reason)
        return eh_archive_skip(archive, name, size, reason, err);
    if (hidden || folder || !path[0])
        return EH_OK;
    if (archive->entries == archive->capacity) {
        size_t capacity = archive->capacity ? archive->capacity * 2 : 256;
        eh_archive_entry *wider = eh_realloc(archive->entry, archive->capacity, capacity, sizeof *wider);
        if (!wider)
            return eh_fail_memory(err, archive->path, capacity, sizeof *wider);
        archive->entry = wider;
        archive->capacity = capacity;
    }
    entry->path = eh_arena_strdup(archive->arena, path);
    if (!entry->path)
        return eh_fail_memory(err, archive->path, size, 1);
    archive->entry[archive->entries++] = *entry;
    return EH_OK;
}

/* By path; of equal ones the earlier in the archive first. */
static int by_path(const void *a, const void *b)
{
    const eh_archive_entry *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

static int by_skipped_path(const void *a, const void *b)
{
    return strcmp(((const eh_source_skip *)a)->path, ((const eh_source_skip *)b)->path);
}

/* Sorts, and takes out members whose name an earlier one has. */
static eh_status finish_index(eh_archive *archive, eh_error *err)
{
    size_t kept = 0;
    if (archive->entries)
        qsort(archive->entry, archive->entries, sizeof *archive->entry, by_path);
    for (size_t i = 0; i < archive->entries; i++) {
        if (kept && strcmp(archive->entry[kept - 1].path, archive->entry[i].path) == 0)
            EH_TRY(eh_archive_skip(archive, archive->entry[i].path, strlen(archive->entry[i].path),
                                   "is in the archive more than once; only the first was taken", err));
        else
            archive->entry[kept++] = archive->entry[i];
    }
    archive->entries = kept;
    if (archive->skips)
        qsort(archive->skip, archive->skips, sizeof *archive->skip, by_skipped_path);
    return EH_OK;
}

size_t eh_archive_lower(const eh_archive *archive, const char *path)
{
    size_t low = 0, high = archive->entries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(archive->entry[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const eh_archive_entry *eh_archive_find(const eh_archive *archive, const char *path)
{
    size_t i = eh_archive_lower(archive, path);
    return i < archive->entries && strcmp(archive->entry[i].path, path) == 0 ? &archive->entry[i] : NULL;
}

/* ---------------------------------------------------------------- bytes */

eh_status eh_archive_pread(const eh_archive *archive, void *out, size_t size, uint64_t offset, eh_error *err)
{
    uint8_t *at = out;
    while (size > 0) {
        ssize_t got = pread(archive->file, at, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be read", archive->path);
        if (got == 0)
            return eh_fail(err, EH_ERR_INPUT, "%s ends early, after %llu bytes; fetch it again",
                           archive->path, (unsigned long long)offset);
        at += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return EH_OK;
}

eh_status eh_archive_read(const eh_archive *archive, const eh_archive_entry *entry, uint8_t *out, size_t size,
                          eh_error *err)
{
    if (archive->kind == EH_ARCHIVE_ZIP)
        return eh_zip_read(archive, entry, out, size, err);
    return eh_archive_pread(archive, out, size, entry->offset, err);
}

/* ---------------------------------------------------------------- opening */

eh_archive_kind eh_archive_recognise(const char *path, bool *compressed)
{
    uint8_t block[512];
    size_t size = 0;
    *compressed = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        ssize_t got = pread(fd, block, sizeof block, 0);
        size = got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        close(fd);
    if (size >= 22 && block[0] == 'P' && block[1] == 'K' &&
        ((block[2] == 3 && block[3] == 4) || (block[2] == 5 && block[3] == 6)))
        return EH_ARCHIVE_ZIP;
    if (size == sizeof block && eh_tar_is_header(block))
        return EH_ARCHIVE_TAR;
    size = sizeof block;
    *compressed = eh_unpacker_peek(path, block, &size) && size == sizeof block && eh_tar_is_header(block);
    return *compressed ? EH_ARCHIVE_TAR : EH_ARCHIVE_NONE;
}

eh_archive_limits eh_archive_limits_filled(const eh_archive_limits *given)
{
    eh_archive_limits limits = given ? *given : (eh_archive_limits){ 0 };
    if (limits.max_entries == 0)
        limits.max_entries = 1000000;
    if (limits.max_bytes == 0)
        limits.max_bytes = (uint64_t)64000000000;
    return limits;
}

eh_status eh_archive_open(eh_archive **out, const char *path, const eh_archive_limits *limits,
                          eh_progress *progress, eh_error *err)
{
    bool compressed;
    struct stat info;
    eh_archive *a = eh_alloc(1, sizeof *a);
    eh_status status = EH_OK;
    *out = NULL;
    if (!a)
        return eh_fail_memory(err, path, 1, sizeof *a);
    *a = (eh_archive){
        .users = 1, .file = -1, .limits = eh_archive_limits_filled(limits), .arena = eh_arena_new()
    };
    a->path = a->arena ? eh_arena_strdup(a->arena, path) : NULL;
    char *absolute = a->path ? realpath(path, NULL) : NULL;
    a->root = absolute ? eh_arena_strdup(a->arena, absolute) : NULL;
    free(absolute); /* realpath's own block */
    if (!a->root) {
        status = eh_fail_memory(err, path, 1, 1);
        goto done;
    }
    a->kind = eh_archive_recognise(path, &compressed);
    const char *plain = path;
    if (compressed)
        EH_TRY_GOTO(status, eh_archive_cached(&plain, a->arena, path, &a->limits, progress, err));
    a->file = open(plain, O_RDONLY | O_CLOEXEC);
    if (a->file < 0 || fstat(a->file, &info) != 0) {
        status = eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be opened", plain);
        goto done;
    }
    a->bytes = (uint64_t)info.st_size;
    EH_TRY_GOTO(status,
                a->kind == EH_ARCHIVE_ZIP ? eh_zip_index(a, progress, err) : eh_tar_index(a, progress, err));
    EH_TRY_GOTO(status, finish_index(a, err));
    *out = a;
    a = NULL;
done:
    eh_archive_close(a);
    return status;
}

eh_archive *eh_archive_share(eh_archive *archive)
{
    atomic_fetch_add(&archive->users, 1);
    return archive;
}

void eh_archive_close(eh_archive *archive)
{
    if (!archive || atomic_fetch_sub(&archive->users, 1) > 1)
        return;
    if (archive->file >= 0)
        close(archive->file);
    eh_free(archive->entry);
    eh_free(archive->skip);
    eh_arena_free(archive->arena);
    eh_free(archive);
}
