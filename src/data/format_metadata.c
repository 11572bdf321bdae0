/* format_metadata.c - images with a file metadata.csv or metadata.jsonl, as WILDS, SubpopBench and Hugging Face write it.
 *
 *     metadata.csv              img_id,img_filename,y,split,place,place_filename      Waterbirds: split 0, 1, 2
 *     metadata_waterbirds.csv   id,filename,split,y,a                                 SubpopBench; its images lie one folder below
 *     metadata.jsonl            {"file_name": "0001.png", "hair": "blond"}            Hugging Face's ImageFolder: one file for all, or one in each of
 *     train/metadata.csv        file_name,hair                                        train/, validation/, test/, also below data/
 *
 * Paths are relative to the folder of the file that they stand in; where no image is there, but in a folder below it, to that one. A column of splits is
 * taken over; else the folder (train/...) says the part. What the other columns become is in label_table.h. Values in a .jsonl that are lists or objects are left out,
 * and said. Parquet is refused rather than passed over, because its labels would be lost.
 */
#include "data/label_table.h"

#include "base/json.h"
#include "base/str.h"

#include <string.h>

#define MOST_FILES 16

/* "metadata.csv", "metadata_celeba.csv"; `ending` is ".csv", ".jsonl" or ".parquet". */
static bool is_metadata_name(const char *path, const char *ending)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return eh_starts_with(name, "metadata") && eh_ends_with(name, ending);
}

/* True when the first line is an object with a key that is called like a column of files. */
static bool first_line_names_files(const eh_source *source, const char *path)
{
    uint8_t head[16384];
    size_t size = sizeof head, end = 0;
    bool found = false;
    const char *key;
    json_t *value;
    if (eh_source_head(head, &size, source, path, NULL) != EH_OK)
        return false;
    while (end < size && head[end] != '\n')
        end++;
    json_t *object = end < sizeof head ? json_loadb((const char *)head, end, 0, NULL) : NULL;
    json_object_foreach(object, key, value) found |= eh_csv_is_file_column(key) && json_is_string(value);
    json_decref(object);
    return found;
}

/* Whether a file is one that this format reads. */
static bool is_metadata(const eh_source *source, eh_arena *arena, const char *path)
{
    return eh_ends_with(path, ".jsonl") ? first_line_names_files(source, path)
                                        : eh_label_header(source, arena, path, NULL);
}

/* Files of metadata that lie in a source. */
typedef struct found {
    const char *path[MOST_FILES];
    eh_part part[MOST_FILES];
    size_t files;
    const char *parquet; /* one that cannot be read */
    bool unclear;        /* several in one folder, and none has the plain name */
} found;

/* The one file in a folder: the plain name first, then the only other one. */
static void look_into(found *f, const eh_source *source, eh_arena *arena, const char *folder, eh_part part)
{
    eh_source *below = NULL;
    const char **name, *plain = NULL, *other = NULL;
    size_t count, others = 0;
    if (f->files == MOST_FILES || (*folder && !eh_source_has_folder(source, folder)) ||
        (*folder && eh_source_below(&below, source, folder, NULL) != EH_OK))
        return;
    eh_status status = eh_source_top(below ? below : source, arena, false, &name, &count, NULL);
    for (size_t i = 0; status == EH_OK && i < count; i++) {
        char *path = eh_arena_printf(arena, "%s%s%s", folder, *folder ? "/" : "", name[i]);
        if (!path)
            break;
        if (is_metadata_name(path, ".parquet"))
            f->parquet = path;
        if ((!is_metadata_name(path, ".csv") && !is_metadata_name(path, ".jsonl")) ||
            !is_metadata(source, arena, path))
            continue;
        if (strcmp(name[i], "metadata.csv") == 0 || (!plain && strcmp(name[i], "metadata.jsonl") == 0)) {
            plain = path;
        } else if (strcmp(name[i], "metadata.jsonl") != 0) {
            other = path;
            others++;
        }
    }
    f->unclear |= !plain && others > 1;
    if (plain || others == 1) {
        f->path[f->files] = plain ? plain : other;
        f->part[f->files++] = part;
    }
    eh_source_close(below);
}

/* One file for everything, or else one in each folder of a part, in the source or in its folder data. */
static void find_files(found *f, const eh_source *source, eh_arena *arena)
{
    static const char *const roots[] = { "", "data" };
    *f = (found){ 0 };
    for (size_t i = 0; i < sizeof roots / sizeof *roots && f->files == 0; i++) {
        eh_source *below = NULL;
        const char **name;
        size_t count;
        look_into(f, source, arena, roots[i], EH_PART_NONE);
        if (f->files || f->unclear || (*roots[i] && !eh_source_has_folder(source, roots[i])) ||
            (*roots[i] && eh_source_below(&below, source, roots[i], NULL) != EH_OK))
            continue;
        if (eh_source_top(below ? below : source, arena, true, &name, &count, NULL) != EH_OK)
            count = 0;
        for (size_t k = 0; k < count; k++) {
            eh_part part;
            const char *path = eh_arena_printf(arena, "%s%s%s", roots[i], *roots[i] ? "/" : "", name[k]);
            if (path && eh_part_parse(&part, name[k]))
                look_into(f, source, arena, path, part);
        }
        eh_source_close(below);
    }
}

static int probe(const eh_source *source)
{
    eh_arena *arena = eh_arena_new();
    const char *named = eh_source_named(source);
    int score = 0;
    if (!arena)
        return 0;
    if (named) {
        bool ours = eh_ends_with(named, ".jsonl") || is_metadata_name(named, ".csv") ||
                    eh_ends_with(named, ".parquet");
        score = !ours ? 0 : eh_ends_with(named, ".parquet") || is_metadata(source, arena, named) ? 85 : 0;
    } else {
        found f;
        find_files(&f, source, arena);
        score = f.files ? 75 : f.parquet ? 60 : 0;
    }
    eh_arena_free(arena);
    return score;
}

/* ---------------------------------------------------------------- reading */

static eh_status choose_files(found *f, const eh_source *source, eh_arena *arena, eh_error *err)
{
    const char *named = eh_source_named(source);
    *f = (found){ 0 };
    if (named && eh_ends_with(named, ".parquet")) {
        f->parquet = named;
    } else if (named) {
        f->path[0] = named;
        f->files = 1;
        return EH_OK;
    } else {
        find_files(f, source, arena);
    }
    if (f->files)
        return EH_OK;
    if (f->unclear)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s holds several files of metadata; name the one that has the labels",
                       eh_source_name(source));
    if (f->parquet)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s/%s is Parquet, which is not read; write the table as metadata.csv, or import "
                       "without "
                       "labels with --format folder",
                       eh_source_name(source), f->parquet);
    return eh_fail(err, EH_ERR_INPUT,
                   "%s holds no metadata.csv or metadata.jsonl with file names, neither itself nor in "
                   "folders "
                   "such as train and test; name the file itself",
                   eh_source_name(source));
}

static eh_status read_file(eh_label_file *out, eh_arena *arena, const eh_source *source, const char *path,
                           eh_part part, eh_progress *progress, eh_error *err)
{
    const char *slash = strrchr(path, '/');
    size_t nested = 0;
    *out = (eh_label_file){ .path = eh_source_path(source, arena, path), .part = part };
    out->folder = slash ? eh_arena_printf(arena, "%.*s", (int)(slash - path), path) : "";
    if (!out->path || !out->folder)
        return eh_fail_memory(err, "a path", 1, strlen(path));
    if (!eh_ends_with(path, ".jsonl"))
        return eh_source_read_csv(&out->csv, arena, source, path, err);
    EH_TRY(eh_label_read_lines(&out->csv, &nested, arena, source, path, err));
    if (nested)
        eh_progress_warn(progress, "%s: %zu columns hold lists or objects and were left out", out->path,
                         nested);
    return EH_OK;
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    eh_label_file file[MOST_FILES];
    eh_label_table t = { .imp = imp, .opts = opts, .images = source, .file = file, .folder_parts = true };
    found f;
    eh_status status;
    t.arena = eh_arena_new();
    if (!t.arena)
        return eh_fail_memory(err, "metadata", 1, 4096);
    EH_TRY_GOTO(status, choose_files(&f, source, t.arena, err));
    for (size_t i = 0; i < f.files; i++)
        EH_TRY_GOTO(status,
                    read_file(&file[t.files++], t.arena, source, f.path[i], f.part[i], progress, err));
    EH_TRY_GOTO(status, eh_label_merge(&t, err));
    EH_TRY_GOTO(status, eh_label_roles(&t, progress, err));
    if (t.opts->images) {
        EH_TRY_GOTO(status, eh_source_below(&t.images, source, t.opts->images, err));
        eh_import_set_images(imp, t.images);
        for (size_t i = 0; i < t.files; i++)
            file[i].folder = "";
    } else {
        EH_TRY_GOTO(status, eh_label_find_folders(&t, err));
    }
    status = eh_label_rows(&t, !eh_source_named(source) || t.opts->images, progress, err);
done:
    eh_arena_free(t.arena);
    return status;
}

const eh_format eh_format_metadata = {
    .entry = { .name = "metadata",
               .summary = "images with a metadata.csv or metadata.jsonl: WILDS, Waterbirds, SubpopBench, "
                          "Hugging Face",
               .source = "Koh et al. 2021, WILDS; Hugging Face datasets, ImageFolder",
               .opts = eh_label_option_table,
               .opts_size = sizeof(eh_label_opts) },
    .probe = probe,
    .import = import,
};
