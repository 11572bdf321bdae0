/* test_fetch_celeba.c - CelebA as a data set to fetch. */
#include "support/cmocka_all.h"
#include "support/fetch_cases.h"

#include <string.h>

extern const eh_fetch eh_fetch_celeba;

static void the_entry_is_complete(void **state)
{
    (void)state;
    fetch_case_check(&eh_fetch_celeba);
    assert_null(eh_fetch_celeba.mirror); /* its agreement must be accepted by a person */
    assert_non_null(strstr(eh_fetch_celeba.licence, "Non-commercial"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_entry_is_complete) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
