/* test_fetch_cifar100.c - CIFAR-100 as a data set to fetch. */
#include "support/cmocka_all.h"
#include "support/fetch_cases.h"

extern const eh_fetch eh_fetch_cifar100;

static void the_entry_is_complete(void **state)
{
    (void)state;
    fetch_case_check(&eh_fetch_cifar100);
    assert_string_equal(eh_fetch_cifar100.import, "cifar-100-binary.tar.gz");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_entry_is_complete) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
