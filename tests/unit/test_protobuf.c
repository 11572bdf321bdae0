/* protobuf: the examples of protobuf.dev's page on the encoding, byte for byte, and the ends of the ranges. */
#include "base/protobuf.h"
#include "support/cmocka_all.h"

#include <string.h>

static void expect(eh_str *message, const char *bytes, size_t size)
{
    assert_int_equal(message->size, size);
    assert_memory_equal(message->data, bytes, size);
    eh_str_clear(message);
}

static void the_examples_of_the_specification_come_out(void **state)
{
    (void)state;
    eh_str message = { 0 }, part = { 0 };
    eh_proto_int(&message, 1, 150);
    expect(&message, "\x08\x96\x01", 3);
    eh_proto_text(&message, 2, "testing");
    expect(&message, "\x12\x07testing", 9);
    eh_proto_int(&part, 1, 150);
    eh_proto_message(&message, 3, &part);
    assert_null(part.data);
    expect(&message, "\x1a\x03\x08\x96\x01", 5);
}

static void numbers_have_their_bytes(void **state)
{
    (void)state;
    eh_str message = { 0 };
    eh_proto_int(&message, 1, -2);
    expect(&message, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
    eh_proto_int(&message, 16, 0);
    expect(&message, "\x80\x01\x00", 3);
    eh_proto_float(&message, 2, 1.5f);
    expect(&message, "\x15\x00\x00\xc0\x3f", 5);
    eh_proto_double(&message, 1, -0.25);
    expect(&message, "\x09\x00\x00\x00\x00\x00\x00\xd0\xbf", 9);
    eh_proto_bytes(&message, 5, NULL, 0);
    expect(&message, "\x2a\x00", 2);
    eh_proto_head(&message, 2, 7);
    expect(&message, "\x12\x07", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_specification_come_out),
        cmocka_unit_test(numbers_have_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
