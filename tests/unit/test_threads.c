/* The thread budget and the parallel loop. */
#include "base/threads.h"

#include "support/cmocka_all.h"

#include <stdatomic.h>
#include <string.h>

enum { COUNT = 10000 };
static _Atomic int visits[COUNT];
static _Atomic int inner_visits;

static void visit(void *user, size_t index)
{
    (void)user;
    atomic_fetch_add(&visits[index], 1);
}

static void visit_nested(void *user, size_t index)
{
    (void)index;
    (void)user;
    atomic_fetch_add(&inner_visits, 1);
}

static void start_nested(void *user, size_t index)
{
    (void)index;
    eh_parallel_for(10, visit_nested, user);
}

static void every_index_is_visited_once_with_any_budget(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        memset((void *)visits, 0, sizeof visits);
        eh_threads_set(threads);
        assert_int_equal(eh_threads(), threads);
        eh_parallel_for(COUNT, visit, NULL);
        for (int i = 0; i < COUNT; i++)
            assert_int_equal(visits[i], 1);
    }
    eh_parallel_for(0, visit, NULL);
}

static void a_loop_inside_a_loop_is_complete(void **state)
{
    (void)state;
    eh_threads_set(3);
    inner_visits = 0;
    eh_parallel_for(20, start_nested, NULL);
    assert_int_equal(inner_visits, 200);
}

static void zero_means_what_the_machine_allows(void **state)
{
    (void)state;
    eh_threads_set(0);
    assert_true(eh_threads() >= 1);
    assert_true(eh_threads() <= 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_is_visited_once_with_any_budget),
        cmocka_unit_test(a_loop_inside_a_loop_is_complete),
        cmocka_unit_test(zero_means_what_the_machine_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
