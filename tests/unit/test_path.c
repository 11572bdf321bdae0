/* Paths, folders and their contents. */
#include "base/file.h"

#include "support/alloc_failure.h"
#include "support/cmocka_all.h"
#include "support/temp_folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void paths_are_joined_and_taken_apart(void **state)
{
    (void)state;
    eh_arena *arena = eh_arena_new();
    assert_string_equal(eh_path_join(arena, "a", "b"), "a/b");
    assert_string_equal(eh_path_join(arena, "a/", "b"), "a/b");
    assert_string_equal(eh_path_join(arena, "", "b"), "b");
    assert_string_equal(eh_path_join(arena, "a", "/b"), "/b");
    assert_string_equal(eh_path_name("a/b/c.txt"), "c.txt");
    assert_string_equal(eh_path_name("c.txt"), "c.txt");
    assert_string_equal(eh_path_folder(arena, "a/b/c"), "a/b");
    assert_string_equal(eh_path_folder(arena, "c"), ".");
    assert_string_equal(eh_path_folder(arena, "/c"), "/");
    assert_string_equal(eh_path_folder(arena, "a//c"), "a");
    eh_arena_free(arena);
}

static void folders_are_made_with_their_parents(void **state)
{
    const char *deep = temp_path(state, "a/b//c/");
    assert_int_equal(eh_make_folder(deep, NULL), EH_OK);
    assert_true(eh_path_is_folder(deep));
    assert_int_equal(eh_make_folder(deep, NULL), EH_OK);
    eh_error err = { 0 };
    temp_file(state, "file", "x", 1);
    assert_int_equal(eh_make_folder(temp_path(state, "file"), &err), EH_ERR_IO);
    assert_non_null(strstr(err.message, "is a file where a folder is needed"));
    assert_int_equal(eh_make_folder(temp_path(state, "file/below"), &err), EH_ERR_IO);
}

static void files_are_listed_sorted_by_bytes_without_hidden_ones(void **state)
{
    const char *const names[] = { "b.txt", "a/2.txt",      "a/10.txt", "a.txt",
                                  "B.txt", "\xC3\xA9.txt", ".hidden",  ".git/x" };
    eh_make_folder(temp_path(state, "a"), NULL);
    eh_make_folder(temp_path(state, ".git"), NULL);
    eh_make_folder(temp_path(state, "empty"), NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        temp_file(state, names[i], "x", 1);
    eh_arena *arena = eh_arena_new();
    const char **paths;
    size_t count;
    assert_int_equal(eh_list_files(arena, &paths, &count, *state, NULL), EH_OK);
    const char *const expected[] = { "B.txt", "a.txt", "a/10.txt", "a/2.txt", "b.txt", "\xC3\xA9.txt" };
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(paths[i], expected[i]);
    const char **folders;
    assert_int_equal(eh_list_folders(arena, &folders, &count, *state, NULL), EH_OK);
    assert_int_equal(count, 2);
    assert_string_equal(folders[0], "a");
    assert_string_equal(folders[1], "empty");
    eh_arena_free(arena);
}

static void links_to_files_are_listed_and_links_to_folders_are_not(void **state)
{
    eh_make_folder(temp_path(state, "folder"), NULL);
    temp_file(state, "folder/x", "x", 1);
    assert_int_equal(symlink("folder/x", temp_path(state, "to_file")), 0);
    assert_int_equal(symlink("folder", temp_path(state, "to_folder")), 0);
    assert_int_equal(symlink("..", temp_path(state, "folder/up")), 0); /* would be a loop */
    assert_int_equal(symlink("nothing", temp_path(state, "dangling")), 0);
    assert_int_equal(mkfifo(temp_path(state, "pipe"), 0600), 0);
    eh_arena *arena = eh_arena_new();
    const char **paths;
    size_t count;
    assert_int_equal(eh_list_files(arena, &paths, &count, *state, NULL), EH_OK);
    /* The dangling link is there, so that whoever opens it says what is wrong. */
    const char *const expected[] = { "dangling", "folder/x", "to_file" };
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(paths[i], expected[i]);
    eh_arena_free(arena);
}

static void listing_what_is_no_folder_is_an_error(void **state)
{
    eh_arena *arena = eh_arena_new();
    const char **paths;
    size_t count;
    eh_error err = { 0 };
    assert_int_equal(eh_list_files(arena, &paths, &count, temp_path(state, "none"), &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "does not exist"));
    temp_file(state, "file", "x", 1);
    assert_int_equal(eh_list_folders(arena, &paths, &count, temp_path(state, "file"), &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "is not a folder"));
    eh_arena_free(arena);
}

static void endless_depth_is_refused(void **state)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", (const char *)*state);
    for (int i = 0; i < 70; i++) {
        strncat(path, "/d", sizeof path - strlen(path) - 1);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    eh_arena *arena = eh_arena_new();
    const char **paths;
    size_t count;
    assert_int_equal(eh_list_files(arena, &paths, &count, *state, NULL), EH_ERR_LIMIT);
    eh_arena_free(arena);
}

static eh_status list_all(void *user, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "arena", 1, 1);
    const char **paths;
    size_t count;
    eh_status status = eh_list_files(arena, &paths, &count, user, err);
    eh_arena_free(arena);
    return status;
}

static void every_allocation_of_a_listing_may_fail(void **state)
{
    char name[32];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "file-%d", i);
        temp_file(state, name, "", 0);
    }
    assert_true(expect_survives_alloc_failure(list_all, *state) > 5);
}

static void the_cache_folder_follows_the_environment(void **state)
{
    eh_arena *arena = eh_arena_new();
    const char *folder;
    const char *keep = getenv("EVENHAND_CACHE");
    setenv("EVENHAND_CACHE", temp_path(state, "own"), 1);
    assert_int_equal(eh_cache_folder(arena, &folder, NULL), EH_OK);
    assert_string_equal(folder, temp_path(state, "own"));
    assert_true(eh_path_is_folder(folder));
    unsetenv("EVENHAND_CACHE");
    setenv("XDG_CACHE_HOME", temp_path(state, "xdg"), 1);
    assert_int_equal(eh_cache_folder(arena, &folder, NULL), EH_OK);
    assert_string_equal(folder, temp_path(state, "xdg/evenhand"));
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", *state, 1);
    assert_int_equal(eh_cache_folder(arena, &folder, NULL), EH_OK);
    assert_string_equal(folder, temp_path(state, ".cache/evenhand"));
    unsetenv("HOME");
    assert_int_equal(eh_cache_folder(arena, &folder, NULL), EH_ERR_USAGE);
    if (keep)
        setenv("EVENHAND_CACHE", keep, 1);
    eh_arena_free(arena);
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_joined_and_taken_apart),
        WITH_FOLDER(folders_are_made_with_their_parents),
        WITH_FOLDER(files_are_listed_sorted_by_bytes_without_hidden_ones),
        WITH_FOLDER(links_to_files_are_listed_and_links_to_folders_are_not),
        WITH_FOLDER(listing_what_is_no_folder_is_an_error),
        WITH_FOLDER(endless_depth_is_refused),
        WITH_FOLDER(every_allocation_of_a_listing_may_fail),
        WITH_FOLDER(the_cache_folder_follows_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
