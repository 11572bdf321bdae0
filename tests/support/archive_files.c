/* archive_files.c - archives for tests; see archive_files.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/archive_files.h"
#include "support/data_files.h"

#include "base/file.h"
#include "evenhand/memory.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

static struct archive *open_writer(void *folder, const char *name, const char *format, const char *filter)
{
    struct archive *a = archive_write_new();
    assert_non_null(a);
    setlocale(LC_CTYPE, "C.UTF-8"); /* libarchive converts names by it */
    if (strncmp(format, "zip", 3) == 0) {
        assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
        assert_int_equal(strcmp(format, "zip") == 0 ? archive_write_zip_set_compression_deflate(a)
                                                    : archive_write_zip_set_compression_store(a),
                         ARCHIVE_OK);
    } else {
        assert_int_equal(archive_write_set_format_by_name(a, format), ARCHIVE_OK);
    }
    if (filter)
        assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, data_path(folder, "%s", name)), ARCHIVE_OK);
    return a;
}

static void write_member(struct archive *a, const archive_member *m)
{
    size_t size = m->size ? m->size : m->bytes ? strlen(m->bytes) : 0;
    struct archive_entry *entry = archive_entry_new();
    assert_non_null(entry);
    archive_entry_set_pathname(entry, m->name);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, m->type == 'd' ? AE_IFDIR : m->type == 'l' ? AE_IFLNK : AE_IFREG);
    bool file = m->type == 0 || m->type == 'f';
    if (m->type == 'l')
        archive_entry_set_symlink(entry, m->bytes);
    if (m->type == 'h')
        archive_entry_set_hardlink(entry, m->bytes);
    archive_entry_set_size(entry, file ? (la_int64_t)size : 0);
    if (archive_write_header(a, entry) != ARCHIVE_OK)
        fail_msg("%s: %s", m->name, archive_error_string(a));
    if (file && size)
        assert_int_equal(archive_write_data(a, m->bytes, size), size);
    archive_entry_free(entry);
}

static void close_writer(struct archive *a)
{
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

void archive_make(void *folder, const char *name, const char *format, const char *filter,
                  const archive_member *member)
{
    struct archive *a = open_writer(folder, name, format, filter);
    for (; member->name; member++)
        write_member(a, member);
    close_writer(a);
}

void archive_pack(void *folder, const char *name, const char *format, const char *filter, const char *from,
                  const char *prefix)
{
    const char **file;
    size_t count;
    char inside[1024];
    eh_arena *arena = eh_arena_new();
    struct archive *a = open_writer(folder, name, format, filter);
    assert_int_equal(eh_list_files(arena, &file, &count, data_path(folder, "%s", from), NULL), EH_OK);
    for (size_t i = 0; i < count; i++) {
        uint8_t *bytes;
        size_t size;
        snprintf(inside, sizeof inside, "%s%s", prefix, file[i]);
        assert_int_equal(eh_file_read(&bytes, &size, data_path(folder, "%s/%s", from, file[i]), 0, NULL),
                         EH_OK);
        archive_member m = { inside, (const char *)bytes, size, 'f' };
        if (size == 0)
            m.bytes = "";
        write_member(a, &m);
        eh_free(bytes);
    }
    close_writer(a);
    eh_arena_free(arena);
}

/* ---------------------------------------------------------------- byte by byte */

void raw_append(raw_archive *a, const void *bytes, size_t size)
{
    if (a->size + size > a->capacity) {
        size_t capacity = 2 * (a->size + size);
        a->bytes = eh_realloc(a->bytes, a->capacity, capacity, 1);
        assert_non_null(a->bytes);
        a->capacity = capacity;
    }
    if (size)
        memcpy(a->bytes + a->size, bytes, size);
    a->size += size;
}

void raw_tar_member(raw_archive *a, const char *name, char type, const void *bytes, size_t size)
{
    static const uint8_t zeros[512];
    uint8_t header[513] = { 0 }; /* one more for snprintf's NUL */
    unsigned sum = 0;
    size_t length = strlen(name);
    memcpy(header, name, length < 100 ? length : 100);
    snprintf((char *)header + 100, 8, "%07o", 0644u);
    snprintf((char *)header + 124, 12, "%011o", (unsigned)size);
    header[156] = (uint8_t)type;
    memcpy(header + 257, "ustar\00000", 8);
    memset(header + 148, ' ', 8);
    for (int i = 0; i < 512; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
    raw_append(a, header, 512);
    raw_append(a, bytes, size);
    raw_append(a, zeros, (512 - size % 512) % 512);
}

void raw_tar_end(raw_archive *a)
{
    static const uint8_t zeros[1024];
    raw_append(a, zeros, sizeof zeros);
}

static void put(uint8_t *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

void raw_zip_member(raw_archive *a, const char *name, size_t name_size, const void *bytes, size_t size)
{
    struct raw_entry *e = &a->entry[a->entries++];
    uint8_t local[30] = { 'P', 'K', 3, 4, 20 };
    assert_true(a->entries <= 64 && name_size < sizeof e->name);
    *e = (struct raw_entry){ .name_size = name_size, .offset = a->size, .size = (uint32_t)size };
    memcpy(e->name, name, name_size);
    e->packed = e->size;
    e->crc = (uint32_t)crc32(0, bytes, (unsigned)size);
    put(local + 14, e->crc, 4);
    put(local + 18, e->packed, 4);
    put(local + 22, e->size, 4);
    put(local + 26, name_size, 2);
    raw_append(a, local, sizeof local);
    raw_append(a, name, name_size);
    raw_append(a, bytes, size);
}

void raw_zip_end(raw_archive *a)
{
    size_t begin = a->size;
    for (size_t i = 0; i < a->entries; i++) {
        const struct raw_entry *e = &a->entry[i];
        uint8_t central[46] = { 'P', 'K', 1, 2, 20, 3, 20 };
        put(central + 8, e->flags, 2);
        put(central + 10, e->method, 2);
        put(central + 16, e->crc, 4);
        put(central + 20, e->packed, 4);
        put(central + 24, e->size, 4);
        put(central + 28, e->name_size, 2);
        put(central + 38, e->attributes, 4);
        put(central + 42, e->offset, 4);
        raw_append(a, central, sizeof central);
        raw_append(a, e->name, e->name_size);
    }
    uint8_t end[22] = { 'P', 'K', 5, 6 };
    put(end + 8, a->entries, 2);
    put(end + 10, a->entries, 2);
    put(end + 12, a->size - begin, 4);
    put(end + 16, begin, 4);
    raw_append(a, end, sizeof end);
}

void raw_archive_clear(raw_archive *a)
{
    eh_free(a->bytes);
    *a = (raw_archive){ 0 };
}
