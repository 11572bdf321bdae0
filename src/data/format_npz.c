/* format_npz.c - images and labels as NumPy arrays: an NPZ file (a zip of NPY files), or NPY files in a folder or archive.
 *
 *     images   unsigned bytes, N,H,W or N,H,W,C or N,C,H,W (uint8; other types are refused with how to convert them)
 *     labels   numbers of any type, N or N,1 or N,K (then K columns name_0, name_1 ...)
 *
 * A part's name in an array's name says which part it is and is no part of the column's name: x_train, y_train and x_test, y_test (Keras), train_images, train_labels,
 * val_images ... (MedMNIST). An array of labels belongs to the images of its part that are as many. Without options every array of images and every
 * array of numbers that fits is taken.
 *
 * Source   NumPy, numpy/lib/format.py; numpy.savez.
 */
#include "data/array_labels.h"
#include "data/format.h"
#include "data/image_array.h"

#include "base/npy.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ARRAYS 64
#define MOST_WIDE   64
#define MOST_BYTES  ((size_t)8 << 30)

typedef struct options {
    eh_str_list images, labels;
} options;

static const eh_opt option_table[] = {
    { .name = "images",
      .help = "arrays of images; all of unsigned bytes with 3 or 4 dimensions when not given",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, images),
      .metavar = "ARRAYS" },
    { .name = "labels",
      .help = "arrays of labels; all with one value, or a row of values, per image when not given",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, labels),
      .metavar = "ARRAYS" },
    { 0 },
};

/* ---------------------------------------------------------------- arrays */

typedef struct array {
    const char *member; /* "x_train.npy" */
    const char *name;   /* "x_train" */
    const char *base;   /* "x" */
    eh_part part;
    eh_npy_header header;
    bool is_images;
} array;

/* Splits the part's name off an array's name: *base is what is left, "" when nothing is. NULL-safe for lack of memory: false. */
static bool split_name(array *a, eh_arena *arena)
{
    char *base = eh_arena_strdup(arena, a->name);
    if (!base)
        return false;
    a->base = base;
    for (char *at = base; *at;) {
        size_t size = strcspn(at, "_-.");
        char word[16];
        if (size < sizeof word) {
            memcpy(word, at, size);
            word[size] = '\0';
            if (eh_part_parse(&a->part, word) && a->part != EH_PART_NONE) {
                char *rest = at[size] ? at + size + 1 : at + size;
                if (!*rest && at > base) /* the last word: its separator goes too */
                    at--;
                memmove(at, rest, strlen(rest) + 1);
                return true;
            }
        }
        at += at[size] ? size + 1 : size;
    }
    a->part = EH_PART_NONE;
    return true;
}

static bool is_npy_name(const char *name)
{
    return eh_ends_with(name, ".npy");
}

static eh_status read_header(eh_npy_header *out, const eh_source *source, const char *member, eh_error *err)
{
    size_t size = EH_NPY_MAX_HEADER;
    uint8_t *head = eh_alloc_raw(size, 1);
    if (!head)
        return eh_fail_memory(err, member, size, 1);
    eh_status status = eh_source_head(head, &size, source, member, err);
    if (status == EH_OK)
        status = eh_npy_parse(out, head, size, member, err);
    eh_free(head);
    return status;
}

/* True when the array holds images by its header alone. */
static bool holds_images(const eh_npy_header *h)
{
    eh_image_array shape;
    return h->kind == 'u' && h->bytes == 1 && (h->dimensions == 3 || h->dimensions == 4) && h->size[0] > 0 &&
           eh_image_array_shape(&shape, h->size, h->dimensions, "", NULL) == EH_OK;
}

/* The members that are arrays: the one that the user named, or all that lie directly in the source. */
static eh_status list_members(const char ***name, size_t *count, const eh_source *source, eh_arena *arena,
                              eh_error *err)
{
    size_t files, kept = 0;
    const char *named = eh_source_named(source);
    if (named) {
        *name = eh_arena_alloc(arena, 1, sizeof **name);
        if (!*name)
            return eh_fail_memory(err, "a list of arrays", 1, sizeof **name);
        (*name)[0] = named;
        *count = is_npy_name(named);
        return EH_OK;
    }
    EH_TRY(eh_source_top(source, arena, false, name, &files, err));
    for (size_t i = 0; i < files; i++)
        if (is_npy_name((*name)[i]))
            (*name)[kept++] = (*name)[i];
    *count = kept;
    return EH_OK;
}

/* The only .npz file directly in a folder, or NULL. */
static const char *find_npz(const eh_source *source, eh_arena *arena)
{
    const char **name, *found = NULL;
    size_t files, count = 0;
    if (eh_source_is_archive(source) || eh_source_named(source) ||
        eh_source_top(source, arena, false, &name, &files, NULL) != EH_OK)
        return NULL;
    for (size_t i = 0; i < files; i++)
        if (eh_ends_with(name[i], ".npz")) {
            found = name[i];
            count++;
        }
    return count == 1 ? found : NULL;
}

/* True when the array has the shape of images, but holds other numbers than unsigned bytes. */
static bool looks_like_images(const eh_npy_header *h)
{
    eh_image_array shape;
    return h->dimensions >= 3 && h->size[0] > 0 &&
           eh_image_array_shape(&shape, h->size, h->dimensions, "", NULL) == EH_OK;
}

/* True when this holds for one of the arrays. */
static bool has_array(const eh_source *source, bool (*is)(const eh_npy_header *), eh_arena *arena)
{
    const char **name;
    size_t count = 0;
    eh_npy_header header;
    if (list_members(&name, &count, source, arena, NULL) != EH_OK)
        return false;
    for (size_t i = 0; i < count; i++)
        if (read_header(&header, source, name[i], NULL) == EH_OK && is(&header))
            return true;
    return false;
}

/* Arrays beside pictures are probably about the pictures. */
static int probe(const eh_source *source)
{
    eh_arena *arena = eh_arena_new();
    eh_source *inner = NULL;
    int score = 0;
    if (arena && has_array(source, holds_images, arena))
        score = 85;
    else if (arena && has_array(source, looks_like_images, arena))
        score = 20; /* the message then says what is wrong with them */
    const char *npz = arena && score < 85 ? find_npz(source, arena) : NULL;
    if (npz && eh_source_below(&inner, source, npz, NULL) == EH_OK && has_array(inner, holds_images, arena))
        score = 85;
    if (score == 85 && !eh_source_named(source) && eh_source_any(source, eh_is_image_name))
        score = 45;
    eh_source_close(inner);
    eh_arena_free(arena);
    return score;
}

/* ---------------------------------------------------------------- reading images */

typedef struct container {
    eh_source_bytes bytes;
    eh_image_array array;
} container;

static void close_container(void *state)
{
    container *c = state;
    if (c)
        eh_source_unview(&c->bytes);
    eh_free(c);
}

/* The member's bytes and header; they must be as many as the header asks for. */
static eh_status view_array(eh_source_bytes *bytes, eh_npy_header *header, const eh_source *source,
                            const char *member, eh_error *err)
{
    EH_TRY(eh_source_view(bytes, source, member, MOST_BYTES, err));
    EH_TRY(eh_npy_parse(header, bytes->data, bytes->size, member, err));
    uint64_t wanted = header->offset + header->elements * (uint64_t)header->bytes;
    if (bytes->size == wanted)
        return EH_OK;
    return eh_fail(err, EH_ERR_INPUT, "%s has %zu bytes where its header asks for %llu; %s", member,
                   bytes->size, (unsigned long long)wanted,
                   bytes->size < wanted ? "it is cut off: write it again" : "it is no plain NPY file");
}

static eh_status refuse_type(const eh_npy_header *h, const char *name, eh_error *err)
{
    if (h->kind == 'u' && h->bytes == 1)
        return EH_OK;
    return eh_fail(err, EH_ERR_INPUT,
                   "%s holds values of %d bits (%s), but images are unsigned bytes; save it anew, for values "
                   "from 0 to 1 "
                   "with (x * 255).round().astype('uint8')",
                   name, 8 * h->bytes,
                   h->kind == 'f'   ? "float"
                   : h->kind == 'b' ? "bool"
                                    : "int");
}

static eh_status open_container(void **state, const eh_source *source, const char *path, eh_error *err)
{
    eh_npy_header header;
    container *c = eh_alloc(1, sizeof *c);
    eh_status status;
    *state = NULL;
    if (!c)
        return eh_fail_memory(err, path, 1, sizeof *c);
    EH_TRY_GOTO(status, view_array(&c->bytes, &header, source, path, err));
    EH_TRY_GOTO(status, refuse_type(&header, path, err));
    EH_TRY_GOTO(status, eh_image_array_shape(&c->array, header.size, header.dimensions, path, err));
    c->array.data = c->bytes.data + header.offset;
    *state = c;
    c = NULL;
done:
    close_container(c);
    return status;
}

static eh_status read_item(void *state, int64_t item, const eh_decode_opts *opts, eh_image *out,
                           eh_error *err)
{
    return eh_image_array_read(out, &((const container *)state)->array, item, opts, err);
}

/* ---------------------------------------------------------------- import */

typedef struct reader {
    eh_import *imp;
    const eh_source *source;
    eh_arena *arena;
    array array[MOST_ARRAYS];
    size_t arrays, items; /* items: images in all */
    eh_array_column column[MOST_WIDE];
    size_t columns;
} reader;

static bool is_in(const eh_str_list *list, const array *a)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->item[i], a->name) == 0 || strcmp(list->item[i], a->base) == 0)
            return true;
    return false;
}

/* Training before validation before test, then by name. */
static int by_part(const void *x, const void *y)
{
    const array *a = x, *b = y;
    if (a->part != b->part)
        return a->part < b->part ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Reads the headers of all arrays and says which hold images. */
static eh_status read_arrays(reader *r, const options *o, eh_progress *progress, eh_error *err)
{
    const char **name;
    size_t count;
    eh_error reason = { 0 };
    EH_TRY(list_members(&name, &count, r->source, r->arena, err));
    if (count > MOST_ARRAYS)
        return eh_fail(err, EH_ERR_LIMIT, "%s holds %zu arrays; at most %d can be read",
                       eh_source_name(r->source), count, MOST_ARRAYS);
    for (size_t i = 0; i < count; i++) {
        array *a = &r->array[r->arrays];
        *a = (array){ .member = name[i] };
        a->name = eh_arena_printf(r->arena, "%.*s", (int)(strlen(name[i]) - 4), name[i]);
        if (!a->name || !split_name(a, r->arena))
            return eh_fail_memory(err, "the names of arrays", count, 64);
        bool wanted = is_in(&o->images, a) || is_in(&o->labels, a);
        eh_status status = read_header(&a->header, r->source, a->member, &reason);
        if (status != EH_OK && (wanted || status == EH_ERR_MEMORY))
            return eh_fail(err, status, "%s", reason.message);
        if (status != EH_OK) {
            eh_progress_warn(progress, "an array was passed over: %s", reason.message);
            continue;
        }
        a->is_images = o->images.count ? is_in(&o->images, a) : holds_images(&a->header);
        if (a->is_images)
            EH_TRY(refuse_type(&a->header, a->member, err));
        r->arrays++;
    }
    qsort(r->array, r->arrays, sizeof *r->array, by_part);
    return EH_OK;
}

/* No array of images: says why, by the array that comes nearest. */
static eh_status fail_no_images(const reader *r, eh_error *err)
{
    for (size_t i = 0; i < r->arrays; i++)
        if (r->array[i].header.dimensions >= 3)
            EH_TRY(refuse_type(&r->array[i].header, r->array[i].member, err));
    return eh_fail(err, EH_ERR_INPUT,
                   "%s holds no array of images (unsigned bytes of N x height x width, with or without "
                   "channels)",
                   eh_source_name(r->source));
}

/* How many values per image an array of labels has for these images; 0 when it does not belong to them. */
static size_t label_width(const reader *r, const options *o, const array *label, const array *images)
{
    const eh_npy_header *h = &label->header;
    if (label->is_images || label->part != images->part || h->dimensions < 1 || h->dimensions > 2 ||
        h->size[0] != images->header.size[0] || (o->labels.count && !is_in(&o->labels, label)))
        return 0;
    (void)r;
    size_t width = h->dimensions == 2 ? (size_t)h->size[1] : 1;
    return width <= MOST_WIDE ? width : 0;
}

/* What a column is called. */
static const char *column_name(const reader *r, const array *label, size_t width, size_t k)
{
    const char *base = label->base[0] ? label->base : "label";
    if (eh_array_is_label_name(base))
        base = "label";
    return width == 1 ? base : eh_arena_printf(r->arena, "%s_%zu", base, k);
}

/* The column of this name, new where there is none; its values start as missing. */
static eh_status find_column(eh_array_column **out, reader *r, const char *name, eh_error *err)
{
    for (size_t i = 0; i < r->columns; i++)
        if (strcmp(r->column[i].name, name) == 0) {
            *out = &r->column[i];
            return EH_OK;
        }
    if (r->columns == MOST_WIDE)
        return eh_fail(err, EH_ERR_LIMIT, "%s has labels for more than %d columns; name some with labels=...",
                       eh_source_name(r->source), MOST_WIDE);
    double *value = eh_arena_alloc(r->arena, r->items, sizeof *value);
    if (!value)
        return eh_fail_memory(err, "labels", r->items, sizeof *value);
    for (size_t i = 0; i < r->items; i++)
        value[i] = (double)NAN;
    r->column[r->columns] = (eh_array_column){ .name = name, .value = value, .rows = r->items };
    *out = &r->column[r->columns++];
    return EH_OK;
}

/* Reads an array of labels into its columns, from row `first` on. */
static eh_status read_labels(reader *r, const array *label, size_t width, size_t first, eh_error *err)
{
    eh_source_bytes bytes = { 0 };
    eh_npy_header header;
    double row[MOST_WIDE];
    eh_array_column *column[MOST_WIDE];
    eh_status status = EH_OK;
    for (size_t k = 0; k < width; k++) {
        const char *name = column_name(r, label, width, k);
        if (!name)
            return eh_fail_memory(err, "labels", width, 64);
        EH_TRY(find_column(&column[k], r, name, err));
    }
    EH_TRY_GOTO(status, view_array(&bytes, &header, r->source, label->member, err));
    const uint8_t *at = bytes.data + header.offset;
    for (size_t i = 0; i < header.size[0]; i++, at += width * (size_t)header.bytes) {
        eh_npy_convert(row, &header, at, width);
        for (size_t k = 0; k < width; k++)
            ((double *)(uintptr_t)column[k]->value)[first + i] = row[k]; /* the array is ours */
    }
done:
    eh_source_unview(&bytes);
    return status;
}

/* Finds and reads the labels of every array of images, and declares their columns. */
static eh_status read_all_labels(reader *r, const options *o, eh_progress *progress, eh_error *err)
{
    bool used[MOST_ARRAYS] = { false };
    size_t first = 0;
    for (size_t i = 0; i < r->arrays; i++) {
        const array *images = &r->array[i];
        if (!images->is_images)
            continue;
        for (size_t k = 0; k < r->arrays; k++) {
            size_t width = label_width(r, o, &r->array[k], images);
            if (width == 0 || used[k])
                continue;
            used[k] = true;
            EH_TRY(read_labels(r, &r->array[k], width, first, err));
        }
        first += (size_t)images->header.size[0];
    }
    for (size_t k = 0; k < r->arrays; k++)
        if (!r->array[k].is_images && !used[k])
            eh_progress_warn(progress, "the array %s fits no array of images and was left out",
                             r->array[k].name);
    for (size_t i = 0; i < r->columns; i++)
        EH_TRY(eh_array_column_declare(&r->column[i], r->imp, err));
    return EH_OK;
}

static eh_status add_images(reader *r, const array *images, size_t first, eh_progress *progress,
                            eh_error *err)
{
    eh_label_value value[MOST_WIDE];
    for (uint64_t item = 0; item < images->header.size[0]; item++) {
        eh_image_ref ref = { .container = "npz", .path = images->member, .item = (int64_t)item };
        for (size_t i = 0; i < r->columns; i++)
            EH_TRY(eh_array_column_value(&value[i], &r->column[i], r->imp, first + (size_t)item, err));
        EH_TRY(eh_import_row(r->imp, &ref, value, images->part, err));
        if (item % 4096 == 4095) {
            eh_progress_update(progress, item + 1, "%s", images->name);
            if (eh_progress_stop(progress))
                return eh_fail(err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
        }
    }
    return EH_OK;
}

static eh_status read_data_set(reader *r, const options *o, eh_progress *progress, eh_error *err)
{
    size_t first = 0;
    EH_TRY(read_arrays(r, o, progress, err));
    for (size_t i = 0; i < r->arrays; i++)
        r->items += r->array[i].is_images ? (size_t)r->array[i].header.size[0] : 0;
    if (r->items == 0)
        return fail_no_images(r, err);
    EH_TRY(read_all_labels(r, o, progress, err));
    if (r->columns == 0)
        eh_progress_warn(progress, "%s holds no labels for its images: they are imported without",
                         eh_source_name(r->source));
    for (size_t i = 0; i < r->arrays; i++) {
        if (!r->array[i].is_images)
            continue;
        EH_TRY(add_images(r, &r->array[i], first, progress, err));
        first += (size_t)r->array[i].header.size[0];
    }
    return EH_OK;
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    reader *r = eh_alloc(1, sizeof *r);
    eh_arena *arena = eh_arena_new();
    eh_source *inner = NULL;
    eh_status status;
    if (!r || !arena) {
        status = eh_fail_memory(err, "arrays", 1, sizeof *r);
        goto done;
    }
    const char *npz = find_npz(source, arena);
    if (npz) {
        EH_TRY_GOTO(status, eh_source_below(&inner, source, npz, err));
        eh_import_set_images(imp, inner);
    }
    *r = (reader){ .imp = imp, .source = inner ? inner : source, .arena = arena };
    status = read_data_set(r, opts, progress, err);
done:
    eh_free(r);
    eh_arena_free(arena);
    return status;
}

const eh_format eh_format_npz = {
    .entry = { .name = "npz",
               .summary = "NumPy arrays of images and labels: an .npz file, or .npy files in a folder",
               .source = "NumPy, the NPY and NPZ formats",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
    .container = "npz",
    .open = open_container,
    .read = read_item,
    .close = close_container,
};
