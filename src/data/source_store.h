/* source_store.h - inside of a source: the index of an archive.
 *
 * What an archive may not do, after "Limits" of RELIABILITY: at most 1,000,000 members and 64 GB unpacked (eh_archive_limits), else it is refused as a
 * whole. A member is listed as skipped when its name is absolute, has a ".." component, a NUL or a backslash, or is not UTF-8; when an earlier
 * member has its name; when it is a link, a device or a sparse file; when it is encrypted or packed by a method that is not read here. A zip is refused
 * whose members overlap; a member is refused when read whose local header differs from the central directory, whose deflate data would have to
 * shrink by more than 1032:1, or whose checksum is wrong.
 */
#ifndef EH_DATA_SOURCE_STORE_H
#define EH_DATA_SOURCE_STORE_H

#include "data/source.h"

#include <stdatomic.h>

/* One member. */
typedef struct eh_archive_entry {
    const char *path;
    uint64_t size;          /* unpacked */
    uint64_t packed;        /* in the archive; equal to size when stored */
    uint64_t offset;        /* tar: of the first byte; zip: of the local header */
    uint64_t end;           /* zip: what follows it begins here */
    uint32_t crc;           /* zip */
    uint16_t method, flags; /* zip */
} eh_archive_entry;

typedef enum eh_archive_kind { EH_ARCHIVE_NONE, EH_ARCHIVE_TAR, EH_ARCHIVE_ZIP } eh_archive_kind;

/* An open archive, shared by the sources that look into it. */
typedef struct eh_archive {
    _Atomic unsigned users;
    eh_arena *arena;
    const char *path; /* as the user wrote it, for messages */
    const char *root; /* absolute, links resolved */
    eh_archive_kind kind;
    int file;
    uint64_t bytes; /* of the file */
    eh_archive_limits limits;
    eh_archive_entry *entry; /* sorted by path once opened */
    size_t entries, capacity;
    eh_source_skip *skip; /* sorted by path once opened */
    size_t skips, skip_capacity;
} eh_archive;

struct eh_source {
    eh_arena *arena;
    const char *name; /* as the user wrote it */
    const char *root;
    const char *named;
    eh_archive *archive;             /* NULL: a folder on the disk */
    const char *prefix;              /* in the archive: "" or "folder/" */
    size_t prefix_size, first, last; /* the archive's members [first, last) lie below the prefix */
    const char **file;               /* of a folder, once listed */
    size_t files;
    bool listed;
    eh_archive_limits limits;
};

/* What the file is, and whether it is compressed as a whole (gzip, bzip2, xz, zstd); looks at its first bytes. A file that cannot be read is none. */
eh_archive_kind eh_archive_recognise(const char *path, bool *compressed);

/* Reads the index. `path` is a file that eh_archive_recognise knows. */
eh_status eh_archive_open(eh_archive **out, const char *path, const eh_archive_limits *limits,
                          eh_progress *progress, eh_error *err);
eh_archive *eh_archive_share(eh_archive *archive);
void eh_archive_close(eh_archive *archive);

/* Index readers: fill entry and skip of an archive whose file is open. */
eh_status eh_tar_index(eh_archive *archive, eh_progress *progress, eh_error *err);
eh_status eh_zip_index(eh_archive *archive, eh_progress *progress, eh_error *err);

/* True when the 512 bytes are the header of a tar member: its checksum is right. */
bool eh_tar_is_header(const uint8_t block[512]);

/* Adds a member under the name `name` (size bytes, made canonical), or lists it as skipped when the name will not do. Folders and names that begin with
 * '.' are passed over. `entry->path` is set here. */
eh_status eh_archive_add(eh_archive *archive, const char *name, size_t size, eh_archive_entry *entry,
                         eh_error *err);

/* Lists a member as skipped. */
eh_status eh_archive_skip(eh_archive *archive, const char *name, size_t size, const char *reason,
                          eh_error *err);

/* Index of the first member whose path is not less than `path`. */
size_t eh_archive_lower(const eh_archive *archive, const char *path);

/* The member of this path, or NULL. */
const eh_archive_entry *eh_archive_find(const eh_archive *archive, const char *path);

/* Reads exactly `size` bytes at `offset` of the archive's file. */
eh_status eh_archive_pread(const eh_archive *archive, void *out, size_t size, uint64_t offset, eh_error *err);

/* The first `size` bytes (at most entry->size) of a member into out; all of them are checked against the checksum when size == entry->size. */
eh_status eh_archive_read(const eh_archive *archive, const eh_archive_entry *entry, uint8_t *out, size_t size,
                          eh_error *err);
eh_status eh_zip_read(const eh_archive *archive, const eh_archive_entry *entry, uint8_t *out, size_t size,
                      eh_error *err);

/* Where the bytes of a stored member lie in the file. EH_ERR_INPUT as eh_zip_read. */
eh_status eh_zip_locate(uint64_t *offset, const eh_archive *archive, const eh_archive_entry *entry,
                        eh_error *err);

/* A file that is compressed as a whole, as a stream of what it holds. */
typedef struct eh_unpacker eh_unpacker;
eh_status eh_unpacker_open(eh_unpacker **out, const char *path, eh_error *err);
/* Up to `size` bytes; *got less than that only at the end. A damaged or cut stream is EH_ERR_INPUT. */
eh_status eh_unpacker_read(eh_unpacker *unpacker, uint8_t *out, size_t size, size_t *got, eh_error *err);
void eh_unpacker_close(eh_unpacker *unpacker);

/* The first bytes of a compressed file's contents, *size of them or fewer; false when it is not compressed or damaged. */
bool eh_unpacker_peek(const char *path, uint8_t *out, size_t *size);

/* SHA-256 of the contents of the file `path`, kept in <cache>/archives under a key of its name, size and time. */
eh_status eh_archive_hash(char hash[65], eh_arena *arena, const char *path, eh_error *err);

/* Removes files of <folder> whose name ends with `suffix`, those used longest ago first, until all together take at most `most` bytes, and what a killed
 * process left behind a day ago. What another process has open stays readable for it. */
eh_status eh_cache_make_room(eh_arena *arena, const char *folder, const char *suffix, uint64_t most,
                             eh_error *err);

/* `given` with defaults for zeros; NULL: all defaults. */
eh_archive_limits eh_archive_limits_filled(const eh_archive_limits *given);

/* Path (in the arena) of the plain tar that holds what the compressed tar `path` holds: in the cache folder, made when it is not there. */
eh_status eh_archive_cached(const char **out, eh_arena *arena, const char *path,
                            const eh_archive_limits *limits, eh_progress *progress, eh_error *err);

#endif
