/* source.h - where a data set's bytes come from: a folder, or a tar or zip archive that is read in place.
 *
 * A source gives members by relative path, '/' between folders, the same whether they lie on the disk or in an archive. A path may lead into
 * an archive as into a folder: "faces.tar.gz/celeba-10k/Anno". What is an archive is found by content, never by name.
 *
 *     folder            members are read as files; links to files are followed, links to folders are not
 *     .tar              indexed once when opened; a member is one read at a known place
 *     .tar.gz .bz2 .xz .zst   unpacked once, as one plain tar, into the cache folder (source_cache.c), and read there; never beside the source
 *     .zip              by its central directory; stored and deflated members, each read by itself
 *
 * Names beginning with '.' are passed over everywhere. What an archive may not do is in source_store.h: such members are listed as skipped,
 * or the archive is refused; nothing is ever written outside the cache folder. Reading is safe from several threads at once; opening,
 * listing and closing are not.
 */
#ifndef EH_DATA_SOURCE_H
#define EH_DATA_SOURCE_H

#include "evenhand/catalog.h"
#include "evenhand/memory.h"
#include "evenhand/progress.h"
#include "base/csv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct eh_source eh_source;

/* One member. `size` is 0 for members of a folder: eh_source_size asks the disk. */
typedef struct eh_source_entry {
    const char *path;
    uint64_t size;
} eh_source_entry;

/* A member of an archive that is not taken, and why. */
typedef struct eh_source_skip {
    const char *path, *reason;
} eh_source_skip;

/* Opens a folder, an archive, or a plain file: that is then the member named (eh_source_named) of the source which is its folder. `limits`
 * NULL: the defaults. Errors: EH_ERR_INPUT when there is no such file, folder or member, or the archive is damaged; EH_ERR_LIMIT. */
eh_status eh_source_open(eh_source **out, const char *path, const eh_archive_limits *limits,
                         eh_progress *progress, eh_error *err);

/* The folder `path` of a source as a source of its own; in a folder on the disk `path` may also be an archive, lead into one, leave the folder by
 * ".." or be absolute. EH_ERR_INPUT where there is none. Independent of `source`: either may be closed first. */
eh_status eh_source_below(eh_source **out, const eh_source *source, const char *path, eh_error *err);

/* NULL is fine. */
void eh_source_close(eh_source *source);

/* As the user wrote it, without the named member; the name that stands in messages. */
const char *eh_source_name(const eh_source *source);

/* The source's place: absolute, links resolved, through the archive into its folder ("/data/a.zip/faces"). eh_source_open takes it back. */
const char *eh_source_root(const eh_source *source);

/* The member that the user named instead of its folder ("labels.csv"), or NULL. */
const char *eh_source_named(const eh_source *source);

bool eh_source_is_archive(const eh_source *source);

/* "name/path" in the arena, for messages and for what a user is to type; NULL when memory is short. */
char *eh_source_path(const eh_source *source, eh_arena *arena, const char *path);

/* Every member below the source, sorted bytewise by path. A folder on the disk is read by the first call. */
eh_status eh_source_list(eh_source *source, size_t *count, eh_error *err);

/* Member `i` of the list that eh_source_list counted. */
eh_source_entry eh_source_at(const eh_source *source, size_t i);

/* Names of the files, or of the folders, directly in the source, sorted; in the arena. */
eh_status eh_source_top(const eh_source *source, eh_arena *arena, bool folders, const char ***names,
                        size_t *count, eh_error *err);

/* True when some member's path is `wanted`. Of a folder on the disk the first 20,000 entries, eight folders deep, are looked at. */
bool eh_source_any(const eh_source *source, bool (*wanted)(const char *path));

/* Whether there is such a file, such a folder. Never fails. */
bool eh_source_has(const eh_source *source, const char *path);
bool eh_source_has_folder(const eh_source *source, const char *path);

/* What an archive of this source may hold, defaults filled in. */
eh_archive_limits eh_source_limits(const eh_source *source);

/* SHA-256 of a member's bytes, in hexadecimal. Of a file on the disk that has not changed since, it is kept in the cache folder. */
eh_status eh_source_hash(char hash[65], const eh_source *source, const char *path, eh_error *err);

/* Why eh_source_has says no, for a list of skipped items: "there is no such file", "it is not a regular file" ...; NULL when it is there. Static. */
const char *eh_source_why_not(const eh_source *source, const char *path);

/* Bytes of a member when unpacked. */
eh_status eh_source_size(uint64_t *out, const eh_source *source, const char *path, eh_error *err);

/* Reads a member whole: as eh_file_read, with the same meaning of max_size and the NUL behind the bytes. A member whose checksum is wrong, or that
 * contradicts its archive's index, is EH_ERR_INPUT. */
eh_status eh_source_read(uint8_t **bytes, size_t *size, const eh_source *source, const char *path,
                         size_t max_size, eh_error *err);

/* Reads a member as a CSV file into the arena: as eh_csv_read. */
eh_status eh_source_read_csv(eh_csv *out, eh_arena *arena, const eh_source *source, const char *path,
                             eh_error *err);

/* The first *size bytes of a member into out, fewer where it is shorter. */
eh_status eh_source_head(uint8_t *out, size_t *size, const eh_source *source, const char *path,
                         eh_error *err);

/* A member's bytes to read at any place (`data` is never NULL): a memory map where the bytes lie on the disk as they are, else a copy in memory of at most `max_copy` bytes
 * (0: 1 GiB). */
typedef struct eh_source_bytes {
    const uint8_t *data;
    size_t size;
    void *map;
    size_t map_size;
    uint8_t *copy;
} eh_source_bytes;
eh_status eh_source_view(eh_source_bytes *out, const eh_source *source, const char *path, size_t max_copy,
                         eh_error *err);

/* Releases and zeroes. */
void eh_source_unview(eh_source_bytes *bytes);

/* Members of the whole archive that are not taken, by their paths in it. Always 0 for folders. */
size_t eh_source_skips(const eh_source *source);
eh_source_skip eh_source_skip_at(const eh_source *source, size_t i);

#endif
