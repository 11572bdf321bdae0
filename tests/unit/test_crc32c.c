/* crc32c: the values that RFC 3720 (appendix B.4) and Castagnoli's check word give. */
#include "base/crc32c.h"
#include "support/cmocka_all.h"

#include <string.h>

static void known_values_come_out(void **state)
{
    (void)state;
    uint8_t bytes[32];
    assert_int_equal(eh_crc32c("", 0), 0);
    assert_int_equal(eh_crc32c("123456789", 9), 0xe3069283);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(eh_crc32c(bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(eh_crc32c(bytes, sizeof bytes), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(eh_crc32c(bytes, sizeof bytes), 0x46dd794e);
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    assert_int_equal(eh_crc32c(bytes, sizeof bytes), 0x113fdb5c);
}

static void the_read_command_of_the_rfc_has_its_value(void **state)
{
    (void)state;
    static const uint8_t command[48] = { 0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0,
                                         0x14, 0,    0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
                                         0x28, 0,    0, 0, 0, 0, 0, 0, 2, 0, 0, 0,    0, 0, 0, 0 };
    assert_int_equal(eh_crc32c(command, sizeof command), 0xd9963a56);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values_come_out),
        cmocka_unit_test(the_read_command_of_the_rfc_has_its_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
