/* test_fetch_mnist.c - MNIST as a data set to fetch. */
#include "support/cmocka_all.h"
#include "support/fetch_cases.h"

extern const eh_fetch eh_fetch_mnist;

static void the_entry_is_complete(void **state)
{
    (void)state;
    fetch_case_check(&eh_fetch_mnist);
    assert_non_null(eh_fetch_mnist.mirror[1]); /* more than one address */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_entry_is_complete) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
