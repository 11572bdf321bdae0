/* format_celeba.c - CelebA: 40 yes/no attributes per face, who it is, and the official parts.
 *
 *     list_attr_celeba.txt or .csv       attributes, -1 / 1 (0 / 1 in some copies); each becomes a column with the classes
 *                                        "not Blond_Hair" and "Blond_Hair"
 *     identity_CelebA.txt or .csv        the text column `identity`, where the file is there
 *     list_eval_partition.txt or .csv    0 train, 1 valid, 2 test, where the file is there
 *
 * The lists lie in the folder itself or in Anno/ and Eval/; the images in img_align_celeba/, img_align_celeba/img_align_celeba/, Img/...,
 * in img_align_celeba.zip as it is distributed, or beside the lists. A wrong count line, rows without an image and images without a row are counted and told; lines that make no sense
 * are listed as skipped, never guessed.
 *
 * Source   Liu, Luo, Wang, Tang, "Deep Learning Face Attributes in the Wild", ICCV 2015, and the files of its web page.
 */
#include "data/celeba_lists.h"
#include "data/format.h"

#include "base/str.h"
#include "data/text_index.h"

#include <stdio.h>
#include <string.h>

typedef struct options {
    const char *images;
} options;

static const eh_opt option_table[] = {
    { .name = "images",
      .help = "folder or archive of the images, relative to the lists' folder; found by its usual names when "
              "not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, images),
      .metavar = "FOLDER" },
    { 0 },
};

/* The first of folder/stem.txt and .csv that is there, for a few folders; NULL when none. In the arena. */
static const char *find_list(const eh_source *source, eh_arena *arena, const char *stem)
{
    static const char *const folders[] = { "", "Anno/", "Eval/", "anno/", "eval/" };
    static const char *const suffixes[] = { "txt", "csv" };
    for (size_t f = 0; f < sizeof folders / sizeof *folders; f++)
        for (size_t s = 0; s < 2; s++) {
            const char *path = eh_arena_printf(arena, "%s%s.%s", folders[f], stem, suffixes[s]);
            if (path && eh_source_has(source, path))
                return path;
        }
    return NULL;
}

static int probe(const eh_source *source)
{
    const char *named = eh_source_named(source);
    if (named)
        return eh_starts_with(named, "list_attr_celeba.") ? 95 : 0;
    eh_arena *arena = eh_arena_new();
    int score = arena && find_list(source, arena, "list_attr_celeba") ? 95 : 0;
    eh_arena_free(arena);
    return score;
}

/* Everything that the reading needs. */
typedef struct reader {
    eh_import *imp;
    eh_arena *arena;
    const eh_source *source;
    eh_celeba_list attributes, identity, part;
    eh_text_index file, identity_of, part_of; /* names; file: what lies in the images' folder */
    bool has_identity, has_part;
    eh_label_value *value; /* [attributes + 1] */
    uint64_t rows_without_image;
} reader;

/* The folder or archive `name`; an archive that holds one folder with everything is entered. */
static eh_status open_images(eh_source **out, const reader *r, const char *name, eh_error *err)
{
    const char **folder;
    size_t folders, files;
    EH_TRY(eh_source_below(out, r->source, name, err));
    if (!eh_source_is_archive(*out) || eh_source_is_archive(r->source))
        return EH_OK;
    eh_source *inner = NULL;
    eh_status status = eh_source_top(*out, r->arena, false, &folder, &files, err);
    if (status == EH_OK)
        status = eh_source_top(*out, r->arena, true, &folder, &folders, err);
    if (status == EH_OK && files == 0 && folders == 1)
        status = eh_source_below(&inner, *out, folder[0], err);
    if (status != EH_OK || inner) {
        eh_source_close(*out);
        *out = inner;
    }
    return status;
}

/* An archive inside an archive is not read. */
static bool is_there(const eh_source *source, const char *name)
{
    return strcmp(name, ".") == 0 || eh_source_has_folder(source, name) ||
           (!eh_source_is_archive(source) && eh_source_has(source, name));
}

/* Notes the names of all images in `images`; *taken: there are any. */
static eh_status take_images(reader *r, eh_source *images, bool *taken, eh_error *err)
{
    size_t count;
    uint32_t number;
    *taken = false;
    EH_TRY(eh_source_list(images, &count, err));
    eh_text_index_clear(&r->file);
    for (size_t i = 0; i < count; i++) {
        const char *name = eh_source_at(images, i).path;
        if (eh_is_image_name(name))
            EH_TRY(eh_text_index_add(&r->file, name, &number, NULL, err));
    }
    *taken = r->file.count > 0;
    return EH_OK;
}

/* The folder of the images: named, or one of the usual ones that has any. */
static eh_status find_images(reader *r, const options *o, eh_error *err)
{
    static const char *const usual[] = { "img_align_celeba/img_align_celeba",
                                         "img_align_celeba",
                                         "Img/img_align_celeba",
                                         "img/img_align_celeba",
                                         "img_align_celeba_png",
                                         "Img/img_align_celeba_png",
                                         "img_celeba",
                                         "images",
                                         "img_align_celeba.zip",
                                         "Img/img_align_celeba.zip",
                                         "." };
    size_t candidates = o->images ? 1 : sizeof usual / sizeof *usual;
    for (size_t i = 0; i < candidates; i++) {
        eh_source *images;
        bool taken;
        const char *name = o->images ? o->images : usual[i];
        if (!o->images && !is_there(r->source, name))
            continue;
        EH_TRY(open_images(&images, r, name, err));
        eh_status status = take_images(r, images, &taken, err);
        if (taken)
            eh_import_set_images(r->imp, images);
        else
            eh_source_close(images);
        if (taken || status != EH_OK)
            return status;
    }
    return eh_fail(err, EH_ERR_INPUT,
                   "%s has no folder of images such as img_align_celeba beside its lists; name it with "
                   "images=FOLDER",
                   eh_source_name(r->source));
}

/* Reads one of the two smaller lists, if it is there. The first line for a name counts; numbers in the index are row numbers. */
static eh_status read_side_list(reader *r, eh_celeba_list *list, eh_text_index *index, const char *stem,
                                bool *found, eh_error *err)
{
    const char *path = find_list(r->source, r->arena, stem);
    size_t kept = 0;
    *found = path != NULL;
    if (!path)
        return EH_OK;
    EH_TRY(eh_celeba_read(list, r->arena, r->source, path, 0, err));
    for (size_t row = 0; row < list->rows; row++) {
        uint32_t number;
        bool added;
        EH_TRY(eh_text_index_add(index, list->name[row], &number, &added, err));
        if (added)
            list->cell[kept++ * list->fields] = list->cell[row * list->fields];
    }
    return EH_OK;
}

static eh_status declare_columns(reader *r, eh_error *err)
{
    size_t column;
    for (size_t i = 0; i < r->attributes.fields; i++) {
        const char *name = r->attributes.title[i];
        const char *classes[2] = { eh_arena_printf(r->arena, "not %s", name), name };
        if (!classes[0])
            return eh_fail_memory(err, "the attributes of CelebA", 1, 64);
        EH_TRY(eh_import_column(r->imp, &column, name, EH_COLUMN_CLASS, classes, 2, err));
    }
    if (r->has_identity)
        EH_TRY(eh_import_column(r->imp, &column, "identity", EH_COLUMN_TEXT, NULL, 0, err));
    r->value = eh_arena_alloc(r->arena, r->attributes.fields + 1, sizeof *r->value);
    return r->value ? EH_OK : eh_fail_memory(err, "a row of CelebA", r->attributes.fields, sizeof *r->value);
}

/* The attributes of a row into r->value; a defect is put into words in `defect`. */
static bool read_attributes(reader *r, size_t row, char defect[160])
{
    const eh_celeba_list *a = &r->attributes;
    size_t line = a->line[row];
    for (size_t i = 0; i < a->fields; i++) {
        const char *cell = a->cell[row * a->fields + i];
        if (!cell) {
            snprintf(defect, 160, "line %zu has %zu values, but there are %zu attributes", line, i,
                     a->fields);
            return false;
        }
        bool yes = strcmp(cell, "1") == 0, no = strcmp(cell, "-1") == 0 || strcmp(cell, "0") == 0;
        if (!yes && !no) {
            snprintf(defect, 160, "line %zu: the attribute %.40s is '%.20s', but must be 1 or -1", line,
                     a->title[i], cell);
            return false;
        }
        r->value[i] = (eh_label_value){ .cls = yes };
    }
    if (a->extra[row]) {
        snprintf(defect, 160, "line %zu has %zu values more than there are attributes", line, a->extra[row]);
        return false;
    }
    return true;
}

/* The file of a row: as named, or as .png (the aligned PNG set uses the names of the JPEGs). NULL when it is not there. */
static const char *find_file(reader *r, const char *name, eh_error *err, eh_status *status)
{
    if (eh_text_index_find(&r->file, name) >= 0)
        return name;
    if (!eh_ends_with(name, ".jpg"))
        return NULL;
    const char *png = eh_arena_printf(r->arena, "%.*s.png", (int)strlen(name) - 4, name);
    if (!png)
        *status = eh_fail_memory(err, "the name of an image", 1, strlen(name) + 1);
    return png && eh_text_index_find(&r->file, png) >= 0 ? png : NULL;
}

static eh_status add_row(reader *r, size_t row, eh_error *err)
{
    char defect[160];
    eh_part part = EH_PART_NONE;
    eh_status status = EH_OK;
    const char *name = r->attributes.name[row], *file = find_file(r, name, err, &status);
    if (status != EH_OK)
        return status;
    if (!file) {
        r->rows_without_image++;
        return EH_OK;
    }
    if (!read_attributes(r, row, defect))
        return eh_import_skip(r->imp, file, "%s", defect);
    int64_t at = eh_text_index_find(&r->identity_of, name);
    const char *who = at >= 0 ? r->identity.cell[(size_t)at * r->identity.fields] : NULL;
    r->value[r->attributes.fields] = (eh_label_value){ .missing = !who, .text = who };
    at = eh_text_index_find(&r->part_of, name);
    const char *number = at >= 0 ? r->part.cell[(size_t)at * r->part.fields] : NULL;
    if (number && (number[0] < '0' || number[0] > '2' || number[1]))
        return eh_import_skip(r->imp, file,
                              "list_eval_partition says part '%.20s', but there are only 0, 1 and 2", number);
    if (number)
        part = (eh_part)(number[0] - '0' + EH_PART_TRAIN);
    eh_image_ref image = { .container = "file", .path = file };
    return eh_import_row(r->imp, &image, r->value, part, err);
}

/* Images in the folder that no row names. */
static eh_status count_unnamed(reader *r, eh_error *err)
{
    eh_text_index named = { 0 };
    eh_status status = EH_OK;
    for (size_t row = 0; row < r->attributes.rows && status == EH_OK; row++) {
        uint32_t number;
        const char *file = find_file(r, r->attributes.name[row], err, &status);
        if (file && status == EH_OK)
            status = eh_text_index_add(&named, file, &number, NULL, err);
    }
    if (status == EH_OK)
        eh_import_count_missing(r->imp, r->rows_without_image, r->file.count - named.count);
    eh_text_index_clear(&named);
    return status;
}

static eh_status read_lists(reader *r, eh_progress *progress, eh_error *err)
{
    const char *path = eh_source_named(r->source);
    path = path ? path : find_list(r->source, r->arena, "list_attr_celeba");
    if (!path)
        return eh_fail(err, EH_ERR_INPUT, "%s holds no list_attr_celeba.txt or list_attr_celeba.csv",
                       eh_source_name(r->source));
    EH_TRY(eh_celeba_read(&r->attributes, r->arena, r->source, path, 1, err));
    if (r->attributes.claimed >= 0 && (uint64_t)r->attributes.claimed != r->attributes.rows)
        eh_progress_warn(progress,
                         "%s says in its first line that it has %lld rows, but it has %zu; all of them were "
                         "read",
                         eh_source_path(r->source, r->arena, path), r->attributes.claimed,
                         r->attributes.rows);
    EH_TRY(read_side_list(r, &r->identity, &r->identity_of, "identity_CelebA", &r->has_identity, err));
    return read_side_list(r, &r->part, &r->part_of, "list_eval_partition", &r->has_part, err);
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    reader r = { .imp = imp, .source = source, .arena = eh_arena_new() };
    eh_status status;
    if (!r.arena)
        return eh_fail_memory(err, "the lists of CelebA", 1, 4096);
    EH_TRY_GOTO(status, read_lists(&r, progress, err));
    EH_TRY_GOTO(status, find_images(&r, opts, err));
    EH_TRY_GOTO(status, declare_columns(&r, err));
    for (size_t row = 0; row < r.attributes.rows; row++) {
        EH_TRY_GOTO(status, add_row(&r, row, err));
        if (row % 4096 == 4095) {
            eh_progress_update(progress, row + 1, NULL);
            if (eh_progress_stop(progress)) {
                status = eh_fail(err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
                goto done;
            }
        }
    }
    status = count_unnamed(&r, err);
done:
    eh_text_index_clear(&r.file);
    eh_text_index_clear(&r.identity_of);
    eh_text_index_clear(&r.part_of);
    eh_arena_free(r.arena);
    return status;
}

const eh_format eh_format_celeba = {
    .entry = { .name = "celeba",
               .summary = "CelebA: attribute, identity and partition lists beside a folder of faces",
               .source = "Liu et al. 2015, Deep Learning Face Attributes in the Wild",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
};
