/* one-cycle: against the numbers of fastai's combined_cos and of PyTorch's OneCycleLR (tests/tools/make_training_goldens.py). */
#include "evenhand/model.h"

#include "base/config.h"
#include "base/json.h"

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

static void rate_and_momentum_go_opposite_ways_as_in_fastai(void **state)
{
    (void)state;
    expect("one-cycle", 0, 100, 0.04, 0.95);
    expect("one-cycle", 10, 100, 0.3716718427000252, 0.9154508497187474);
    expect("one-cycle", 25, 100, 1.0, 0.85);
    expect("one-cycle", 50, 100, 0.7500025, 0.875);
    expect("one-cycle", 99, 100, 0.0004485805647213015, 0.9499561415049429);
    expect("one-cycle", 250, 100, 1e-5, 0.95); /* an epoch longer than the first: stays at the end */
}

static void by_its_other_rule_every_step_is_that_of_pytorch(void **state)
{
    (void)state;
    json_t *document = NULL;
    assert_int_equal(eh_json_read(&document, "tests/golden/training.json", NULL), EH_OK);
    const json_t *rows = json_object_get(document, "one_cycle");
    assert_int_equal(json_array_size(rows), 13);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        expect("one-cycle:rule=torch,start=0.3,div-final=250000",
               (uint64_t)json_integer_value(json_array_get(row, 0)), 100,
               json_number_value(json_array_get(row, 1)), json_number_value(json_array_get(row, 2)));
    }
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_and_momentum_go_opposite_ways_as_in_fastai),
        cmocka_unit_test(by_its_other_rule_every_step_is_that_of_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
