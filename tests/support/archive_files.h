/* archive_files.h - archives for tests: sound ones written by libarchive, and spoilt ones byte by byte. */
#ifndef EH_TESTS_ARCHIVE_FILES_H
#define EH_TESTS_ARCHIVE_FILES_H

#include <stddef.h>
#include <stdint.h>

/* A member; `type` is 'f' file, 'd' folder, 'l' symbolic link to `bytes`, 'h' hard link to `bytes`. Ends a list with name NULL. */
typedef struct archive_member {
    const char *name;
    const char *bytes;
    size_t size; /* 0: strlen(bytes) */
    char type;   /* 0: 'f' */
} archive_member;

/* Writes folder/name with libarchive: format "ustar", "pax", "gnutar", "zip" (deflated), "zip-stored"; filter NULL, "gzip", "bzip2", "xz", "zstd".
 * Fails the test when that fails. */
void archive_make(void *folder, const char *name, const char *format, const char *filter,
                  const archive_member *member);

/* As archive_make, for every file below folder/from, with its path relative to `from` behind `prefix`. */
void archive_pack(void *folder, const char *name, const char *format, const char *filter, const char *from,
                  const char *prefix);

/* A growing archive written byte by byte. Zero-initialise; release with raw_archive_clear. */
typedef struct raw_archive {
    uint8_t *bytes;
    size_t size, capacity;
    struct raw_entry {
        char name[300];
        size_t name_size, offset;
        uint32_t crc, packed, size;
        uint16_t method, flags;
        uint32_t attributes;
    } entry[64];
    size_t entries;
} raw_archive;

void raw_append(raw_archive *a, const void *bytes, size_t size);

/* A tar header (name as given, octal size, right checksum) and the bytes. */
void raw_tar_member(raw_archive *a, const char *name, char type, const void *bytes, size_t size);
void raw_tar_end(raw_archive *a);

/* A local header and stored bytes; entry[entries - 1] is then what raw_zip_end will put into the directory, and may be changed before. */
void raw_zip_member(raw_archive *a, const char *name, size_t name_size, const void *bytes, size_t size);
void raw_zip_end(raw_archive *a);

void raw_archive_clear(raw_archive *a);

#endif
