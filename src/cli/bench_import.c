/* bench_import.c - see bench_import.h.
 *
 * The peer is libjpeg-turbo's own loop: every picture, already in memory, decoded at full size to RGB, line by line into one buffer, on the same
 * threads. The import reads the files, hashes their bytes, decodes, measures what it keeps about a picture, and writes the catalog. Both see files that the
 * system has in its cache. They are measured in turn, so that a machine that slows down slows both.
 */
#include "cli/bench_import.h"

#include "base/file.h"
#include "base/folder.h"
#include "base/json.h"
#include "base/threads.h"
#include "evenhand/catalog.h"
#include "evenhand/faces.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

typedef struct pictures {
    uint8_t **bytes;
    size_t *size, count, total;
    _Atomic size_t failed;
} pictures;

typedef struct jpeg_errors {
    struct jpeg_error_mgr manager;
    jmp_buf out;
} jpeg_errors;

static void on_error(j_common_ptr common)
{
    longjmp(((jpeg_errors *)common->err)->out, 1);
}

static void on_message(j_common_ptr common, int level)
{
    (void)common;
    (void)level;
}

/* Decodes picture `index` and forgets its pixels. */
static void decode_one(void *user, size_t index)
{
    pictures *p = user;
    struct jpeg_decompress_struct reader;
    jpeg_errors errors;
    uint8_t line[3 * 65536];
    JSAMPROW row = line;
    reader.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = on_error;
    errors.manager.emit_message = on_message;
    if (setjmp(errors.out)) {
        atomic_fetch_add(&p->failed, 1);
        jpeg_destroy_decompress(&reader);
        return;
    }
    jpeg_create_decompress(&reader);
    jpeg_mem_src(&reader, p->bytes[index], (unsigned long)p->size[index]);
    jpeg_read_header(&reader, TRUE);
    reader.out_color_space = JCS_RGB;
    jpeg_start_decompress(&reader);
    while (reader.output_scanline < reader.output_height)
        jpeg_read_scanlines(&reader, &row, 1);
    jpeg_finish_decompress(&reader);
    jpeg_destroy_decompress(&reader);
}

static bool is_jpeg_name(const char *name)
{
    return eh_ends_with(name, ".jpg") || eh_ends_with(name, ".jpeg") || eh_ends_with(name, ".JPG");
}

static eh_status load(pictures *p, eh_arena *arena, const char *folder, eh_error *err)
{
    const char **name;
    size_t files;
    EH_TRY(eh_list_files(arena, &name, &files, folder, err));
    p->bytes = eh_arena_alloc(arena, files, sizeof *p->bytes);
    p->size = eh_arena_alloc(arena, files, sizeof *p->size);
    if (!p->bytes || !p->size)
        return eh_fail_memory(err, "pictures for a measurement", files, sizeof *p->size);
    for (size_t i = 0; i < files; i++) {
        if (!is_jpeg_name(name[i]))
            continue;
        const char *path = eh_path_join(arena, folder, name[i]);
        if (!path)
            return eh_fail_memory(err, "pictures for a measurement", 1, 4096);
        EH_TRY(eh_file_read(&p->bytes[p->count], &p->size[p->count], path, 0, err));
        p->total += p->size[p->count++];
    }
    return p->count ? EH_OK : eh_fail(err, EH_ERR_INPUT, "%s holds no file that ends with .jpg", folder);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static eh_status measure(json_t **out, eh_arena *arena, const char *folder, const char *catalog, int64_t size,
                         int64_t steps, pictures *p, eh_error *err)
{
    double *ours = eh_arena_alloc(arena, (size_t)steps, sizeof *ours),
           *peers = eh_arena_alloc(arena, (size_t)steps, sizeof *peers);
    eh_import_opts opts = { .check_pixels = true, .overwrite = true };
    if (!ours || !peers)
        return eh_fail_memory(err, "the times of a measurement", (size_t)steps, sizeof *ours);
    EH_TRY(eh_thing_find(&opts.format.entry, "format", "folder", err));
    for (int64_t i = -1; i < steps; i++) { /* the first warms up */
        double start = eh_seconds();
        eh_parallel_for(p->count, decode_one, p);
        double middle = eh_seconds();
        EH_TRY(eh_catalog_import(catalog, folder, &opts, NULL, NULL, err));
        double end = eh_seconds();
        if (i >= 0) {
            peers[i] = middle - start;
            ours[i] = end - middle;
        }
    }
    qsort(ours, (size_t)steps, sizeof *ours, by_value);
    qsort(peers, (size_t)steps, sizeof *peers, by_value);
    double median = ours[steps / 2], peer = peers[steps / 2], count = (double)p->count;
    json_t *json = json_object();
    bool ok = json && eh_json_set(json, "program", json_string("evenhand")) &&
              eh_json_set(json, "version", json_string(EH_VERSION)) &&
              eh_json_set(json, "work", json_string("import")) &&
              eh_json_set(json, "size", json_integer(size)) &&
              eh_json_set(json, "batch", json_integer((json_int_t)p->count)) &&
              eh_json_set(json, "threads", json_integer(eh_threads())) &&
              eh_json_set(json, "bytes_per_image", json_integer((json_int_t)(p->total / p->count))) &&
              eh_json_set(json, "images_per_s", json_real(count / median)) &&
              eh_json_set(json, "best_images_per_s", json_real(count / ours[0])) &&
              eh_json_set(json, "peer", json_string("libjpeg-turbo, decoding alone")) &&
              eh_json_set(json, "peer_images_per_s", json_real(count / peer)) &&
              eh_json_set(json, "ratio", json_real(peer / median)) &&
              eh_json_set(json, "peer_failed", json_integer((json_int_t)(p->failed / (size_t)(steps + 1))));
    if (!ok) {
        json_decref(json);
        return eh_fail_memory(err, "a measurement", 1, 1024);
    }
    *out = json;
    return EH_OK;
}

/* Draws the faces into folder/faces; *images is where the pictures lie. */
static eh_status draw(const char **images, eh_arena *arena, const char *folder, int64_t count, int64_t size,
                      uint64_t seed, eh_error *err)
{
    eh_faces_opts opts;
    EH_TRY(eh_opts_defaults(eh_faces_options, &opts, arena, err));
    opts.seed = (int64_t)seed;
    opts.train = count;
    opts.valid = opts.test = opts.valid_min = opts.test_min = 0;
    opts.size = size;
    const char *faces = eh_path_join(arena, folder, "faces");
    *images = faces ? eh_path_join(arena, faces, "images") : NULL;
    return *images ? eh_faces_write(NULL, faces, &opts, NULL, err) : eh_fail_memory(err, "a path", 1, 4096);
}

eh_status eh_bench_import(json_t **out, eh_command_context *context, const char *folder, int64_t images,
                          int64_t size, int64_t steps, eh_error *err)
{
    const char *temporary = getenv("TMPDIR");
    eh_atomic_folder work = { 0 };
    pictures p = { 0 };
    eh_status status;
    *out = NULL;
    const char *place =
        eh_path_join(context->arena, temporary && *temporary ? temporary : "/tmp", "evenhand-bench");
    if (!place)
        return eh_fail_memory(err, "a path", 1, 4096);
    EH_TRY_GOTO(status, eh_atomic_folder_open(&work, place, err));
    if (!folder)
        EH_TRY_GOTO(status, draw(&folder, context->arena, work.temporary, images, size, context->seed, err));
    EH_TRY_GOTO(status, load(&p, context->arena, folder, err));
    const char *catalog = eh_path_join(context->arena, work.temporary, "bench.eh");
    status = catalog ? measure(out, context->arena, folder, catalog, size, steps, &p, err)
                     : eh_fail_memory(err, "a path", 1, 4096);
done:
    for (size_t i = 0; i < p.count; i++)
        eh_free(p.bytes[i]);
    eh_atomic_folder_abandon(&work); /* with all that is in it */
    return status;
}
