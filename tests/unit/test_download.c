/* test_download.c - downloads over HTTP against a server on loopback: whole, resumed, refused, and with everything that goes wrong. */
#include "support/cmocka_all.h"

#include "base/download.h"
#include "base/file.h"
#include "base/str.h"
#include "support/http_server.h"
#include "support/temp_folder.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE 300000

static uint8_t content[SIZE];
static char content_hash[65];

/* What a download into folder/data.bin gave. */
typedef struct result {
    eh_status status;
    eh_error error;
    eh_download_report report;
    char warnings[2048];
    uint64_t stop_at; /* kB after which the caller wants to stop; 0: never */
    bool stop;
} result;

static void keep_warning(void *user, const char *message)
{
    result *r = user;
    size_t used = strlen(r->warnings);
    snprintf(r->warnings + used, sizeof r->warnings - used, "%s\n", message);
}

static void note_progress(void *user, uint64_t done, const char *note)
{
    result *r = user;
    (void)note;
    if (r->stop_at && done >= r->stop_at)
        r->stop = true;
}

static bool wants_stop(void *user)
{
    return ((result *)user)->stop;
}

static const char *target(void **state)
{
    return temp_path(state, "data.bin");
}

static void download(result *r, void **state, const char *address, const char *second)
{
    char url[2][256];
    const char *const urls[] = { url[0], second ? url[1] : NULL, NULL };
    uint64_t stop_at = r->stop_at;
    snprintf(url[0], sizeof url[0], "%s/data.bin", address);
    if (second)
        snprintf(url[1], sizeof url[1], "%s/data.bin", second);
    *r = (result){ .stop_at = stop_at };
    eh_progress progress = {
        .user = r, .warn = keep_warning, .update = note_progress, .stop_requested = wants_stop
    };
    const eh_download wanted = { .url = urls, .path = target(state), .bytes = SIZE, .sha256 = content_hash };
    r->status = eh_download_file(&wanted, &r->report, &progress, &r->error);
}

static void expect_complete(void **state, const result *r)
{
    uint8_t *bytes;
    size_t size;
    if (r->status != EH_OK)
        fail_msg("%s", r->error.message);
    assert_int_equal(eh_file_read(&bytes, &size, target(state), 0, NULL), EH_OK);
    assert_int_equal(size, SIZE);
    assert_memory_equal(bytes, content, SIZE);
    eh_free(bytes);
    assert_false(eh_path_exists(temp_path(state, "data.bin.part")));
    assert_false(eh_path_exists(temp_path(state, "data.bin.part.from")));
}

static size_t part_size(void **state)
{
    struct stat info;
    return stat(temp_path(state, "data.bin.part"), &info) == 0 ? (size_t)info.st_size : 0;
}

static const http_rules good = { .path = "/data.bin", .bytes = content, .size = SIZE, .etag = "\"v1\"" };

static void a_file_is_fetched_whole(void **state)
{
    result r = { 0 };
    http_server *server = http_server_start(&good);
    download(&r, state, http_server_address(server), NULL);
    expect_complete(state, &r);
    assert_int_equal(r.report.received, SIZE);
    assert_int_equal(r.report.resumed_from, 0);
    assert_int_equal(http_server_log(server).requests, 1);
    /* Once more: it is there, and nothing is requested. */
    download(&r, state, http_server_address(server), NULL);
    expect_complete(state, &r);
    assert_true(r.report.present);
    assert_int_equal(http_server_log(server).requests, 1);
    http_server_stop(server);
}

static void a_broken_line_is_taken_up_again_by_itself(void **state)
{
    result r = { 0 };
    http_rules rules = good;
    rules.cut_after = 100000;
    http_server *server = http_server_start(&rules);
    download(&r, state, http_server_address(server), NULL);
    expect_complete(state, &r);
    assert_int_equal(r.report.received, SIZE);
    http_log log = http_server_log(server);
    assert_int_equal(log.requests, 3);
    assert_int_equal(log.ranges, 2);
    assert_string_equal(log.last_range, "bytes=200000-");
    assert_string_equal(log.last_condition, "\"v1\"");
    http_server_stop(server);
}

static void an_interrupted_download_goes_on_where_it_ended(void **state)
{
    result r = { .stop_at = 100 };
    http_server *server = http_server_start(&good);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(r.status, EH_ERR_INTERRUPTED);
    assert_non_null(strstr(r.error.message, "goes on from there"));
    assert_false(eh_path_exists(target(state)));
    size_t kept = part_size(state);
    assert_in_range(kept, 100000, SIZE - 1);
    r.stop_at = 0;
    download(&r, state, http_server_address(server), NULL);
    expect_complete(state, &r);
    assert_int_equal(r.report.resumed_from, kept);
    assert_int_equal(r.report.received, SIZE - kept);
    assert_string_equal(r.warnings, "");
    http_server_stop(server);
}

/* Leaves the first 100,000 bytes as the partial file of an earlier download. */
static void leave_part(void **state, http_server *server, const http_rules *rules)
{
    result r = { .stop_at = 1 };
    http_rules cut = *rules;
    cut.cut_after = 100000;
    http_server_rules(server, &cut);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(r.status, EH_ERR_INTERRUPTED);
    assert_int_equal(truncate(temp_path(state, "data.bin.part"), 1000), 0);
    http_server_rules(server, rules);
}

static void a_server_without_ranges_sends_the_whole_again(void **state)
{
    result r = { 0 };
    http_rules rules = good;
    rules.no_ranges = true;
    http_server *server = http_server_start(&rules);
    leave_part(state, server, &rules);
    download(&r, state, http_server_address(server), NULL);
    expect_complete(state, &r);
    assert_int_equal(r.report.resumed_from, 0);
    assert_int_equal(r.report.received, SIZE);
    assert_non_null(strstr(r.warnings, "sends the whole file again"));
    http_server_stop(server);
}

static void a_file_that_changed_meanwhile_is_fetched_from_the_beginning(void **state)
{
    result r = { 0 };
    http_rules rules = good;
    http_server *server = http_server_start(&rules);
    leave_part(state, server, &rules);
    rules.etag = "\"v2\"";
    http_server_rules(server, &rules);
    download(&r, state, http_server_address(server), NULL);
    expect_complete(state, &r);
    assert_int_equal(http_server_log(server).conditions, 1);
    assert_int_equal(r.report.received, SIZE);
    http_server_stop(server);
}

static void a_partial_file_of_something_else_is_noticed_and_replaced(void **state)
{
    result r = { 0 };
    http_server *server = http_server_start(&good);
    temp_file(state, "data.bin.part", "other bytes", 11); /* no note says where it comes from */
    download(&r, state, http_server_address(server), NULL);
    expect_complete(state, &r);
    assert_int_equal(r.report.received, SIZE - 11 + SIZE);
    assert_non_null(strstr(r.warnings, "from the beginning"));
    http_server_stop(server);
}

static void a_partial_file_that_is_too_long_is_replaced(void **state)
{
    result r = { 0 };
    uint8_t *longer = calloc(SIZE + 1, 1);
    http_server *server = http_server_start(&good);
    temp_file(state, "data.bin.part", longer, SIZE + 1);
    download(&r, state, http_server_address(server), NULL);
    expect_complete(state, &r);
    free(longer);
    http_server_stop(server);
}

static void a_complete_partial_file_only_gets_its_name(void **state)
{
    result r = { 0 };
    http_server *server = http_server_start(&good);
    temp_file(state, "data.bin.part", content, SIZE);
    download(&r, state, http_server_address(server), NULL);
    expect_complete(state, &r);
    assert_int_equal(http_server_log(server).requests, 0);
    http_server_stop(server);
}

static void a_partial_file_is_completed_from_another_address(void **state)
{
    result r = { 0 };
    http_server *first = http_server_start(&good), *second = http_server_start(&good);
    leave_part(state, first, &good);
    download(&r, state, http_server_address(second), NULL);
    expect_complete(state, &r);
    assert_int_equal(r.report.resumed_from, 1000);
    assert_int_equal(http_server_log(second).conditions, 0);
    http_server_stop(first);
    http_server_stop(second);
}

static void a_wrong_part_of_the_file_is_refused(void **state)
{
    result r = { 0 };
    http_rules rules = good;
    http_server *server = http_server_start(&rules);
    leave_part(state, server, &rules);
    rules.wrong_range = true;
    http_server_rules(server, &rules);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(r.status, EH_ERR_INPUT);
    assert_non_null(strstr(r.error.message, "another part of the file"));
    assert_int_equal(part_size(state), 1000);
    http_server_stop(server);
}

static void other_contents_are_never_kept(void **state)
{
    result r = { 0 };
    uint8_t *other = malloc(SIZE);
    memcpy(other, content, SIZE);
    other[SIZE / 2] ^= 1;
    http_rules rules = good;
    rules.bytes = other;
    http_server *server = http_server_start(&rules);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(r.status, EH_ERR_INPUT);
    assert_non_null(strstr(r.error.message, "has other contents: the SHA-256 is "));
    assert_non_null(strstr(r.error.message, content_hash));
    assert_non_null(strstr(r.error.message, http_server_address(server)));
    assert_false(eh_path_exists(target(state)));
    assert_false(eh_path_exists(temp_path(state, "data.bin.part")));
    assert_false(eh_path_exists(temp_path(state, "data.bin.part.from")));
    http_server_stop(server);
    free(other);
}

static void another_size_is_refused_before_the_download(void **state)
{
    result r = { 0 };
    http_rules rules = good;
    rules.size = SIZE - 1;
    http_server *server = http_server_start(&rules);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(r.status, EH_ERR_INPUT);
    assert_non_null(strstr(r.error.message, "offers a file of 299999 bytes, but the data set's has 300000"));
    assert_int_equal(r.report.received, 0);
    http_server_stop(server);
}

static void more_bytes_than_expected_do_not_fill_the_disk(void **state)
{
    result r = { 0 };
    uint8_t *longer = calloc(2 * SIZE, 1);
    http_rules rules = good;
    rules.bytes = longer;
    rules.size = 2 * SIZE;
    rules.no_length = true;
    http_server *server = http_server_start(&rules);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(r.status, EH_ERR_INPUT);
    assert_non_null(strstr(r.error.message, "sends more than the 300000 bytes"));
    assert_true(part_size(state) <= SIZE);
    http_server_stop(server);
    free(longer);
}

static void a_missing_file_is_a_sentence_and_leaves_nothing(void **state)
{
    result r = { 0 };
    http_rules rules = good;
    rules.path = "/elsewhere.bin";
    http_server *server = http_server_start(&rules);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(r.status, EH_ERR_INPUT);
    assert_non_null(strstr(r.error.message, "data.bin could not be fetched: http://127.0.0.1:"));
    assert_non_null(strstr(r.error.message, "404 (not found)"));
    assert_int_equal(http_server_log(server).requests, 1);
    assert_false(eh_path_exists(temp_path(state, "data.bin.part")));
    http_server_stop(server);
}

static void a_server_in_trouble_is_asked_again_and_then_given_up(void **state)
{
    result r = { 0 };
    http_rules rules = good;
    rules.status = 503;
    http_server *server = http_server_start(&rules);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(r.status, EH_ERR_INPUT);
    assert_non_null(strstr(r.error.message, "503"));
    assert_int_equal(http_server_log(server).requests, 3);
    http_server_stop(server);
}

static void the_next_address_is_tried(void **state)
{
    result r = { 0 };
    http_rules missing = good;
    missing.path = "/elsewhere.bin";
    http_server *first = http_server_start(&missing), *second = http_server_start(&good);
    download(&r, state, http_server_address(first), http_server_address(second));
    expect_complete(state, &r);
    assert_non_null(strstr(r.warnings, "trying the next address"));
    http_server_stop(second);
    /* Both gone: the sentence names both. */
    assert_int_equal(unlink(target(state)), 0);
    download(&r, state, http_server_address(first), "http://127.0.0.1:1");
    assert_int_equal(r.status, EH_ERR_INPUT);
    assert_non_null(strstr(r.error.message, http_server_address(first)));
    assert_non_null(strstr(r.error.message, "http://127.0.0.1:1/data.bin"));
    http_server_stop(first);
}

static void a_redirection_is_followed_but_only_to_http(void **state)
{
    result r = { 0 };
    http_server *end = http_server_start(&good);
    char to[256];
    snprintf(to, sizeof to, "%s/data.bin", http_server_address(end));
    http_rules rules = good;
    rules.path = "/other";
    rules.redirect = to;
    http_server *begin = http_server_start(&rules);
    download(&r, state, http_server_address(begin), NULL);
    expect_complete(state, &r);
    assert_int_equal(unlink(target(state)), 0);
    rules.redirect = "file:///etc/hostname";
    http_server_rules(begin, &rules);
    download(&r, state, http_server_address(begin), NULL);
    assert_int_equal(r.status, EH_ERR_INPUT);
    http_server_stop(begin);
    http_server_stop(end);
}

static void a_full_disk_keeps_what_was_received(void **state)
{
    result r = { 0 };
    struct rlimit old, tight;
    http_server *server = http_server_start(&good);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = 65536;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(r.status, EH_ERR_IO);
    assert_non_null(
        strstr(r.error.message, "data.bin.part could not be written after 65536 of 300000 bytes"));
    assert_int_equal(part_size(state), 65536);
    assert_false(eh_path_exists(target(state)));
    download(&r, state, http_server_address(server), NULL);
    expect_complete(state, &r);
    assert_int_equal(r.report.resumed_from, 65536);
    http_server_stop(server);
}

static void a_file_with_other_contents_in_its_place_is_not_touched(void **state)
{
    result r = { 0 };
    http_server *server = http_server_start(&good);
    temp_file(state, "data.bin", "mine", 4);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(r.status, EH_ERR_INPUT);
    assert_non_null(strstr(r.error.message, "exists, but is not the file of the data set"));
    assert_int_equal(http_server_log(server).requests, 0);
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_file_read(&bytes, &size, target(state), 0, NULL), EH_OK);
    assert_string_equal((char *)bytes, "mine");
    eh_free(bytes);
    http_server_stop(server);
}

static void two_downloads_of_one_file_do_not_mix(void **state)
{
    result r = { 0 };
    http_server *server = http_server_start(&good);
    FILE *other = fopen(temp_file(state, "data.bin.part", "x", 1), "r+");
    assert_non_null(other);
    assert_int_equal(flock(fileno(other), LOCK_EX), 0);
    download(&r, state, http_server_address(server), NULL);
    assert_int_equal(r.status, EH_ERR_IO);
    assert_non_null(strstr(r.error.message, "another process is downloading"));
    fclose(other);
    http_server_stop(server);
}

static void a_missing_folder_is_a_sentence(void **state)
{
    const char *const urls[] = { "http://127.0.0.1:1/x", NULL };
    eh_error err = { 0 };
    const eh_download wanted = {
        .url = urls, .path = temp_path(state, "no/such/data.bin"), .bytes = SIZE, .sha256 = content_hash
    };
    assert_int_equal(eh_download_file(&wanted, NULL, NULL, &err), EH_ERR_IO);
    assert_non_null(strstr(err.message, "no/such/data.bin.part cannot be written"));
}

static int make_content(void **state)
{
    uint8_t hash[32];
    uint32_t x = 1;
    (void)state;
    for (size_t i = 0; i < SIZE; i++) {
        x = x * 1664525u + 1013904223u;
        content[i] = (uint8_t)(x >> 24);
    }
    eh_sha256(hash, content, SIZE);
    eh_hex(content_hash, hash, 32);
    /* What the user has set must not send loopback through a proxy. */
    return setenv("no_proxy", "127.0.0.1", 1);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, temp_folder_setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_file_is_fetched_whole),
        ROW(a_broken_line_is_taken_up_again_by_itself),
        ROW(an_interrupted_download_goes_on_where_it_ended),
        ROW(a_server_without_ranges_sends_the_whole_again),
        ROW(a_file_that_changed_meanwhile_is_fetched_from_the_beginning),
        ROW(a_partial_file_of_something_else_is_noticed_and_replaced),
        ROW(a_partial_file_that_is_too_long_is_replaced),
        ROW(a_complete_partial_file_only_gets_its_name),
        ROW(a_partial_file_is_completed_from_another_address),
        ROW(a_wrong_part_of_the_file_is_refused),
        ROW(other_contents_are_never_kept),
        ROW(another_size_is_refused_before_the_download),
        ROW(more_bytes_than_expected_do_not_fill_the_disk),
        ROW(a_missing_file_is_a_sentence_and_leaves_nothing),
        ROW(a_server_in_trouble_is_asked_again_and_then_given_up),
        ROW(the_next_address_is_tried),
        ROW(a_redirection_is_followed_but_only_to_http),
        ROW(a_full_disk_keeps_what_was_received),
        ROW(a_file_with_other_contents_in_its_place_is_not_touched),
        ROW(two_downloads_of_one_file_do_not_mix),
        ROW(a_missing_folder_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, make_content, NULL);
}
