/* source_cache.c - compressed tar archives, unpacked once into the cache folder.
 *
 *     <cache>/archives/<SHA-256 of the compressed file>.tar      what it holds, as one plain tar: members are then read at a known place
 *     <cache>/archives/<SHA-256 of name, size and time>.key      the first of these hashes, so that an unchanged file is not hashed again
 *
 * Idea     A compressed stream can only be read from its beginning, but training reads images in any order. One pass makes a file that allows it; its
 *          members are never files of their own, so no name in the archive can lead anywhere. The file has a temporary name until it is complete.
 * Limits   A stream that unpacks to more than max_bytes is refused while it is unpacked. All unpacked archives together take at most max_bytes too: those
 *          used longest ago make room for a new one.
 * Cost     reading, unpacking and writing once; afterwards one look at the key.
 */
#include "data/source_store.h"

#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Hash by which an unchanged file is known again without reading it. */
static eh_status find_key(char key[65], const char *path, eh_error *err)
{
    struct stat info;
    eh_str text = { 0 };
    char *absolute = realpath(path, NULL);
    if (!absolute || stat(path, &info) != 0) {
        free(absolute); /* realpath's own block */
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be examined", path);
    }
    eh_str_appendf(&text, "%s\n%lld %lld.%09ld %lld.%09ld %llu", absolute, (long long)info.st_size,
                   (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec, (long long)info.st_ctim.tv_sec,
                   info.st_ctim.tv_nsec, (unsigned long long)info.st_ino);
    free(absolute);
    uint8_t hash[32];
    eh_status status = eh_str_check(&text, err);
    if (status == EH_OK) {
        eh_sha256(hash, text.data, text.size);
        eh_hex(key, hash, sizeof hash);
    }
    eh_str_clear(&text);
    return status;
}

/* The content's hash: from the key file, else by reading the whole file. */
static eh_status find_hash(char hash[65], bool *known, const char *key_path, const char *path, eh_error *err)
{
    uint8_t *bytes = NULL, sum[32];
    size_t size;
    *known = eh_path_exists(key_path) && eh_file_read(&bytes, &size, key_path, 64, NULL) == EH_OK &&
             size == 64 && strspn((const char *)bytes, "0123456789abcdef") == 64;
    if (*known)
        memcpy(hash, bytes, 65);
    eh_free(bytes);
    if (*known)
        return EH_OK;
    EH_TRY(eh_sha256_file(sum, path, err));
    eh_hex(hash, sum, sizeof sum);
    return EH_OK;
}

eh_status eh_cache_make_room(eh_arena *arena, const char *folder, const char *suffix, uint64_t most,
                             eh_error *err)
{
    const char **name;
    size_t count;
    uint64_t total = 0;
    struct stat info, best = { 0 };
    EH_TRY(eh_list_files(arena, &name, &count, folder, err));
    for (size_t i = 0; i < count; i++) {
        const char *path = eh_path_join(arena, folder, name[i]);
        bool whole = eh_ends_with(name[i], suffix);
        if (!path)
            return eh_fail_memory(err, folder, 1, 4096);
        if (strstr(name[i], ".tmp.") && stat(path, &info) == 0 && info.st_mtime < time(NULL) - 86400)
            unlink(path);
        name[i] = whole && stat(path, &info) == 0 ? path : NULL;
        total += name[i] ? (uint64_t)info.st_size : 0;
    }
    while (total > most) {
        size_t oldest = count;
        for (size_t i = 0; i < count; i++)
            if (name[i] && stat(name[i], &info) == 0 && (oldest == count || info.st_mtime < best.st_mtime)) {
                oldest = i;
                best = info;
            }
        if (oldest == count)
            break;
        unlink(name[oldest]);
        total -= (uint64_t)best.st_size;
        name[oldest] = NULL;
    }
    return EH_OK;
}

/* The one pass: what `path` holds into the file `plain`. */
static eh_status unpack(const char *plain, const char *path, const eh_archive_limits *limits, uint64_t *total,
                        eh_progress *progress, eh_error *err)
{
    const size_t piece = (size_t)1 << 20;
    eh_unpacker *u = NULL;
    eh_atomic_file file;
    EH_TRY(eh_atomic_open(&file, plain, err));
    eh_status status = EH_OK;
    size_t got = 0;
    uint8_t *bytes = eh_alloc_raw(piece, 1);
    eh_progress_begin(progress, "unpack archive", 0, "MB");
    *total = 0;
    if (!bytes) {
        status = eh_fail_memory(err, path, piece, 1);
        goto done;
    }
    EH_TRY_GOTO(status, eh_unpacker_open(&u, path, err));
    do {
        EH_TRY_GOTO(status, eh_unpacker_read(u, bytes, piece, &got, err));
        *total += got;
        if (*total > limits->max_bytes) {
            status = eh_fail(err, EH_ERR_LIMIT,
                             "%s unpacks to more than %llu bytes; raise --max-unpacked to read it", path,
                             (unsigned long long)limits->max_bytes);
            goto done;
        }
        errno = 0;
        if (got && fwrite(bytes, 1, got, file.stream) != got) {
            status = eh_fail_errno(err, EH_ERR_IO, errno ? errno : ENOSPC,
                                   "%s could not be unpacked into the cache (%s); free some space or set "
                                   "EVENHAND_CACHE to another folder",
                                   path, plain);
            goto done;
        }
        eh_progress_update(progress, *total / 1000000, NULL);
        if (eh_progress_stop(progress)) {
            status = eh_fail(err, EH_ERR_INTERRUPTED, "stopped while %s was being unpacked", path);
            goto done;
        }
    } while (got == piece);
    status = eh_atomic_commit(&file, err);
done:
    eh_progress_end(progress, NULL);
    eh_atomic_abandon(&file);
    eh_unpacker_close(u);
    eh_free(bytes);
    return status;
}

/* The folder of archives and the path of the file's key in it; both in the arena. */
static eh_status find_key_path(const char **folder, const char **key_path, eh_arena *arena, const char *path,
                               eh_error *err)
{
    const char *cache;
    char key[65];
    EH_TRY(eh_cache_folder(arena, &cache, err));
    EH_TRY(find_key(key, path, err));
    *folder = eh_path_join(arena, cache, "archives");
    *key_path = *folder ? eh_arena_printf(arena, "%s/%s.key", *folder, key) : NULL;
    return *key_path ? eh_make_folder(*folder, err) : eh_fail_memory(err, path, 1, 4096);
}

eh_status eh_archive_hash(char hash[65], eh_arena *arena, const char *path, eh_error *err)
{
    const char *folder, *key_path;
    bool known;
    EH_TRY(find_key_path(&folder, &key_path, arena, path, err));
    EH_TRY(find_hash(hash, &known, key_path, path, err));
    return known ? EH_OK : eh_file_write_atomic(key_path, hash, 64, err);
}

eh_status eh_archive_cached(const char **out, eh_arena *arena, const char *path,
                            const eh_archive_limits *limits, eh_progress *progress, eh_error *err)
{
    const char *folder, *key_path;
    char hash[65];
    bool known;
    uint64_t total;
    EH_TRY(find_key_path(&folder, &key_path, arena, path, err));
    EH_TRY(find_hash(hash, &known, key_path, path, err));
    *out = eh_arena_printf(arena, "%s/%s.tar", folder, hash);
    if (!*out)
        return eh_fail_memory(err, path, 1, 4096);
    if (eh_path_exists(*out)) {
        (void)!utimensat(AT_FDCWD, *out, NULL, 0); /* used now */
    } else {
        EH_TRY(unpack(*out, path, limits, &total, progress, err));
        EH_TRY(eh_cache_make_room(arena, folder, ".tar", limits->max_bytes, err));
        eh_progress_warn(progress,
                         "%s is compressed, so what it holds (%.1f MB) is kept as one plain tar in %s, where "
                         "images "
                         "can be read in any order; delete that folder whenever you like",
                         path, (double)total / 1e6, folder);
    }
    return known ? EH_OK : eh_file_write_atomic(key_path, hash, 64, err);
}
