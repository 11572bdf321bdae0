/* erm: every image once in every epoch, and nothing else. */
#include "support/method_case.h"

#include "support/cmocka_all.h"

#include <string.h>

static void an_epoch_visits_every_image_once_in_another_order_each_time(void **state)
{
    (void)state;
    method_case c;
    unsigned char seen[17] = { 0 };
    uint32_t first[17];
    method_case_make(&c, "erm", (const size_t[]){ 10, 7 }, 2);
    eh_epoch_order order = method_case_epoch(&c, 0);
    assert_int_equal(order.count, 17);
    for (size_t i = 0; i < 17; i++)
        seen[order.row[i]]++;
    for (size_t i = 0; i < 17; i++)
        assert_int_equal(seen[i], 1);
    memcpy(first, order.row, sizeof first);
    order = method_case_epoch(&c, 1);
    assert_memory_not_equal(first, order.row, sizeof first);
    order = method_case_epoch(&c, 0);
    assert_memory_equal(first, order.row, sizeof first);
    method_case_clear(&c);
}

static void it_changes_neither_loss_nor_weights_and_needs_no_groups(void **state)
{
    (void)state;
    extern const eh_method eh_method_erm;
    assert_null(eh_method_erm.hooks.build);
    assert_null(eh_method_erm.hooks.batch);
    assert_int_equal(eh_method_erm.needs, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epoch_visits_every_image_once_in_another_order_each_time),
        cmocka_unit_test(it_changes_neither_loss_nor_weights_and_needs_no_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
