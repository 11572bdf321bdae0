/* pack_build.c - making a pack: every image or mask decoded, cut or stretched to one size, and written to its place in the file.
 *
 * All threads work; each holds one image. The file has a temporary name until it is complete, and its space is reserved at the start, so
 * that a full disk is found before the work. Two processes that make the same pack write two temporary files with the same bytes; the
 * second rename replaces the first, and whoever has the first one mapped keeps it.
 */
#include "data/pack_store.h"

#include "base/file.h"
#include "base/threads.h"
#include "data/catalog_store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define SMALLEST_PIECE 64
#define LARGEST_PIECE  16384

typedef struct builder {
    const eh_pack_recipe *recipe;
    const char *path;
    int file;
    size_t first, image_bytes;
    pthread_mutex_t lock; /* guards the two below */
    eh_status status;
    eh_error error;
} builder;

/* The largest centred rectangle of in's pixels that has the shape width:height. */
static void centred_rectangle(const eh_image *in, int width, int height, int *w, int *h)
{
    *w = in->width;
    *h = in->height;
    if ((int64_t)in->width * height > (int64_t)in->height * width)
        *w = (int)(((int64_t)in->height * width + height / 2) / height);
    else
        *h = (int)(((int64_t)in->width * height + width / 2) / width);
    *w = *w < 1 ? 1 : *w > in->width ? in->width : *w;
    *h = *h < 1 ? 1 : *h > in->height ? in->height : *h;
}

eh_status eh_pack_fit(eh_image *image, int width, int height, bool stretch, eh_resize_filter filter,
                      eh_error *err)
{
    eh_image next = { 0 };
    if (!stretch) {
        int w, h;
        centred_rectangle(image, width, height, &w, &h);
        if (w != image->width || h != image->height) {
            EH_TRY(eh_image_crop(&next, image, (image->width - w) / 2, (image->height - h) / 2, w, h, err));
            eh_image_clear(image);
            *image = next;
        }
    }
    if (image->width == width && image->height == height)
        return EH_OK;
    EH_TRY(eh_image_resize(&next, image, width, height, filter, err));
    eh_image_clear(image);
    *image = next;
    return EH_OK;
}

static eh_status write_at(int file, const uint8_t *bytes, size_t size, size_t offset, const char *path,
                          eh_error *err)
{
    while (size > 0) {
        ssize_t put = pwrite(file, bytes, size, (off_t)offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return eh_fail_errno(err, EH_ERR_IO, put < 0 ? errno : ENOSPC,
                                 "the pack %s could not be written; free some space or set EVENHAND_CACHE to "
                                 "another folder",
                                 path);
        bytes += put;
        offset += (size_t)put;
        size -= (size_t)put;
    }
    return EH_OK;
}

/* The mask of a row; without one a pixel of which nothing is known, which becomes as many as there must be. */
static eh_status read_mask(const eh_pack_recipe *r, size_t row, eh_image *out, eh_error *err)
{
    static const uint8_t none[32];
    const uint8_t *hash = r->hash + 32 * row;
    if (memcmp(hash, none, sizeof none) != 0)
        return eh_catalog_read_mask_checked(r->catalog, r->frame->image[row], r->column, hash, out, err);
    EH_TRY(eh_image_alloc(out, 1, 1, 1, err));
    out->data[0] = EH_MASK_IGNORE;
    return EH_OK;
}

static eh_status build_one(builder *b, size_t row, eh_error *err)
{
    const eh_pack_recipe *r = b->recipe;
    /* A large JPEG is decoded at a fraction of its size, at least twice what is needed. */
    eh_decode_opts opts = { .channels = r->channels,
                            .min_side = 2 * (r->width > r->height ? r->width : r->height) };
    eh_image image = { 0 };
    int64_t id = r->frame->image[row];
    /* The file is named by these hashes, so it must not hold other contents. */
    eh_status status = r->masks
                           ? read_mask(r, row, &image, err)
                           : eh_catalog_read_checked(r->catalog, id, r->hash + 32 * row, &opts, &image, err);
    if (status != EH_OK) {
        eh_error reason = err ? *err : (eh_error){ 0 };
        return status == EH_ERR_MEMORY ? status
                                       : eh_fail(err, status,
                                                 "%s cannot be read (changed since the import, or imported "
                                                 "with --no-check?): %.800s; "
                                                 "importing again leaves out what is broken",
                                                 r->masks ? "a mask" : "an image", reason.message);
    }
    status = eh_pack_fit(&image, r->width, r->height, r->stretch,
                         r->masks ? EH_RESIZE_NEAREST : EH_RESIZE_ANTIALIAS, err);
    if (status == EH_OK)
        status = write_at(b->file, image.data, b->image_bytes, EH_PACK_HEADER + row * b->image_bytes, b->path,
                          err);
    eh_image_clear(&image);
    return status;
}

static void build_row(void *user, size_t index)
{
    builder *b = user;
    eh_error err = { 0 };
    pthread_mutex_lock(&b->lock);
    bool failed = b->status != EH_OK;
    pthread_mutex_unlock(&b->lock);
    if (failed)
        return;
    eh_status status = build_one(b, b->first + index, &err);
    if (status == EH_OK)
        return;
    pthread_mutex_lock(&b->lock);
    if (b->status == EH_OK) {
        b->status = status;
        b->error = err;
    }
    pthread_mutex_unlock(&b->lock);
}

static void put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

void eh_pack_header(uint8_t header[EH_PACK_HEADER], const eh_pack_recipe *recipe)
{
    memset(header, 0, EH_PACK_HEADER);
    static const uint8_t magic[8] = { 'E', 'V', 'H', 'P', 'A', 'C', 'K', '1' };
    memcpy(header, magic, sizeof magic);
    put_u32(header + 8, (uint32_t)recipe->width);
    put_u32(header + 12, (uint32_t)recipe->height);
    put_u32(header + 16, (uint32_t)recipe->channels);
    put_u32(header + 24, (uint32_t)recipe->frame->rows);
    put_u32(header + 28, (uint32_t)((uint64_t)recipe->frame->rows >> 32));
    memcpy(header + 32, recipe->key, 32);
}

/* Reserves the file's whole space. File systems that cannot are let pass: writing will tell. */
static eh_status reserve(builder *b, eh_error *err)
{
    uint8_t header[EH_PACK_HEADER];
    size_t size = EH_PACK_HEADER + b->recipe->frame->rows * b->image_bytes;
    int errnum = posix_fallocate(b->file, 0, (off_t)size);
    if (errnum != 0 && errnum != EOPNOTSUPP && errnum != EINVAL)
        return eh_fail_errno(err, EH_ERR_IO, errnum,
                             "the pack %s needs %.1f MB, which could not be reserved; free some space or set "
                             "EVENHAND_CACHE to another folder",
                             b->path, (double)size / 1e6);
    eh_pack_header(header, b->recipe);
    return write_at(b->file, header, sizeof header, 0, b->path, err);
}

eh_status eh_pack_build(const char *path, const eh_pack_recipe *recipe, eh_progress *progress, eh_error *err)
{
    eh_atomic_file file;
    EH_TRY(eh_atomic_open(&file, path, err));
    builder b = { .recipe = recipe, .path = path, .file = fileno(file.stream) };
    b.image_bytes = (size_t)recipe->width * (size_t)recipe->height * (size_t)recipe->channels;
    pthread_mutex_init(&b.lock, NULL);
    size_t rows = recipe->frame->rows, piece = SMALLEST_PIECE;
    eh_progress_begin(progress, recipe->masks ? "pack masks" : "pack images", rows,
                      recipe->masks ? "masks" : "images");
    eh_status status;
    EH_TRY_GOTO(status, reserve(&b, err));
    while (b.first < rows) {
        if (eh_progress_stop(progress)) {
            status = eh_fail(err, EH_ERR_INTERRUPTED, "stopped while %s were being packed",
                             recipe->masks ? "masks" : "images");
            goto done;
        }
        /* Pieces of about a fifth of a second: progress is seen, and threads seldom wait for each other. */
        size_t count = rows - b.first < piece ? rows - b.first : piece;
        double begin = eh_seconds();
        eh_parallel_for(count, build_row, &b);
        double seconds = eh_seconds() - begin;
        if (seconds < 0.1 && piece < LARGEST_PIECE)
            piece *= 2;
        else if (seconds > 0.4 && piece > SMALLEST_PIECE)
            piece /= 2;
        if (b.status != EH_OK) {
            status = eh_fail(err, b.status, "%s", b.error.message);
            goto done;
        }
        b.first += count;
        eh_progress_update(progress, b.first, NULL);
    }
    status = eh_atomic_commit(&file, err);
done:
    eh_progress_end(progress, NULL);
    eh_atomic_abandon(&file);
    pthread_mutex_destroy(&b.lock);
    return status;
}
