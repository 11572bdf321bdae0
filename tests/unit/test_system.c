/* What the program says about its machine: always terminated, never empty. */
#include "base/system.h"
#include "support/cmocka_all.h"

#include <string.h>

static void every_name_is_there(void **state)
{
    (void)state;
    char text[256];
    eh_processor_name(text, sizeof text);
    assert_true(text[0] != '\0' && !strchr(text, '\n'));
    eh_system_name(text, sizeof text);
    assert_true(text[0] != '\0');
    assert_true(strncmp(eh_compiler_name(), "gcc ", 4) == 0 || strncmp(eh_compiler_name(), "clang ", 6) == 0);
}

static void names_are_cut_to_the_space_there_is(void **state)
{
    (void)state;
    char text[8] = "xxxxxxx";
    eh_processor_name(text, 4);
    assert_true(strlen(text) <= 3);
    assert_int_equal(text[4], 'x');
    eh_system_name(text, 4);
    assert_true(strlen(text) <= 3);
    assert_int_equal(text[4], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_there),
        cmocka_unit_test(names_are_cut_to_the_space_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
