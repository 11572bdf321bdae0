/* safetensors files: what is written reads back, and every malformed file is refused with a sentence. */
#include "nn/safetensors.h"

#include "base/file.h"
#include "base/str.h"
#include "evenhand/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/evenhand-safetensors-XXXXXX";
static char path[128];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file.safetensors", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* Writes a file of this header text and `size` bytes of data. */
static void write_raw(const char *header, const void *data, size_t size)
{
    eh_str text = { 0 };
    uint64_t length = strlen(header);
    for (int i = 0; i < 8; i++)
        eh_str_append_bytes(&text, &(char){ (char)(length >> (8 * i)) }, 1);
    eh_str_append(&text, header);
    eh_str_append_bytes(&text, data, size);
    assert_int_equal(eh_file_write_atomic(path, text.data, text.size, NULL), EH_OK);
    eh_str_clear(&text);
}

static void expect_refused(const char *header, size_t data_size, eh_status status, const char *part)
{
    static const char data[64] = { 0 };
    eh_safetensors *file = NULL;
    eh_error err = { 0 };
    write_raw(header, data, data_size);
    assert_int_equal(eh_safetensors_open(&file, path, &err), status);
    assert_null(file);
    if (!strstr(err.message, part) || !strstr(err.message, path))
        fail_msg("'%s' does not say '%s' and the path", err.message, part);
}

static const float two_by_two[4] = { 1.5f, -2.0f, 3.25f, 1e-20f };
static const uint8_t bytes[3] = { 7, 8, 9 };

static eh_status give(void *user, size_t index, void *out, eh_error *err)
{
    (void)user;
    (void)err;
    if (index == 0)
        memcpy(out, two_by_two, sizeof two_by_two);
    else
        memcpy(out, bytes, sizeof bytes);
    return EH_OK;
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    const eh_safetensor item[2] = {
        { .name = "layer.weight",
          .dtype = "F32",
          .shape = eh_shape_of(2, (int64_t)2, (int64_t)2),
          .bytes = 16 },
        { .name = "state \"x\"", .dtype = "U8", .shape = eh_shape_of(1, (int64_t)3), .bytes = 3 },
    };
    const char *const metadata[] = { "model", "resnet18", "note", "\xc3\xa9", NULL };
    assert_int_equal(eh_safetensors_write(path, item, 2, metadata, give, NULL, NULL), EH_OK);
    eh_safetensors *file = NULL;
    assert_int_equal(eh_safetensors_open(&file, path, NULL), EH_OK);
    assert_int_equal(eh_safetensors_count(file), 2);
    assert_string_equal(eh_safetensors_metadata(file, "model"), "resnet18");
    assert_string_equal(eh_safetensors_metadata(file, "note"), "\xc3\xa9");
    assert_null(eh_safetensors_metadata(file, "absent"));
    float values[4];
    uint8_t small[3];
    assert_int_equal(eh_safetensors_find(file, "nothing"), -1);
    assert_int_equal(eh_safetensors_read_float(file, (size_t)eh_safetensors_find(file, "layer.weight"),
                                               values, NULL),
                     EH_OK);
    assert_memory_equal(values, two_by_two, sizeof values);
    assert_int_equal(eh_safetensors_read(file, (size_t)eh_safetensors_find(file, "state \"x\""), small, NULL),
                     EH_OK);
    assert_memory_equal(small, bytes, sizeof small);
    eh_error err = { 0 };
    assert_int_equal(eh_safetensors_read_float(file, 1, values, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "U8"));
    eh_safetensors_close(file);
}

static eh_status refuse(void *user, size_t index, void *out, eh_error *err)
{
    (void)user;
    (void)index;
    (void)out;
    return eh_fail(err, EH_ERR_NUMERIC, "no value");
}

static void a_write_that_fails_leaves_the_old_file(void **state)
{
    (void)state;
    write_raw("{}", "", 0);
    const eh_safetensor item = {
        .name = "a", .dtype = "U8", .shape = eh_shape_of(1, (int64_t)3), .bytes = 3
    };
    assert_int_equal(eh_safetensors_write(path, &item, 1, NULL, refuse, NULL, NULL), EH_ERR_NUMERIC);
    eh_safetensors *file = NULL;
    assert_int_equal(eh_safetensors_open(&file, path, NULL), EH_OK);
    assert_int_equal(eh_safetensors_count(file), 0);
    eh_safetensors_close(file);
}

static void half_bfloat_and_double_become_floats(void **state)
{
    (void)state;
    struct {
        double wide;
        uint16_t half[4], brain[2];
    } data = { -0.5, { 0x3c00, 0xc000, 0x0001, 0x7c00 }, { 0x3fc0, 0xff80 } };
    write_raw("{\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},\"h\":{\"dtype\":\"F16\","
              "\"shape\":[4],"
              "\"data_offsets\":[8,16]},\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[16,20]}}",
              &data, 20);
    eh_safetensors *file = NULL;
    float out[4];
    assert_int_equal(eh_safetensors_open(&file, path, NULL), EH_OK);
    assert_int_equal(eh_safetensors_read_float(file, (size_t)eh_safetensors_find(file, "d"), out, NULL),
                     EH_OK);
    assert_true(out[0] == -0.5f);
    assert_int_equal(eh_safetensors_read_float(file, (size_t)eh_safetensors_find(file, "h"), out, NULL),
                     EH_OK);
    assert_true(out[0] == 1.0f && out[1] == -2.0f && out[2] == ldexpf(1.0f, -24) && isinf(out[3]) &&
                out[3] > 0);
    assert_int_equal(eh_safetensors_read_float(file, (size_t)eh_safetensors_find(file, "b"), out, NULL),
                     EH_OK);
    assert_true(out[0] == 1.5f && isinf(out[1]) && out[1] < 0);
    eh_safetensors_close(file);
}

#define ENTRY(name, shape, offsets) \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void every_malformed_header_is_refused(void **state)
{
    (void)state;
    expect_refused("[]", 0, EH_ERR_INPUT, "no JSON object");
    expect_refused("", 0, EH_ERR_INPUT, "no JSON object");
    expect_refused("{\"a\":", 0, EH_ERR_INPUT, "no JSON object");
    expect_refused("{" ENTRY("a", "[1]", "[0,4]") "," ENTRY("a", "[1]", "[4,8]") "}", 8, EH_ERR_INPUT,
                   "duplicate");
    expect_refused("{" ENTRY("a", "[2]", "[0,8]") "," ENTRY("b", "[1]", "[4,8]") "}", 8, EH_ERR_INPUT,
                   "gap or an overlap");
    expect_refused("{" ENTRY("a", "[1]", "[0,4]") "," ENTRY("b", "[1]", "[8,12]") "}", 12, EH_ERR_INPUT,
                   "gap or an overlap");
    expect_refused("{" ENTRY("a", "[1]", "[4,8]") "}", 8, EH_ERR_INPUT, "gap or an overlap");
    expect_refused("{" ENTRY("a", "[1]", "[0,4]") "}", 8, EH_ERR_INPUT, "the file holds 8");
    expect_refused("{" ENTRY("a", "[2]", "[0,8]") "}", 4, EH_ERR_INPUT, "truncated");
    expect_refused("{" ENTRY("a", "[3]", "[0,8]") "}", 8, EH_ERR_INPUT, "needs 12 bytes");
    expect_refused("{" ENTRY("a", "[-1]", "[0,4]") "}", 4, EH_ERR_INPUT, "no possible size");
    expect_refused("{" ENTRY("a", "[1.0]", "[0,4]") "}", 4, EH_ERR_INPUT, "no possible size");
    expect_refused("{" ENTRY("a", "[4611686018427387904,4611686018427387904]", "[0,0]") "}", 0, EH_ERR_INPUT,
                   "no possible size");
    expect_refused("{" ENTRY("a", "[1,1,1,1,1,1,1]", "[0,4]") "}", 4, EH_ERR_INPUT, "dimensions");
    expect_refused("{" ENTRY("a", "{}", "[0,4]") "}", 4, EH_ERR_INPUT, "dimensions");
    expect_refused("{" ENTRY("a", "[1]", "[4,0]") "}", 4, EH_ERR_INPUT, "data_offsets");
    expect_refused("{" ENTRY("a", "[1]", "[0]") "}", 4, EH_ERR_INPUT, "data_offsets");
    expect_refused("{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, EH_ERR_INPUT,
                   "unknown type 'F31'");
    expect_refused("{\"a\":7}", 0, EH_ERR_INPUT, "unknown type");
    expect_refused("{\"__metadata__\":{\"k\":1}}", 0, EH_ERR_INPUT, "no text");
    expect_refused("{\"__metadata__\":[]}", 0, EH_ERR_INPUT, "no object");
}

static void a_header_length_beyond_the_limit_or_the_file_is_refused_before_allocation(void **state)
{
    (void)state;
    static const struct {
        uint64_t length;
        eh_status status;
    } cases[] = { { 1u << 20, EH_ERR_INPUT },
                  { 100000001, EH_ERR_LIMIT },
                  { 1ull << 63, EH_ERR_LIMIT },
                  { UINT64_MAX, EH_ERR_LIMIT } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eh_safetensors *file = NULL;
        char raw[16] = { 0 };
        memcpy(raw, &cases[i].length, 8);
        assert_int_equal(eh_file_write_atomic(path, raw, sizeof raw, NULL), EH_OK);
        uint64_t before = eh_alloc_live_bytes();
        assert_int_equal(eh_safetensors_open(&file, path, NULL), cases[i].status);
        assert_int_equal(eh_alloc_live_bytes(), before);
    }
}

static void a_file_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    const eh_safetensor item[2] = {
        { .name = "layer.weight",
          .dtype = "F32",
          .shape = eh_shape_of(2, (int64_t)2, (int64_t)2),
          .bytes = 16 },
        { .name = "b", .dtype = "U8", .shape = eh_shape_of(1, (int64_t)3), .bytes = 3 },
    };
    uint8_t *whole = NULL;
    size_t size = 0;
    assert_int_equal(eh_safetensors_write(path, item, 2, NULL, give, NULL, NULL), EH_OK);
    assert_int_equal(eh_file_read(&whole, &size, path, 0, NULL), EH_OK);
    for (size_t cut = 0; cut < size; cut++) {
        eh_safetensors *file = NULL;
        eh_error err = { 0 };
        assert_int_equal(eh_file_write_atomic(path, whole, cut, NULL), EH_OK);
        assert_int_not_equal(eh_safetensors_open(&file, path, &err), EH_OK);
        assert_non_null(strstr(err.message, path));
    }
    eh_free(whole);
}

static void a_missing_file_and_a_folder_are_refused(void **state)
{
    (void)state;
    eh_safetensors *file = NULL;
    assert_int_equal(eh_safetensors_open(&file, "/nonexistent/file", NULL), EH_ERR_IO);
    assert_int_equal(eh_safetensors_open(&file, folder, NULL), EH_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(a_write_that_fails_leaves_the_old_file),
        cmocka_unit_test(half_bfloat_and_double_become_floats),
        cmocka_unit_test(every_malformed_header_is_refused),
        cmocka_unit_test(a_header_length_beyond_the_limit_or_the_file_is_refused_before_allocation),
        cmocka_unit_test(a_file_cut_at_any_byte_is_refused),
        cmocka_unit_test(a_missing_file_and_a_folder_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
