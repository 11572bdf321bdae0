/* source.c - folders and archives behind one face; see source.h. The parts that know archives are source_tar.c, source_zip.c and source_cache.c; members are read in source_member.c. */
#include "data/source_store.h"

#include "base/file.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
        else if (depth > 0 && (entry->d_type == DT_DIR || (entry->d_type == DT_UNKNOWN &&
                                                           lstat(path, &info) == 0 && S_ISDIR(info.st_mode))))
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
