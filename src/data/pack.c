/* pack.c - opening a pack: its key, its file in the cache folder, its memory map. The layout is in pack_store.h.
 *
 * key = SHA-256 of two hashes: of "evenhand pack, pixels VERSION, WIDTH x HEIGHT x CHANNELS, stretch 0 or 1", and of all images'
 * hashes one behind the other. For masks the text goes on with ", masks" and a hash of what their values stand for, and the hashes are the masks'. A
 * file with that name and the right header and size is used as it is; anything else there is replaced.
 */
#include "data/pack_store.h"

#include "base/file.h"
#include "base/str.h"
#include "data/catalog_store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct eh_pack {
    eh_image shape;
    size_t image_bytes, rows;
    uint8_t *map;
    size_t map_bytes;
};

static eh_status check_options(const eh_pack_opts *o, const eh_frame *frame, eh_error *err)
{
    if (o->width < 1 || o->height < 1 || o->width > 16384 || o->height > 16384)
        return eh_fail(err, EH_ERR_USAGE,
                       "images of %d x %d pixels cannot be packed; sides of 1 to 16384 can", o->width,
                       o->height);
    if (!o->mask_column && o->channels != 1 && o->channels != 3)
        return eh_fail(err, EH_ERR_USAGE,
                       "images with %d channels cannot be packed; 1 (grey) or 3 (colour) can", o->channels);
    if (frame->rows == 0)
        return eh_fail(err, EH_ERR_NOT_ENOUGH, "the catalog has no usable images");
    return EH_OK;
}

/* Loads the hashes of all images into *hash, which becomes r->hash, and makes the key of them. */
static eh_status find_key(eh_pack_recipe *r, uint8_t **hash, eh_error *err)
{
    size_t rows = r->frame->rows;
    char text[256], hex[65] = "";
    uint8_t both[64], meaning[32];
    *hash = eh_alloc_raw(rows, 32);
    if (!*hash)
        return eh_fail_memory(err, "the hashes of the images", rows, 32);
    r->hash = *hash;
    if (r->masks) {
        EH_TRY(eh_catalog_mask_hashes(r->catalog, r->column, r->frame->image, rows, *hash, meaning, err));
        eh_hex(hex, meaning, sizeof meaning);
    } else {
        EH_TRY(eh_catalog_image_hashes(r->catalog, r->frame->image, rows, *hash, err));
    }
    snprintf(text, sizeof text, "evenhand pack, pixels %d, %d x %d x %d, stretch %d%s%s", EH_PACK_PIXELS,
             r->width, r->height, r->channels, (int)r->stretch, r->masks ? ", masks " : "", hex);
    eh_sha256(both, text, strlen(text));
    eh_sha256(both + 32, *hash, rows * 32);
    eh_sha256(r->key, both, sizeof both);
    return EH_OK;
}

/* Maps the file when it is this pack: right header, right size. */
static bool map_file(eh_pack *pack, const char *path, const eh_pack_recipe *r)
{
    uint8_t wanted[EH_PACK_HEADER];
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    pack->map_bytes = EH_PACK_HEADER + pack->rows * pack->image_bytes;
    if (fd < 0)
        return false;
    bool ok = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size == pack->map_bytes;
    if (ok) {
        void *map = mmap(NULL, pack->map_bytes, PROT_READ, MAP_SHARED, fd, 0);
        ok = map != MAP_FAILED;
        pack->map = ok ? map : NULL;
    }
    close(fd);
    eh_pack_header(wanted, r);
    if (ok && memcmp(pack->map, wanted, sizeof wanted) != 0) {
        munmap(pack->map, pack->map_bytes);
        pack->map = NULL;
        ok = false;
    }
    return ok;
}

static eh_status pack_path(char **out, eh_arena *arena, const eh_pack_opts *opts, const eh_pack_recipe *r,
                           eh_error *err)
{
    const char *folder = opts->folder;
    char name[65];
    if (!folder) {
        EH_TRY(eh_cache_folder(arena, &folder, err));
        folder = eh_path_join(arena, folder, "packs");
    }
    if (folder)
        EH_TRY(eh_make_folder(folder, err));
    eh_hex(name, r->key, 32);
    *out = folder ? eh_arena_printf(arena, "%s/%s.pack", folder, name) : NULL;
    return *out ? EH_OK : eh_fail_memory(err, "the path of a pack", 1, 4096);
}

eh_status eh_pack_open(eh_pack **out, eh_catalog *catalog, const eh_frame *frame, const eh_pack_opts *opts,
                       eh_progress *progress, eh_error *err)
{
    *out = NULL;
    EH_TRY(check_options(opts, frame, err));
    eh_pack_recipe r = { .catalog = catalog,
                         .frame = frame,
                         .width = opts->width,
                         .height = opts->height,
                         .channels = opts->mask_column ? 1 : opts->channels,
                         .stretch = opts->stretch,
                         .masks = opts->mask_column != NULL };
    if (r.masks)
        EH_TRY(eh_catalog_find_column(&r.column, catalog, opts->mask_column, err));
    char *path;
    eh_status status;
    uint8_t *hash = NULL;
    eh_arena *arena = eh_arena_new();
    eh_pack *pack = eh_alloc(1, sizeof *pack);
    if (!pack || !arena) {
        status = eh_fail_memory(err, "a pack", 1, sizeof *pack);
        goto done;
    }
    pack->rows = frame->rows;
    pack->shape = (eh_image){ .width = r.width, .height = r.height, .channels = r.channels };
    pack->image_bytes = (size_t)r.width * (size_t)r.height * (size_t)r.channels;
    if (pack->rows > (SIZE_MAX / 2 - EH_PACK_HEADER) / pack->image_bytes) {
        status = eh_fail(err, EH_ERR_LIMIT,
                         "%zu images of %zu bytes are too much for one pack; choose a smaller size",
                         pack->rows, pack->image_bytes);
        goto done;
    }
    EH_TRY_GOTO(status, find_key(&r, &hash, err));
    EH_TRY_GOTO(status, pack_path(&path, arena, opts, &r, err));
    if (!map_file(pack, path, &r)) {
        EH_TRY_GOTO(status, eh_pack_build(path, &r, progress, err));
        if (!map_file(pack, path, &r)) {
            status = eh_fail_errno(err, EH_ERR_IO, errno,
                                   "the pack %s was written, but cannot be mapped into memory", path);
            goto done;
        }
    }
    *out = pack;
    pack = NULL;
done:
    eh_pack_close(pack);
    eh_free(hash);
    eh_arena_free(arena);
    return status;
}

void eh_pack_close(eh_pack *pack)
{
    if (!pack)
        return;
    if (pack->map)
        munmap(pack->map, pack->map_bytes);
    eh_free(pack);
}

const uint8_t *eh_pack_image(const eh_pack *pack, size_t row)
{
    assert(row < pack->rows);
    return pack->map + EH_PACK_HEADER + row * pack->image_bytes;
}

eh_image eh_pack_shape(const eh_pack *pack)
{
    return pack->shape;
}

size_t eh_pack_rows(const eh_pack *pack)
{
    return pack->rows;
}
