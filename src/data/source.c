/* source.c - folders and archives behind one face; see source.h. The parts that know archives are source_tar.c, source_zip.c and source_cache.c. */
#include "data/source_store.h"

#include "base/file.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct eh_source {
    eh_arena *arena;
    const char *name; /* as the user wrote it */
    const char *root;
    const char *named;
    eh_archive *archive;             /* NULL: a folder on the disk */
    const char *prefix;              /* in the archive: "" or "folder/" */
    size_t prefix_size, first, last; /* the archive's members [first, last) lie below the prefix */
    const char **file;               /* of a folder, once listed */
    size_t files;
    bool listed;
    eh_archive_limits limits;
};

/* ---------------------------------------------------------------- opening */

/* A new source with nothing but its arena. */
static eh_source *new_source(const eh_archive_limits *limits)
{
    eh_arena *arena = eh_arena_new();
    eh_source *s = arena ? eh_arena_alloc(arena, 1, sizeof *s) : NULL;
    if (!s) {
        eh_arena_free(arena);
        return NULL;
    }
    s->arena = arena;
    s->prefix = "";
    if (limits)
        s->limits = *limits;
    return s;
}

/* Members below the prefix, which are neighbours in the sorted index. */
static eh_status find_range(eh_source *s, eh_error *err)
{
    const eh_archive *a = s->archive;
    s->prefix_size = strlen(s->prefix);
    s->last = a->entries;
    if (s->prefix_size == 0)
        return EH_OK;
    char *behind = eh_arena_strdup(s->arena, s->prefix);
    if (!behind)
        return eh_fail_memory(err, "a path", 1, s->prefix_size);
    behind[s->prefix_size - 1]++; /* '0', the character after '/': no path below the prefix is larger */
    s->first = eh_archive_lower(a, s->prefix);
    s->last = eh_archive_lower(a, behind);
    return EH_OK;
}

/* Points a source into its archive at `inner`, the tidy path of a folder or a member of it. */
static eh_status enter_archive(eh_source *s, const char *inner, eh_error *err)
{
    const eh_archive *a = s->archive;
    bool member = inner[0] && eh_archive_find(a, inner);
    const char *base = eh_path_name(inner);
    if (member) {
        s->prefix = eh_arena_printf(s->arena, "%.*s", (int)(base - inner), inner);
        s->named = eh_arena_strdup(s->arena, base);
    } else if (inner[0]) {
        s->prefix = eh_arena_printf(s->arena, "%s/", inner);
    }
    if (!s->prefix || (member && !s->named))
        return eh_fail_memory(err, "a path", 1, strlen(inner) + 2);
    EH_TRY(find_range(s, err));
    if (inner[0] && s->first == s->last)
        return eh_fail(err, EH_ERR_INPUT, "%s holds no file or folder '%s'; check the path", a->path, inner);
    int shown = s->prefix_size ? (int)s->prefix_size - 1 : 0; /* without the last '/' */
    s->root = eh_arena_printf(s->arena, "%s%s%.*s", a->root, shown ? "/" : "", shown, s->prefix);
    s->name = eh_arena_printf(s->arena, "%s%s%.*s", a->path, shown ? "/" : "", shown, s->prefix);
    return s->root && s->name ? EH_OK : eh_fail_memory(err, "a path", 1, strlen(inner) + 2);
}

/* Points a source at a folder on the disk. */
static eh_status enter_folder(eh_source *s, const char *path, eh_error *err)
{
    char *absolute = realpath(path, NULL);
    int errnum = absolute ? 0 : errno;
    s->root = absolute ? eh_arena_strdup(s->arena, absolute) : NULL;
    s->name = eh_arena_strdup(s->arena, path);
    free(absolute); /* realpath's own block */
    if (errnum && errnum != ENOMEM)
        return eh_fail_errno(err, EH_ERR_INPUT, errnum, "the folder %s cannot be used", path);
    return s->root && s->name ? EH_OK : eh_fail_memory(err, "a path", 1, strlen(path) + 1);
}

/* The longest leading part of `path` that is an existing file, in the arena, and what follows it, tidied; NULL when there is none. */
static char *split_at_file(eh_arena *arena, const char *path, const char **rest)
{
    char *part = eh_arena_strdup(arena, path);
    for (char *slash = part ? strrchr(part, '/') : NULL; slash && slash != part; slash = strrchr(part, '/')) {
        *slash = '\0';
        if (!eh_path_exists(part))
            continue;
        if (eh_path_is_folder(part))
            return NULL;
        *rest = eh_path_tidy(arena, path + (slash - part) + 1);
        return *rest ? part : NULL;
    }
    return NULL;
}

static eh_status open_archive(eh_source *s, const char *file, const char *inner, eh_progress *progress,
                              eh_error *err)
{
    EH_TRY(eh_archive_open(&s->archive, file, &s->limits, progress, err));
    return enter_archive(s, inner, err);
}

static eh_status open_path(eh_source *s, const char *path, eh_progress *progress, eh_error *err)
{
    bool compressed;
    const char *inner = "";
    if (eh_path_is_folder(path))
        return enter_folder(s, path, err);
    if (!eh_path_exists(path)) {
        const char *file = split_at_file(s->arena, path, &inner);
        if (!file || eh_archive_recognise(file, &compressed) == EH_ARCHIVE_NONE)
            return eh_fail(err, EH_ERR_INPUT, "there is no file or folder %s; check the path", path);
        return open_archive(s, file, inner, progress, err);
    }
    if (eh_archive_recognise(path, &compressed) != EH_ARCHIVE_NONE)
        return open_archive(s, path, "", progress, err);
    s->named = eh_arena_strdup(s->arena, eh_path_name(path));
    const char *folder = eh_path_folder(s->arena, path);
    return s->named && folder ? enter_folder(s, folder, err) : eh_fail_memory(err, "a path", 1, strlen(path));
}

eh_status eh_source_open(eh_source **out, const char *path, const eh_archive_limits *limits,
                         eh_progress *progress, eh_error *err)
{
    *out = NULL;
    eh_source *s = new_source(limits);
    if (!s)
        return eh_fail_memory(err, "a data set's source", 1, sizeof *s);
    eh_status status = open_path(s, path, progress, err);
    if (status == EH_OK)
        *out = s;
    else
        eh_source_close(s);
    return status;
}

static eh_status open_below(eh_source *s, const eh_source *above, const char *path, eh_error *err)
{
    const char *full = eh_path_join(s->arena, above->archive ? above->prefix : above->name, path);
    const char *inner = full ? eh_path_tidy(s->arena, full) : NULL;
    if (!inner)
        return eh_fail_memory(err, "a path", 1, strlen(path));
    if (above->archive) {
        if (!eh_path_stays_inside(inner))
            return eh_fail(err, EH_ERR_INPUT, "the path %s leads out of the archive %s", path,
                           above->archive->path);
        s->archive = eh_archive_share(above->archive);
        return enter_archive(s, inner, err);
    }
    return open_path(s, full, NULL, err);
}

eh_status eh_source_below(eh_source **out, const eh_source *source, const char *path, eh_error *err)
{
    *out = NULL;
    eh_source *s = new_source(&source->limits);
    if (!s)
        return eh_fail_memory(err, "a data set's source", 1, sizeof *s);
    eh_status status = open_below(s, source, path, err);
    if (status == EH_OK && s->named)
        status = eh_fail(err, EH_ERR_INPUT, "%s/%s is a file, but a folder%s is needed", s->name, s->named,
                         s->archive ? "" : " or an archive");
    if (status == EH_OK)
        *out = s;
    else
        eh_source_close(s);
    return status;
}

void eh_source_close(eh_source *s)
{
    if (!s)
        return;
    eh_archive_close(s->archive);
    eh_arena_free(s->arena);
}

/* ---------------------------------------------------------------- names */

const char *eh_source_name(const eh_source *source)
{
    return source->name;
}

const char *eh_source_root(const eh_source *source)
{
    return source->root;
}

const char *eh_source_named(const eh_source *source)
{
    return source->named;
}

bool eh_source_is_archive(const eh_source *source)
{
    return source->archive != NULL;
}

char *eh_source_path(const eh_source *source, eh_arena *arena, const char *path)
{
    return strcmp(source->name, ".") == 0 ? eh_arena_strdup(arena, path)
                                          : eh_path_join(arena, source->name, path);
}

/* ---------------------------------------------------------------- listing */

eh_status eh_source_list(eh_source *s, size_t *count, eh_error *err)
{
    *count = 0;
    if (!s->archive && !s->listed) {
        EH_TRY(eh_list_files(s->arena, &s->file, &s->files, s->name, err));
        s->listed = true;
    }
    *count = s->archive ? s->last - s->first : s->files;
    return EH_OK;
}

eh_source_entry eh_source_at(const eh_source *s, size_t i)
{
    if (!s->archive)
        return (eh_source_entry){ .path = s->file[i] };
    const eh_archive_entry *e = &s->archive->entry[s->first + i];
    return (eh_source_entry){ .path = e->path + s->prefix_size, .size = e->size };
}

size_t eh_source_skips(const eh_source *s)
{
    return s->archive ? s->archive->skips : 0;
}

eh_source_skip eh_source_skip_at(const eh_source *s, size_t i)
{
    return s->archive->skip[i];
}

/* The members of the index that lie directly below the prefix, or the folders that do: one for every run of members with the same first folder. */
static eh_status top_of_archive(const eh_source *s, eh_arena *arena, bool folders, const char ***names,
                                size_t *count, eh_error *err)
{
    char behind[4097];
    for (int round = 0; round < 2; round++) { /* counts, then fills */
        *count = 0;
        for (size_t i = s->first; i < s->last;) {
            const char *path = s->archive->entry[i].path + s->prefix_size, *slash = strchr(path, '/');
            if (folders == (slash != NULL)) {
                if (round &&
                    !((*names)[*count] = slash ? eh_arena_printf(arena, "%.*s", (int)(slash - path), path)
                                               : eh_arena_strdup(arena, path)))
                    return eh_fail_memory(err, s->name, 1, strlen(path));
                ++*count;
            }
            if (!slash) {
                i++;
                continue;
            }
            size_t size = s->prefix_size + (size_t)(slash - path);
            memcpy(behind, s->archive->entry[i].path, size);
            behind[size] = '/' + 1;
            behind[size + 1] = '\0';
            i = eh_archive_lower(s->archive, behind);
        }
        if (!round && !(*names = eh_arena_alloc(arena, *count + 1, sizeof **names)))
            return eh_fail_memory(err, s->name, *count + 1, sizeof **names);
    }
    return EH_OK;
}

eh_status eh_source_top(const eh_source *s, eh_arena *arena, bool folders, const char ***names, size_t *count,
                        eh_error *err)
{
    if (s->archive)
        return top_of_archive(s, arena, folders, names, count, err);
    return folders ? eh_list_folders(arena, names, count, s->name, err)
                   : eh_list_folder_files(arena, names, count, s->name, err);
}

/* Looks at no more than *budget entries, `depth` folders down. The first `root` characters of a path are the source's own. */
static bool any_below(const char *folder, size_t root, bool (*wanted)(const char *path), int depth,
                      int *budget)
{
    DIR *dir = opendir(folder);
    bool found = false;
    struct dirent *entry;
    char path[4096];
    while (dir && !found && *budget > 0 && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        (*budget)--;
        struct stat info;
        int size = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (size < 0 || (size_t)size >= sizeof path)
            continue;
        if (wanted(path + root))
            found = true;
        else if (depth > 0 && lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
            found = any_below(path, root, wanted, depth - 1, budget);
    }
    if (dir)
        closedir(dir);
    return found;
}

bool eh_source_any(const eh_source *s, bool (*wanted)(const char *path))
{
    int budget = 20000;
    if (!s->archive)
        return any_below(s->name, strlen(s->name) + 1, wanted, 8, &budget);
    for (size_t i = s->first; i < s->last; i++)
        if (wanted(s->archive->entry[i].path + s->prefix_size))
            return true;
    return false;
}

/* ---------------------------------------------------------------- members */

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
