/* source_member.c - the members of a source: whether they are there, and their bytes. See source.h. */
#include "data/source_store.h"

#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* prefix, path and suffix in `full`; false when they are too long. */
static bool member_path(char full[4097], const eh_source *s, const char *path, const char *suffix)
{
    int size = snprintf(full, 4097, "%s%s%s", s->prefix, path, suffix);
    return size > 0 && size < 4097;
}

/* The member of an archive, or NULL. */
static const eh_archive_entry *find_member(const eh_source *s, const char *path)
{
    char full[4097];
    return member_path(full, s, path, "") ? eh_archive_find(s->archive, full) : NULL;
}

/* "name/path" of a file on the disk, where `path` may be absolute; false when that is too long for the system. */
static bool disk_path(char full[4096], const eh_source *s, const char *path)
{
    bool alone = path[0] == '/' || strcmp(s->name, ".") == 0;
    const char *slash = alone || eh_ends_with(s->name, "/") ? "" : "/";
    int size = snprintf(full, 4096, "%s%s%s", alone ? "" : s->name, slash, path);
    return size > 0 && size < 4096;
}

static int by_skipped_path(const void *key, const void *skip)
{
    return strcmp(key, ((const eh_source_skip *)skip)->path);
}

const char *eh_source_why_not(const eh_source *s, const char *path)
{
    struct stat info;
    char key[4097];
    if (s->archive) {
        if (!member_path(key, s, path, ""))
            return "the path is too long";
        if (eh_archive_find(s->archive, key))
            return NULL;
        const eh_archive *a = s->archive;
        const eh_source_skip *skip =
            a->skips ? bsearch(key, a->skip, a->skips, sizeof *a->skip, by_skipped_path) : NULL;
        return skip ? skip->reason : "there is no such file";
    }
    if (!disk_path(key, s, path))
        return "the path is too long";
    bool there = stat(key, &info) == 0;
    return !there ? "there is no such file" : S_ISREG(info.st_mode) ? NULL : "it is not a regular file";
}

bool eh_source_has(const eh_source *s, const char *path)
{
    return eh_source_why_not(s, path) == NULL;
}

bool eh_source_has_folder(const eh_source *s, const char *path)
{
    char key[4097];
    if (s->archive) {
        size_t i = member_path(key, s, path, "/") ? eh_archive_lower(s->archive, key) : s->last;
        return i < s->last && eh_starts_with(s->archive->entry[i].path, key);
    }
    return disk_path(key, s, path) && eh_path_is_folder(key);
}

static eh_status fail_missing(const eh_source *s, const char *path, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT, "%s/%s: %s", s->name, path, eh_source_why_not(s, path));
}

static eh_status fail_too_long(const char *path, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT, "%.200s... is too long for a path", path);
}

eh_status eh_source_size(uint64_t *out, const eh_source *s, const char *path, eh_error *err)
{
    char full[4096];
    struct stat info;
    *out = 0;
    if (s->archive) {
        const eh_archive_entry *e = find_member(s, path);
        if (!e)
            return fail_missing(s, path, err);
        *out = e->size;
        return EH_OK;
    }
    if (!disk_path(full, s, path))
        return fail_too_long(path, err);
    if (stat(full, &info) == 0) {
        *out = (uint64_t)info.st_size;
        return EH_OK;
    }
    return errno == ENOENT || errno == ENOTDIR
               ? eh_fail(err, EH_ERR_INPUT, "%s does not exist; check the path.", full)
               : eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be examined", full);
}

eh_archive_limits eh_source_limits(const eh_source *s)
{
    return eh_archive_limits_filled(&s->limits);
}

eh_status eh_source_hash(char hash[65], const eh_source *s, const char *path, eh_error *err)
{
    char full[4096];
    uint8_t sum[32];
    if (s->archive) {
        eh_source_bytes bytes;
        EH_TRY(eh_source_view(&bytes, s, path, 0, err));
        eh_sha256(sum, bytes.data, bytes.size);
        eh_hex(hash, sum, sizeof sum);
        eh_source_unview(&bytes);
        return EH_OK;
    }
    if (!disk_path(full, s, path))
        return fail_too_long(path, err);
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, path, 1, 4096);
    eh_status status = eh_archive_hash(hash, arena, full, err);
    eh_arena_free(arena);
    return status;
}

static eh_status read_member(uint8_t **bytes, size_t *size, const eh_source *s, const char *path,
                             size_t max_size, eh_error *err)
{
    const eh_archive_entry *e = find_member(s, path);
    size_t limit = max_size ? max_size : (size_t)1 << 30;
    if (!e)
        return fail_missing(s, path, err);
    if (e->size > limit)
        return eh_fail(err, EH_ERR_LIMIT,
                       "%s/%s is larger than %zu bytes, the limit for a file of this kind.", s->name, path,
                       limit);
    uint8_t *room = eh_alloc_raw((size_t)e->size + 1, 1);
    if (!room)
        return eh_fail_memory(err, path, (size_t)e->size, 1);
    eh_status status = eh_archive_read(s->archive, e, room, (size_t)e->size, err);
    if (status != EH_OK) {
        eh_free(room);
        return status;
    }
    room[e->size] = 0;
    *bytes = room;
    *size = (size_t)e->size;
    return EH_OK;
}

eh_status eh_source_read(uint8_t **bytes, size_t *size, const eh_source *s, const char *path, size_t max_size,
                         eh_error *err)
{
    *bytes = NULL;
    *size = 0;
    if (s->archive)
        return read_member(bytes, size, s, path, max_size, err);
    char full[4096];
    return disk_path(full, s, path) ? eh_file_read(bytes, size, full, max_size, err)
                                    : fail_too_long(path, err);
}

eh_status eh_source_read_csv(eh_csv *out, eh_arena *arena, const eh_source *s, const char *path,
                             eh_error *err)
{
    uint8_t *bytes;
    size_t size;
    *out = (eh_csv){ 0 };
    EH_TRY(eh_source_read(&bytes, &size, s, path, 0, err));
    const char *shown = eh_source_path(s, arena, path);
    eh_status status = shown ? eh_csv_parse(out, arena, shown, (const char *)bytes, size, err)
                             : eh_fail_memory(err, path, 1, strlen(path));
    eh_free(bytes);
    return status;
}

/* An open file of a folder; *bytes is its length. */
static eh_status open_file(int *fd, uint64_t *bytes, const eh_source *s, const char *path, eh_error *err)
{
    char full[4096];
    struct stat info;
    EH_TRY(eh_source_size(bytes, s, path, err)); /* also says what is wrong with a path */
    disk_path(full, s, path);
    eh_status status = EH_OK;
    *fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0 || fstat(*fd, &info) != 0)
        status = eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be opened", full);
    else if (!S_ISREG(info.st_mode))
        status = eh_fail(err, EH_ERR_INPUT, "%s is not a regular file.", full);
    else
        *bytes = (uint64_t)info.st_size;
    if (status != EH_OK && *fd >= 0)
        close(*fd);
    return status;
}

eh_status eh_source_head(uint8_t *out, size_t *size, const eh_source *s, const char *path, eh_error *err)
{
    size_t room = *size;
    uint64_t bytes;
    *size = 0;
    if (s->archive) {
        const eh_archive_entry *e = find_member(s, path);
        if (!e)
            return fail_missing(s, path, err);
        room = e->size < room ? (size_t)e->size : room;
        EH_TRY(eh_archive_read(s->archive, e, out, room, err));
        *size = room;
        return EH_OK;
    }
    int fd;
    eh_status status = open_file(&fd, &bytes, s, path, err);
    if (status != EH_OK)
        return status;
    ssize_t got = 0;
    while (*size < room && ((got = read(fd, out + *size, room - *size)) > 0 || (got < 0 && errno == EINTR)))
        *size += got > 0 ? (size_t)got : 0;
    if (got < 0)
        status = eh_fail_errno(err, EH_ERR_IO, errno, "%s/%s cannot be read", s->name, path);
    close(fd);
    return status;
}

/* Maps `size` bytes at `offset` of a file. */
static eh_status map_file(eh_source_bytes *out, int fd, uint64_t offset, uint64_t size, const char *path,
                          eh_error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), lead = (size_t)(offset % page);
    out->data = (const uint8_t *)""; /* of an empty file, which cannot be mapped */
    if (size == 0)
        return EH_OK;
    void *map = mmap(NULL, (size_t)size + lead, PROT_READ, MAP_SHARED, fd, (off_t)(offset - lead));
    if (map == MAP_FAILED)
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be mapped into memory", path);
    *out = (eh_source_bytes){
        .data = (uint8_t *)map + lead, .size = (size_t)size, .map = map, .map_size = (size_t)size + lead
    };
    return EH_OK;
}

eh_status eh_source_view(eh_source_bytes *out, const eh_source *s, const char *path, size_t max_copy,
                         eh_error *err)
{
    uint64_t offset, bytes;
    int fd;
    *out = (eh_source_bytes){ 0 };
    if (!s->archive) {
        EH_TRY(open_file(&fd, &bytes, s, path, err));
        eh_status status = map_file(out, fd, 0, bytes, path, err);
        close(fd);
        return status;
    }
    const eh_archive_entry *e = find_member(s, path);
    if (!e)
        return fail_missing(s, path, err);
    if (s->archive->kind == EH_ARCHIVE_TAR)
        return map_file(out, s->archive->file, e->offset, e->size, path, err);
    if (e->method == 0) {
        EH_TRY(eh_zip_locate(&offset, s->archive, e, err));
        return map_file(out, s->archive->file, offset, e->size, path, err);
    }
    EH_TRY(read_member(&out->copy, &out->size, s, path, max_copy, err));
    out->data = out->copy;
    return EH_OK;
}

void eh_source_unview(eh_source_bytes *bytes)
{
    if (bytes->map)
        munmap(bytes->map, bytes->map_size);
    eh_free(bytes->copy);
    *bytes = (eh_source_bytes){ 0 };
}
