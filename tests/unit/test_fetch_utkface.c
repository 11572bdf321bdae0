/* test_fetch_utkface.c - UTKFace as a data set to fetch. */
#include "support/cmocka_all.h"
#include "support/fetch_cases.h"

#include <string.h>

extern const eh_fetch eh_fetch_utkface;

static void the_entry_is_complete(void **state)
{
    (void)state;
    fetch_case_check(&eh_fetch_utkface);
    assert_null(eh_fetch_utkface.mirror);
    assert_non_null(strstr(eh_fetch_utkface.licence, "Non-commercial"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_entry_is_complete) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
