/* Whole files, atomic writing, hashes, time and memory of the process. */
#include "base/file.h"
#include "base/str.h"

#include "support/alloc_failure.h"
#include "support/cmocka_all.h"
#include "support/temp_folder.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t files_in(void **state)
{
    eh_arena *arena = eh_arena_new();
    const char **paths;
    size_t count;
    assert_int_equal(eh_list_files(arena, &paths, &count, *state, NULL), EH_OK);
    eh_arena_free(arena);
    return count;
}

static void expect_content(const char *path, const char *content)
{
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_file_read(&bytes, &size, path, 0, NULL), EH_OK);
    assert_int_equal(size, strlen(content));
    assert_string_equal((char *)bytes, content);
    eh_free(bytes);
}

static void a_file_is_read_whole_and_ended_by_a_nul(void **state)
{
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_file_read(&bytes, &size, temp_file(state, "a", "x\0y", 3), 0, NULL), EH_OK);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "x\0y", 4);
    eh_free(bytes);
    expect_content(temp_file(state, "empty", "", 0), "");
}

static void the_limit_holds_to_the_byte(void **state)
{
    char text[100];
    memset(text, 'a', sizeof text);
    uint8_t *bytes;
    size_t size;
    eh_error err = { 0 };
    const char *path = temp_file(state, "a", text, sizeof text);
    assert_int_equal(eh_file_read(&bytes, &size, path, 100, &err), EH_OK);
    eh_free(bytes);
    assert_int_equal(eh_file_read(&bytes, &size, path, 99, &err), EH_ERR_LIMIT);
    assert_null(bytes);
    assert_non_null(strstr(err.message, path));
}

static void a_file_without_a_known_size_is_read_too(void **state)
{
    (void)state;
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_file_read(&bytes, &size, "/proc/self/status", 0, NULL), EH_OK);
    assert_non_null(strstr((char *)bytes, "VmRSS"));
    eh_free(bytes);
    /* Endless: the limit is what stops it. */
    assert_int_equal(eh_file_read(&bytes, &size, "/dev/zero", 1000000, NULL), EH_ERR_LIMIT);
}

static void missing_files_and_folders_are_named(void **state)
{
    uint8_t *bytes;
    size_t size;
    eh_error err = { 0 };
    assert_int_equal(eh_file_read(&bytes, &size, temp_path(state, "none"), 0, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "none does not exist"));
    assert_int_equal(eh_file_read(&bytes, &size, *state, 0, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "is a folder"));
}

static void an_atomic_file_appears_only_with_the_commit(void **state)
{
    const char *path = temp_path(state, "out");
    eh_atomic_file file;
    assert_int_equal(eh_atomic_open(&file, path, NULL), EH_OK);
    fputs("new", file.stream);
    assert_false(eh_path_exists(path));
    assert_int_equal(eh_atomic_commit(&file, NULL), EH_OK);
    expect_content(path, "new");
    assert_null(file.stream);
    assert_int_equal(files_in(state), 1);
}

static void an_abandoned_file_leaves_the_old_one_and_nothing_else(void **state)
{
    const char *path = temp_file(state, "out", "old", 3);
    eh_atomic_file file;
    assert_int_equal(eh_atomic_open(&file, path, NULL), EH_OK);
    fputs("new", file.stream);
    eh_atomic_abandon(&file);
    eh_atomic_abandon(&file); /* a cleared struct is fine */
    expect_content(path, "old");
    assert_int_equal(files_in(state), 1);
}

static void replacing_keeps_the_mode_and_follows_a_link(void **state)
{
    const char *path = temp_file(state, "real", "old", 3), *link = temp_path(state, "link");
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(symlink("real", link), 0);
    assert_int_equal(eh_file_write_atomic(link, "new", 3, NULL), EH_OK);
    struct stat info;
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    expect_content(path, "new");
}

static void a_file_size_limit_loses_nothing(void **state)
{
    const char *path = temp_file(state, "out", "old", 3);
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 4096;
    signal(SIGXFSZ, SIG_IGN);
    char *bytes = eh_alloc(100000, 1);
    eh_error err = { 0 };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    eh_status whole = eh_file_write_atomic(path, bytes, 100000, &err);
    /* Through the stream, so that the failure happens before the commit or in it. */
    eh_atomic_file file;
    assert_int_equal(eh_atomic_open(&file, path, NULL), EH_OK);
    fwrite(bytes, 1, 100000, file.stream);
    eh_status streamed = eh_atomic_commit(&file, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    eh_free(bytes);
    assert_int_equal(whole, EH_ERR_IO);
    assert_int_equal(streamed, EH_ERR_IO);
    assert_non_null(strstr(err.message, path));
    expect_content(path, "old");
    assert_int_equal(files_in(state), 1);
}

static void a_device_is_written_to_and_never_replaced(void **state)
{
    (void)state;
    struct stat info;
    if (stat("/dev/full", &info) != 0)
        skip();
    eh_error err = { 0 };
    assert_int_equal(eh_file_write_atomic("/dev/full", "x", 1, &err), EH_ERR_IO);
    assert_non_null(strstr(err.message, "/dev/full"));
    assert_int_equal(stat("/dev/full", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    assert_int_equal(eh_file_write_atomic("/dev/null", "x", 1, &err), EH_OK);
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

static void a_missing_folder_and_a_folder_as_target_are_errors(void **state)
{
    eh_error err = { 0 };
    assert_int_equal(eh_file_write_atomic(temp_path(state, "no/such/out"), "x", 1, &err), EH_ERR_IO);
    assert_non_null(strstr(err.message, "its folder does not exist"));
    assert_int_equal(eh_file_write_atomic(*state, "x", 1, &err), EH_ERR_INPUT);
}

typedef struct write_case {
    const char *path;
} write_case;

static eh_status write_and_read(void *user, eh_error *err)
{
    const write_case *c = user;
    EH_TRY(eh_file_write_atomic(c->path, "content", 7, err));
    uint8_t *bytes, hash[32];
    size_t size;
    EH_TRY(eh_file_read(&bytes, &size, c->path, 0, err));
    eh_free(bytes);
    return eh_sha256_file(hash, c->path, err);
}

static void every_allocation_may_fail(void **state)
{
    write_case c = { temp_path(state, "out") };
    assert_true(expect_survives_alloc_failure(write_and_read, &c) >= 4);
    assert_int_equal(files_in(state), 1);
}

static void hashes_equal_the_published_ones(void **state)
{
    uint8_t hash[32];
    char text[65];
    eh_sha256(hash, "abc", 3);
    eh_hex(text, hash, 32);
    assert_string_equal(text,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-2 */
    char *big = eh_alloc(1000000, 1);
    memset(big, 'a', 1000000);
    assert_int_equal(eh_sha256_file(hash, temp_file(state, "a", big, 1000000), NULL), EH_OK);
    eh_free(big);
    eh_hex(text, hash, 32);
    assert_string_equal(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_int_equal(eh_sha256_file(hash, temp_file(state, "empty", "", 0), NULL), EH_OK);
    eh_hex(text, hash, 32);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(eh_sha256_file(hash, temp_path(state, "none"), NULL), EH_ERR_INPUT);
}

static void the_time_can_be_fixed(void **state)
{
    (void)state;
    char text[21];
    setenv("SOURCE_DATE_EPOCH", "1769860800", 1);
    eh_time_rfc3339(text);
    assert_string_equal(text, "2026-01-31T12:00:00Z");
    unsetenv("SOURCE_DATE_EPOCH");
    eh_time_rfc3339(text);
    assert_int_equal(strlen(text), 20);
}

static void the_process_knows_its_cost(void **state)
{
    (void)state;
    double before = eh_seconds();
    assert_true(eh_seconds() >= before);
    assert_true(eh_peak_memory() > 1000000);
    assert_true(eh_cpu_seconds() >= 0);
}

static void the_peak_of_memory_can_begin_anew(void **state)
{
    (void)state;
    const size_t size = (size_t)64 << 20;
    uint64_t before = eh_peak_memory();
    /* Not from the allocator, which may keep what is given back. */
    char *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block != MAP_FAILED);
    memset(block, 1, size);
    assert_true(eh_peak_memory() >= before + size / 2);
    munmap(block, size);
    uint64_t now = eh_reset_peak_memory();
    FILE *reset = fopen("/proc/self/clear_refs", "w");
    if (!reset)
        return; /* nothing to reset on this system */
    fclose(reset);
    assert_true(now > 0);
    assert_true(eh_peak_memory() < before + size / 2);
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_file_is_read_whole_and_ended_by_a_nul),
        WITH_FOLDER(the_limit_holds_to_the_byte),
        cmocka_unit_test(a_file_without_a_known_size_is_read_too),
        WITH_FOLDER(missing_files_and_folders_are_named),
        WITH_FOLDER(an_atomic_file_appears_only_with_the_commit),
        WITH_FOLDER(an_abandoned_file_leaves_the_old_one_and_nothing_else),
        WITH_FOLDER(replacing_keeps_the_mode_and_follows_a_link),
        WITH_FOLDER(a_file_size_limit_loses_nothing),
        cmocka_unit_test(a_device_is_written_to_and_never_replaced),
        WITH_FOLDER(a_missing_folder_and_a_folder_as_target_are_errors),
        WITH_FOLDER(every_allocation_may_fail),
        WITH_FOLDER(hashes_equal_the_published_ones),
        cmocka_unit_test(the_time_can_be_fixed),
        cmocka_unit_test(the_process_knows_its_cost),
        cmocka_unit_test(the_peak_of_memory_can_begin_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
