/* Random numbers: known answers of Philox4x32-10, and the properties that the rest of the program relies on. */
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static void expect_block(const uint32_t counter[4], const uint32_t key[2], const uint32_t expected[4])
{
    uint32_t out[4];
    eh_philox(out, counter, key);
    assert_memory_equal(out, expected, sizeof out);
}

/* The three philox4x32 10 lines of Random123's kat_vectors. */
static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    expect_block((uint32_t[4]){ 0 }, (uint32_t[2]){ 0 },
                 (uint32_t[4]){ 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 });
    expect_block((uint32_t[4]){ 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
                 (uint32_t[2]){ 0xffffffff, 0xffffffff },
                 (uint32_t[4]){ 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd });
    expect_block((uint32_t[4]){ 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
                 (uint32_t[2]){ 0xa4093822, 0x299f31d0 },
                 (uint32_t[4]){ 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
