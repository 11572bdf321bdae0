/* import_rows.c - what a format calls while it reads: columns, classes, rows, skipped items. */
#include "data/import_store.h"

#include "base/file.h"
#include "base/str.h"
#include "data/catalog_sql.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static eh_status import_memory(eh_error *err, size_t count, size_t size)
{
    return eh_fail_memory(err, "the rows of a data set", count, size);
}

eh_status eh_import_begin(eh_import *imp, const char *source, const eh_format *format,
                          const eh_import_opts *opts, eh_progress *progress, eh_error *err)
{
    imp->arena = eh_arena_new();
    imp->source = source;
    imp->format = format;
    imp->opts = opts;
    imp->progress = progress;
    imp->column = imp->arena ? eh_arena_alloc(imp->arena, EH_CATALOG_MAX_COLUMNS, sizeof *imp->column) : NULL;
    if (!imp->column)
        return import_memory(err, EH_CATALOG_MAX_COLUMNS, sizeof *imp->column);
    return EH_OK;
}

void eh_import_end(eh_import *imp)
{
    for (size_t i = 0; i < imp->columns; i++) {
        eh_column_store *column = &imp->column[i];
        eh_free(column->cls);
        eh_free(column->number);
        eh_free((void *)column->text);
        eh_free(column->mask);
        eh_mask_values_clear(&column->values);
        eh_free((void *)column->class_name);
        eh_text_index_clear(&column->class_index);
    }
    eh_text_index_clear(&imp->files);
    eh_free(imp->image);
    eh_free(imp->look);
    eh_free(imp->skipped);
    eh_arena_free(imp->arena);
}

void eh_import_set_images(eh_import *imp, eh_source *images)
{
    imp->images = images;
}

/* ---------------------------------------------------------------- columns and classes */

/* Makes room for `capacity` rows in one column. */
static eh_status grow_column(eh_column_store *column, size_t old, size_t capacity, eh_error *err)
{
    if (column->kind == EH_COLUMN_CLASS) {
        int32_t *cls = eh_realloc(column->cls, old, capacity, sizeof *cls);
        if (!cls)
            return import_memory(err, capacity, sizeof *cls);
        column->cls = cls;
    } else if (column->kind == EH_COLUMN_NUMBER) {
        double *number = eh_realloc(column->number, old, capacity, sizeof *number);
        if (!number)
            return import_memory(err, capacity, sizeof *number);
        column->number = number;
    } else {
        const char **text = eh_realloc((void *)column->text, old, capacity, sizeof *text);
        if (!text)
            return import_memory(err, capacity, sizeof *text);
        column->text = text;
    }
    if (column->kind == EH_COLUMN_MASK) {
        eh_import_mask *mask = eh_realloc(column->mask, old, capacity, sizeof *mask);
        if (!mask)
            return import_memory(err, capacity, sizeof *mask);
        column->mask = mask;
    }
    return EH_OK;
}

static eh_status add_class(eh_import *imp, eh_column_store *column, const char *name, int32_t *out,
                           eh_error *err)
{
    const char *copy = eh_arena_strdup(imp->arena, name);
    if (!copy)
        return import_memory(err, 1, strlen(name) + 1);
    if (column->classes == column->class_capacity) {
        size_t capacity = column->class_capacity ? column->class_capacity * 2 : 16;
        const char **wider =
            eh_realloc((void *)column->class_name, column->class_capacity, capacity, sizeof *wider);
        if (!wider)
            return import_memory(err, capacity, sizeof *wider);
        column->class_name = wider;
        column->class_capacity = capacity;
    }
    uint32_t number;
    EH_TRY(eh_text_index_add(&column->class_index, copy, &number, NULL, err));
    assert(number == column->classes);
    column->class_name[column->classes++] = copy;
    *out = (int32_t)number;
    return EH_OK;
}

eh_status eh_import_column(eh_import *imp, size_t *index, const char *name, eh_column_kind kind,
                           const char *const *class_name, size_t classes, eh_error *err)
{
    assert(imp->rows == 0);
    for (size_t i = 0; i < imp->columns; i++)
        if (strcmp(imp->column[i].name, name) == 0)
            return eh_fail(err, EH_ERR_INPUT, "%s: two columns are named '%s'; rename one of them",
                           imp->source, name);
    if (imp->columns == EH_CATALOG_MAX_COLUMNS)
        return eh_fail(err, EH_ERR_LIMIT, "%s: more than %d columns of labels; name those that you need",
                       imp->source, EH_CATALOG_MAX_COLUMNS);
    eh_column_store *column = &imp->column[imp->columns];
    *column = (eh_column_store){ .kind = kind, .fixed_classes = classes > 0 };
    column->name = eh_arena_strdup(imp->arena, name);
    if (!column->name)
        return import_memory(err, 1, strlen(name) + 1);
    *index = imp->columns++;
    assert(kind != EH_COLUMN_MASK || (classes > 0 && classes <= EH_MASK_CLASSES));
    for (size_t i = 0; kind == EH_COLUMN_MASK && i < classes; i++)
        EH_TRY(eh_mask_values_add(&column->values, (uint32_t)i, (uint8_t)i, err));
    if (kind == EH_COLUMN_MASK)
        EH_TRY(eh_mask_values_add(&column->values, EH_MASK_IGNORE, EH_MASK_IGNORE, err));
    for (size_t i = 0; i < classes; i++) {
        int32_t number;
        if (eh_text_index_find(&column->class_index, class_name[i]) >= 0)
            return eh_fail(err, EH_ERR_USAGE, "%s: the class '%s' is named twice for column '%s'",
                           imp->source, class_name[i], name);
        EH_TRY(add_class(imp, column, class_name[i], &number, err));
    }
    return EH_OK;
}

eh_status eh_import_mask_value(eh_import *imp, size_t column, uint32_t value, uint8_t cls, eh_error *err)
{
    eh_column_store *c = &imp->column[column];
    assert(c->kind == EH_COLUMN_MASK && (cls < c->classes || cls == EH_MASK_IGNORE));
    if (!c->own_values)
        eh_mask_values_clear(&c->values);
    c->own_values = true;
    return eh_mask_values_add(&c->values, value, cls, err);
}

eh_status eh_import_class(eh_import *imp, size_t column, const char *name, int32_t *out, eh_error *err)
{
    eh_column_store *c = &imp->column[column];
    assert(c->kind == EH_COLUMN_CLASS && !c->fixed_classes);
    int64_t known = eh_text_index_find(&c->class_index, name);
    if (known >= 0) {
        *out = (int32_t)known;
        return EH_OK;
    }
    return add_class(imp, c, name, out, err);
}

typedef struct class_order {
    const char *name;
    double number;
    int32_t old;
    bool is_number;
} class_order;

/* The number that a class is sorted by: of "12", and of the first of a range ("3-9", "70+"); false for other names. */
static bool class_number(double *out, const char *name)
{
    size_t low = strspn(name, "0123456789");
    char digits[16];
    if (eh_parse_float(out, name))
        return true;
    if (low == 0 || low >= sizeof digits)
        return false;
    size_t high = name[low] == '-' ? strspn(name + low + 1, "0123456789") : 0;
    if (name[low + 1 + high] != '\0' || (name[low] == '-' ? high == 0 : name[low] != '+'))
        return false;
    memcpy(digits, name, low);
    digits[low] = '\0';
    return eh_parse_float(out, digits);
}

/* Numbers and ranges first, by value; then names, bytewise. */
static int by_class(const void *a, const void *b)
{
    const class_order *x = a, *y = b;
    if (x->is_number != y->is_number)
        return x->is_number ? -1 : 1;
    if (x->is_number && x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return strcmp(x->name, y->name);
}

eh_status eh_import_sort_classes(eh_import *imp, size_t column, eh_error *err)
{
    eh_column_store *c = &imp->column[column];
    class_order *order = eh_alloc(c->classes, sizeof *order);
    int32_t *now = eh_alloc(c->classes, sizeof *now);
    eh_status status = EH_OK;
    if (!order || !now) {
        status = import_memory(err, c->classes, sizeof *order);
        goto done;
    }
    for (size_t i = 0; i < c->classes; i++) {
        order[i] = (class_order){ .name = c->class_name[i], .old = (int32_t)i };
        order[i].is_number = class_number(&order[i].number, c->class_name[i]);
    }
    qsort(order, c->classes, sizeof *order, by_class);
    eh_text_index_clear(&c->class_index);
    for (size_t i = 0; i < c->classes; i++) {
        uint32_t number;
        c->class_name[i] = order[i].name;
        now[order[i].old] = (int32_t)i;
        EH_TRY_GOTO(status, eh_text_index_add(&c->class_index, order[i].name, &number, NULL, err));
    }
    for (size_t row = 0; row < imp->rows; row++)
        if (c->cls[row] >= 0)
            c->cls[row] = now[c->cls[row]];
done:
    eh_free(order);
    eh_free(now);
    return status;
}

/* ---------------------------------------------------------------- rows */

static eh_status grow_rows(eh_import *imp, eh_error *err)
{
    size_t capacity = imp->capacity ? imp->capacity * 2 : 256;
    eh_import_image *image = eh_realloc(imp->image, imp->capacity, capacity, sizeof *image);
    if (!image)
        return import_memory(err, capacity, sizeof *image);
    imp->image = image;
    for (size_t i = 0; i < imp->columns; i++)
        EH_TRY(grow_column(&imp->column[i], imp->capacity, capacity, err));
    imp->capacity = capacity;
    return EH_OK;
}

static eh_status store_value(eh_import *imp, eh_column_store *column, const eh_label_value *value,
                             eh_error *err)
{
    switch (column->kind) {
    case EH_COLUMN_CLASS:
        assert(value->missing || (value->cls >= 0 && (size_t)value->cls < column->classes));
        column->cls[imp->rows] = value->missing ? -1 : value->cls;
        break;
    case EH_COLUMN_NUMBER:
        column->number[imp->rows] = value->missing ? (double)NAN : value->number;
        break;
    default:
        column->text[imp->rows] = value->missing ? NULL : eh_arena_strdup(imp->arena, value->text);
        if (!value->missing && !column->text[imp->rows])
            return import_memory(err, 1, strlen(value->text) + 1);
        if (column->kind == EH_COLUMN_MASK)
            column->mask[imp->rows] = (eh_import_mask){ 0 };
        if (column->kind == EH_COLUMN_MASK && !value->missing && value->mask) {
            uint8_t *png = eh_arena_alloc(imp->arena, value->mask_size, 1);
            if (!png)
                return import_memory(err, value->mask_size, 1);
            memcpy(png, value->mask, value->mask_size);
            column->mask[imp->rows].png = png;
            column->mask[imp->rows].png_size = value->mask_size;
        }
    }
    return EH_OK;
}

eh_status eh_import_row(eh_import *imp, const eh_image_ref *image, const eh_label_value *value, eh_part part,
                        eh_error *err)
{
    bool file = strcmp(image->container, "file") == 0;
    assert(file || eh_format_of_container(image->container));
    if (file && eh_text_index_find(&imp->files, image->path) >= 0)
        return eh_import_skip(imp, image->path,
                              "is named by more than one row; only the first of them was taken");
    if (imp->rows == imp->capacity)
        EH_TRY(grow_rows(imp, err));
    eh_import_image *row = &imp->image[imp->rows];
    *row = (eh_import_image){ .item = image->item, .part = (uint8_t)part };
    const eh_import_image *before = imp->rows ? row - 1 : NULL;
    bool same =
        !file && before && strcmp(before->path, image->path) == 0; /* items of one container share its name */
    row->path = same ? before->path : eh_arena_strdup(imp->arena, image->path);
    row->container = file ? "file" : eh_format_of_container(image->container)->container;
    if (!row->path)
        return import_memory(err, 1, strlen(image->path) + 1);
    for (size_t i = 0; i < imp->columns; i++)
        EH_TRY(store_value(imp, &imp->column[i], &value[i], err));
    uint32_t number;
    if (file)
        EH_TRY(eh_text_index_add(&imp->files, row->path, &number, NULL, err));
    imp->rows++;
    return EH_OK;
}

eh_status eh_import_skip(eh_import *imp, const char *item, const char *reason_format, ...)
{
    if (imp->skips == imp->skip_capacity) {
        size_t capacity = imp->skip_capacity ? imp->skip_capacity * 2 : 64;
        eh_import_skipped *wider = eh_realloc(imp->skipped, imp->skip_capacity, capacity, sizeof *wider);
        if (!wider)
            return EH_ERR_MEMORY;
        imp->skipped = wider;
        imp->skip_capacity = capacity;
    }
    eh_str reason = { 0 };
    va_list args;
    va_start(args, reason_format);
    eh_str_appendv(&reason, reason_format, args);
    va_end(args);
    eh_import_skipped *skip = &imp->skipped[imp->skips];
    skip->item = eh_arena_strdup(imp->arena, item);
    skip->reason = eh_arena_strdup(imp->arena, eh_str_text(&reason));
    bool failed = reason.failed || !skip->item || !skip->reason;
    eh_str_clear(&reason);
    if (failed)
        return EH_ERR_MEMORY;
    imp->skips++;
    return EH_OK;
}

eh_status eh_import_note(eh_import *imp, const char *key, const char *value, eh_error *err)
{
    eh_import_meta *meta = imp->meta;
    while (meta && strcmp(meta->key, key) != 0)
        meta = meta->next;
    if (!meta) {
        meta = eh_arena_alloc(imp->arena, 1, sizeof *meta);
        if (!meta)
            return import_memory(err, 1, sizeof *meta);
        *meta = (eh_import_meta){ .key = eh_arena_strdup(imp->arena, key), .next = imp->meta };
        if (!meta->key)
            return import_memory(err, 1, strlen(key));
        imp->meta = meta;
    }
    meta->value = eh_arena_strdup(imp->arena, value);
    return meta->value ? EH_OK : import_memory(err, 1, strlen(value));
}

void eh_import_count_missing(eh_import *imp, uint64_t rows_without_image, uint64_t images_without_row)
{
    imp->rows_without_image += rows_without_image;
    imp->images_without_row += images_without_row;
}

/* ---------------------------------------------------------------- names */

bool eh_is_image_name(const char *path)
{
    static const char *const suffixes[] = { "jpg", "jpeg", "png", "bmp", "gif", "webp",
                                            "tif", "tiff", "pbm", "pgm", "ppm", "pnm" };
    const char *name = eh_path_name(path), *dot = strrchr(name, '.');
    char lower[8];
    if (!dot || dot == name || strlen(dot + 1) >= sizeof lower)
        return false;
    size_t size = strlen(dot + 1);
    for (size_t i = 0; i <= size; i++)
        lower[i] = (char)(dot[1 + i] >= 'A' && dot[1 + i] <= 'Z' ? dot[1 + i] + 32 : dot[1 + i]);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcmp(lower, suffixes[i]) == 0)
            return true;
    return false;
}
