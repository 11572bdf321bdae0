/* cosine: against numbers worked out apart. */
#include "evenhand/model.h"

#include "base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

static void expect(const char *text, uint64_t step, uint64_t total, double factor, double momentum)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec = { 0 };
    double got_factor = -1, got_momentum = 0.7; /* 0.7 stands for the optimiser's own */
    assert_int_equal(eh_thing_parse(&spec, "schedule", text, "test", arena, NULL), EH_OK);
    ((const eh_schedule *)spec.entry)->at(spec.opts, step, total, &got_factor, &got_momentum);
    assert_true(fabs(got_factor - factor) <= 1e-9);
    assert_true(fabs(got_momentum - momentum) <= 1e-9);
    eh_arena_free(arena);
}

static void without_warm_up_it_falls_along_half_a_cosine(void **state)
{
    (void)state;
    expect("cosine", 0, 100, 1.0, 0.7);
    expect("cosine", 25, 100, 0.8535533905932737, 0.7);
    expect("cosine", 50, 100, 0.5, 0.7);
    expect("cosine", 99, 100, 0.0002467198171342, 0.7);
}

static void with_warm_up_it_rises_in_equal_steps_first_and_ends_at_the_floor(void **state)
{
    (void)state;
    expect("cosine:warm-up=0.1,floor=0.2", 0, 100, 0.1, 0.7);
    expect("cosine:warm-up=0.1,floor=0.2", 4, 100, 0.5, 0.7);
    expect("cosine:warm-up=0.1,floor=0.2", 9, 100, 1.0, 0.7);
    expect("cosine:warm-up=0.1,floor=0.2", 10, 100, 1.0, 0.7);
    expect("cosine:warm-up=0.1,floor=0.2", 55, 100, 0.6, 0.7);
    expect("cosine:warm-up=0.1,floor=0.2", 99, 100, 0.2002436691923617, 0.7);
}

static void past_the_end_it_stays_at_the_floor(void **state)
{
    (void)state;
    expect("cosine:floor=0.25", 140, 100, 0.25, 0.7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_warm_up_it_falls_along_half_a_cosine),
        cmocka_unit_test(with_warm_up_it_rises_in_equal_steps_first_and_ends_at_the_floor),
        cmocka_unit_test(past_the_end_it_stays_at_the_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
