/* safetensors as a format of weights: found by content, its metadata readable, broken ones named. */
#include "support/cmocka_all.h"
#include "support/temp_folder.h"

#include "nn/weights_file.h"

#include <string.h>

static const char *write_file(void **state, const char *name, const char *header, size_t data)
{
    char bytes[512] = { 0 };
    size_t size = strlen(header);
    bytes[0] = (char)size;
    memcpy(bytes + 8, header, size);
    return temp_file(state, name, bytes, 8 + size + data);
}

static const char two[] =
    "{\"__metadata__\":{\"k\":\"v\"},\"module.a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
    "\"module.b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[4,8]}}";

static void it_is_found_by_content_whatever_its_name(void **state)
{
    eh_weights_file *file = NULL;
    float value[2] = { 1, 1 };
    assert_int_equal(eh_weights_open(&file, write_file(state, "weights.bin", two, 8), NULL), EH_OK);
    assert_string_equal(eh_weights_format_of(file)->entry.name, "safetensors");
    assert_string_equal(eh_weights_prefix(file), "module.");
    assert_int_equal(eh_weights_count(file), 2);
    assert_string_equal(eh_weights_metadata(file, "k"), "v");
    assert_null(eh_weights_metadata(file, "other"));
    assert_int_equal(eh_weights_read(file, (size_t)eh_weights_find(file, "b"), value, NULL), EH_OK);
    assert_true(value[0] == 0 && value[1] == 0);
    assert_int_equal(eh_weights_find(file, "module.a"), -1);
    eh_weights_close(file);
}

/* Lightning's checkpoints call every variable model.something. */
static void a_beginning_that_all_names_have_is_left_out(void **state)
{
    static const char lightning[] = "{\"model.a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    eh_weights_file *file = NULL;
    assert_int_equal(eh_weights_open(&file, write_file(state, "w.safetensors", lightning, 4), NULL), EH_OK);
    assert_string_equal(eh_weights_prefix(file), "model.");
    assert_int_equal(eh_weights_find(file, "a"), 0);
    eh_weights_close(file);
}

static void what_is_no_file_of_weights_is_named(void **state)
{
    eh_weights_file *file = NULL;
    eh_error err = { 0 };
    assert_int_equal(eh_weights_open(&file, ".", &err), EH_ERR_IO);
    assert_non_null(strstr(err.message, "is a folder; name the file of weights"));
    assert_int_equal(eh_weights_open(&file, write_file(state, "w.safetensors", two, 7), &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "truncated"));
    assert_int_equal(eh_weights_open(&file, temp_file(state, "w.safetensors", "x", 1), &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "too short"));
    assert_int_equal(eh_weights_open(&file, temp_file(state, "a.txt", "some text", 9), &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "neither"));
    assert_int_equal(eh_weights_open(&file, temp_path(state, "missing.pth"), &err), EH_ERR_IO);
    assert_null(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_found_by_content_whatever_its_name, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_beginning_that_all_names_have_is_left_out, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_file_of_weights_is_named, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
