/* file.h - whole files, atomic writing, folders, hashes. */
#ifndef EH_BASE_FILE_H
#define EH_BASE_FILE_H

#include "evenhand/error.h"
#include "evenhand/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Reads a whole file; `*bytes` is owned by the caller (eh_free) and followed by a NUL that does not count. More than
 * max_size bytes (0 = 1 GiB) is EH_ERR_LIMIT; a path that does not exist, may not be read or is a folder is EH_ERR_INPUT; what the system
 * refuses otherwise is EH_ERR_IO. */
eh_status eh_file_read(uint8_t **bytes, size_t *size, const char *path, size_t max_size, eh_error *err);

/* A file that is being written under a temporary name in the target's folder. */
typedef struct eh_atomic_file {
    FILE *stream; /* write here */
    char *temporary, *path;
} eh_atomic_file;

/* Opens the temporary file ("<path>.tmp.<pid>.<n>"). The folder must exist. */
eh_status eh_atomic_open(eh_atomic_file *file, const char *path, eh_error *err);

/* Flush, fsync, rename over `path`, fsync of the folder. On any failure (disk full) the temporary file is removed,
 * the old file stays, and the error names the path. The struct is cleared in every case. */
eh_status eh_atomic_commit(eh_atomic_file *file, eh_error *err);

/* Removes the temporary file; does nothing to a cleared struct. */
void eh_atomic_abandon(eh_atomic_file *file);

/* The three steps above for bytes in memory. */
eh_status eh_file_write_atomic(const char *path, const void *bytes, size_t size, eh_error *err);

/* mkdir -p. An existing folder is fine. */
eh_status eh_make_folder(const char *path, eh_error *err);

bool eh_path_exists(const char *path);
bool eh_path_is_folder(const char *path);

/* "a/b" from "a" and "b" in the arena; an absolute b is returned as it is. NULL on allocation failure. */
char *eh_path_join(eh_arena *arena, const char *a, const char *b);

/* Pointer into `path` behind the last '/'. */
const char *eh_path_name(const char *path);

/* Copy of the folder part ("." when there is none), in the arena. */
char *eh_path_folder(eh_arena *arena, const char *path);

/* Copy of `path` without empty, "." and inner ".." segments, in the arena: "a//b/./../c" becomes "a/c", "./" becomes "". What leads upward from the
 * beginning stays ("../a"). NULL on allocation failure. */
char *eh_path_tidy(eh_arena *arena, const char *path);

/* True when `path` stays inside the folder it is relative to: not absolute and never above it by "..". */
bool eh_path_stays_inside(const char *path);

/* Every regular file below `root`, as paths relative to it, sorted bytewise; names that start with '.' are passed over,
 * symbolic links to files are followed, links to folders are not. */
eh_status eh_list_files(eh_arena *arena, const char ***paths, size_t *count, const char *root, eh_error *err);

/* Names of the sub-folders directly below `root`, sorted bytewise. */
eh_status eh_list_folders(eh_arena *arena, const char ***names, size_t *count, const char *root,
                          eh_error *err);

/* Names of the regular files directly below `root`, by the same rules as eh_list_files. */
eh_status eh_list_folder_files(eh_arena *arena, const char ***names, size_t *count, const char *root,
                               eh_error *err);

/* SHA-256 as 32 bytes, of memory or of a file (streamed). */
void eh_sha256(uint8_t out[32], const void *bytes, size_t size);
eh_status eh_sha256_file(uint8_t out[32], const char *path, eh_error *err);

/* The cache folder: $EVENHAND_CACHE, else $XDG_CACHE_HOME/evenhand, else ~/.cache/evenhand; created. In the arena. */
eh_status eh_cache_folder(eh_arena *arena, const char **out, eh_error *err);

/* Now, as RFC 3339 in UTC ("2026-01-31T12:00:00Z"); out holds at least 21 bytes. $SOURCE_DATE_EPOCH overrides the clock. */
void eh_time_rfc3339(char out[21]);

/* Seconds of a monotonic clock. */
double eh_seconds(void);

/* Seconds since 1970, by the system's clock; $SOURCE_DATE_EPOCH overrides it. */
double eh_wall_seconds(void);

/* Peak resident memory of this process in bytes, and the CPU seconds it used. */
uint64_t eh_peak_memory(void);
double eh_cpu_seconds(void);

/* Gives free memory back to the system and begins the peak anew at what is resident; does nothing where the system has no such thing (the peak
 * then stays that since the start). Returns the bytes that are resident; 0 where the system does not tell. */
uint64_t eh_reset_peak_memory(void);
#endif
