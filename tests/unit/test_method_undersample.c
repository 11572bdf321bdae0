/* undersample: every group as large as the smallest that has images. */
#include "support/method_case.h"

#include "support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static const size_t sizes[4] = { 10, 4, 0, 7 };

static int by_value(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The rows of an epoch, sorted. */
static void sorted_epoch(method_case *c, uint64_t epoch, uint32_t *row, size_t count)
{
    eh_epoch_order order = method_case_epoch(c, epoch);
    assert_int_equal(order.count, count);
    memcpy(row, order.row, count * sizeof *row);
    qsort(row, count, sizeof *row, by_value);
}

static void every_group_gives_as_many_images_as_the_smallest_with_any(void **state)
{
    (void)state;
    method_case c;
    size_t count[4];
    method_case_make(&c, "undersample", sizes, 4);
    method_case_count(&c, method_case_epoch(&c, 0), count);
    assert_int_equal(count[0], 4);
    assert_int_equal(count[1], 4);
    assert_int_equal(count[2], 0);
    assert_int_equal(count[3], 4);
    method_case_clear(&c);
}

static void a_cap_is_kept_and_smaller_groups_stay_whole(void **state)
{
    (void)state;
    method_case c;
    size_t count[4];
    method_case_make(&c, "undersample:cap=6", sizes, 4);
    method_case_count(&c, method_case_epoch(&c, 0), count);
    assert_int_equal(count[0], 6);
    assert_int_equal(count[1], 4);
    assert_int_equal(count[3], 6);
    method_case_clear(&c);
}

static void no_image_comes_twice_and_the_choice_stays_unless_redrawn(void **state)
{
    (void)state;
    method_case c;
    uint32_t first[12], second[12];
    method_case_make(&c, "undersample", sizes, 4);
    sorted_epoch(&c, 0, first, 12);
    sorted_epoch(&c, 1, second, 12);
    assert_memory_equal(first, second, sizeof first);
    for (size_t i = 1; i < 12; i++)
        assert_true(first[i] > first[i - 1]);
    method_case_clear(&c);
    method_case_make(&c, "undersample:redraw=true", sizes, 4);
    sorted_epoch(&c, 0, first, 12);
    sorted_epoch(&c, 1, second, 12);
    assert_memory_not_equal(first, second, sizeof first);
    method_case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_gives_as_many_images_as_the_smallest_with_any),
        cmocka_unit_test(a_cap_is_kept_and_smaller_groups_stay_whole),
        cmocka_unit_test(no_image_comes_twice_and_the_choice_stays_unless_redrawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
