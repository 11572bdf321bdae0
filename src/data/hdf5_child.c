/* hdf5_child.c - reading an HDF5 file, in a jailed child; see hdf5_child.h.
 *
 * Only simple data sets are read: images of unsigned bytes with 3 or 4 dimensions, labels of integers or floats with one value or a row of values per image.
 * Their storage may be contiguous, chunked or compressed; filters that would have to be loaded are not.
 *
 * Source  The HDF Group, HDF5 Reference Manual; RELIABILITY's list of its known holes is why this runs in a child.
 * Easy to get wrong: links and external storage can lead to other files, so nothing can be opened once the file is; the library prints its errors unless it is told not
 * to; one H5Dread of everything would need the memory of everything.
 */
#include "data/hdf5_child.h"

#include "evenhand/memory.h"

#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#define PIECE ((size_t)4 << 20)

typedef struct reader {
    const eh_hdf5_task *task;
    hid_t file;
    eh_hdf5_head head;
    char reason[160]; /* of the library's last failure */
} reader;

static herr_t keep_reason(unsigned n, const H5E_error2_t *entry, void *user)
{
    reader *r = user;
    (void)n;
    if (entry->desc && entry->desc[0])
        snprintf(r->reason, sizeof r->reason, "%s", entry->desc);
    return 1; /* the first is the innermost */
}

/* The library's reason, in words. */
static const char *reason(reader *r)
{
    snprintf(r->reason, sizeof r->reason, "it makes no sense");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_reason, r);
    return r->reason;
}

static eh_status open_file(reader *r, eh_error *err)
{
    const eh_hdf5_task *t = r->task;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
    if (t->path)
        (void)H5Pset_file_locking(access, 0, 1);
    else if (H5Pset_fapl_core(access, 1 << 16, 0) < 0 ||
             H5Pset_file_image(access, (void *)(uintptr_t)t->file, t->file_size) < 0) /* is copied */
        return eh_fail(err, EH_ERR_MEMORY,
                       "the HDF5 file is too large to be read inside its archive; unpack it first");
    r->file = H5Fopen(t->path ? t->path : "member.h5", H5F_ACC_RDONLY, access);
    if (r->file < 0)
        return eh_fail(err, EH_ERR_INPUT, "it is no sound HDF5 file: %s", reason(r));
    return EH_OK;
}

/* ---------------------------------------------------------------- data sets */

/* One data set. */
typedef struct data_set {
    hid_t id;
    int dimensions;
    hsize_t size[4];
    H5T_class_t kind;
    size_t bytes;
    bool is_signed;
} data_set;

static void close_set(data_set *s)
{
    if (s->id >= 0)
        H5Oclose(s->id);
    s->id = -1;
}

/* Opens what is called `name`; false when that is no data set of at most 4 dimensions. */
static bool open_set(data_set *s, hid_t file, const char *name)
{
    *s = (data_set){ .id = H5Oopen(file, name, H5P_DEFAULT) };
    if (s->id < 0 || H5Iget_type(s->id) != H5I_DATASET) {
        close_set(s);
        return false;
    }
    hid_t space = H5Dget_space(s->id), type = H5Dget_type(s->id);
    s->dimensions = space >= 0 && H5Sis_simple(space) > 0 ? H5Sget_simple_extent_ndims(space) : -1;
    if (s->dimensions >= 1 && s->dimensions <= 4)
        H5Sget_simple_extent_dims(space, s->size, NULL);
    s->kind = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    s->bytes = type >= 0 ? H5Tget_size(type) : 0;
    s->is_signed = s->kind == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_2;
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    if (s->dimensions >= 1 && s->dimensions <= 4)
        return true;
    close_set(s);
    return false;
}

static bool is_numbers(const data_set *s)
{
    return s->kind == H5T_INTEGER || s->kind == H5T_FLOAT;
}

/* Whether it can hold images, else why not, in words. */
static const char *why_no_images(const data_set *s)
{
    if (s->dimensions != 3 && s->dimensions != 4)
        return "does not have 3 or 4 dimensions";
    if (s->kind != H5T_INTEGER)
        return "holds values that are no integers; images are unsigned bytes (uint8)";
    if (s->bytes != 1 || s->is_signed)
        return "holds integers that are not unsigned bytes (uint8), as images are";
    if (s->size[0] == 0)
        return "is empty";
    return NULL;
}

/* Name of the i-th member of the root group; false at the end. */
static bool name_at(char out[256], hid_t file, hsize_t i)
{
    ssize_t size = H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, i, out, 256, H5P_DEFAULT);
    if (size < 0)
        H5Eclear2(H5E_DEFAULT);
    return size > 0 && size < 256;
}

/* The data set of images: the named one, "images", or the only one that can hold some. */
static eh_status find_images(reader *r, data_set *out, eh_error *err)
{
    char name[256], found[256] = "";
    const char *wanted = r->task->images ? r->task->images : "images";
    if (open_set(out, r->file, wanted)) {
        const char *why = why_no_images(out);
        if (why) {
            close_set(out);
            return eh_fail(err, EH_ERR_INPUT, "its data set '%.100s' %s", wanted, why);
        }
        snprintf(r->head.images, sizeof r->head.images, "%s", wanted);
        return EH_OK;
    }
    for (hsize_t i = 0; !r->task->images && name_at(name, r->file, i); i++) {
        if (!open_set(out, r->file, name))
            continue;
        bool fits = !why_no_images(out);
        close_set(out);
        if (fits && found[0])
            return eh_fail(err, EH_ERR_INPUT,
                           "it has several data sets of images, '%.100s' and '%.100s'; name one with "
                           "images=NAME",
                           found, name);
        if (fits)
            snprintf(found, sizeof found, "%s", name);
    }
    if (!found[0] || !open_set(out, r->file, found))
        return eh_fail(err, EH_ERR_INPUT,
                       r->task->images ? "it has no data set '%.100s'"
                                       : "it has no data set '%.100s' or another of unsigned bytes with 3 or "
                                         "4 dimensions; "
                                         "name one with images=NAME",
                       wanted);
    snprintf(r->head.images, sizeof r->head.images, "%s", found);
    return EH_OK;
}

/* Notes a data set of labels, when it has as many rows as there are images. False: it does not fit. */
static bool note_label(reader *r, const char *name, uint64_t rows)
{
    data_set s;
    if (r->head.labels == EH_HDF5_MOST_LABELS || strlen(name) > 255 || !open_set(&s, r->file, name))
        return false;
    uint64_t width = s.dimensions == 2 ? s.size[1] : 1;
    bool fits =
        is_numbers(&s) && s.dimensions <= 2 && s.size[0] == rows && width >= 1 && width <= EH_HDF5_MOST_WIDE;
    close_set(&s);
    if (!fits)
        return false;
    snprintf(r->head.label[r->head.labels].name, 256, "%s", name);
    r->head.label[r->head.labels++].width = width;
    return true;
}

static eh_status find_labels(reader *r, eh_error *err)
{
    char name[256];
    uint64_t rows = r->head.size[0];
    for (size_t i = 0; i < r->task->label_count; i++)
        if (!note_label(r, r->task->labels[i], rows))
            return eh_fail(err, EH_ERR_INPUT,
                           "it has no data set '%.100s' of numbers with one row for each of its %llu images",
                           r->task->labels[i], (unsigned long long)rows);
    for (hsize_t i = 0; r->task->label_count == 0 && name_at(name, r->file, i); i++)
        if (strcmp(name, r->head.images) != 0)
            note_label(r, name, rows);
    return EH_OK;
}

/* ---------------------------------------------------------------- bytes */

/* Sends rows [0, size[0]) of a data set as elements of `memory_type` of `element` bytes. */
static eh_status send_rows(reader *r, eh_jail *jail, const data_set *s, const char *name, hid_t memory_type,
                           size_t element, eh_error *err)
{
    size_t row = element;
    for (int i = 1; i < s->dimensions; i++)
        row *= (size_t)s->size[i];
    hsize_t block = row ? PIECE / row : 1, count[4], start[4] = { 0 };
    block = block < 1 ? 1 : block > s->size[0] ? s->size[0] : block;
    uint8_t *bytes = eh_alloc_raw((size_t)block, row);
    if (!bytes)
        return eh_fail_memory(err, "a piece of an HDF5 file", (size_t)block, row);
    eh_status status = EH_OK;
    memcpy(count, s->size, sizeof count);
    hid_t file_space = H5Dget_space(s->id);
    for (; start[0] < s->size[0] && status == EH_OK; start[0] += block) {
        count[0] = s->size[0] - start[0] < block ? s->size[0] - start[0] : block;
        hid_t memory_space = H5Screate_simple(s->dimensions, count, NULL);
        if (H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
            H5Dread(s->id, memory_type, memory_space, file_space, H5P_DEFAULT, bytes) < 0)
            status =
                eh_fail(err, EH_ERR_INPUT, "rows %llu and on of its data set '%.100s' cannot be read: %s",
                        (unsigned long long)start[0], name, reason(r));
        else
            status = eh_jail_write(jail, bytes, (size_t)count[0] * row, err);
        H5Sclose(memory_space);
    }
    H5Sclose(file_space);
    eh_free(bytes);
    return status;
}

static eh_status send_labels(reader *r, eh_jail *jail, eh_error *err)
{
    for (uint32_t i = 0; i < r->head.labels; i++) {
        data_set s;
        const char *name = r->head.label[i].name;
        if (!open_set(&s, r->file, name))
            return eh_fail(err, EH_ERR_INPUT, "its data set '%.100s' cannot be opened a second time", name);
        eh_status status = send_rows(r, jail, &s, name, H5T_NATIVE_DOUBLE, sizeof(double), err);
        close_set(&s);
        EH_TRY(status);
    }
    return EH_OK;
}

static eh_status read_all(reader *r, eh_jail *jail, data_set *images, eh_error *err)
{
    uint64_t total = 1;
    EH_TRY(open_file(r, err));
    eh_jail_seal(jail);
    EH_TRY(find_images(r, images, err));
    r->head.dimensions = (uint32_t)images->dimensions;
    for (int i = 0; i < images->dimensions; i++) {
        r->head.size[i] = images->size[i];
        if (images->size[i] && total > r->task->most_bytes / images->size[i])
            return eh_fail(err, EH_ERR_LIMIT,
                           "its data set '%.100s' has more than %llu bytes; raise --max-unpacked to read it",
                           r->head.images, (unsigned long long)r->task->most_bytes);
        total *= images->size[i];
    }
    EH_TRY(find_labels(r, err));
    EH_TRY(eh_jail_write(jail, &r->head, sizeof r->head, err));
    if (r->task->want_labels)
        EH_TRY(send_labels(r, jail, err));
    return r->task->want_images ? send_rows(r, jail, images, r->head.images, H5T_NATIVE_UINT8, 1, err)
                                : EH_OK;
}

eh_status eh_hdf5_child(void *task, eh_jail *jail, eh_error *err)
{
    data_set images = { .id = -1 };
    eh_error own = { 0 };
    reader *r = eh_alloc(1, sizeof *r);
    if (!r)
        return eh_fail_memory(err, "an HDF5 file", 1, sizeof *r);
    *r = (reader){ .task = task, .file = -1 };
    eh_status status = read_all(r, jail, &images, &own);
    const eh_hdf5_task *t = task;
    /* Nothing is closed: the process ends. */
    return status == EH_OK ? EH_OK
                           : eh_fail(err, status, "%s: %s", t->path ? t->path : "the HDF5 file", own.message);
}
