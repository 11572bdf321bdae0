/* test_folder.c - folders that are made whole or not at all. */
#include "support/cmocka_all.h"

#include "base/file.h"
#include "base/folder.h"
#include "base/str.h"
#include "support/temp_folder.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t entries(void **state)
{
    eh_arena *arena = eh_arena_new();
    const char **names;
    size_t files, folders;
    assert_int_equal(eh_list_files(arena, &names, &files, *state, NULL), EH_OK);
    assert_int_equal(eh_list_folders(arena, &names, &folders, *state, NULL), EH_OK);
    eh_arena_free(arena);
    return files + folders;
}

static void a_folder_gets_its_name_when_it_is_complete(void **state)
{
    eh_atomic_folder folder;
    const char *path = temp_path(state, "out///");
    assert_int_equal(eh_atomic_folder_open(&folder, path, NULL), EH_OK);
    assert_false(eh_path_exists(temp_path(state, "out")));
    assert_int_equal(eh_atomic_folder_make(&folder, "a/b", NULL), EH_OK);
    assert_int_equal(eh_atomic_folder_write(&folder, "a/b/text", "hello", 5, NULL), EH_OK);
    assert_int_equal(eh_atomic_folder_write(&folder, "empty", "", 0, NULL), EH_OK);
    assert_int_equal(eh_atomic_folder_commit(&folder, NULL), EH_OK);
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_file_read(&bytes, &size, temp_path(state, "out/a/b/text"), 0, NULL), EH_OK);
    assert_string_equal((char *)bytes, "hello");
    eh_free(bytes);
    assert_true(eh_path_exists(temp_path(state, "out/empty")));
    eh_atomic_folder_abandon(&folder); /* does nothing now */
    assert_true(eh_path_exists(temp_path(state, "out/empty")));
}

static void an_empty_folder_is_replaced_and_a_full_one_refused(void **state)
{
    eh_atomic_folder folder;
    eh_error err = { 0 };
    assert_int_equal(mkdir(temp_path(state, "out"), 0777), 0);
    assert_int_equal(eh_atomic_folder_open(&folder, temp_path(state, "out"), NULL), EH_OK);
    assert_int_equal(eh_atomic_folder_commit(&folder, NULL), EH_OK);
    temp_file(state, "out/mine", "x", 1);
    assert_int_equal(eh_atomic_folder_open(&folder, temp_path(state, "out"), &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "is not empty"));
    assert_int_equal(eh_atomic_folder_open(&folder, temp_path(state, "out/mine"), &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "is not a folder"));
    assert_int_equal(eh_atomic_folder_open(&folder, temp_path(state, "no/such/out"), &err), EH_ERR_IO);
    assert_non_null(strstr(err.message, "the folder above it does not exist"));
    assert_int_equal(eh_atomic_folder_open(&folder, "", &err), EH_ERR_USAGE);
}

static void what_is_abandoned_leaves_nothing_and_follows_no_links(void **state)
{
    eh_atomic_folder folder;
    eh_str link = { 0 };
    temp_file(state, "kept", "x", 1);
    assert_int_equal(eh_atomic_folder_open(&folder, temp_path(state, "out"), NULL), EH_OK);
    assert_int_equal(eh_atomic_folder_make(&folder, "a/b/c", NULL), EH_OK);
    assert_int_equal(eh_atomic_folder_write(&folder, "a/b/c/text", "hello", 5, NULL), EH_OK);
    eh_str_appendf(&link, "%s/a/link", folder.temporary);
    assert_int_equal(symlink(*state, link.data), 0);
    eh_str_clear(&link);
    eh_atomic_folder_abandon(&folder);
    assert_int_equal(entries(state), 1);
    assert_true(eh_path_exists(temp_path(state, "kept")));
}

static void a_full_disk_is_a_sentence(void **state)
{
    eh_atomic_folder folder;
    eh_error err = { 0 };
    char big[8192] = { 0 };
    struct rlimit old, tight;
    assert_int_equal(eh_atomic_folder_open(&folder, temp_path(state, "out"), NULL), EH_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = 4096;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_int_equal(eh_atomic_folder_write(&folder, "big", big, sizeof big, &err), EH_ERR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_non_null(strstr(err.message, "cannot write "));
    assert_non_null(strstr(err.message, "out/big"));
    eh_atomic_folder_abandon(&folder);
    assert_int_equal(entries(state), 0);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, temp_folder_setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_folder_gets_its_name_when_it_is_complete),
        ROW(an_empty_folder_is_replaced_and_a_full_one_refused),
        ROW(what_is_abandoned_leaves_nothing_and_follows_no_links),
        ROW(a_full_disk_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
