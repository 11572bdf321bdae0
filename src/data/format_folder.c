/* format_folder.c - a folder of images; sub-folders are classes (torchvision's ImageFolder), and parts above them where they are so named.
 *
 *     root/class/x.jpg            label = class
 *     root/train/class/x.jpg      label = class, part = train (valid, val, test ... likewise)
 *     root/train/x.jpg            part only
 *     root/x.jpg                  neither; a warning says so
 *
 * Folders below a class folder belong to that class. What is passed over is counted in a warning (files that have no image's name) or
 * listed as skipped (an image beside the class folders, whose class nobody knows).
 */
#include "data/format.h"

#include "base/file.h"
#include "base/str.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct options {
    const char *label;
} options;

static const eh_opt option_table[] = {
    { .name = "label",
      .help = "name of the column that holds the folders' names",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, label),
      .def = "label",
      .metavar = "NAME" },
    { 0 },
};

/* Looks for one image, at most `depth` folders down and `*budget` entries long. */
static bool holds_image(const char *folder, int depth, int *budget)
{
    DIR *dir = opendir(folder);
    bool found = false;
    struct dirent *entry;
    char path[4096];
    while (dir && !found && *budget > 0 && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        (*budget)--;
        if (eh_is_image_name(entry->d_name)) {
            found = true;
        } else if (depth > 0) {
            struct stat info;
            int size = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            if (size > 0 && (size_t)size < sizeof path && lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
                found = holds_image(path, depth - 1, budget);
        }
    }
    if (dir)
        closedir(dir);
    return found;
}

static int probe(const char *path)
{
    int budget = 20000;
    return eh_path_is_folder(path) && holds_image(path, 8, &budget) ? 50 : 0;
}

/* What the folders mean, found from all file names before the first row. */
typedef struct layout {
    bool parts;   /* the first folder of every image is a part */
    bool classes; /* the (next) folder is a class */
    size_t images, others;
    const char *other; /* one of them, as an example */
} layout;

/* The first folder of a relative path into `out`; false when the file lies directly in the root, or the name is too long. */
static bool first_folder(char out[256], const char *path)
{
    const char *slash = strchr(path, '/');
    size_t size = slash ? (size_t)(slash - path) : 0;
    if (!slash || size > 255)
        return false;
    memcpy(out, path, size);
    out[size] = '\0';
    return true;
}

static layout find_layout(const char *const *path, size_t count)
{
    layout l = { .parts = true };
    char folder[256];
    eh_part part;
    for (size_t i = 0; i < count; i++) {
        if (!eh_is_image_name(path[i])) {
            l.other = l.others++ ? l.other : path[i];
            continue;
        }
        l.images++;
        l.parts = l.parts && first_folder(folder, path[i]) && eh_part_parse(&part, folder);
    }
    for (size_t i = 0; i < count; i++) {
        if (!eh_is_image_name(path[i]))
            continue;
        const char *rest = l.parts ? strchr(path[i], '/') + 1 : path[i];
        l.classes |= strchr(rest, '/') != NULL;
    }
    return l;
}

static eh_status add_image(eh_import *imp, const char *path, const layout *l, size_t column, eh_error *err)
{
    char folder[256];
    eh_part part = EH_PART_NONE;
    const char *rest = path;
    eh_label_value value = { .missing = true };
    if (l->parts) {
        first_folder(folder, path);
        eh_part_parse(&part, folder);
        rest = strchr(path, '/') + 1;
    }
    if (l->classes) {
        if (!first_folder(folder, rest))
            return eh_import_skip(imp, path,
                                  "lies beside the class folders, so its class is unknown; move it into one "
                                  "of them");
        value.missing = false;
        EH_TRY(eh_import_class(imp, column, folder, &value.cls, err));
    }
    eh_image_ref image = { .container = "file", .path = path };
    return eh_import_row(imp, &image, &value, part, err);
}

static void warn_about_layout(const layout *l, const char *const *path, size_t count, eh_progress *progress)
{
    char folder[256];
    eh_part part;
    if (l->others)
        eh_progress_warn(progress, "%zu %s passed over because %s not have an image's name (such as %s)",
                         l->others, l->others == 1 ? "file was" : "files were",
                         l->others == 1 ? "it does" : "they do", l->other);
    if (!l->classes)
        eh_progress_warn(progress, "the folder has no class folders: the images are imported without labels");
    for (size_t i = 0; i < count && !l->parts && l->classes; i++)
        if (eh_is_image_name(path[i]) && first_folder(folder, path[i]) && eh_part_parse(&part, folder) &&
            part != EH_PART_NONE) {
            eh_progress_warn(progress,
                             "the folder '%s' is taken as a class, because not every folder beside it is "
                             "called train, valid or test",
                             folder);
            break;
        }
}

static eh_status import(eh_import *imp, const char *path, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    const options *o = opts;
    if (!eh_path_is_folder(path))
        return eh_fail(err, EH_ERR_INPUT, "%s is not a folder; the format 'folder' reads a folder of images",
                       path);
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "a list of files", 1, 4096);
    eh_status status;
    const char **file = NULL;
    size_t count = 0, column = 0;
    EH_TRY_GOTO(status, eh_list_files(arena, &file, &count, path, err));
    layout l = find_layout(file, count);
    if (l.images == 0) {
        status = count == 0 ? eh_fail(err, EH_ERR_INPUT, "%s is a folder without images: it is empty", path)
                            : eh_fail(err, EH_ERR_INPUT,
                                      "%s is a folder without images: none of its %zu files has an image's "
                                      "name (such as %s)",
                                      path, count, l.other);
        goto done;
    }
    if (l.classes)
        EH_TRY_GOTO(status, eh_import_column(imp, &column, o->label, EH_COLUMN_CLASS, NULL, 0, err));
    for (size_t i = 0; i < count; i++)
        if (eh_is_image_name(file[i]))
            EH_TRY_GOTO(status, add_image(imp, file[i], &l, column, err));
    if (l.classes)
        EH_TRY_GOTO(status, eh_import_sort_classes(imp, column, err));
    warn_about_layout(&l, file, count, progress);
done:
    eh_arena_free(arena);
    return status;
}

const eh_format eh_format_folder = {
    .entry = { .name = "folder",
               .summary = "a folder of images; sub-folders are classes, with train/valid/test above them "
                          "where there are",
               .source = "the layout of torchvision's ImageFolder",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
};
