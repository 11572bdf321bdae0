/* path.c - paths, folders and their contents; declared in file.h. */
#include "base/file.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folders deeper than this below the root are refused, so that the walk cannot exhaust the stack or the open files. */
#define MAX_DEPTH 64

bool eh_path_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool eh_path_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

char *eh_path_join(eh_arena *arena, const char *a, const char *b)
{
    if (b[0] == '/' || a[0] == '\0')
        return eh_arena_strdup(arena, b);
    return eh_arena_printf(arena, eh_ends_with(a, "/") ? "%s%s" : "%s/%s", a, b);
}

const char *eh_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *eh_path_folder(eh_arena *arena, const char *path)
{
    size_t length = (size_t)(eh_path_name(path) - path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return length == 0 ? eh_arena_strdup(arena, ".") : eh_arena_printf(arena, "%.*s", (int)length, path);
}

char *eh_path_tidy(eh_arena *arena, const char *path)
{
    size_t size = strlen(path), used = 0, fixed = 0;
    char *out = eh_arena_alloc(arena, size + 2, 1);
    if (!out)
        return NULL;
    if (path[0] == '/')
        out[used++] = '/', fixed = 1;
    while (*path) {
        size_t part = strcspn(path, "/");
        if (part == 2 && path[0] == '.' && path[1] == '.' && used > fixed) {
            used--; /* the '/' behind the segment that is taken back */
            while (used > fixed && out[used - 1] != '/')
                used--;
        } else if (part > 0 && !(part == 1 && path[0] == '.')) {
            memcpy(out + used, path, part);
            used += part;
            out[used++] = '/';
            if (part == 2 && path[0] == '.' && path[1] == '.')
                fixed = used;
        }
        path += part;
        while (*path == '/')
            path++;
    }
    if (used > 1 && out[used - 1] == '/')
        used--;
    out[used] = '\0';
    return out;
}

bool eh_path_stays_inside(const char *path)
{
    long depth = 0;
    if (path[0] == '/')
        return false;
    while (*path) {
        size_t size = strcspn(path, "/");
        if (size == 2 && path[0] == '.' && path[1] == '.')
            depth--;
        else if (size > 0 && !(size == 1 && path[0] == '.'))
            depth++;
        if (depth < 0)
            return false;
        path += size;
        while (*path == '/')
            path++;
    }
    return true;
}

static eh_status make_one_folder(const char *path, eh_error *err)
{
    if (mkdir(path, 0777) == 0)
        return EH_OK;
    int errnum = errno;
    if (errnum == EEXIST) {
        if (eh_path_is_folder(path))
            return EH_OK;
        return eh_fail(err, EH_ERR_IO, "%s is a file where a folder is needed; choose another name.", path);
    }
    return eh_fail_errno(err, EH_ERR_IO, errnum, "The folder %s cannot be made", path);
}

eh_status eh_make_folder(const char *path, eh_error *err)
{
    if (eh_path_is_folder(path))
        return EH_OK;
    eh_str partial = { 0 };
    eh_str_append(&partial, path);
    eh_status status = eh_str_check(&partial, err);
    for (size_t i = 1; status == EH_OK && i < partial.size; i++) {
        if (partial.data[i] != '/')
            continue;
        partial.data[i] = '\0';
        /* An existing parent may lie in a folder that we may not write to. */
        if (!eh_path_is_folder(partial.data))
            status = make_one_folder(partial.data, err);
        partial.data[i] = '/';
    }
    if (status == EH_OK)
        status = make_one_folder(path, err);
    eh_str_clear(&partial);
    return status;
}

/* ---------------------------------------------------------------- listing */

typedef struct name_list {
    eh_arena *arena;
    const char **name;
    size_t count, capacity;
} name_list;

static bool add_name(name_list *list, const char *name)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        const char **grown = eh_realloc(list->name, list->count, capacity, sizeof *grown);
        if (!grown)
            return false;
        list->name = grown;
        list->capacity = capacity;
    }
    char *copy = eh_arena_strdup(list->arena, name);
    if (!copy)
        return false;
    list->name[list->count++] = copy;
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts and moves the pointers into the arena; releases the growing array in any case. */
static eh_status finish_list(name_list *list, const char ***names, size_t *count, const char *root,
                             eh_status status, eh_error *err)
{
    if (status == EH_OK) {
        *names = eh_arena_alloc(list->arena, list->count + 1, sizeof **names);
        if (!*names) {
            status = eh_fail_memory(err, root, list->count, sizeof **names);
        } else if (list->count > 0) {
            qsort(list->name, list->count, sizeof *list->name, by_bytes);
            memcpy(*names, list->name, list->count * sizeof *list->name);
            *count = list->count;
        }
    }
    eh_free(list->name);
    return status;
}

typedef enum entry_type { ENTRY_OTHER, ENTRY_FILE, ENTRY_FOLDER } entry_type;

/* A link to a file is a file, and so is a dangling link: who opens it then says what is wrong. A link to a folder is neither. */
static entry_type type_of(DIR *dir, const struct dirent *entry)
{
    struct stat info;
    const char *name = entry->d_name;
    if (entry->d_type == DT_REG || entry->d_type == DT_DIR) /* most file systems say so without being asked */
        return entry->d_type == DT_DIR ? ENTRY_FOLDER : ENTRY_FILE;
    if (fstatat(dirfd(dir), name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return ENTRY_FILE;
    if (S_ISDIR(info.st_mode))
        return ENTRY_FOLDER;
    if (S_ISLNK(info.st_mode)) {
        struct stat target;
        if (fstatat(dirfd(dir), name, &target, 0) != 0)
            return ENTRY_FILE;
        return S_ISREG(target.st_mode) ? ENTRY_FILE : ENTRY_OTHER;
    }
    return S_ISREG(info.st_mode) ? ENTRY_FILE : ENTRY_OTHER;
}

static eh_status open_folder(DIR **dir, const char *path, eh_error *err)
{
    *dir = opendir(path);
    if (*dir)
        return EH_OK;
    if (errno == ENOENT)
        return eh_fail(err, EH_ERR_INPUT, "The folder %s does not exist; check the path.", path);
    if (errno == ENOTDIR)
        return eh_fail(err, EH_ERR_INPUT, "%s is not a folder.", path);
    return eh_fail_errno(err, EH_ERR_IO, errno, "The folder %s cannot be read", path);
}

/* The next entry whose name does not start with '.'; NULL at the end, with *errnum set when it was not the true end. */
static const struct dirent *next_entry(DIR *dir, int *errnum)
{
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        *errnum = entry ? 0 : errno;
        if (!entry || entry->d_name[0] != '.')
            return entry;
    }
}

/* `path` is the folder to read; the part of it behind root_length is what the listed paths begin with. */
static eh_status walk(name_list *list, eh_str *path, size_t root_length, int depth, eh_error *err)
{
    if (depth > MAX_DEPTH)
        return eh_fail(err, EH_ERR_LIMIT, "%s lies more than %d folders deep; move it higher.", path->data,
                       MAX_DEPTH);
    DIR *dir;
    EH_TRY(open_folder(&dir, path->data, err));
    eh_status status = EH_OK;
    size_t length = path->size;
    const struct dirent *entry;
    int errnum = 0;
    while (status == EH_OK && (entry = next_entry(dir, &errnum)) != NULL) {
        entry_type type = type_of(dir, entry);
        if (type == ENTRY_OTHER)
            continue;
        if (path->data[length - 1] != '/')
            eh_str_append(path, "/");
        eh_str_append(path, entry->d_name);
        status = eh_str_check(path, err);
        if (status == EH_OK && type == ENTRY_FOLDER)
            status = walk(list, path, root_length, depth + 1, err);
        else if (status == EH_OK && !add_name(list, path->data + root_length))
            status = eh_fail_memory(err, path->data, list->count, sizeof(char *));
        path->size = length;
        path->data[length] = '\0';
    }
    if (status == EH_OK && errnum != 0)
        status = eh_fail_errno(err, EH_ERR_IO, errnum, "The folder %s cannot be read", path->data);
    closedir(dir);
    return status;
}

eh_status eh_list_files(eh_arena *arena, const char ***paths, size_t *count, const char *root, eh_error *err)
{
    *paths = NULL;
    *count = 0;
    name_list list = { .arena = arena };
    eh_str path = { 0 };
    eh_str_append(&path, root[0] ? root : ".");
    eh_status status = eh_str_check(&path, err);
    if (status == EH_OK) {
        size_t root_length = path.size + !eh_ends_with(path.data, "/");
        status = walk(&list, &path, root_length, 0, err);
    }
    eh_str_clear(&path);
    return finish_list(&list, paths, count, root, status, err);
}

/* Names directly below `root` of one type. */
static eh_status list_names(eh_arena *arena, const char ***names, size_t *count, const char *root,
                            entry_type wanted, eh_error *err)
{
    *names = NULL;
    *count = 0;
    DIR *dir;
    EH_TRY(open_folder(&dir, root[0] ? root : ".", err));
    name_list list = { .arena = arena };
    eh_status status = EH_OK;
    const struct dirent *entry;
    int errnum = 0;
    while (status == EH_OK && (entry = next_entry(dir, &errnum)) != NULL)
        if (type_of(dir, entry) == wanted && !add_name(&list, entry->d_name))
            status = eh_fail_memory(err, root, list.count, sizeof(char *));
    if (status == EH_OK && errnum != 0)
        status = eh_fail_errno(err, EH_ERR_IO, errnum, "The folder %s cannot be read", root);
    closedir(dir);
    return finish_list(&list, names, count, root, status, err);
}

eh_status eh_list_folders(eh_arena *arena, const char ***names, size_t *count, const char *root,
                          eh_error *err)
{
    return list_names(arena, names, count, root, ENTRY_FOLDER, err);
}

eh_status eh_list_folder_files(eh_arena *arena, const char ***names, size_t *count, const char *root,
                               eh_error *err)
{
    return list_names(arena, names, count, root, ENTRY_FILE, err);
}

eh_status eh_cache_folder(eh_arena *arena, const char **out, eh_error *err)
{
    const char *own = getenv("EVENHAND_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    *out = NULL;
    char *path;
    if (own && *own)
        path = eh_arena_strdup(arena, own);
    else if (xdg && *xdg == '/')
        path = eh_path_join(arena, xdg, "evenhand");
    else if (home && *home)
        path = eh_path_join(arena, home, ".cache/evenhand");
    else
        return eh_fail(err, EH_ERR_USAGE, "There is no folder for the cache: set EVENHAND_CACHE (or HOME).");
    if (!path)
        return eh_fail_memory(err, "the cache folder's name", 1, 1);
    EH_TRY(eh_make_folder(path, err));
    *out = path;
    return EH_OK;
}
