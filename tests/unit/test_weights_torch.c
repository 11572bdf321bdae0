/* PyTorch's files: what torch 2.6 wrote is read as it says (tests/tools/make_weights_goldens.py), and what asks for anything else is refused. */
#include "support/cmocka_all.h"
#include "support/real_data.h"
#include "support/temp_folder.h"

#include "base/file.h"
#include "evenhand/memory.h"
#include "nn/weights_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *golden(const char *name)
{
    static char path[512];
    const char *root = getenv("EVENHAND_ROOT");
    snprintf(path, sizeof path, "%s/tests/golden/weights/%s", root ? root : ".", name);
    return path;
}

static eh_weights_file *open_golden(const char *name)
{
    eh_weights_file *file = NULL;
    eh_error err = { 0 };
    if (eh_weights_open(&file, golden(name), &err) != EH_OK)
        fail_msg("%s", err.message);
    return file;
}

/* The tensor has this shape and these elements, each given as a number of eighths. */
static void expect(eh_weights_file *file, const char *name, const char *type, eh_shape shape,
                   const int *eighths)
{
    float value[64];
    eh_error err = { 0 };
    int64_t at = eh_weights_find(file, name);
    if (at < 0)
        fail_msg("%s is not there", name);
    eh_weights_item item = eh_weights_item_at(file, (size_t)at);
    assert_string_equal(item.type, type);
    assert_true(eh_shape_equal(item.shape, shape));
    if (eh_weights_read(file, (size_t)at, value, &err) != EH_OK)
        fail_msg("%s", err.message);
    for (int64_t i = 0; i < eh_shape_elements(shape); i++)
        if (value[i] * 8 != (float)eighths[i])
            fail_msg("%s[%d] is %g eighths, not %d", name, (int)i, (double)value[i] * 8, eighths[i]);
}

static const int ramp[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };

/* All the tensors that state() in the script has. */
static void expect_state(eh_weights_file *file)
{
    static const int transposed[] = { 0, 6, 12, 18, 1, 7,  13, 19, 2, 8,  14, 20,
                                      3, 9, 15, 21, 4, 10, 16, 22, 5, 11, 17, 23 },
                     part[] = { 8, 9, 10, 14, 15, 16 }, expanded[] = { 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2 },
                     scalar[] = { 20 }, running[] = { 8, 9 };
    assert_int_equal(eh_weights_count(file), 10);
    expect(file, "fc.weight", "F32", eh_shape_of(2, 3, 4), ramp);
    expect(file, "fc.transposed", "F32", eh_shape_of(2, 6, 4), transposed);
    expect(file, "fc.part", "F32", eh_shape_of(2, 2, 3), part);
    expect(file, "fc.expanded", "F32", eh_shape_of(2, 3, 4), expanded);
    expect(file, "half", "F16", eh_shape_of(1, 5), ramp);
    expect(file, "brain", "BF16", eh_shape_of(1, 5), ramp);
    expect(file, "double", "F64", eh_shape_of(1, 5), ramp);
    expect(file, "scalar", "F32", eh_shape_of(0), scalar);
    expect(file, "bn.running_var", "F32", eh_shape_of(1, 2), running);
    assert_string_equal(eh_weights_format_of(file)->entry.name, "torch");
    /* The counter is an integer, and says so when it is asked for floats. */
    eh_error err = { 0 };
    float value;
    int64_t counter = eh_weights_find(file, "bn.num_batches_tracked");
    assert_true(counter >= 0);
    assert_int_equal(eh_weights_read(file, (size_t)counter, &value, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "I64"));
}

static void a_zip_checkpoint_is_read_with_views_and_all_types(void **state)
{
    (void)state;
    eh_weights_file *file = open_golden("zip.pth");
    assert_string_equal(eh_weights_prefix(file), "module.");
    expect_state(file);
    eh_weights_close(file);
}

static void a_legacy_checkpoint_is_the_same(void **state)
{
    (void)state;
    eh_weights_file *file = open_golden("legacy.pth");
    assert_string_equal(eh_weights_prefix(file), "module.");
    expect_state(file);
    eh_weights_close(file);
}

static void protocol_4_is_the_same(void **state)
{
    (void)state;
    eh_weights_file *file = open_golden("protocol4.pth");
    assert_string_equal(eh_weights_prefix(file), "");
    expect_state(file);
    eh_weights_close(file);
}

static void a_big_endian_file_is_swapped(void **state)
{
    (void)state;
    eh_weights_file *file = open_golden("big_endian.pth");
    expect(file, "a", "F32", eh_shape_of(2, 2, 3), ramp);
    expect(file, "b", "F32", eh_shape_of(1, 4), ramp);
    eh_weights_close(file);
}

static void expect_refusal(const char *path, const char *part)
{
    eh_weights_file *file = NULL;
    eh_error err = { 0 };
    if (eh_weights_open(&file, path, &err) == EH_OK)
        fail_msg("%s was read", path);
    if (err.status != EH_ERR_INPUT && err.status != EH_ERR_LIMIT)
        fail_msg("%s: status %s: %s", path, eh_status_name(err.status), err.message);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
}

static void whole_models_and_programs_are_refused_by_name(void **state)
{
    (void)state;
    expect_refusal(golden("whole_model.pth"), "torch.nn.modules.linear.Linear");
    expect_refusal(golden("script.pt"), "TorchScript");
}

/* A legacy file whose object is this pickle. */
static const char *legacy_with(void **state, const void *pickle, size_t size)
{
    static const char head[] = "\x80\x02\x8a\x0al\xfc\x9c"
                               "F\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.";
    static const char tail[] = "\x80\x02].";
    char bytes[1024];
    size_t at = sizeof head - 1;
    assert_true(at + size + sizeof tail <= sizeof bytes);
    memcpy(bytes, head, at);
    memcpy(bytes + at, pickle, size);
    memcpy(bytes + at + size, tail, sizeof tail - 1);
    return temp_file(state, "file.pth", bytes, at + size + sizeof tail - 1);
}

static void foreign_names_and_opcodes_are_refused_and_never_run(void **state)
{
    static const struct {
        const char *pickle;
        size_t size;
        const char *says;
    } bad[] = {
#define PICKLE(text) text, sizeof text - 1
        { PICKLE("\x80\x02"
                 "cposix\nsystem\nX\x0b\0\0\0touch /tmp/x\x85R."),
          "posix.system" },
        { PICKLE("\x80\x02"
                 "c__builtin__\neval\nX\x01\0\0\0"
                 "1\x85R."),
          "__builtin__.eval" },
        { PICKLE("\x80\x04\x8c\x05posix\x8c\x06system\x93."), "posix.system" },
        { PICKLE("\x80\x02"
                 "(iposix\nsystem\n."),
          "0x69" }, /* INST */
        { PICKLE("\x80\x02"
                 "ctorch\nFloatStorage\n)\x81."),
          "0x81" },                              /* NEWOBJ */
        { PICKLE("\x80\x02\x82\x01."), "0x82" }, /* EXT1 */
        { PICKLE("\x80\x02"
                 "ctorch\nFloatStorage\n)R."),
          "type is called" },
        { PICKLE("\x80\x02"
                 "K\x01K\x02K\x03s."),
          "no dictionary" },                         /* SETITEM on a number */
        { PICKLE("\x80\x02}(K\x01u."), "no value" }, /* SETITEMS of one */
        { PICKLE("\x80\x02"
                 "a."),
          "more values" },
        { PICKLE("\x80\x02t."), "mark is missing" },
        { PICKLE("\x80\x02h\x05."), "never remembered" },
        { PICKLE("\x80\x02}r\xff\xff\xff\xff."), "too large" },
        { PICKLE("\x80\x02(K\x01Q."), "none of a storage" },
        { PICKLE("\x80\x05}."), "protocols" },
        { PICKLE("\x80\x02}}."), "one value" },
        { PICKLE("\x80\x02X\xff\xff\xff\x7f"
                 "abc"),
          "truncated" },
        { PICKLE("\x80\x02X\x02\0\0\0\xff\xfe."), "no dictionary of tensors" },
        { PICKLE("\x80\x02]."), "no dictionary of tensors" },
        { PICKLE("\x80\x02}."), "no tensor" },
        /* a dictionary that holds itself */
        { PICKLE("\x80\x02}q\0X\x01\0\0\0"
                 "ah\0s."),
          "deep" },
#undef PICKLE
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refusal(legacy_with(state, bad[i].pickle, bad[i].size), bad[i].says);
    assert_false(eh_path_exists("/tmp/x"));
}

/* A pickle of {"a": tensor} with a storage of 6 numbers, and this offset, size and stride. */
static const char *tensor_with(void **state, const char *numbers, size_t size)
{
    static const char before[] = "\x80\x02}X\x01\0\0\0"
                                 "actorch._utils\n_rebuild_tensor\n((X\x07\0\0\0storagectorch\n"
                                 "FloatStorage\nX\x01\0\0\0"
                                 "0X\x03\0\0\0cpuK\x06NtQ",
                      after[] = "tRs.";
    char bytes[512];
    size_t at = sizeof before - 1;
    memcpy(bytes, before, at);
    memcpy(bytes + at, numbers, size);
    memcpy(bytes + at + size, after, sizeof after - 1);
    return legacy_with(state, bytes, at + size + sizeof after - 1);
}

static void tensors_that_leave_their_storage_are_refused(void **state)
{
#define NUMBERS(text) text, sizeof text - 1
    /* This one fits; what is wrong is that the list of storages is empty. */
    expect_refusal(tensor_with(state, NUMBERS("K\0K\x02K\x03\x86K\x03K\x01\x86")), "is not in it");
    expect_refusal(tensor_with(state, NUMBERS("K\x01K\x02K\x03\x86K\x03K\x01\x86")), "beyond the end");
    expect_refusal(tensor_with(state, NUMBERS("K\0K\x07\x85K\x01\x85")), "beyond the end");
    expect_refusal(tensor_with(state, NUMBERS("J\xff\xff\xff\xffK\x02\x85K\x01\x85")),
                   "none that is possible");
    expect_refusal(tensor_with(state, NUMBERS("K\0K\x02\x85J\xff\xff\xff\xff\x85")), "none that is possible");
    expect_refusal(tensor_with(state, NUMBERS("K\0K\x02\x85)")), "none that is possible");
    expect_refusal(tensor_with(state, NUMBERS("K\0(K\x01K\x01K\x01K\x01K\x01K\x01K\x01t)")),
                   "none that is possible");
    /* 2^62 elements with stride 0, twice: their number overflows. */
    expect_refusal(tensor_with(state,
                               NUMBERS(
                                   "K\0\x8a\x08\0\0\0\0\0\0\0\x20\x8a\x08\0\0\0\0\0\0\0\x20\x86K\0K\0\x86")),
                   "beyond the end");
#undef NUMBERS
}

/* Every prefix and many single changes of a good file: an error that says something, or tensors that can be read. */
static void expect_no_crash(const char *path)
{
    eh_weights_file *file = NULL;
    eh_error err = { 0 };
    if (eh_weights_open(&file, path, &err) != EH_OK) {
        assert_true(err.message[0]);
        return;
    }
    for (size_t i = 0; i < eh_weights_count(file); i++) {
        eh_weights_item item = eh_weights_item_at(file, i);
        int64_t n = eh_shape_elements(item.shape);
        if (n > 1 << 16)
            continue;
        float *out = eh_alloc_raw((size_t)n, sizeof *out);
        if (eh_weights_read(file, i, out, &err) != EH_OK)
            assert_true(err.message[0]);
        eh_free(out);
    }
    eh_weights_close(file);
}

static void damaged_files_are_errors(void **state)
{
    static const char *const name[] = { "zip.pth", "legacy.pth" };
    for (int k = 0; k < 2; k++) {
        uint8_t *bytes;
        size_t size;
        assert_int_equal(eh_file_read(&bytes, &size, golden(name[k]), 0, NULL), EH_OK);
        for (size_t cut = 0; cut < size; cut += 11) {
            eh_weights_file *file = NULL;
            eh_error err = { 0 };
            const char *path = temp_file(state, "cut.pth", bytes, cut);
            if (eh_weights_open(&file, path, &err) == EH_OK)
                fail_msg("%s cut to %zu of %zu bytes was read", name[k], cut, size);
            assert_true(err.message[0]);
        }
        for (size_t i = 0; i < size; i += 5) {
            uint8_t was = bytes[i];
            bytes[i] = (uint8_t)(was ^ (1u << (i % 8)));
            expect_no_crash(temp_file(state, "bent.pth", bytes, size));
            bytes[i] = was;
        }
        eh_free(bytes);
    }
}

static void the_public_resnet20_is_equal_in_both_formats(void **state)
{
    char legacy[512], other[512];
    eh_weights_file *a = NULL, *b = NULL;
    size_t numbers = 0;
    (void)state;
    if (!real_data_path(legacy, sizeof legacy, "weights/cifar10_resnet20.th") ||
        !real_data_path(other, sizeof other, "weights/cifar10_resnet20.safetensors"))
        skip();
    assert_int_equal(eh_weights_open(&a, legacy, NULL), EH_OK);
    assert_int_equal(eh_weights_open(&b, other, NULL), EH_OK);
    assert_int_equal(eh_weights_count(a), eh_weights_count(b));
    for (size_t i = 0; i < eh_weights_count(a); i++) {
        eh_weights_item item = eh_weights_item_at(a, i);
        int64_t at = eh_weights_find(b, item.name);
        assert_true(at >= 0);
        assert_true(eh_shape_equal(item.shape, eh_weights_item_at(b, (size_t)at).shape));
        size_t n = (size_t)eh_shape_elements(item.shape);
        float *x = eh_alloc(n, sizeof *x), *y = eh_alloc(n, sizeof *y);
        assert_int_equal(eh_weights_read(a, i, x, NULL), EH_OK);
        assert_int_equal(eh_weights_read(b, (size_t)at, y, NULL), EH_OK);
        assert_memory_equal(x, y, n * sizeof *x);
        eh_free(x);
        eh_free(y);
        numbers += n;
    }
    print_message("%zu tensors, %zu numbers, equal\n", eh_weights_count(a), numbers);
    eh_weights_close(a);
    eh_weights_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zip_checkpoint_is_read_with_views_and_all_types),
        cmocka_unit_test(a_legacy_checkpoint_is_the_same),
        cmocka_unit_test(protocol_4_is_the_same),
        cmocka_unit_test(a_big_endian_file_is_swapped),
        cmocka_unit_test(whole_models_and_programs_are_refused_by_name),
        cmocka_unit_test_setup_teardown(foreign_names_and_opcodes_are_refused_and_never_run,
                                        temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(tensors_that_leave_their_storage_are_refused, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(damaged_files_are_errors, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test(the_public_resnet20_is_equal_in_both_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
