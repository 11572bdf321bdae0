/* hdf5_rows.c - the parent's side of reading HDF5; see hdf5_rows.h.
 *
 *     offset  bytes
 *          0      8  "EVHROWS1"
 *          8      8  number of dimensions, in this machine's order, as all numbers here
 *         16     32  sizes
 *       4096         the images' bytes, in the order of the HDF5 file
 *
 * Idea    Nothing that the child sends is trusted: sizes are checked before memory or disk is used by them, and every byte is counted. What is kept in the cache is no
 *         HDF5 any more, so training never meets the library.
 */
#include "data/hdf5_rows.h"

#include "base/file.h"
#include "base/str.h"
#include "data/source_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER 4096

/* 512 MB; ten seconds without a byte; ten seconds of processor time and one more for every 20 MB. */
static eh_jail_limits jail_limits(uint64_t file_bytes)
{
    return (eh_jail_limits){ .memory = (uint64_t)512 << 20,
                             .silence = 10,
                             .processor = 10 + (double)file_bytes / 20e6 };
}

/* A member as a task's file: a path on the disk, or bytes in memory. Release `bytes`. */
static eh_status find_file(eh_hdf5_task *task, eh_source_bytes *bytes, uint64_t *size, eh_arena *arena,
                           const eh_source *source, const char *member, eh_error *err)
{
    *bytes = (eh_source_bytes){ 0 };
    EH_TRY(eh_source_size(size, source, member, err));
    if (!eh_source_is_archive(source)) {
        task->path = eh_source_path(source, arena, member);
        return task->path ? EH_OK : eh_fail_memory(err, member, 1, 4096);
    }
    EH_TRY(eh_source_view(bytes, source, member, (size_t)1 << 30, err));
    task->file = bytes->data;
    task->file_size = bytes->size;
    return EH_OK;
}

/* Reads the head and refuses what cannot be true. */
static eh_status read_head(eh_hdf5_head *head, eh_jail *jail, const char *member, eh_error *err)
{
    EH_TRY(eh_jail_read(jail, head, sizeof *head, err));
    bool sound = head->dimensions >= 3 && head->dimensions <= 4 && head->labels <= EH_HDF5_MOST_LABELS &&
                 memchr(head->images, '\0', sizeof head->images) && head->size[0] > 0 &&
                 head->size[0] <= INT32_MAX;
    for (uint32_t i = 0; sound && i < head->labels; i++)
        sound = head->label[i].width >= 1 && head->label[i].width <= EH_HDF5_MOST_WIDE &&
                memchr(head->label[i].name, '\0', sizeof head->label[i].name);
    eh_image_array shape;
    if (!sound)
        return eh_fail(err, EH_ERR_INPUT, "%s is a damaged HDF5 file: what was read from it makes no sense",
                       member);
    return eh_image_array_shape(&shape, head->size, (int)head->dimensions, head->images, err);
}

eh_status eh_hdf5_read_labels(eh_hdf5_labels *out, eh_arena *arena, const eh_source *source,
                              const char *member, const char *images, const eh_str_list *labels,
                              eh_progress *progress, eh_error *err)
{
    eh_hdf5_task task = { .images = images,
                          .labels = labels->item,
                          .label_count = labels->count,
                          .want_labels = true,
                          .most_bytes = eh_source_limits(source).max_bytes };
    eh_source_bytes bytes;
    eh_jail *jail = NULL;
    uint64_t size;
    eh_status status;
    *out = (eh_hdf5_labels){ 0 };
    const char *what = eh_arena_printf(arena, "reading %s", member);
    EH_TRY_GOTO(status, find_file(&task, &bytes, &size, arena, source, member, err));
    if (!what) {
        status = eh_fail_memory(err, member, 1, 64);
        goto done;
    }
    eh_jail_limits limits = jail_limits(size);
    EH_TRY_GOTO(status, eh_jail_start(&jail, what, &limits, eh_hdf5_child, &task, progress, err));
    EH_TRY_GOTO(status, read_head(&out->head, jail, member, err));
    for (uint32_t i = 0; i < out->head.labels; i++) {
        size_t count = (size_t)out->head.size[0] * (size_t)out->head.label[i].width;
        double *value = eh_arena_alloc(arena, count, sizeof *value);
        if (!value) {
            status = eh_fail_memory(err, "labels", count, sizeof *value);
            goto done;
        }
        EH_TRY_GOTO(status, eh_jail_read(jail, value, count * sizeof *value, err));
        out->label[i] = value;
    }
    status = eh_jail_finish(jail, err);
done:
    eh_jail_end(jail);
    eh_source_unview(&bytes);
    return status;
}

/* ---------------------------------------------------------------- images */

/* Writes what the child sends as rows. */
static eh_status write_rows(FILE *stream, eh_jail *jail, const char *member, const char *path,
                            eh_progress *progress, eh_error *err)
{
    const size_t piece = (size_t)1 << 20;
    eh_hdf5_head head;
    uint8_t *bytes = eh_alloc(piece, 1);
    uint64_t left = 1, done = 0;
    eh_status status;
    if (!bytes)
        return eh_fail_memory(err, member, piece, 1);
    EH_TRY_GOTO(status, read_head(&head, jail, member, err));
    for (uint32_t i = 0; i < head.dimensions; i++)
        left *= head.size[i]; /* sides are at most 65535, items at most 2^31 */
    uint64_t numbers[5] = { head.dimensions, head.size[0], head.size[1], head.size[2], head.size[3] };
    static const uint8_t magic[8] = { 'E', 'V', 'H', 'R', 'O', 'W', 'S', '1' };
    memcpy(bytes, magic, sizeof magic);
    memcpy(bytes + 8, numbers, sizeof numbers);
    errno = 0;
    bool ok = fwrite(bytes, 1, HEADER, stream) == HEADER;
    while (ok && left > 0) {
        size_t count = left < piece ? (size_t)left : piece;
        EH_TRY_GOTO(status, eh_jail_read(jail, bytes, count, err));
        ok = fwrite(bytes, 1, count, stream) == count;
        left -= count;
        done += count;
        eh_progress_update(progress, done / 1000000, NULL);
    }
    status =
        ok ? eh_jail_finish(jail, err)
           : eh_fail_errno(err, EH_ERR_IO, errno ? errno : ENOSPC,
                           "the images of %s could not be kept in the cache (%s); free some space or set "
                           "EVENHAND_CACHE to another folder",
                           member, path);
done:
    eh_free(bytes);
    return status;
}

static eh_status make_rows(const char *path, eh_arena *arena, const eh_source *source, const char *member,
                           const char *images, eh_progress *progress, eh_error *err)
{
    eh_hdf5_task task = { .images = images,
                          .want_images = true,
                          .most_bytes = eh_source_limits(source).max_bytes };
    eh_source_bytes bytes;
    eh_jail *jail = NULL;
    eh_atomic_file file;
    uint64_t size;
    const char *what = eh_arena_printf(arena, "reading %s", member);
    if (!what)
        return eh_fail_memory(err, member, 1, 64);
    EH_TRY(eh_atomic_open(&file, path, err));
    eh_progress_begin(progress, "read images", 0, "MB");
    eh_status status;
    EH_TRY_GOTO(status, find_file(&task, &bytes, &size, arena, source, member, err));
    eh_jail_limits limits = jail_limits(size);
    EH_TRY_GOTO(status, eh_jail_start(&jail, what, &limits, eh_hdf5_child, &task, progress, err));
    EH_TRY_GOTO(status, write_rows(file.stream, jail, member, path, progress, err));
    status = eh_atomic_commit(&file, err);
done:
    eh_progress_end(progress, NULL);
    eh_atomic_abandon(&file);
    eh_jail_end(jail);
    eh_source_unview(&bytes);
    return status;
}

/* Maps the file if it is one of rows; false when it is not there or is none. */
static bool map_rows(eh_hdf5_rows *out, const char *path)
{
    struct stat info;
    uint64_t numbers[5];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > HEADER;
    if (ok) {
        out->map_size = (size_t)info.st_size;
        out->map = mmap(NULL, out->map_size, PROT_READ, MAP_SHARED, fd, 0);
        ok = out->map != MAP_FAILED;
        out->map = ok ? out->map : NULL;
    }
    close(fd);
    if (!ok || memcmp(out->map, "EVHROWS1", 8) != 0)
        return false;
    memcpy(numbers, (const uint8_t *)out->map + 8, sizeof numbers);
    ok = (numbers[0] == 3 || numbers[0] == 4) && numbers[1] <= INT32_MAX &&
         eh_image_array_shape(&out->array, numbers + 1, (int)numbers[0], path, NULL) == EH_OK &&
         out->array.items * out->array.step == out->map_size - HEADER;
    out->array.data = (const uint8_t *)out->map + HEADER;
    return ok;
}

static eh_status rows_path(const char **out, const char **folder, eh_arena *arena, const eh_source *source,
                           const char *member, const char *images, eh_error *err)
{
    char hash[65], key[65];
    uint8_t sum[32];
    const char *cache;
    EH_TRY(eh_cache_folder(arena, &cache, err));
    *folder = eh_path_join(arena, cache, "arrays");
    EH_TRY(eh_source_hash(hash, source, member, err));
    char *text = eh_arena_printf(arena, "hdf5 rows 1\n%s\n%s", hash, images);
    if (!*folder || !text)
        return eh_fail_memory(err, member, 1, 4096);
    EH_TRY(eh_make_folder(*folder, err));
    eh_sha256(sum, text, strlen(text));
    eh_hex(key, sum, sizeof sum);
    *out = eh_arena_printf(arena, "%s/%s.rows", *folder, key);
    return *out ? EH_OK : eh_fail_memory(err, member, 1, 4096);
}

eh_status eh_hdf5_open_rows(eh_hdf5_rows *out, const eh_source *source, const char *member,
                            const char *images, eh_progress *progress, eh_error *err)
{
    const char *path, *folder;
    eh_arena *arena = eh_arena_new();
    eh_status status = EH_OK;
    *out = (eh_hdf5_rows){ 0 };
    if (!arena)
        return eh_fail_memory(err, member, 1, 4096);
    EH_TRY_GOTO(status, rows_path(&path, &folder, arena, source, member, images, err));
    if (map_rows(out, path)) {
        (void)!utimensat(AT_FDCWD, path, NULL, 0); /* used now */
        goto done;
    }
    eh_hdf5_close_rows(out);
    EH_TRY_GOTO(status, make_rows(path, arena, source, member, images, progress, err));
    EH_TRY_GOTO(status, eh_cache_make_room(arena, folder, ".rows", eh_source_limits(source).max_bytes, err));
    if (!map_rows(out, path))
        status =
            eh_fail_errno(err, EH_ERR_IO, errno, "%s was written, but cannot be mapped into memory", path);
done:
    if (status != EH_OK)
        eh_hdf5_close_rows(out);
    eh_arena_free(arena);
    return status;
}

void eh_hdf5_close_rows(eh_hdf5_rows *rows)
{
    if (rows->map)
        munmap(rows->map, rows->map_size);
    *rows = (eh_hdf5_rows){ 0 };
}
