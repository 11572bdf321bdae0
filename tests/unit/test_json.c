/* JSON: reading with places, writing that is short and reads back, checked members. */
#include "base/json.h"
#include "base/file.h"

#include "support/alloc_failure.h"
#include "support/cmocka_all.h"
#include "support/temp_folder.h"

#include <math.h>
#include <string.h>

static void expect_text(json_t *json, bool pretty, const char *text)
{
    eh_str out = { 0 };
    eh_json_append(&out, json, pretty);
    assert_string_equal(eh_str_text(&out), text);
    eh_str_clear(&out);
    json_decref(json);
}

static void numbers_are_short_and_keep_their_type(void **state)
{
    (void)state;
    expect_text(json_real(0.1), false, "0.1");
    expect_text(json_real(1), false, "1.0");
    expect_text(json_real(1e300), false, "1e+300");
    expect_text(json_integer(-9007199254740993), false, "-9007199254740993");
    expect_text(eh_json_number(NAN), false, "null");
    expect_text(eh_json_number(-INFINITY), false, "null");
    expect_text(eh_json_number(0.30000000000000004), false, "0.30000000000000004");
}

static void strings_are_escaped(void **state)
{
    (void)state;
    expect_text(json_string("a\"b\\c\n\t\x01\x7F\xC3\xA9"), false,
                "\"a\\\"b\\\\c\\n\\t\\u0001\\u007f\xC3\xA9\"");
    expect_text(json_stringn("x\0y", 3), false, "\"x\\u0000y\"");
}

static void pretty_text_keeps_order_and_puts_plain_arrays_on_a_line(void **state)
{
    (void)state;
    json_t *json =
        json_pack("{s:[i,i], s:{}, s:[], s:[{s:b}], s:n}", "z", 1, 2, "empty", "none", "list", "t", 1, "nil");
    expect_text(json, true,
                "{\n  \"z\": [1, 2],\n  \"empty\": {},\n  \"none\": [],\n  \"list\": [\n    {\n      \"t\": "
                "true\n    }\n  ],\n"
                "  \"nil\": null\n}");
    expect_text(json_pack("{s:[i,i],s:s}", "a", 1, 2, "b", "c"), false, "{\"a\":[1,2],\"b\":\"c\"}");
}

static void what_is_written_reads_back(void **state)
{
    json_t *json = json_pack("{s:f, s:[f,i,s], s:{s:n}}", "x", 0.1, "y", 1.0 / 3, 7, "z\n", "o", "n"),
           *back = NULL;
    const char *path = temp_path(state, "a.json");
    assert_int_equal(eh_json_write(json, path, NULL), EH_OK);
    assert_int_equal(eh_json_read(&back, path, NULL), EH_OK);
    assert_true(json_equal(json, back));
    json_decref(json);
    json_decref(back);
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_file_read(&bytes, &size, path, 0, NULL), EH_OK);
    assert_int_equal(bytes[size - 1], '\n');
    eh_free(bytes);
}

static void expect_error(void **state, const char *text, eh_status status, const char *part)
{
    json_t *json;
    eh_error err = { 0 };
    assert_int_equal(eh_json_read(&json, temp_file(state, "a.json", text, strlen(text)), &err), status);
    assert_null(json);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" lacks \"%s\"", err.message, part);
}

static void malformed_files_are_refused_with_the_place(void **state)
{
    expect_error(state, "{\n \"a\": 1,\n}", EH_ERR_INPUT, "a.json:3:1 is not valid JSON");
    expect_error(state, "", EH_ERR_INPUT, "is not valid JSON");
    expect_error(state, "{\"a\":1} x", EH_ERR_INPUT, "is not valid JSON");
    expect_error(state, "{\"a\":1,\"a\":2}", EH_ERR_INPUT, "duplicate");
    json_t *json;
    assert_int_equal(eh_json_read(&json, temp_path(state, "none"), NULL), EH_ERR_INPUT);
}

static void depth_is_limited_at_512(void **state)
{
    for (size_t depth = 511; depth <= 513; depth++) {
        eh_str text = { 0 };
        for (size_t i = 0; i < depth; i++)
            eh_str_append(&text, "[");
        eh_str_append(&text, "\"[[[[\\\"[[[\""); /* brackets in strings do not count */
        for (size_t i = 0; i < depth; i++)
            eh_str_append(&text, "]");
        json_t *json;
        eh_status status = eh_json_read(&json, temp_file(state, "deep", text.data, text.size), NULL);
        assert_int_equal(status, depth <= 512 ? EH_OK : EH_ERR_LIMIT);
        json_decref(json);
        eh_str_clear(&text);
    }
}

static void members_are_checked(void **state)
{
    (void)state;
    json_t *json = json_pack("{s:s, s:i, s:f}", "name", "x", "count", 3, "share", 0.5);
    const char *text;
    double number;
    eh_error err = { 0 };
    assert_int_equal(eh_json_get_string(&text, json, "name", "a.json", &err), EH_OK);
    assert_string_equal(text, "x");
    assert_int_equal(eh_json_get_number(&number, json, "count", "a.json", &err), EH_OK);
    assert_true(number == 3);
    assert_int_equal(eh_json_get_number(&number, json, "name", "a.json", &err), EH_ERR_INPUT);
    assert_string_equal(err.message, "a.json: \"name\" must be a number.");
    assert_int_equal(eh_json_get_string(&text, json, "none", "a.json", &err), EH_ERR_INPUT);
    assert_string_equal(err.message, "a.json lacks \"none\" (a string).");
    json_decref(json);
}

static eh_status round_trip(void *user, eh_error *err)
{
    json_t *json;
    EH_TRY(eh_json_read(&json, user, err));
    eh_status status = eh_json_write(json, user, err);
    json_decref(json);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    const char *text = "{\"a\": [1, 2.5, \"x\", null, {\"b\": true}], \"c\": \"\\u00e9\"}";
    char path[4096];
    snprintf(path, sizeof path, "%s", temp_file(state, "a.json", text, strlen(text)));
    uint64_t count = expect_survives_alloc_failure(round_trip, path);
    assert_true(count > 4);
    json_t *json;
    assert_int_equal(eh_json_read(&json, path, NULL), EH_OK); /* whatever failed, the file is whole */
    json_decref(json);
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_short_and_keep_their_type),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(pretty_text_keeps_order_and_puts_plain_arrays_on_a_line),
        WITH_FOLDER(what_is_written_reads_back),
        WITH_FOLDER(malformed_files_are_refused_with_the_place),
        WITH_FOLDER(depth_is_limited_at_512),
        cmocka_unit_test(members_are_checked),
        WITH_FOLDER(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
