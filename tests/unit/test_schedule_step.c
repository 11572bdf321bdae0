/* step: against numbers worked out apart. */
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

static void it_falls_to_a_tenth_at_half_and_at_three_quarters(void **state)
{
    (void)state;
    expect("step", 0, 100, 1.0, 0.7);
    expect("step", 49, 100, 1.0, 0.7);
    expect("step", 50, 100, 0.1, 0.7);
    expect("step", 74, 100, 0.1, 0.7);
    expect("step", 75, 100, 0.01, 0.7);
    expect("step", 99, 100, 0.01, 0.7);
}

static void shares_factor_and_warm_up_can_be_chosen(void **state)
{
    (void)state;
    static const char text[] = "step:factor=0.5,first=0.2,second=0.4,third=0.6,warm-up=0.1";
    expect(text, 0, 100, 0.1, 0.7);
    expect(text, 10, 100, 1.0, 0.7);
    expect(text, 20, 100, 0.5, 0.7);
    expect(text, 40, 100, 0.25, 0.7);
    expect(text, 60, 100, 0.125, 0.7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_falls_to_a_tenth_at_half_and_at_three_quarters),
        cmocka_unit_test(shares_factor_and_warm_up_can_be_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
