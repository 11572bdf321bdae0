/* test_source.c - folders and archives give the same members; what an archive may not do is refused or listed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/alloc_failure.h"
#include "support/archive_files.h"
#include "support/data_files.h"

#include "base/file.h"
#include "data/source.h"

#include <pthread.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static eh_error err;
static char warnings[4096];
static uint8_t noise[300000];

/* A folder with a cache of its own. */
static int make_folder(void **state)
{
    int code = data_folder_make(state);
    return code ? code : setenv("EVENHAND_CACHE", data_path(*state, "cache"), 1);
}

static void keep_warning(void *user, const char *message)
{
    size_t used = strlen(warnings);
    (void)user;
    snprintf(warnings + used, sizeof warnings - used, "%s\n", message);
}

static eh_source *open_limited(void *folder, const char *name, eh_status expected,
                               const eh_archive_limits *limits)
{
    eh_progress progress = { .warn = keep_warning };
    eh_source *s = NULL;
    err = (eh_error){ 0 };
    warnings[0] = '\0';
    eh_status status = eh_source_open(&s, data_path(folder, "%s", name), limits, &progress, &err);
    if (status != expected)
        fail_msg("%s: status %d instead of %d: %s", name, status, expected, err.message);
    assert_true((status == EH_OK) == (s != NULL));
    return s;
}

static eh_source *open_ok(void *folder, const char *name)
{
    return open_limited(folder, name, EH_OK, NULL);
}

static void expect_refused(void *folder, const char *name, eh_status status, const char *part)
{
    open_limited(folder, name, status, NULL);
    if (!strstr(err.message, part))
        fail_msg("'%s' is not in: %s", part, err.message);
}

static void expect_member(const eh_source *s, const char *path, const void *bytes, size_t size)
{
    uint8_t *got, head[7];
    size_t got_size, head_size = sizeof head;
    uint64_t told;
    eh_source_bytes view;
    if (eh_source_read(&got, &got_size, s, path, 0, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(got_size, size);
    assert_memory_equal(got, bytes, size);
    assert_int_equal(got[size], 0);
    eh_free(got);
    assert_true(eh_source_has(s, path));
    assert_null(eh_source_why_not(s, path));
    assert_int_equal(eh_source_size(&told, s, path, NULL), EH_OK);
    assert_int_equal(told, size);
    assert_int_equal(eh_source_head(head, &head_size, s, path, &err), EH_OK);
    assert_int_equal(head_size, size < sizeof head ? size : sizeof head);
    assert_memory_equal(head, bytes, head_size);
    assert_int_equal(eh_source_view(&view, s, path, 0, &err), EH_OK);
    assert_int_equal(view.size, size);
    if (size)
        assert_memory_equal(view.data, bytes, size);
    eh_source_unview(&view);
}

/* The members of `set` as every archive of the tests holds them. */
static const archive_member set[] = {
    { "set", NULL, 0, 'd' },
    { "set/labels.csv", "file,y\nimages/a.png,1\n", 0, 0 },
    { "set/images", NULL, 0, 'd' },
    { "set/images/b.png", "bb", 0, 0 },
    { "set/images/a.png", "a", 0, 0 },
    { "set/images-more.txt", "sorts between the folder and what is in it", 0, 0 },
    { "set/empty", "", 0, 0 },
    { "set/.hidden", "hidden", 0, 0 },
    { "set/.git/config", "hidden", 0, 0 },
    { "set/a folder/\xc3\xa4.txt", "umlaut", 0, 0 },
    { "set/noise.bin", (const char *)noise, sizeof noise, 0 },
    { "set/"
      "a-very-long-folder-name-that-does-not-fit-into-the-hundred-bytes-of-an-old-header-"
      "0123456789012345678901234567890/"
      "and-a-long-file-name.txt",
      "long", 0, 0 },
    { NULL, NULL, 0, 0 },
};

static const char *const sorted[] = {
    "a folder/\xc3\xa4.txt", "a-very",       "empty",      "images-more.txt",
    "images/a.png",          "images/b.png", "labels.csv", "noise.bin"
};

static void expect_set(eh_source *s)
{
    size_t count, folders, files;
    const char **folder, **file;
    eh_arena *arena = eh_arena_new();
    assert_int_equal(eh_source_list(s, &count, &err), EH_OK);
    assert_int_equal(count, 8);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(strncmp(eh_source_at(s, i).path, sorted[i], strlen(sorted[i])), 0);
    expect_member(s, "labels.csv", set[1].bytes, strlen(set[1].bytes));
    expect_member(s, "images/b.png", "bb", 2);
    expect_member(s, "empty", "", 0);
    expect_member(s, "a folder/\xc3\xa4.txt", "umlaut", 6);
    expect_member(s, "noise.bin", noise, sizeof noise);
    expect_member(s, eh_source_at(s, 1).path, "long", 4);
    assert_int_equal(eh_source_top(s, arena, true, &folder, &folders, &err), EH_OK);
    assert_int_equal(folders, 3);
    assert_string_equal(folder[0], "a folder");
    assert_string_equal(folder[2], "images");
    assert_int_equal(eh_source_top(s, arena, false, &file, &files, &err), EH_OK);
    assert_int_equal(files, 4);
    assert_string_equal(file[0], "empty");
    assert_string_equal(file[3], "noise.bin");
    assert_true(eh_source_has_folder(s, "images"));
    assert_false(eh_source_has_folder(s, "image"));
    assert_false(eh_source_has_folder(s, "labels.csv"));
    assert_false(eh_source_has(s, "images"));
    assert_false(eh_source_has(s, "images/c.png"));
    assert_int_equal(eh_source_skips(s), 0);
    eh_arena_free(arena);
}

/* A source below it, and that source by its own root. */
static void expect_below(const eh_source *s)
{
    eh_source *below, *again;
    size_t count;
    assert_int_equal(eh_source_below(&below, s, "./images/", &err), EH_OK);
    assert_int_equal(eh_source_list(below, &count, NULL), EH_OK);
    assert_int_equal(count, 2);
    expect_member(below, "a.png", "a", 1);
    assert_int_equal(eh_source_open(&again, eh_source_root(below), NULL, NULL, &err), EH_OK);
    expect_member(again, "b.png", "bb", 2);
    eh_source_close(again);
    eh_source_close(below);
    assert_int_equal(eh_source_below(&below, s, "nothing", &err), EH_ERR_INPUT);
    assert_int_equal(eh_source_below(&below, s, "labels.csv", &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "is a file"));
}

/* Noise that does not shrink, and a stretch that does. */
static void fill_noise(void)
{
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        x = x * 1664525u + 1013904223u;
        noise[i] = i < 200000 ? (uint8_t)(x >> 24) : 'x';
    }
}

static void every_kind_of_archive_gives_the_same_members_as_the_folder(void **state)
{
    static const char *const kinds[][2] = {
        { "ustar", NULL },     { "pax", NULL },        { "gnutar", NULL },
        { "zip", NULL },       { "zip-stored", NULL }, { "gnutar", "gzip" },
        { "gnutar", "bzip2" }, { "gnutar", "xz" },     { "pax", "zstd" },
    };
    fill_noise();
    for (const archive_member *m = set; m->name; m++)
        if (m->type != 'd')
            data_write(*state, m->name, m->bytes, m->size ? m->size : strlen(m->bytes));
    eh_source *s = open_ok(*state, "set");
    assert_false(eh_source_is_archive(s));
    expect_set(s);
    expect_below(s);
    eh_source_close(s);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        archive_make(*state, "archive", kinds[i][0], kinds[i][1], set);
        s = open_ok(*state, "archive/set");
        assert_true(eh_source_is_archive(s));
        assert_null(eh_source_named(s));
        expect_set(s);
        expect_below(s);
        assert_true((strstr(warnings, "is compressed") != NULL) == (kinds[i][1] != NULL));
        eh_source_close(s);
        s = open_ok(*state, "archive");
        expect_member(s, "set/images/a.png", "a", 1);
        eh_source_close(s);
    }
}

static void a_file_is_its_folders_source_with_a_named_member(void **state)
{
    data_write_text(*state, "set/labels.csv", "a,b\n");
    eh_source *s = open_ok(*state, "set/labels.csv");
    assert_string_equal(eh_source_named(s), "labels.csv");
    expect_member(s, "labels.csv", "a,b\n", 4);
    eh_source_close(s);
    archive_make(*state, "x.zip", "zip", NULL, set);
    s = open_ok(*state, "x.zip/set/labels.csv");
    assert_string_equal(eh_source_named(s), "labels.csv");
    expect_member(s, "images/a.png", "a", 1);
    eh_source_close(s);
    expect_refused(*state, "x.zip/set/none", EH_ERR_INPUT, "holds no file or folder 'set/none'");
    expect_refused(*state, "none", EH_ERR_INPUT, "there is no file or folder");
    expect_refused(*state, "set/labels.csv/x", EH_ERR_INPUT, "there is no file or folder");
}

static void a_compressed_tar_is_unpacked_once_and_never_beside_itself(void **state)
{
    assert_int_equal(mkdir(data_path(*state, "a"), 0777), 0);
    archive_make(*state, "a/x.tar.gz", "gnutar", "gzip", set);
    eh_source_close(open_ok(*state, "a/x.tar.gz"));
    assert_non_null(strstr(warnings, "kept as one plain tar in"));
    assert_int_equal(data_count_entries(data_path(*state, "a")), 1);
    assert_int_equal(data_count_entries(data_path(*state, "cache/archives")), 2);
    eh_source_close(open_ok(*state, "a/x.tar.gz"));
    assert_string_equal(warnings, "");
    /* The same content under another name is known by its hash. */
    assert_int_equal(rename(data_path(*state, "a/x.tar.gz"), data_path(*state, "a/y.tgz")), 0);
    eh_source_close(open_ok(*state, "a/y.tgz"));
    assert_string_equal(warnings, "");
    /* Other content under the same name is not. */
    archive_make(*state, "a/y.tgz", "gnutar", "gzip",
                 (archive_member[]){ { "z", "new", 0, 0 }, { NULL, NULL, 0, 0 } });
    eh_source *s = open_ok(*state, "a/y.tgz");
    expect_member(s, "z", "new", 3);
    eh_source_close(s);
    /* A small limit for all of them together: the one used longest ago goes. */
    struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
    const char *cached = NULL;
    eh_arena *arena = eh_arena_new();
    const char **name;
    size_t count;
    assert_int_equal(eh_list_files(arena, &name, &count, data_path(*state, "cache/archives"), NULL), EH_OK);
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        cached = data_path(*state, "cache/archives/%s", name[i]);
        if (stat(cached, &info) == 0 && info.st_size > 100000)
            assert_int_equal(utimensat(AT_FDCWD, cached, old, 0), 0);
    }
    eh_arena_free(arena);
    archive_make(*state, "a/w.tgz", "gnutar", "gzip",
                 (archive_member[]){ { "w", "w", 0, 0 }, { NULL, NULL, 0, 0 } });
    eh_archive_limits limits = { .max_bytes = 200000 };
    eh_source_close(open_limited(*state, "a/w.tgz", EH_OK, &limits));
    uint64_t left = 0;
    arena = eh_arena_new();
    assert_int_equal(eh_list_files(arena, &name, &count, data_path(*state, "cache/archives"), NULL), EH_OK);
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        assert_int_equal(stat(data_path(*state, "cache/archives/%s", name[i]), &info), 0);
        left += (uint64_t)info.st_size;
    }
    assert_true(left < 200000);
    eh_arena_free(arena);
}

/* ---------------------------------------------------------------- what is listed */

static void expect_skips(const eh_source *s, const eh_source_skip *wanted)
{
    size_t i = 0;
    for (; wanted[i].path; i++) {
        if (i >= eh_source_skips(s))
            fail_msg("'%s' is not listed as skipped", wanted[i].path);
        eh_source_skip skip = eh_source_skip_at(s, i);
        assert_string_equal(skip.path, wanted[i].path);
        if (!strstr(skip.reason, wanted[i].reason))
            fail_msg("'%s' is not in: %s", wanted[i].reason, skip.reason);
    }
    assert_int_equal(eh_source_skips(s), i);
}

static void names_and_types_that_will_not_do_in_a_tar_are_listed(void **state)
{
    raw_archive a = { 0 };
    raw_tar_member(&a, "./good//./a.png", '0', "good", 4);
    raw_tar_member(&a, "../evil.png", '0', "evil", 4);
    raw_tar_member(&a, "a/../../evil.png", '0', "evil", 4);
    raw_tar_member(&a, "a/..", '0', "evil", 4);
    raw_tar_member(&a, "/etc/passwd", '0', "evil", 4);
    raw_tar_member(&a, "back\\slash.png", '0', "evil", 4);
    raw_tar_member(&a, "latin\xe9.png", '0', "evil", 4);
    raw_tar_member(&a, "symbolic", '2', "", 0);
    raw_tar_member(&a, "hard", '1', "", 0);
    raw_tar_member(&a, "device", '3', "", 0);
    raw_tar_member(&a, "sparse", 'S', "evil", 4);
    raw_tar_member(&a, "good/a.png", '0', "second", 6);
    raw_tar_member(&a, "..a/...b", '0', "hidden", 6);
    raw_tar_member(&a, "x/a..b", 0, "fine", 4);
    raw_tar_end(&a);
    data_write(*state, "x.tar", a.bytes, a.size);
    eh_source *s = open_ok(*state, "x.tar");
    size_t count;
    assert_int_equal(eh_source_list(s, &count, NULL), EH_OK);
    assert_int_equal(count, 2);
    expect_member(s, "good/a.png", "good", 4);
    expect_member(s, "x/a..b", "fine", 4);
    expect_skips(s, (eh_source_skip[]){ { "../evil.png", "'..'" },
                                        { "/etc/passwd", "absolute" },
                                        { "a/..", "'..'" },
                                        { "a/../../evil.png", "'..'" },
                                        { "back\\slash.png", "backslash" },
                                        { "device", "device" },
                                        { "good/a.png", "more than once" },
                                        { "hard", "hard link" },
                                        { "latin?.png", "UTF-8" },
                                        { "sparse", "sparse" },
                                        { "symbolic", "symbolic link" },
                                        { NULL, NULL } });
    assert_non_null(strstr(eh_source_why_not(s, "symbolic"), "symbolic link"));
    eh_source_close(s);
    raw_archive_clear(&a);
}

static void names_and_types_that_will_not_do_in_a_zip_are_listed(void **state)
{
    raw_archive a = { 0 };
    raw_zip_member(&a, "good.png", 8, "good", 4);
    raw_zip_member(&a, "../evil.png", 11, "evil", 4);
    raw_zip_member(&a, "/abs.png", 8, "evil", 4);
    raw_zip_member(&a, "nul\0.png", 8, "evil", 4);
    raw_zip_member(&a, "back\\slash", 10, "evil", 4);
    raw_zip_member(&a, "link", 4, "good.png", 8);
    a.entry[5].attributes = 0120777u << 16;
    raw_zip_member(&a, "locked", 6, "evil", 4);
    a.entry[6].flags = 1;
    raw_zip_member(&a, "zipped-otherwise", 16, "evil", 4);
    a.entry[7].method = 93;
    raw_zip_member(&a, "bomb", 4, "evil", 4);
    a.entry[8].method = 8;
    a.entry[8].size = 6000;
    raw_zip_member(&a, "two-sizes", 9, "evil", 4);
    a.entry[9].size = 5;
    raw_zip_member(&a, "./good.png", 10, "again", 5);
    raw_zip_end(&a);
    data_write(*state, "x.zip", a.bytes, a.size);
    eh_source *s = open_ok(*state, "x.zip");
    expect_member(s, "good.png", "good", 4);
    expect_skips(s, (eh_source_skip[]){ { "../evil.png", "'..'" },
                                        { "/abs.png", "absolute" },
                                        { "back\\slash", "backslash" },
                                        { "bomb", "claims a size" },
                                        { "good.png", "more than once" },
                                        { "link", "symbolic link" },
                                        { "locked", "encrypted" },
                                        { "nul", "NUL" },
                                        { "two-sizes", "two different sizes" },
                                        { "zipped-otherwise", "method" },
                                        { NULL, NULL } });
    eh_source_close(s);
    raw_archive_clear(&a);
}

/* ---------------------------------------------------------------- what is refused */

static void the_limits_hold_at_their_edge(void **state)
{
    const archive_member three[] = {
        { "a", "12345", 0, 0 }, { "b", "1234", 0, 0 }, { "c", "1", 0, 0 }, { NULL, NULL, 0, 0 }
    };
    archive_make(*state, "x.zip", "zip", NULL, three);
    archive_make(*state, "x.tar", "ustar", NULL, three);
    for (int k = 0; k < 2; k++) {
        const char *name = k ? "x.tar" : "x.zip";
        eh_source_close(open_limited(*state, name, EH_OK, &(eh_archive_limits){ .max_entries = 4 }));
        eh_source_close(open_limited(*state, name, EH_OK, &(eh_archive_limits){ .max_entries = 3 }));
        open_limited(*state, name, EH_ERR_LIMIT, &(eh_archive_limits){ .max_entries = 2 });
        assert_non_null(strstr(err.message, "--max-entries"));
        eh_source_close(open_limited(*state, name, EH_OK, &(eh_archive_limits){ .max_bytes = 11 }));
        eh_source_close(open_limited(*state, name, EH_OK, &(eh_archive_limits){ .max_bytes = 10 }));
        open_limited(*state, name, EH_ERR_LIMIT, &(eh_archive_limits){ .max_bytes = 9 });
        assert_non_null(strstr(err.message, "--max-unpacked"));
    }
    eh_source *s = open_ok(*state, "x.zip");
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_source_read(&bytes, &size, s, "a", 5, NULL), EH_OK);
    eh_free(bytes);
    assert_int_equal(eh_source_read(&bytes, &size, s, "a", 4, &err), EH_ERR_LIMIT);
    assert_null(bytes);
    eh_source_close(s);
}

static void a_stream_that_unpacks_to_more_than_allowed_leaves_nothing(void **state)
{
    static uint8_t zeros[4 << 20];
    archive_make(*state, "x.tar.gz", "gnutar", "gzip",
                 (archive_member[]){ { "z", (const char *)zeros, sizeof zeros, 0 }, { NULL, NULL, 0, 0 } });
    open_limited(*state, "x.tar.gz", EH_ERR_LIMIT, &(eh_archive_limits){ .max_bytes = 1 << 20 });
    assert_non_null(strstr(err.message, "unpacks to more than 1048576 bytes"));
    assert_int_equal(data_count_entries(data_path(*state, "cache/archives")), 0);
}

static void members_that_overlap_are_a_bomb_and_refused(void **state)
{
    raw_archive a = { 0 };
    raw_zip_member(&a, "a", 1, "aaaa", 4);
    raw_zip_member(&a, "b", 1, "bbbb", 4);
    a.entry[1].offset = a.entry[0].offset;
    raw_zip_end(&a);
    data_write(*state, "x.zip", a.bytes, a.size);
    expect_refused(*state, "x.zip", EH_ERR_INPUT, "overlap");
    raw_archive_clear(&a);
    raw_zip_member(&a, "a", 1, "aaaa", 4); /* the first reaches into the second */
    raw_zip_member(&a, "b", 1, "bbbb", 4);
    a.entry[0].packed = a.entry[0].size = 10;
    raw_zip_end(&a);
    data_write(*state, "x.zip", a.bytes, a.size);
    expect_refused(*state, "x.zip", EH_ERR_INPUT, "overlap");
    raw_archive_clear(&a);
}

static void expect_unreadable(void *folder, raw_archive *a, const char *part)
{
    uint8_t *bytes;
    size_t size;
    data_write(folder, "x.zip", a->bytes, a->size);
    eh_source *s = open_ok(folder, "x.zip");
    assert_int_equal(eh_source_read(&bytes, &size, s, "a", 0, &err), EH_ERR_INPUT);
    if (!strstr(err.message, part))
        fail_msg("'%s' is not in: %s", part, err.message);
    eh_source_close(s);
}

static void a_local_header_that_contradicts_the_directory_is_unreadable(void **state)
{
    /* name, method, checksum, packed size, size, flags of the local header, in turn */
    static const size_t place[] = { 30, 8, 14, 18, 22, 6, 0 };
    for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
        raw_archive a = { 0 };
        raw_zip_member(&a, "first", 5, "", 0);
        raw_zip_member(&a, "a", 1, "aaaa", 4);
        raw_zip_end(&a);
        a.bytes[a.entry[1].offset + place[i]] ^= 8;
        expect_unreadable(*state, &a, "contradicts");
        raw_archive_clear(&a);
    }
    raw_archive a = { 0 }; /* an extra field in the local header only, that reaches over the end */
    raw_zip_member(&a, "a", 1, "aaaa", 4);
    raw_zip_end(&a);
    a.bytes[28] = 1;
    expect_unreadable(*state, &a, "overlaps");
    raw_archive_clear(&a);
    raw_zip_member(&a, "a", 1, "aaaa", 4);
    raw_zip_end(&a);
    a.bytes[31] = 'b';
    expect_unreadable(*state, &a, "checksum");
    raw_archive_clear(&a);
}

/* Opens, lists and reads all; no matter what comes out, nothing may go wrong. */
static void try_all(void *folder, const char *name)
{
    eh_source *s;
    size_t count = 0;
    err = (eh_error){ 0 };
    if (eh_source_open(&s, data_path(folder, "%s", name), NULL, NULL, &err) != EH_OK) {
        assert_true(err.message[0] != 0);
        return;
    }
    assert_int_equal(eh_source_list(s, &count, &err), EH_OK);
    for (size_t i = 0; i < count && !eh_source_named(s); i++) {
        uint8_t *bytes;
        size_t size;
        if (eh_source_read(&bytes, &size, s, eh_source_at(s, i).path, 0, &err) == EH_OK)
            eh_free(bytes);
    }
    eh_source_close(s);
}

static void archives_that_are_cut_or_spoilt_anywhere_are_survived(void **state)
{
    static const char *const kinds[][2] = {
        { "pax", NULL },    { "gnutar", NULL },   { "zip", NULL },       { "gnutar", "gzip" },
        { "gnutar", "xz" }, { "gnutar", "zstd" }, { "gnutar", "bzip2" },
    };
    const archive_member few[] = { { "set/a.png", "some bytes, some bytes, some bytes", 0, 0 },
                                   set[11],
                                   { "set/b", "b", 0, 0 },
                                   { NULL, NULL, 0, 0 } };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        uint8_t *bytes;
        size_t size;
        archive_make(*state, "sound", kinds[k][0], kinds[k][1], few);
        assert_int_equal(eh_file_read(&bytes, &size, data_path(*state, "sound"), 0, NULL), EH_OK);
        for (size_t cut = 0; cut<size; cut += size> 2000 ? 61 : 1) {
            data_write(*state, "x", bytes, cut);
            try_all(*state, "x");
        }
        for (size_t at = 0; at<size; at += size> 2000 ? 7 : 1) {
            bytes[at] ^= (uint8_t)(1u << (at % 8));
            data_write(*state, "x", bytes, size);
            try_all(*state, "x");
            bytes[at] ^= (uint8_t)(1u << (at % 8));
        }
        eh_free(bytes);
    }
}

static void a_cut_archive_is_said_to_be_cut(void **state)
{
    uint8_t *bytes;
    size_t size;
    fill_noise();
    archive_make(*state, "x.tar", "gnutar", NULL, set);
    assert_int_equal(eh_file_read(&bytes, &size, data_path(*state, "x.tar"), 0, NULL), EH_OK);
    data_write(*state, "y.tar", bytes, size / 2);
    expect_refused(*state, "y.tar", EH_ERR_INPUT, "ends inside a member");
    data_write(*state, "y.tar", bytes, 1536); /* after the first file */
    eh_source_close(open_ok(*state, "y.tar"));
    assert_non_null(strstr(warnings, "no mark at its end"));
    bytes[512 + 20] ^= 1;
    data_write(*state, "y.tar", bytes, size);
    expect_refused(*state, "y.tar", EH_ERR_INPUT, "byte 512 should begin the header");
    eh_free(bytes);
    archive_make(*state, "x.zip", "zip", NULL, set);
    assert_int_equal(eh_file_read(&bytes, &size, data_path(*state, "x.zip"), 0, NULL), EH_OK);
    data_write(*state, "y.zip", bytes, size - 1);
    expect_refused(*state, "y.zip", EH_ERR_INPUT, "its end is missing");
    eh_free(bytes);
    archive_make(*state, "x.tgz", "gnutar", "gzip", set);
    assert_int_equal(eh_file_read(&bytes, &size, data_path(*state, "x.tgz"), 0, NULL), EH_OK);
    data_write(*state, "y.tgz", bytes, size - 5);
    expect_refused(*state, "y.tgz", EH_ERR_INPUT, "gzip");
    bytes[size - 6] ^= 1; /* the checksum */
    data_write(*state, "y.tgz", bytes, size);
    expect_refused(*state, "y.tgz", EH_ERR_INPUT, "gzip");
    assert_int_equal(data_count_entries(data_path(*state, "cache/archives")), 0);
    eh_free(bytes);
}

/* ---------------------------------------------------------------- threads and memory */

typedef struct reading {
    const eh_source *source;
    int errors;
} reading;

static void *read_noise(void *user)
{
    reading *r = user;
    for (int i = 0; i < 50; i++) {
        uint8_t *bytes;
        size_t size;
        if (eh_source_read(&bytes, &size, r->source, "set/noise.bin", 0, NULL) != EH_OK ||
            size != sizeof noise || memcmp(bytes, noise, size) != 0)
            r->errors++;
        eh_free(bytes);
    }
    return NULL;
}

static void several_threads_may_read_at_once(void **state)
{
    static const char *const kinds[] = { "gnutar", "zip", "zip-stored" };
    fill_noise();
    for (size_t k = 0; k < 3; k++) {
        pthread_t thread[4];
        reading r[4];
        archive_make(*state, "x", kinds[k], NULL, set);
        eh_source *s = open_ok(*state, "x");
        for (int i = 0; i < 4; i++) {
            r[i] = (reading){ .source = s };
            assert_int_equal(pthread_create(&thread[i], NULL, read_noise, &r[i]), 0);
        }
        for (int i = 0; i < 4; i++) {
            pthread_join(thread[i], NULL);
            assert_int_equal(r[i].errors, 0);
        }
        eh_source_close(s);
    }
}

static eh_status open_and_read(void *user, eh_error *e)
{
    eh_source *s = NULL, *below = NULL;
    uint8_t *bytes = NULL;
    size_t size, count;
    const char **name;
    eh_arena *arena = eh_arena_new();
    eh_status status = arena ? EH_OK : eh_fail_memory(e, "an arena", 1, 1);
    if (status == EH_OK)
        status = eh_source_open(&s, user, NULL, NULL, e);
    if (status == EH_OK)
        status = eh_source_below(&below, s, "set", e);
    if (status == EH_OK)
        status = eh_source_list(below, &count, e);
    if (status == EH_OK)
        status = eh_source_top(below, arena, true, &name, &count, e);
    if (status == EH_OK)
        status = eh_source_read(&bytes, &size, below, "images/a.png", 0, e);
    eh_free(bytes);
    eh_source_close(below);
    eh_source_close(s);
    eh_arena_free(arena);
    return status;
}

static void a_failed_allocation_is_an_error_without_leaks(void **state)
{
    static const char *const kinds[] = { "pax", "zip" };
    for (size_t k = 0; k < 2; k++) {
        archive_make(*state, "x", kinds[k], NULL, set);
        assert_true(expect_survives_alloc_failure(open_and_read, (void *)data_path(*state, "x")) > 5);
    }
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, make_folder, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(every_kind_of_archive_gives_the_same_members_as_the_folder),
        ROW(a_file_is_its_folders_source_with_a_named_member),
        ROW(a_compressed_tar_is_unpacked_once_and_never_beside_itself),
        ROW(names_and_types_that_will_not_do_in_a_tar_are_listed),
        ROW(names_and_types_that_will_not_do_in_a_zip_are_listed),
        ROW(the_limits_hold_at_their_edge),
        ROW(a_stream_that_unpacks_to_more_than_allowed_leaves_nothing),
        ROW(members_that_overlap_are_a_bomb_and_refused),
        ROW(a_local_header_that_contradicts_the_directory_is_unreadable),
        ROW(archives_that_are_cut_or_spoilt_anywhere_are_survived),
        ROW(a_cut_archive_is_said_to_be_cut),
        ROW(several_threads_may_read_at_once),
        ROW(a_failed_allocation_is_an_error_without_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
