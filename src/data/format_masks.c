/* format_masks.c - segmentation: pictures and, for each, a mask that says of every pixel what it shows.
 *
 *     images/train/a.jpg    masks/train/a.png       the folders of both may stand above or below the parts, and be called
 *     train/images/a.jpg    train/masks/a.png       JPEGImages, imgs, leftImg8bit ... and labels, annotations, SegmentationClass, gtFine ...
 *     train/a.png           trainannot/a.png
 *     a.jpg                 a_mask.png              side by side
 *     classes.txt           label_colors.txt ...    names, and numbers or colours (mask_classes.h)
 *     train.txt, valid.txt ...                      which picture is in which part, in the root or in ImageSets/Segmentation
 *
 * A mask belongs to the picture with the same path, but for the folder's word, the ending, and a suffix such as _mask or _L. Pictures without a
 * mask and masks without a picture are counted. A mask of another size than its picture, or with a value that is no class, makes its picture
 * broken: it is listed with the reason.
 *
 * Classes that are called void or unlabelled, and the value 255, count for nothing: they are no classes of the column. Without a list of classes the
 * values that occur are the classes; of 0 and 255 alone, 255 is the foreground.
 */
#include "data/masks_folder.h"

#include "base/file.h"
#include "base/str.h"
#include "data/mask.h"
#include "data/mask_classes.h"

#include <string.h>

typedef struct options {
    const char *images, *masks, *classes, *suffix, *label;
    eh_str_list ignore;
    bool keep;
} options;

static const eh_opt option_table[] = {
    { .name = "images",
      .help = "folder of the pictures; found by its usual names when not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, images),
      .metavar = "FOLDER" },
    { .name = "masks",
      .help = "folder of the masks",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, masks),
      .metavar = "FOLDER" },
    { .name = "suffix",
      .help = "what a mask's name has more than its picture's, such as _mask",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, suffix),
      .metavar = "TEXT" },
    { .name = "classes",
      .help = "file with the names of the classes; classes.txt, label_colors.txt ... when not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, classes),
      .metavar = "FILE" },
    { .name = "ignore",
      .help = "classes, numbers or #rrggbb that count for nothing; void, unlabelled and 255 when not given, "
              "none for none",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, ignore),
      .metavar = "LIST" },
    { .name = "keep-unmasked",
      .help = "take pictures without a mask too, with a missing one",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, keep),
      .def = "false" },
    { .name = "label",
      .help = "name of the column of masks",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, label),
      .def = "mask",
      .metavar = "NAME" },
    { 0 },
};

static int probe(const eh_source *source)
{
    return eh_masks_in_source(source) ? 85 : 0;
}

/* ---------------------------------------------------------------- classes */

static const char *const usual_lists[] = { "classes.txt",    "class_names.txt",  "labels.txt",
                                           "codes.txt",      "label_colors.txt", "label_colours.txt",
                                           "class_dict.csv", "classes.csv",      "labelmap.txt" };

/* The list of classes beside the folders, if there is one. */
static eh_status read_list(eh_mask_class_list *out, const eh_source *source, eh_arena *arena,
                           const char *named, eh_error *err)
{
    const char *path = named;
    uint8_t *bytes;
    size_t size;
    *out = (eh_mask_class_list){ 0 };
    for (size_t i = 0; i < sizeof usual_lists / sizeof *usual_lists && !path; i++)
        if (eh_source_has(source, usual_lists[i]))
            path = usual_lists[i];
    if (!path)
        return EH_OK;
    EH_TRY(eh_source_read(&bytes, &size, source, path, (size_t)1 << 20, err));
    const char *where = eh_source_path(source, arena, path);
    eh_status status =
        where ? eh_mask_classes_parse(out, arena, where, bytes, size, err) : eh_fail_memory(err, path, 1, 64);
    eh_free(bytes);
    return status;
}

/* Whether the user, or else its name or number, says that a class counts for nothing. *used[i] notes which of the user's words were found. */
static bool is_ignored(const options *o, const eh_mask_class *cls, bool *used)
{
    if (o->ignore.count == 0)
        return eh_mask_class_is_void(cls->name);
    for (size_t i = 0; i < o->ignore.count; i++) {
        const char *word = o->ignore.item[i];
        int64_t number;
        char colour[8];
        snprintf(colour, sizeof colour, "#%02x%02x%02x", cls->rgb[0], cls->rgb[1], cls->rgb[2]);
        if (strcmp(word, cls->name) == 0 || (cls->has_colour && strcmp(word, colour) == 0) ||
            (!cls->has_colour && eh_parse_int(&number, word) && number == (int64_t)cls->index)) {
            used[i] = true;
            return true;
        }
    }
    return false;
}

/* Values that the user ignores although no class has them: 255, or the colour of a border. */
static eh_status ignore_values(eh_import *imp, size_t column, const options *o,
                               const eh_mask_class_list *list, const bool *used, eh_error *err)
{
    for (size_t i = 0; i < o->ignore.count; i++) {
        const char *word = o->ignore.item[i];
        int64_t number;
        unsigned colour;
        if (used[i] || strcmp(word, "none") == 0)
            continue;
        if (eh_parse_int(&number, word) && number >= 0 && number <= 255) {
            EH_TRY(eh_import_mask_value(imp, column, (uint32_t)number, EH_MASK_IGNORE, err));
        } else if (word[0] == '#' && strlen(word) == 7 && sscanf(word + 1, "%6x", &colour) == 1) {
            EH_TRY(eh_import_mask_value(imp, column, EH_MASK_COLOUR | colour, EH_MASK_IGNORE, err));
        } else {
            eh_str names = { 0 };
            for (size_t k = 0; k < list->count && k < 40; k++)
                eh_str_appendf(&names, "%s%s", k ? ", " : "", list->item[k].name);
            eh_status status =
                eh_fail(err, EH_ERR_USAGE,
                        "ignore=%s is no class, no number up to 255 and no #rrggbb; the classes are: %s",
                        word, eh_str_text(&names));
            eh_str_clear(&names);
            return status;
        }
    }
    return EH_OK;
}

/* Declares the column of masks: the classes of the list that count, and what each value stands for. */
static eh_status declare(eh_import *imp, eh_arena *arena, const options *o, const eh_mask_class_list *list,
                         const char *where, eh_error *err)
{
    const char **name = eh_arena_alloc(arena, list->count, sizeof *name);
    uint8_t *cls = eh_arena_alloc(arena, list->count, 1);
    bool *used = eh_arena_alloc(arena, o->ignore.count + 1, sizeof *used);
    size_t classes = 0, column;
    bool has_255 = false;
    if (!name || !cls || !used)
        return eh_fail_memory(err, "the classes of masks", list->count, sizeof *name);
    for (size_t i = 0; i < list->count; i++) {
        bool ignored = is_ignored(o, &list->item[i], used);
        if (!ignored && classes == EH_MASK_CLASSES)
            return eh_fail(err, EH_ERR_LIMIT,
                           "%s: more than %d classes of pixels cannot be told apart in a mask", where,
                           EH_MASK_CLASSES);
        cls[i] = ignored ? EH_MASK_IGNORE : (uint8_t)classes;
        if (!ignored)
            name[classes++] = list->item[i].name;
        has_255 |= !list->colours && list->item[i].index == 255;
    }
    if (classes == 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: every class counts for nothing; say with ignore=... which of them do", where);
    EH_TRY(eh_import_column(imp, &column, o->label, EH_COLUMN_MASK, name, classes, err));
    for (size_t i = 0; i < list->count; i++) {
        const eh_mask_class *c = &list->item[i];
        uint32_t value =
            list->colours ? EH_MASK_COLOUR | (uint32_t)c->rgb[0] << 16 | (uint32_t)c->rgb[1] << 8 | c->rgb[2]
                          : c->index;
        EH_TRY(eh_import_mask_value(imp, column, value, cls[i], err));
    }
    if (!list->colours && !has_255 && o->ignore.count == 0)
        EH_TRY(eh_import_mask_value(imp, column, EH_MASK_IGNORE, EH_MASK_IGNORE, err));
    return ignore_values(imp, column, o, list, used, err);
}

/* Without a list: what occurs in the masks. */
static eh_status list_of_values(eh_mask_class_list *out, const eh_masks_folder *f, const eh_source *source,
                                eh_arena *arena, eh_progress *progress, eh_error *err)
{
    eh_masks_values found;
    EH_TRY(eh_masks_find_values(&found, source, f, progress, err));
    size_t indices = 0;
    for (int v = 0; v < 256; v++)
        indices += found.index[v];
    bool binary = indices == 2 && found.index[0] && found.index[255];
    out->colours = found.colours > 0;
    out->item = eh_arena_alloc(arena, found.colours ? found.colours : 256, sizeof *out->item);
    if (!out->item)
        return eh_fail_memory(err, "the classes of masks", 256, sizeof *out->item);
    for (size_t i = 0; i < found.colours; i++) {
        uint32_t c = found.colour[i];
        out->item[out->count++] =
            (eh_mask_class){ .name = eh_arena_printf(arena, "#%06x", (unsigned)c),
                             .has_colour = true,
                             .rgb = { (uint8_t)(c >> 16), (uint8_t)(c >> 8), (uint8_t)c } };
    }
    for (uint32_t v = 0; v < 256 && !out->colours; v++)
        if (found.index[v] && (v < 255 || binary))
            out->item[out->count++] =
                (eh_mask_class){ .name = !binary ? eh_arena_printf(arena, "%u", (unsigned)v)
                                         : v     ? "foreground"
                                                 : "background",
                                 .index = v };
    for (size_t i = 0; i < out->count; i++)
        if (!out->item[i].name)
            return eh_fail_memory(err, "the classes of masks", out->count, 8);
    if (out->count == 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: none of its %zu masks can be read, so its classes are not known; is it a folder "
                       "of masks?",
                       eh_source_name(source), f->pairs);
    eh_progress_warn(progress,
                     "%s has no list of classes such as classes.txt; the %zu values that occur in its masks "
                     "are the classes",
                     eh_source_name(source), out->count);
    return EH_OK;
}

/* ---------------------------------------------------------------- rows */

static eh_status add_rows(eh_import *imp, const eh_masks_folder *f, bool keep, eh_error *err)
{
    uint64_t without = 0;
    for (size_t i = 0; i < f->images; i++) {
        const eh_masks_image *image = &f->image[i];
        eh_image_ref ref = { .container = "file", .path = image->path };
        eh_label_value value = { .missing = !image->mask, .text = image->mask };
        if (image->mask || keep)
            EH_TRY(eh_import_row(imp, &ref, &value, (eh_part)image->part, err));
        without += !image->mask;
    }
    for (size_t i = 0; i < f->doubles; i++)
        EH_TRY(eh_import_skip(imp, f->twice[i].path, "is a second mask for %s; only %s was taken",
                              f->twice[i].image, f->twice[i].taken));
    eh_import_count_missing(imp, f->masks_without_image, keep ? 0 : without);
    return EH_OK;
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    const options *o = opts;
    eh_arena *arena = eh_arena_new();
    eh_masks_folder folder = { 0 };
    eh_mask_class_list list;
    eh_status status;
    if (!arena)
        return eh_fail_memory(err, "a list of masks", 1, 4096);
    const eh_masks_names names = { .images = o->images, .masks = o->masks, .suffix = o->suffix };
    EH_TRY_GOTO(status, eh_masks_find(&folder, arena, source, &names, err));
    if (folder.pairs == 0) {
        status = eh_fail(err, EH_ERR_INPUT,
                         "%s: no mask belongs to any of the %zu pictures; name the folders with "
                         "images=FOLDER,masks=FOLDER, or "
                         "what the masks' names have more with suffix=TEXT",
                         eh_source_name(source), folder.images);
        goto done;
    }
    EH_TRY_GOTO(status, read_list(&list, source, arena, o->classes, err));
    if (list.count == 0)
        EH_TRY_GOTO(status, list_of_values(&list, &folder, source, arena, progress, err));
    EH_TRY_GOTO(status, declare(imp, arena, o, &list, eh_source_name(source), err));
    status = add_rows(imp, &folder, o->keep, err);
done:
    eh_arena_free(arena);
    return status;
}

const eh_format eh_format_masks = {
    .entry = { .name = "masks",
               .summary = "segmentation: a folder of pictures and a folder of masks (palette, grey, index or "
                          "colour PNGs)",
               .source = "the folders of CamVid, Pascal VOC and Cityscapes",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
};
