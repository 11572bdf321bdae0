/* test_fetch_cifar10.c - CIFAR-10 as a data set to fetch. */
#include "support/cmocka_all.h"
#include "support/fetch_cases.h"

extern const eh_fetch eh_fetch_cifar10;

static void the_entry_is_complete(void **state)
{
    (void)state;
    fetch_case_check(&eh_fetch_cifar10);
    assert_string_equal(eh_fetch_cifar10.import, "cifar-10-binary.tar.gz");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_entry_is_complete) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
