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

#include <string.h>

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

static int probe(const eh_source *source)
{
    return !eh_source_named(source) && eh_source_any(source, eh_is_image_name) ? 50 : 0;
}

/* What the folders mean, found from all file names before the first row. */
typedef struct layout {
    bool parts;   /* the first folder of every image is a part */
    bool classes; /* the (next) folder is a class */
    bool several; /* more than one folder is */
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

static layout find_layout(const eh_source *source, size_t count)
{
    layout l = { .parts = true };
    char folder[256], first[256] = "";
    eh_part part;
    for (size_t i = 0; i < count; i++) {
        const char *path = eh_source_at(source, i).path;
        if (!eh_is_image_name(path)) {
            l.other = l.others++ ? l.other : path;
            continue;
        }
        l.images++;
        l.parts = l.parts && first_folder(folder, path) && eh_part_parse(&part, folder);
    }
    for (size_t i = 0; i < count; i++) {
        const char *path = eh_source_at(source, i).path;
        if (!eh_is_image_name(path))
            continue;
        const char *rest = l.parts ? strchr(path, '/') + 1 : path;
        if (!first_folder(folder, rest))
            continue;
        l.several |= l.classes && strcmp(folder, first) != 0;
        if (!l.classes)
            memcpy(first, folder, sizeof first);
        l.classes = true;
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

static void warn_about_layout(const layout *l, const eh_source *source, size_t count, eh_progress *progress)
{
    char folder[256];
    eh_part part;
    if (l->others)
        eh_progress_warn(progress, "%zu %s passed over because %s not have an image's name (such as %s)",
                         l->others, l->others == 1 ? "file was" : "files were",
                         l->others == 1 ? "it does" : "they do", l->other);
    if (!l->classes)
        eh_progress_warn(progress, "the folder has no class folders: the images are imported without labels");
    else if (!l->several)
        eh_progress_warn(progress,
                         "%s has one folder of images only, so there is one class and nothing to learn; name "
                         "the "
                         "folder itself to import its images without labels",
                         eh_source_name(source));
    for (size_t i = 0; i < count && !l->parts && l->classes; i++) {
        const char *path = eh_source_at(source, i).path;
        if (eh_is_image_name(path) && first_folder(folder, path) && eh_part_parse(&part, folder) &&
            part != EH_PART_NONE) {
            eh_progress_warn(progress,
                             "the folder '%s' is taken as a class, because not every folder beside it is "
                             "called train, valid or test",
                             folder);
            break;
        }
    }
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    const options *o = opts;
    const char *name = eh_source_name(source),
               *what = eh_source_is_archive(source) ? "an archive" : "a folder";
    size_t count, column = 0;
    if (eh_source_named(source))
        return eh_fail(err, EH_ERR_INPUT,
                       "%s/%s is no folder and no archive; the format 'folder' reads a folder of images",
                       name, eh_source_named(source));
    EH_TRY(eh_source_list(source, &count, err));
    layout l = find_layout(source, count);
    if (count == 0)
        return eh_fail(err, EH_ERR_INPUT, "%s is %s without images: it is empty", name, what);
    if (l.images == 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s is %s without images: none of its %zu files has an image's name (such as %s)",
                       name, what, count, l.other);
    if (l.classes)
        EH_TRY(eh_import_column(imp, &column, o->label, EH_COLUMN_CLASS, NULL, 0, err));
    for (size_t i = 0; i < count; i++) {
        const char *path = eh_source_at(source, i).path;
        if (eh_is_image_name(path))
            EH_TRY(add_image(imp, path, &l, column, err));
    }
    if (l.classes)
        EH_TRY(eh_import_sort_classes(imp, column, err));
    warn_about_layout(&l, source, count, progress);
    return EH_OK;
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
