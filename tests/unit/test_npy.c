/* test_npy.c - NPY files as NumPy writes them, byte by byte, and such as it does not. */
#include "base/npy.h"

#include "support/alloc_failure.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Magic, version 1.0, header padded to 64 bytes as NumPy does, then `size` bytes. */
static size_t npy_bytes(uint8_t *out, const char *dictionary, const void *data, size_t size)
{
    size_t length = strlen(dictionary), total = (10 + length + 1 + 63) / 64 * 64;
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (uint8_t)(total - 10);
    out[9] = (uint8_t)((total - 10) >> 8);
    memset(out + 10, ' ', total - 11);
    memcpy(out + 10, dictionary, length);
    out[total - 1] = '\n';
    if (size)
        memcpy(out + total, data, size);
    return total + size;
}

static eh_npy *open_npy(void *folder, const char *dictionary, const void *data, size_t size)
{
    uint8_t bytes[1024];
    eh_npy *npy;
    size_t total = npy_bytes(bytes, dictionary, data, size);
    data_write(folder, "a.npy", bytes, total);
    eh_error err = { 0 };
    if (eh_npy_open(&npy, data_path(folder, "a.npy"), &err) != EH_OK)
        fail_msg("%s", err.message);
    return npy;
}

static void doubles_are_read_with_their_shape(void **state)
{
    const double value[6] = { 0, 1, -2.5, 1e300, 0.1, 3 };
    double out[6];
    eh_npy *npy =
        open_npy(*state, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }", value, sizeof value);
    const eh_npy_header *h = eh_npy_shape(npy);
    assert_int_equal(h->dimensions, 2);
    assert_int_equal(h->size[0], 3);
    assert_int_equal(h->size[1], 2);
    assert_int_equal(h->elements, 6);
    assert_int_equal(eh_npy_read(out, npy, 0, 6, NULL), EH_OK);
    assert_memory_equal(out, value, sizeof value);
    assert_int_equal(eh_npy_read(out, npy, 4, 2, NULL), EH_OK);
    assert_memory_equal(out, value + 4, 2 * sizeof *value);
    eh_npy_close(npy);
}

static void every_type_and_byte_order_gives_its_numbers(void **state)
{
    static const struct {
        const char *type;
        uint8_t bytes[16];
        size_t size;
        double value[2];
    } of[] = {
        { "<f4", { 0, 0, 0x20, 0x40, 0, 0, 0, 0xbf }, 8, { 2.5, -0.5 } },
        { ">f4", { 0x40, 0x20, 0, 0, 0xbf, 0, 0, 0 }, 8, { 2.5, -0.5 } },
        { ">f8", { 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0 }, 16, { 1, -2 } },
        { "<f2", { 0x00, 0x3c, 0xff, 0xfb }, 4, { 1, -65504 } },
        { "<f2", { 0x01, 0x00, 0x00, 0x7c }, 4, { 0x1p-24, (double)INFINITY } },
        { "|u1", { 0, 255 }, 2, { 0, 255 } },
        { "|i1", { 0x80, 127 }, 2, { -128, 127 } },
        { "|b1", { 0, 1 }, 2, { 0, 1 } },
        { "<u2", { 1, 2, 0xff, 0xff }, 4, { 513, 65535 } },
        { ">i2", { 0xff, 0xfe, 1, 2 }, 4, { -2, 258 } },
        { "<i4", { 0xff, 0xff, 0xff, 0xff, 0, 0, 1, 0 }, 8, { -1, 65536 } },
        { "<u4", { 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0 }, 8, { 4294967295.0, 1 } },
        { "<i8", { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0, 0, 0, 0, 0 }, 16, { -2, 7 } },
        { ">u8", { 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9 }, 16, { 4294967296.0, 9 } },
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        char dictionary[128];
        double out[2];
        snprintf(dictionary, sizeof dictionary, "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }",
                 of[i].type);
        eh_npy *npy = open_npy(*state, dictionary, of[i].bytes, of[i].size);
        assert_int_equal(eh_npy_read(out, npy, 0, 2, NULL), EH_OK);
        if (out[0] != of[i].value[0] || out[1] != of[i].value[1])
            fail_msg("%s: %g and %g", of[i].type, out[0], out[1]);
        eh_npy_close(npy);
    }
}

static void version_two_and_other_spellings_are_read(void **state)
{
    (void)state;
    eh_npy_header h;
    const char text[] =
        "\x93NUMPY\x02\x00\x3a\x00\x00\x00{\"shape\":(  7 , 3,4),'fortran_order':False,'descr':'|u1'}\n";
    assert_int_equal(eh_npy_parse(&h, text, 12 + 58, "b", NULL), EH_OK);
    assert_int_equal(h.elements, 84);
    assert_int_equal(h.offset, 12 + 58);
    uint8_t bytes[256];
    size_t size = npy_bytes(bytes, "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 5), }", "", 0);
    assert_int_equal(eh_npy_parse(&h, bytes, size, "b", NULL),
                     EH_OK); /* one row: the order does not matter */
    size = npy_bytes(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "", 0);
    assert_int_equal(eh_npy_parse(&h, bytes, size, "b", NULL), EH_OK);
    assert_int_equal(h.elements, 1);
}

static void expect_refused(const char *dictionary, const char *part)
{
    uint8_t bytes[1024];
    eh_npy_header h;
    eh_error err = { 0 };
    size_t size = npy_bytes(bytes, dictionary, "", 0);
    if (eh_npy_parse(&h, bytes, size, "p.npy", &err) != EH_ERR_INPUT)
        fail_msg("%s was accepted", dictionary);
    if (!strstr(err.message, "p.npy") || !strstr(err.message, part))
        fail_msg("%s: %s", dictionary, err.message);
}

static void what_cannot_be_read_is_refused_with_its_reason(void **state)
{
    (void)state;
    expect_refused("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "'|O'");
    expect_refused("{'descr': '<c16', 'fortran_order': False, 'shape': (2,), }", "numbers");
    expect_refused("{'descr': '<f1', 'fortran_order': False, 'shape': (2,), }", "numbers");
    expect_refused("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "records");
    expect_refused("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", "ascontiguousarray");
    expect_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), }", "shape");
    expect_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2 3), }", "shape");
    expect_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
                   "too large");
    expect_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,), }",
                   "shape");
    expect_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", "dimensions");
    expect_refused("{'descr': '<f4', 'fortran_order': False, }", "lacks");
    expect_refused("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", "fortran_order");
    expect_refused("{'descr': '<f4', 'more': 1, 'shape': (1,), }", "'more'");
    expect_refused("['descr']", "dictionary");
    expect_refused("{'descr': '<f4', 'shape': (1,)", "malformed");
}

static void every_cut_of_a_file_is_an_error(void **state)
{
    uint8_t bytes[1024];
    const float value[4] = { 1, 2, 3, 4 };
    size_t size =
        npy_bytes(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", value, sizeof value);
    for (size_t cut = 0; cut < size; cut++) {
        eh_npy *npy;
        eh_error err = { 0 };
        data_write(*state, "cut.npy", bytes, cut);
        assert_int_equal(eh_npy_open(&npy, data_path(*state, "cut.npy"), &err), EH_ERR_INPUT);
        assert_null(npy);
        assert_true(strlen(err.message) > 10);
    }
    eh_npy *npy;
    bytes[size] = 0;
    data_write(*state, "long.npy", bytes, size + 1);
    assert_int_equal(eh_npy_open(&npy, data_path(*state, "long.npy"), NULL), EH_ERR_INPUT);
    assert_int_equal(eh_npy_open(&npy, data_path(*state, "none.npy"), NULL), EH_ERR_INPUT);
    assert_int_equal(eh_npy_open(&npy, *state, NULL), EH_ERR_INPUT);
}

static eh_status open_once(void *user, eh_error *err)
{
    eh_npy *npy;
    eh_status status = eh_npy_open(&npy, user, err);
    eh_npy_close(npy);
    return status;
}

static void failing_allocations_are_reported(void **state)
{
    const uint8_t value[2] = { 1, 2 };
    eh_npy_close(open_npy(*state, "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", value, 2));
    assert_true(expect_survives_alloc_failure(open_once, (void *)data_path(*state, "a.npy")) > 0);
}

#define NPY_TEST(name) cmocka_unit_test_setup_teardown(name, data_folder_make, data_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NPY_TEST(doubles_are_read_with_their_shape),
        NPY_TEST(every_type_and_byte_order_gives_its_numbers),
        NPY_TEST(version_two_and_other_spellings_are_read),
        NPY_TEST(what_cannot_be_read_is_refused_with_its_reason),
        NPY_TEST(every_cut_of_a_file_is_an_error),
        NPY_TEST(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
