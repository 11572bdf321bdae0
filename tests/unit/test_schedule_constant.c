/* constant: always the whole rate. */
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

static void the_rate_never_changes(void **state)
{
    (void)state;
    expect("constant", 0, 10, 1.0, 0.7);
    expect("constant", 9, 10, 1.0, 0.7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_never_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
