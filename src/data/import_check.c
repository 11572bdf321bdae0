/* import_check.c - hashing and decoding every image of an import, on all threads.
 *
 * What an image looks like is measured in the same pass (image_look.h). Memory is bounded: each thread holds one encoded file and one decoded image. Work goes in pieces of about a fifth of a second, so that
 * progress is reported and a request to stop is seen in between, and threads seldom wait for each other.
 */
#include "data/import_store.h"

#include "base/file.h"
#include "base/str.h"
#include "base/threads.h"

#include <pthread.h>
#include <string.h>

#define SMALLEST_PIECE 64
#define LARGEST_PIECE  16384

typedef struct checker {
    eh_import *imp;
    size_t first;
    pthread_mutex_t lock; /* guards the rest, and the import's arena */
    eh_status status;     /* of the first failure that ends the import */
    eh_error error;
    const char *open_path; /* the container that is open now */
    const eh_format *open_format;
    void *state;
    eh_look_pool *pool;
} checker;

static bool ends_import(eh_status status)
{
    return status == EH_ERR_MEMORY || status == EH_ERR_INTERRUPTED || status == EH_ERR_INTERNAL;
}

/* Notes that an image is broken; with `strict`, or when the reason is no fault of the image, the import ends. */
static void note_broken(checker *c, eh_import_image *image, eh_status status, const char *reason)
{
    pthread_mutex_lock(&c->lock);
    if (c->status != EH_OK) {
        /* the import is ending already */
    } else if (ends_import(status)) {
        c->status = eh_fail(&c->error, status, "%s: %s", image->path, reason);
    } else if (c->imp->opts->strict) {
        c->status = eh_fail(&c->error, EH_ERR_INPUT, "%s: %s (the import is strict: nothing was written)",
                            image->path, reason);
    } else {
        image->reason = eh_arena_strdup(c->imp->arena, reason);
        if (!image->reason)
            c->status = eh_fail_memory(&c->error, "the list of broken images", 1, strlen(reason));
    }
    pthread_mutex_unlock(&c->lock);
}

static void check_file(checker *c, eh_import_image *image)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    eh_error err = { 0 };
    eh_image pixels = { 0 };
    eh_status status;
    EH_TRY_GOTO(status, eh_source_read(&bytes, &size, c->imp->images, image->path, 0, &err));
    eh_sha256(image->sha256, bytes, size);
    image->bytes = size;
    if (size == 0) {
        status = eh_fail(&err, EH_ERR_INPUT, "the file is empty (0 bytes)");
        goto done;
    }
    eh_image_info info = { 0 };
    eh_decode_opts opts = { .channels = -1, .limits = c->imp->opts->limits };
    status = c->imp->opts->check_pixels ? eh_image_decode_info(&pixels, &info, bytes, size, &opts, &err)
                                        : eh_image_probe(&info, bytes, size, &err);
    image->width = info.width;
    image->height = info.height;
    image->channels = (uint8_t)info.channels;
    if (status == EH_OK && c->imp->opts->check_pixels)
        status = eh_look_measure(&c->imp->look[image - c->imp->image], c->pool, &pixels, &err);
done:
    if (status != EH_OK)
        note_broken(c, image, status, err.message);
    eh_image_clear(&pixels);
    eh_free(bytes);
}

static void check_item(checker *c, eh_import_image *image)
{
    eh_image pixels = { 0 };
    eh_error err = { 0 };
    eh_status status = c->open_format->read(c->state, image->item, NULL, &pixels, &err);
    if (status != EH_OK) {
        note_broken(c, image, status, err.message);
        return;
    }
    image->width = pixels.width;
    image->height = pixels.height;
    image->channels = (uint8_t)pixels.channels;
    image->bytes = (uint64_t)pixels.width * (uint64_t)pixels.height * (uint64_t)pixels.channels;
    eh_hash_pixels(image->sha256, &pixels);
    if (c->imp->look) {
        eh_image_look *look = &c->imp->look[image - c->imp->image];
        status = eh_look_measure(look, c->pool, &pixels, &err);
        memcpy(look->pixels, image->sha256, sizeof look->pixels);
        look->pixels_known = true;
    }
    if (status != EH_OK)
        note_broken(c, image, status, err.message);
    eh_image_clear(&pixels);
}

/* The mask of one image in one column: its hash, its size, and that every pixel has a class. */
static eh_status check_mask(checker *c, const eh_import_image *image, eh_column_store *column, size_t row,
                            eh_error *err)
{
    eh_import_mask *mask = &column->mask[row];
    const uint8_t *bytes = mask->png;
    size_t size = mask->png_size;
    uint8_t *read = NULL;
    eh_image pixels = { 0 };
    eh_image_info info;
    eh_error reason = { 0 };
    eh_status status = EH_OK;
    if (!bytes) {
        status = eh_source_read(&read, &size, c->imp->images, column->text[row], 0, &reason);
        bytes = read;
    }
    if (status == EH_OK) {
        eh_sha256(mask->sha256, bytes, size);
        status = eh_image_probe(&info, bytes, size, &reason);
    }
    if (status == EH_OK && (info.width != image->width || info.height != image->height))
        status = eh_fail(&reason, EH_ERR_INPUT, "it has %d x %d pixels, but the image %d x %d", info.width,
                         info.height, image->width, image->height);
    if (status == EH_OK && c->imp->opts->check_pixels &&
        !mask->png) /* what lies in the catalog was made here */
        status = eh_mask_decode(&pixels, bytes, size, &column->values, &c->imp->opts->limits, &reason);
    if (status != EH_OK)
        eh_fail(err, status, "the mask %s: %s", column->text[row], reason.message);
    eh_image_clear(&pixels);
    eh_free(read);
    return status;
}

static void check_masks(checker *c, eh_import_image *image, size_t row)
{
    eh_error err = { 0 };
    for (size_t i = 0; i < c->imp->columns && !image->reason; i++) {
        eh_column_store *column = &c->imp->column[i];
        if (column->kind != EH_COLUMN_MASK || !column->text[row])
            continue;
        eh_status status = check_mask(c, image, column, row, &err);
        if (status != EH_OK)
            note_broken(c, image, status, err.message);
    }
}

static void check_one(void *user, size_t index)
{
    checker *c = user;
    eh_import_image *image = &c->imp->image[c->first + index];
    pthread_mutex_lock(&c->lock);
    bool ended = c->status != EH_OK;
    pthread_mutex_unlock(&c->lock);
    if (ended)
        return;
    if (strcmp(image->container, "file") == 0)
        check_file(c, image);
    else
        check_item(c, image);
    check_masks(c, image, c->first + index);
}

static void close_container(checker *c)
{
    if (c->state && c->open_format->close)
        c->open_format->close(c->state);
    c->state = NULL;
    c->open_path = NULL;
}

/* Opens the container of row `row` when it is another one than before. */
static eh_status follow_container(checker *c, size_t row, eh_error *err)
{
    const eh_import_image *image = &c->imp->image[row];
    if (strcmp(image->container, "file") == 0 || (c->open_path && strcmp(c->open_path, image->path) == 0))
        return EH_OK;
    close_container(c);
    c->open_format = eh_format_of_container(image->container);
    EH_TRY(c->open_format->open(&c->state, c->imp->images, image->path, err));
    c->open_path = image->path;
    return EH_OK;
}

/* Rows from `first` that can be done together: at most `most`, of one container or all plain files. */
static size_t piece_length(const eh_import *imp, size_t first, size_t most)
{
    const eh_import_image *a = &imp->image[first];
    bool file = strcmp(a->container, "file") == 0;
    size_t n = 1;
    while (n < most && first + n < imp->rows) {
        const eh_import_image *b = &imp->image[first + n];
        if (strcmp(b->container, a->container) != 0 || (!file && strcmp(a->path, b->path) != 0))
            break;
        n++;
    }
    return n;
}

eh_status eh_import_check(eh_import *imp, eh_error *err)
{
    checker c = { .imp = imp };
    eh_status status = EH_OK;
    size_t piece = SMALLEST_PIECE;
    pthread_mutex_init(&c.lock, NULL);
    if (imp->opts->check_pixels) {
        EH_TRY_GOTO(status, eh_look_pool_new(&c.pool, err));
        imp->look = eh_alloc(imp->rows, sizeof *imp->look);
        if (!imp->look) {
            status = eh_fail_memory(err, "image hashes", imp->rows, sizeof *imp->look);
            goto done;
        }
    }
    eh_progress_begin(imp->progress, imp->opts->check_pixels ? "decode and hash" : "hash", imp->rows,
                      "images");
    while (c.first < imp->rows) {
        if (eh_progress_stop(imp->progress)) {
            status = eh_fail(err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
            goto done;
        }
        EH_TRY_GOTO(status, follow_container(&c, c.first, err));
        size_t count = piece_length(imp, c.first, piece);
        double begin = eh_seconds();
        eh_parallel_for(count, check_one, &c);
        double seconds = eh_seconds() - begin;
        if (seconds < 0.1 && piece < LARGEST_PIECE)
            piece *= 2;
        else if (seconds > 0.4 && piece > SMALLEST_PIECE)
            piece /= 2;
        if (c.status != EH_OK) {
            status = eh_fail(err, c.status, "%s", c.error.message);
            goto done;
        }
        c.first += count;
        eh_progress_update(imp->progress, c.first, NULL);
    }
    for (size_t i = 0; i < imp->rows; i++)
        imp->broken += imp->image[i].reason != NULL;
done:
    eh_progress_end(imp->progress, NULL);
    close_container(&c);
    eh_look_pool_free(c.pool);
    pthread_mutex_destroy(&c.lock);
    return status;
}
