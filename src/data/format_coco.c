/* format_coco.c - segmentation in COCO's JSON: the outlines of objects become masks of classes.
 *
 *     annotations/instances_train2017.json    its pictures in train2017/, images/train2017/, images/ or beside it; "train" and "val" in a name are that part
 *     train/_annotations.coco.json            beside its pictures
 *     annotations.json                        a single file
 *
 * Class 0 is "background", what no object covers; the categories follow by their numbers, gaps closed. Where objects overlap, the smaller one counts (`overlap`);
 * crowds (iscrowd) are not judged. A picture whose outlines cannot be drawn, or whose size is not what the file says, is not taken and listed with
 * the annotation. Masks are drawn at import and lie in the catalog as PNGs.
 */
#include "data/coco_masks.h"
#include "data/format.h"

#include "base/file.h"
#include "base/str.h"
#include "base/threads.h"
#include "data/mask.h"
#include "data/text_index.h"

#include <string.h>

#define MOST_FILES 16

typedef struct options {
    const char *images, *label;
    eh_str_list annotations, categories;
    int overlap, unlabelled;
} options;

static const char *const overlaps[] = { "small", "later", "neither", NULL };
static const char *const grounds[] = { "background", "ignore", NULL };

static const eh_opt option_table[] = {
    { .name = "annotations",
      .help = "files of annotations; found when not given",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, annotations),
      .metavar = "FILES" },
    { .name = "images",
      .help = "folder that the file names are relative to; found when not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, images),
      .metavar = "FOLDER" },
    { .name = "categories",
      .help = "categories that become classes; objects of others are left out",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, categories),
      .metavar = "NAMES" },
    { .name = "overlap",
      .help = "what counts where objects overlap: the smaller one, the later annotation, or neither",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, overlap),
      .def = "small",
      .choices = overlaps },
    { .name = "unlabelled",
      .help = "pixels without an object: the class background, or not judged",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, unlabelled),
      .def = "background",
      .choices = grounds },
    { .name = "label",
      .help = "name of the column of masks",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, label),
      .def = "mask",
      .metavar = "NAME" },
    { 0 },
};

/* ---------------------------------------------------------------- files */

/* Files of annotations in a source. */
typedef struct found {
    const char *path[MOST_FILES];
    size_t files, instances; /* instances: those that are called so; only they count where there are some */
} found;

static bool is_instances(const char *path)
{
    return eh_starts_with(eh_path_name(path), "instances");
}

static void look_into(found *f, const eh_source *source, eh_arena *arena, const char *folder)
{
    eh_source *below = NULL;
    const char **name;
    size_t count;
    if (*folder &&
        (!eh_source_has_folder(source, folder) || eh_source_below(&below, source, folder, NULL) != EH_OK))
        return;
    if (eh_source_top(below ? below : source, arena, false, &name, &count, NULL) != EH_OK)
        count = 0;
    for (size_t i = 0; i < count && f->files < MOST_FILES; i++) {
        const char *path = eh_arena_printf(arena, "%s%s%s", folder, *folder ? "/" : "", name[i]);
        if (!path || !eh_ends_with(path, ".json") || !eh_coco_is_file(source, path))
            continue;
        f->path[f->files++] = path;
        f->instances += is_instances(path);
    }
    eh_source_close(below);
}

/* In the source itself, in its folder of annotations, in its folders of parts. */
static void find_files(found *f, const eh_source *source, eh_arena *arena)
{
    const char **name;
    size_t count;
    eh_part part;
    *f = (found){ 0 };
    look_into(f, source, arena, "");
    if (eh_source_top(source, arena, true, &name, &count, NULL) != EH_OK)
        count = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(name[i], "annotations") == 0 || eh_part_parse(&part, name[i]))
            look_into(f, source, arena, name[i]);
    size_t kept = 0;
    for (size_t i = 0; i < f->files; i++)
        if (f->instances == 0 || is_instances(f->path[i]))
            f->path[kept++] = f->path[i];
    f->files = kept;
}

static int probe(const eh_source *source)
{
    eh_arena *arena = eh_arena_new();
    const char *named = eh_source_named(source);
    found f;
    int score = 0;
    if (!arena)
        return 0;
    if (named) {
        score = eh_ends_with(named, ".json") && eh_coco_is_file(source, named) ? 85 : 0;
    } else {
        find_files(&f, source, arena);
        score = f.files ? 86 : 0;
    }
    eh_arena_free(arena);
    return score;
}

/* The part that a path says: by one of its folders, else by a word in its name. */
static eh_part part_of_path(const char *path)
{
    eh_part part;
    char folder[64];
    const char *slash = strchr(path, '/'), *name = eh_path_name(path);
    if (slash && (size_t)(slash - path) < sizeof folder) {
        memcpy(folder, path, (size_t)(slash - path));
        folder[slash - path] = '\0';
        if (eh_part_parse(&part, folder))
            return part;
    }
    return strstr(name, "train")  ? EH_PART_TRAIN
           : strstr(name, "val")  ? EH_PART_VALID
           : strstr(name, "test") ? EH_PART_TEST
                                  : EH_PART_NONE;
}

/* ---------------------------------------------------------------- reading */

typedef struct file {
    const char *path, *folder; /* folder: where its pictures are */
    eh_part part;
    eh_coco coco;
    eh_coco_rules rules;
} file;

typedef struct reader {
    eh_import *imp;
    const options *o;
    eh_arena *arena;
    eh_source *source, *images;
    file file[MOST_FILES];
    size_t files;
    const char **name; /* of the classes */
    size_t classes;
    eh_progress *progress;
    eh_error *err;
} reader;

static eh_status name_files(reader *r)
{
    found f = { 0 };
    const char *named = eh_source_named(r->source);
    if (r->o->annotations.count > MOST_FILES)
        return eh_fail(r->err, EH_ERR_LIMIT, "more than %d files of annotations", MOST_FILES);
    if (named)
        f.path[f.files++] = named;
    for (size_t i = 0; i < r->o->annotations.count && !named; i++)
        f.path[f.files++] = r->o->annotations.item[i];
    if (f.files == 0)
        find_files(&f, r->source, r->arena);
    if (f.files == 0)
        return eh_fail(r->err, EH_ERR_INPUT,
                       "%s holds no JSON file with COCO's lists of images, annotations and categories; name "
                       "it",
                       eh_source_name(r->source));
    for (size_t i = 0; i < f.files; i++) {
        r->file[i].path = f.path[i];
        r->file[i].part = part_of_path(f.path[i]);
    }
    r->files = f.files;
    return EH_OK;
}

static eh_status fail_unknown_category(const reader *r, const char *wanted, const eh_text_index *names)
{
    eh_str list = { 0 };
    for (size_t i = 0; i < names->count && i < 100; i++)
        eh_str_appendf(&list, "%s%s", i ? ", " : "", names->key[i]);
    eh_status status =
        eh_fail(r->err, EH_ERR_USAGE, "there is no category '%s'; there are: %s", wanted, eh_str_text(&list));
    eh_str_clear(&list);
    return status;
}

/* Whether the user wants a category; the list that he gave is short. */
static bool is_wanted(const options *o, const char *name)
{
    bool wanted = o->categories.count == 0;
    for (size_t i = 0; i < o->categories.count; i++)
        wanted |= strcmp(o->categories.item[i], name) == 0;
    return wanted;
}

/* The classes of all files together: background, then categories by number, equal names once. */
static eh_status choose_classes(reader *r)
{
    eh_text_index names = { 0 }, all = { 0 };
    uint32_t number;
    bool ground = r->o->unlabelled == 0;
    eh_status status = EH_OK;
    if (ground)
        EH_TRY_GOTO(status, eh_text_index_add(&names, "background", &number, NULL, r->err));
    for (size_t i = 0; i < r->files; i++) {
        file *f = &r->file[i];
        f->rules =
            (eh_coco_rules){ .overlap = (eh_coco_overlap)r->o->overlap,
                             .ground = ground ? 0 : EH_MASK_IGNORE,
                             .cls = eh_arena_alloc(r->arena, f->coco.categories + 1, 1),
                             .wanted = eh_arena_alloc(r->arena, f->coco.categories + 1, sizeof(bool)) };
        if (!f->rules.cls || !f->rules.wanted) {
            status = eh_fail_memory(r->err, "the categories", f->coco.categories, 2);
            goto done;
        }
        for (size_t k = 0; k < f->coco.categories; k++) {
            const char *name = f->coco.category[k].name;
            EH_TRY_GOTO(status, eh_text_index_add(&all, name, &number, NULL, r->err));
            f->rules.wanted[k] = is_wanted(r->o, name);
            if (!f->rules.wanted[k])
                continue;
            EH_TRY_GOTO(status, eh_text_index_add(&names, name, &number, NULL, r->err));
            if (number >= EH_MASK_CLASSES) {
                status = eh_fail(r->err, EH_ERR_LIMIT,
                                 "%s: more than %d classes cannot be told apart in a mask; choose with "
                                 "--format coco:categories=NAME,NAME",
                                 f->coco.name, EH_MASK_CLASSES);
                goto done;
            }
            f->rules.cls[k] = (uint8_t)number;
        }
    }
    for (size_t i = 0; i < r->o->categories.count; i++)
        if (eh_text_index_find(&all, r->o->categories.item[i]) < 0) {
            status = fail_unknown_category(r, r->o->categories.item[i], &all);
            goto done;
        }
    r->classes = names.count;
    r->name = eh_arena_alloc(r->arena, names.count + 1, sizeof *r->name);
    if (!r->name)
        status = eh_fail_memory(r->err, "the categories", names.count, sizeof *r->name);
    else if (names.count == 0)
        status = eh_fail(r->err, EH_ERR_INPUT, "%s has no categories", r->file[0].coco.name);
    else
        memcpy((void *)r->name, (const void *)names.key, names.count * sizeof *r->name);
done:
    eh_text_index_clear(&names);
    eh_text_index_clear(&all);
    return status;
}

/* ---------------------------------------------------------------- pictures */

static const char *path_below(const reader *r, const char *folder, const char *name)
{
    return *folder ? eh_arena_printf(r->arena, "%s/%s", folder, name) : name;
}

/* Of the first pictures of a file, how many lie below `folder` of `source`. */
static size_t pictures_below(const reader *r, const file *f, const eh_source *source, const char *folder)
{
    enum { LOOKED_AT = 50 };
    size_t hits = 0;
    for (size_t i = 0; i < f->coco.images && i < LOOKED_AT; i++) {
        const char *path = path_below(r, folder, f->coco.image[i].file_name);
        hits += path && eh_path_stays_inside(path) && eh_source_has(source, path);
    }
    return hits;
}

/* Tries the folders where pictures usually are; the best of them becomes the file's. */
static size_t find_pictures(reader *r, file *f, const eh_source *source)
{
    const char *name = eh_path_name(f->path), *mark = strrchr(name, '_'), **top;
    char stem[128] = "";
    size_t length = strlen(name), tops = 0, best = 0;
    const char *own = eh_path_folder(r->arena, f->path);
    if (mark && length - (size_t)(mark - name) < sizeof stem && eh_ends_with(name, ".json"))
        snprintf(stem, sizeof stem, "%.*s", (int)(length - (size_t)(mark + 1 - name) - 5), mark + 1);
    if (eh_source_top(source, r->arena, true, &top, &tops, NULL) != EH_OK)
        tops = 0;
    const char *tried[] = { !own || strcmp(own, ".") == 0 ? "" : own, "", stem,
                            eh_arena_printf(r->arena, "images/%s", stem), "images" };
    f->folder = "";
    for (size_t i = 0; i < sizeof tried / sizeof *tried + tops; i++) {
        const char *folder =
            i < sizeof tried / sizeof *tried ? tried[i] : top[i - sizeof tried / sizeof *tried];
        size_t hits = folder ? pictures_below(r, f, source, folder) : 0;
        if (hits > best) {
            best = hits;
            f->folder = eh_arena_strdup(r->arena, folder);
        }
    }
    return f->folder ? best : 0;
}

/* Says for every file where its pictures are; a file that was named alone may have them beside its own folder. */
static eh_status find_all_pictures(reader *r)
{
    size_t hits = 0;
    eh_source *above;
    if (r->o->images) {
        EH_TRY(eh_source_below(&r->images, r->source, r->o->images, r->err));
        eh_import_set_images(r->imp, r->images);
        for (size_t i = 0; i < r->files; i++)
            r->file[i].folder = "";
        return EH_OK;
    }
    for (size_t i = 0; i < r->files; i++)
        hits += find_pictures(r, &r->file[i], r->source);
    if (hits || !eh_source_named(r->source) || eh_source_below(&above, r->source, "..", NULL) != EH_OK)
        return EH_OK;
    if (find_pictures(r, &r->file[0], above) == 0) {
        eh_source_close(above);
        return EH_OK;
    }
    r->images = above;
    eh_import_set_images(r->imp, above);
    return EH_OK;
}

/* ---------------------------------------------------------------- rows */

/* A few pictures whose masks are drawn together. */
typedef struct piece {
    const file *f;
    size_t first;
    struct drawn {
        uint8_t *png;
        size_t size;
        eh_status status;
        eh_error error;
    } drawn[64];
} piece;

static void draw_one(void *user, size_t index)
{
    piece *p = user;
    struct drawn *d = &p->drawn[index];
    d->error = (eh_error){ 0 };
    d->status = eh_coco_mask(&d->png, &d->size, &p->f->coco, &p->f->coco.image[p->first + index],
                             &p->f->rules, &d->error);
}

static eh_status add_row(reader *r, const file *f, const eh_coco_image *image, const struct drawn *drawn,
                         uint64_t *missing)
{
    const char *path = path_below(r, f->folder, image->file_name);
    char *name = eh_arena_printf(r->arena, "%s#%lld", f->path, (long long)image->id);
    if (!path || !name)
        return eh_fail_memory(r->err, "a path", 1, 64);
    if (!eh_path_stays_inside(path))
        return eh_import_skip(r->imp, path, "the path leads out of the folder of the images");
    const char *reason = eh_source_why_not(r->images, path);
    *missing += reason != NULL;
    if (reason)
        return eh_import_skip(r->imp, path, "image %lld: %s", (long long)image->id, reason);
    if (drawn->status == EH_ERR_MEMORY)
        return eh_fail(r->err, drawn->status, "%s", drawn->error.message);
    if (drawn->status != EH_OK)
        return eh_import_skip(r->imp, path, "image %lld: %s", (long long)image->id, drawn->error.message);
    const eh_image_ref ref = { .container = "file", .path = path };
    const eh_label_value value = { .text = name, .mask = drawn->png, .mask_size = drawn->size };
    return eh_import_row(r->imp, &ref, &value, f->part, r->err);
}

static eh_status add_rows(reader *r, file *f, uint64_t *missing)
{
    piece *p = eh_alloc(1, sizeof *p);
    eh_status status = EH_OK;
    if (!p)
        return eh_fail_memory(r->err, "masks", 1, sizeof *p);
    p->f = f;
    eh_progress_begin(r->progress, "draw masks", f->coco.images, "images");
    for (size_t most = sizeof p->drawn / sizeof *p->drawn; p->first < f->coco.images && status == EH_OK;) {
        size_t count = f->coco.images - p->first < most ? f->coco.images - p->first : most;
        eh_parallel_for(count, draw_one, p);
        for (size_t i = 0; i < count; i++) {
            if (status == EH_OK)
                status = add_row(r, f, &f->coco.image[p->first + i], &p->drawn[i], missing);
            eh_free(p->drawn[i].png);
        }
        p->first += count;
        eh_progress_update(r->progress, p->first, NULL);
        if (status == EH_OK && eh_progress_stop(r->progress))
            status = eh_fail(r->err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
    }
    eh_progress_end(r->progress, NULL);
    eh_free(p);
    if (f->coco.strays)
        eh_progress_warn(r->progress, "%s: %zu annotations belong to images that it does not list",
                         f->coco.name, f->coco.strays);
    return status;
}

static eh_status read_all(reader *r)
{
    size_t column;
    uint64_t missing = 0;
    EH_TRY(name_files(r));
    for (size_t i = 0; i < r->files; i++)
        EH_TRY(eh_coco_open(&r->file[i].coco, r->arena, r->source, r->file[i].path, r->progress, r->err));
    EH_TRY(choose_classes(r));
    EH_TRY(eh_import_column(r->imp, &column, r->o->label, EH_COLUMN_MASK, r->name, r->classes, r->err));
    EH_TRY(find_all_pictures(r));
    for (size_t i = 0; i < r->files; i++)
        EH_TRY(add_rows(r, &r->file[i], &missing));
    eh_import_count_missing(r->imp, missing, 0);
    return EH_OK;
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    reader r = {
        .imp = imp, .o = opts, .source = source, .images = source, .progress = progress, .err = err
    };
    r.arena = eh_arena_new();
    if (!r.arena)
        return eh_fail_memory(err, "COCO annotations", 1, 4096);
    eh_status status = read_all(&r);
    for (size_t i = 0; i < r.files; i++)
        eh_coco_close(&r.file[i].coco);
    eh_arena_free(r.arena);
    return status;
}

const eh_format eh_format_coco = {
    .entry = { .name = "coco",
               .summary = "segmentation: pictures and COCO's JSON of polygons and run lengths",
               .source = "Lin et al. 2014, Microsoft COCO",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
};
