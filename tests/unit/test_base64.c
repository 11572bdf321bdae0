/* Base64: the vectors of RFC 4648, and texts that are none. */
#include "report/base64.h"
#include "support/cmocka_all.h"

#include <string.h>

static void the_vectors_of_the_standard_are_met(void **state)
{
    (void)state;
    static const char *const vector[][2] = { { "", "" },
                                             { "f", "Zg==" },
                                             { "fo", "Zm8=" },
                                             { "foo", "Zm9v" },
                                             { "foob", "Zm9vYg==" },
                                             { "fooba", "Zm9vYmE=" },
                                             { "foobar", "Zm9vYmFy" } };
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++) {
        eh_str text = { 0 };
        uint8_t back[16] = { 0 };
        size_t size = strlen(vector[i][0]), found;
        eh_base64_append(&text, (const uint8_t *)vector[i][0], size);
        assert_string_equal(eh_str_text(&text), vector[i][1]);
        assert_true(eh_base64_decode(back, sizeof back, &found, vector[i][1]));
        assert_int_equal(found, size);
        assert_memory_equal(back, vector[i][0], size);
        eh_str_clear(&text);
    }
}

static void every_byte_survives(void **state)
{
    (void)state;
    uint8_t bytes[256], back[256];
    size_t size;
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    eh_str text = { 0 };
    eh_base64_append(&text, bytes, sizeof bytes);
    assert_true(eh_base64_decode(back, sizeof back, &size, eh_str_text(&text)));
    assert_int_equal(size, 256);
    assert_memory_equal(bytes, back, 256);
    eh_str_clear(&text);
}

static void malformed_and_too_long_texts_are_refused(void **state)
{
    (void)state;
    uint8_t out[4];
    size_t size;
    static const char *const bad[] = { "Zg=", "Z===", "Zm9*", "Zm=v", "=m9v", "Zm9vYmFyZm9v" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (eh_base64_decode(out, sizeof out, &size, bad[i]))
            fail_msg("%s was accepted", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_standard_are_met),
        cmocka_unit_test(every_byte_survives),
        cmocka_unit_test(malformed_and_too_long_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
