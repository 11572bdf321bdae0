/* test_catalog.c - the catalog file: whole or not at all, movable, safe to read from many threads, honest about damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"

#include "base/file.h"
#include "base/threads.h"
#include "data/catalog_sql.h"
#include "evenhand/dataset.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static data_import result;

/* A folder `set` with a table of `count` images, two of them broken when `broken`. */
static void write_set(void *folder, int count, bool broken)
{
    char table[8192] = "file,hair,age,who\n";
    for (int i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/i%02d.png", i);
        if (broken && i % 5 == 2)
            data_write_text(folder, name, "broken");
        else
            data_write_image(folder, name, 6 + i % 3, 5, 3, i);
        size_t used = strlen(table);
        snprintf(table + used, sizeof table - used, "i%02d.png,%s,%d.5,p%d\n", i, i % 2 ? "dark" : "blond",
                 20 + i, i / 2);
    }
    data_write_text(folder, "set/labels.csv", table);
}

static void run_sql(void *folder, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(data_path(folder, "data.eh"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static eh_status open_status(void *folder, char message[1024])
{
    eh_catalog *c = NULL;
    eh_error err = { 0 };
    eh_status status = eh_catalog_open(&c, data_path(folder, "data.eh"), &err);
    snprintf(message, 1024, "%s", err.message);
    eh_catalog_close(c);
    return status;
}

static void what_was_imported_is_found_again(void **state)
{
    write_set(*state, 8, true);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_images(c), 6);
    assert_int_equal(eh_catalog_columns(c), 3);
    size_t column;
    eh_error err = { 0 };
    assert_int_equal(eh_catalog_find_column(&column, c, "age", NULL), EH_OK);
    assert_int_equal(column, 1);
    assert_int_equal(eh_catalog_find_column(&column, c, "hare", &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "did you mean 'hair'"));
    assert_non_null(strstr(err.message, "hair, age, who"));
    eh_catalog_sizes sizes;
    assert_int_equal(eh_catalog_measure(&sizes, c, NULL, NULL), EH_OK);
    assert_int_equal(sizes.min_width, 6);
    assert_int_equal(sizes.max_width, 8);
    assert_int_equal(sizes.min_height, 5);
    assert_int_equal(sizes.of_that_size, 3); /* i00, i03, i06 */
    assert_int_equal(sizes.width, 6);
    assert_int_equal(sizes.channels, 3);
    eh_image image;
    assert_int_equal(eh_catalog_read_image(c, 5, NULL, &image, NULL), EH_OK); /* i04 */
    assert_int_equal(image.data[1], data_sample(4, 0, 0, 1));
    eh_image_clear(&image);
    assert_int_equal(eh_catalog_read_image(c, 99, NULL, &image, &err), EH_ERR_USAGE);
    assert_int_equal(eh_catalog_read_image(c, 3, NULL, &image, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "i02.png"));
    eh_catalog_close(c);
}

static void data_and_catalog_can_be_moved_together(void **state)
{
    eh_image image;
    write_set(*state, 3, false);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(mkdir(data_path(*state, "elsewhere"), 0777), 0);
    assert_int_equal(rename(data_path(*state, "set"), data_path(*state, "elsewhere/set")), 0);
    assert_int_equal(rename(data_path(*state, "data.eh"), data_path(*state, "elsewhere/data.eh")), 0);
    eh_catalog *c;
    assert_int_equal(eh_catalog_open(&c, data_path(*state, "elsewhere/data.eh"), NULL), EH_OK);
    assert_int_equal(eh_catalog_read_image(c, 1, NULL, &image, NULL), EH_OK);
    eh_image_clear(&image);
    eh_catalog_close(c);
}

static void a_catalog_inside_or_far_from_its_data_finds_it(void **state)
{
    eh_image image;
    eh_import_opts opts = { .check_pixels = true };
    write_set(*state, 3, false);
    mkdir(data_path(*state, "set/deep"), 0777);
    mkdir(data_path(*state, "far"), 0777);
    const char *places[] = { "set/data.eh", "set/deep/data.eh", "far/data.eh" };
    for (int i = 0; i < 3; i++) {
        eh_catalog *c;
        assert_int_equal(eh_catalog_import(data_path(*state, "%s", places[i]), data_path(*state, "set"),
                                           &opts, NULL, NULL, NULL),
                         EH_OK);
        assert_int_equal(eh_catalog_open(&c, data_path(*state, "%s", places[i]), NULL), EH_OK);
        assert_int_equal(eh_catalog_read_image(c, 1, NULL, &image, NULL), EH_OK);
        eh_image_clear(&image);
        eh_catalog_close(c);
    }
    assert_int_equal(rename(data_path(*state, "far/data.eh"), data_path(*state, "data.eh")),
                     0); /* alone: its root is absolute */
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_read_image(c, 1, NULL, &image, NULL), EH_OK);
    eh_image_clear(&image);
    eh_catalog_close(c);
}

static void an_existing_catalog_is_replaced_only_on_request(void **state)
{
    eh_import_opts opts = { .check_pixels = true };
    eh_error err = { 0 };
    write_set(*state, 3, false);
    data_write_text(*state, "data.eh", "precious");
    assert_int_equal(eh_catalog_import(data_path(*state, "data.eh"), data_path(*state, "set"), &opts, NULL,
                                       NULL, &err),
                     EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "--overwrite"));
    opts.overwrite = true;
    assert_int_equal(eh_catalog_import(data_path(*state, "data.eh"), data_path(*state, "set"), &opts, NULL,
                                       NULL, &err),
                     EH_OK);
}

static void a_failed_import_leaves_the_old_catalog(void **state)
{
    char before[65], after[65];
    write_set(*state, 3, false);
    data_import_run(&result, *state, "set", NULL, false);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_hash(before, c, NULL), EH_OK);
    eh_catalog_close(c);
    data_write_text(*state, "set/i01.png", "broken");
    data_import_run(&result, *state, "set", NULL, true);
    assert_int_equal(result.status, EH_ERR_INPUT);
    c = data_open(*state);
    assert_int_equal(eh_catalog_hash(after, c, NULL), EH_OK);
    eh_catalog_close(c);
    assert_string_equal(before, after);
    assert_int_equal(data_count_entries(*state), 2);
}

static void a_full_disk_leaves_nothing(void **state)
{
    struct rlimit old, small;
    write_set(*state, 30, false);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    for (rlim_t limit = 0; limit <= 40000; limit += 8000) {
        small = old;
        small.rlim_cur = limit;
        setrlimit(RLIMIT_FSIZE, &small);
        data_import_run(&result, *state, "set", NULL, false);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(result.status, EH_ERR_IO);
        assert_non_null(strstr(result.error.message, "data.eh"));
        assert_int_equal(data_count_entries(*state), 1);
    }
}

static void a_folder_that_does_not_exist_or_cannot_be_written_is_named(void **state)
{
    eh_error err = { 0 };
    write_set(*state, 3, false);
    assert_int_equal(eh_catalog_import(data_path(*state, "none/data.eh"), data_path(*state, "set"), NULL,
                                       NULL, NULL, &err),
                     EH_ERR_IO);
    assert_non_null(strstr(err.message, "none/data.eh"));
    assert_int_equal(eh_catalog_import("/dev/null", data_path(*state, "set"),
                                       &(eh_import_opts){ .overwrite = true }, NULL, NULL, &err),
                     EH_ERR_USAGE);
}

static bool stop_now(void *user)
{
    (void)user;
    return true;
}

static void a_stopped_import_writes_nothing(void **state)
{
    eh_error err = { 0 };
    eh_progress stop = { .stop_requested = stop_now };
    write_set(*state, 3, false);
    assert_int_equal(eh_catalog_import(data_path(*state, "data.eh"), data_path(*state, "set"), NULL, NULL,
                                       &stop, &err),
                     EH_ERR_INTERRUPTED);
    assert_int_equal(data_count_entries(*state), 1);
}

static void what_is_no_catalog_is_refused_with_a_reason(void **state)
{
    char message[1024];
    assert_int_equal(open_status(*state, message), EH_ERR_INPUT);
    assert_non_null(strstr(message, "there is no catalog"));
    data_write_text(*state, "data.eh",
                    "this is a text, long enough to be looked at as if it were the header of a database "
                    "file.............");
    assert_int_equal(open_status(*state, message), EH_ERR_INPUT);
    assert_non_null(strstr(message, "is not a catalog"));
    data_write_text(*state, "data.eh", "");
    assert_int_equal(open_status(*state, message), EH_ERR_INPUT);
    unlink(data_path(*state, "data.eh"));
    run_sql(*state, "CREATE TABLE t (x)");
    assert_int_equal(open_status(*state, message), EH_ERR_INPUT);
    assert_non_null(strstr(message, "not a catalog"));
    eh_catalog *c;
    eh_error err = { 0 };
    assert_int_equal(eh_catalog_open(&c, *state, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "is a folder"));
}

static void a_newer_or_damaged_catalog_is_refused(void **state)
{
    char message[1024];
    write_set(*state, 6, false);
    data_import_run(&result, *state, "set", NULL, false);
    run_sql(*state, "PRAGMA user_version = 3");
    assert_int_equal(open_status(*state, message), EH_ERR_INPUT);
    assert_non_null(strstr(message, "newer evenhand"));
    run_sql(*state, "PRAGMA user_version = 2; UPDATE label SET c0 = 7 WHERE image = 3");
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    eh_error err = { 0 };
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "class 7 of 2"));
    eh_catalog_close(c);
    run_sql(*state, "UPDATE class SET value = 5 WHERE value = 1");
    assert_int_equal(open_status(*state, message), EH_ERR_INPUT);
    run_sql(*state, "PRAGMA writable_schema = ON; DROP TABLE class");
    assert_int_not_equal(open_status(*state, message), EH_OK);
}

static void any_flipped_byte_is_survived(void **state)
{
    uint8_t *bytes;
    size_t size;
    char message[1024];
    write_set(*state, 6, false);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(eh_file_read(&bytes, &size, data_path(*state, "data.eh"), 0, NULL), EH_OK);
    for (size_t at = 0; at < size; at += 97) {
        bytes[at] ^= 0xff;
        data_write(*state, "data.eh", bytes, size);
        bytes[at] ^= 0xff;
        eh_catalog *c = NULL;
        if (eh_catalog_open(&c, data_path(*state, "data.eh"), NULL) == EH_OK) {
            eh_frame *f = NULL;
            eh_image image;
            (void)eh_frame_load(&f, c, NULL, 0, NULL);
            (void)eh_catalog_hash(message, c, NULL);
            if (eh_catalog_read_image(c, 1, NULL, &image, NULL) == EH_OK)
                eh_image_clear(&image);
            eh_frame_free(f);
        }
        eh_catalog_close(c);
    }
    eh_free(bytes);
}

static void the_hash_follows_pixels_labels_and_split_but_not_the_place(void **state)
{
    char first[65], second[65];
    eh_split_opts split = { .train = 0.5, .valid = 0.25, .test = 0.25, .seed = 1 };
    write_set(*state, 8, false);
    data_import_run(&result, *state, "set", NULL, false);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_hash(first, c, NULL), EH_OK);
    assert_int_equal(eh_catalog_hash(second, c, NULL), EH_OK);
    assert_string_equal(first, second);
    assert_int_equal(strlen(first), 64);
    assert_int_equal(eh_catalog_split(c, &split, NULL, NULL), EH_OK);
    assert_int_equal(eh_catalog_hash(second, c, NULL), EH_OK);
    assert_string_not_equal(first, second);
    eh_catalog_close(c);
    assert_int_equal(rename(data_path(*state, "set"), data_path(*state, "renamed")), 0);
    data_import_run(&result, *state, "renamed", NULL, false);
    c = data_open(*state);
    assert_int_equal(eh_catalog_hash(second, c, NULL), EH_OK);
    assert_string_equal(first, second);
    eh_catalog_close(c);
    run_sql(*state, "UPDATE label SET c1 = 99 WHERE image = 2");
    c = data_open(*state);
    assert_int_equal(eh_catalog_hash(second, c, NULL), EH_OK);
    assert_string_not_equal(first, second);
    eh_catalog_close(c);
}

typedef struct reading {
    eh_catalog *catalog;
    int errors;
} reading;

static void *read_all(void *user)
{
    reading *r = user;
    for (int round = 0; round < 10; round++)
        for (int id = 1; id <= 12; id++) {
            eh_image image;
            if (eh_catalog_read_image(r->catalog, id, NULL, &image, NULL) != EH_OK ||
                image.data[0] != data_sample(id - 1, 0, 0, 0))
                r->errors++;
            eh_image_clear(&image);
        }
    return NULL;
}

static void several_threads_may_read_at_once(void **state)
{
    reading r[4];
    pthread_t thread[4];
    write_set(*state, 12, false);
    data_import_run(&result, *state, "set", NULL, false);
    eh_catalog *c = data_open(*state);
    for (int i = 0; i < 4; i++) {
        r[i] = (reading){ .catalog = c };
        assert_int_equal(pthread_create(&thread[i], NULL, read_all, &r[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(r[i].errors, 0);
    }
    eh_catalog_close(c);
}

/* The allocation that fails, and how many there were. */
typedef struct failing {
    uint64_t number, seen;
} failing;

static int fail_one(void *user, uint64_t number, size_t bytes)
{
    failing *f = user;
    (void)bytes;
    f->seen = number + 1;
    return number == f->number;
}

/* Import, open, load, group, split: everything that a user does first. */
static eh_status whole_way(void *folder, eh_error *err)
{
    eh_catalog *c = NULL;
    eh_frame *f = NULL;
    eh_groups *g = NULL;
    const char *names[] = { "hair" };
    eh_import_opts opts = { .check_pixels = true, .overwrite = true };
    const char *who[] = { "who" };
    eh_split_opts split = { .train = 0.5, .valid = 0.5, .by = { .item = who, .count = 1 } };
    split.stratify = (eh_str_list){ .item = names, .count = 1 };
    eh_status status = eh_thing_find(&opts.format.entry, "format", "csv", err);
    if (status == EH_OK)
        status = eh_catalog_import(data_path(folder, "data.eh"), data_path(folder, "set/labels.csv"), &opts,
                                   NULL, NULL, err);
    if (status == EH_OK)
        status = eh_catalog_open(&c, data_path(folder, "data.eh"), err);
    if (status == EH_OK)
        status = eh_frame_load(&f, c, NULL, 0, err);
    if (status == EH_OK)
        status = eh_groups_make(&g, f, names, 1, err);
    if (status == EH_OK)
        status = eh_catalog_split(c, &split, NULL, err);
    eh_groups_free(g);
    eh_frame_free(f);
    eh_catalog_close(c);
    return status;
}

static void a_failed_allocation_is_an_error_without_leaks(void **state)
{
    failing f = { .number = UINT64_MAX };
    write_set(*state, 4, false);
    eh_threads_set(1); /* the hook is for one thread */
    eh_alloc_set_hook(fail_one, &f);
    assert_int_equal(whole_way(*state, NULL), EH_OK);
    eh_alloc_set_hook(NULL, NULL);
    uint64_t count = f.seen;
    assert_true(count > 50);
    for (uint64_t n = 0; n < count; n++) {
        eh_error err = { 0 };
        uint64_t live = eh_alloc_live_bytes();
        f.number = n;
        unlink(data_path(*state, "data.eh"));
        eh_alloc_set_hook(fail_one, &f);
        eh_status status = whole_way(*state, &err);
        eh_alloc_set_hook(NULL, NULL);
        if (status != EH_ERR_MEMORY ||
            !err.message[0]) /* also while an image is decoded: never "a broken image" */
            fail_msg("allocation %d of %d failed, and the result was %s: %s", (int)n, (int)count,
                     eh_status_name(status), err.message);
        assert_int_equal(eh_alloc_live_bytes(), live);
        assert_int_equal(data_count_entries(*state), eh_path_exists(data_path(*state, "data.eh")) ? 2 : 1);
    }
    eh_threads_set(0);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(what_was_imported_is_found_again),
        ROW(data_and_catalog_can_be_moved_together),
        ROW(a_catalog_inside_or_far_from_its_data_finds_it),
        ROW(an_existing_catalog_is_replaced_only_on_request),
        ROW(a_failed_import_leaves_the_old_catalog),
        ROW(a_full_disk_leaves_nothing),
        ROW(a_folder_that_does_not_exist_or_cannot_be_written_is_named),
        ROW(a_stopped_import_writes_nothing),
        ROW(what_is_no_catalog_is_refused_with_a_reason),
        ROW(a_newer_or_damaged_catalog_is_refused),
        ROW(any_flipped_byte_is_survived),
        ROW(the_hash_follows_pixels_labels_and_split_but_not_the_place),
        ROW(several_threads_may_read_at_once),
        ROW(a_failed_allocation_is_an_error_without_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
