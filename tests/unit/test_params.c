/* test_params.c - the store of variables: what initialisation depends on, and values in and out. */
#include "support/engine_expect.h"
#include "tensor/params_store.h"

#include <math.h>
#include <string.h>

enum { MANY = 64 * 32 * 3 * 3 };

static void make(eh_params *p, const char *name, eh_shape shape, eh_init init)
{
    size_t index = 0;
    assert_int_equal(eh_params_require(p, &index, name, shape, EH_TRAINABLE, init, NULL), EH_OK);
}

static void draws_depend_on_seed_and_name_and_not_on_the_order(void **state)
{
    const eh_init normal = { .kind = EH_INIT_NORMAL, .a = 1 };
    eh_params *p[3] = { NULL };
    float a[3][8], b[3][8];
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(eh_params_new(&p[i], i == 2 ? 8 : 7, NULL), EH_OK);
    make(p[0], "a", eh_shape_of(1, 8), normal);
    make(p[0], "b", eh_shape_of(1, 8), normal);
    make(p[1], "b", eh_shape_of(1, 8), normal);
    make(p[1], "a", eh_shape_of(1, 8), normal);
    make(p[2], "a", eh_shape_of(1, 8), normal);
    make(p[2], "b", eh_shape_of(1, 8), normal);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(eh_params_read(p[i], (size_t)eh_params_find(p[i], "a"), a[i], NULL), EH_OK);
        assert_int_equal(eh_params_read(p[i], (size_t)eh_params_find(p[i], "b"), b[i], NULL), EH_OK);
        eh_params_free(p[i]);
    }
    assert_memory_equal(a[0], a[1], sizeof a[0]);
    assert_memory_equal(b[0], b[1], sizeof b[0]);
    assert_memory_not_equal(a[0], b[0], sizeof a[0]);
    assert_memory_not_equal(a[0], a[2], sizeof a[0]);
}

/* Mean, standard deviation and largest magnitude of a freshly made variable. */
static void statistics(eh_shape shape, eh_init init, double *mean, double *deviation, double *largest)
{
    static float value[MANY];
    eh_params *p = NULL;
    size_t count = (size_t)eh_shape_elements(shape);
    assert_true(count <= MANY);
    assert_int_equal(eh_params_new(&p, 3, NULL), EH_OK);
    make(p, "w", shape, init);
    assert_int_equal(eh_params_read(p, 0, value, NULL), EH_OK);
    eh_params_free(p);
    *mean = *deviation = *largest = 0;
    for (size_t i = 0; i < count; i++) {
        *mean += (double)value[i] / (double)count;
        *deviation += (double)value[i] * (double)value[i] / (double)count;
        *largest = fmax(*largest, fabs((double)value[i]));
    }
    *deviation = sqrt(*deviation - *mean * *mean);
}

static void kaiming_scales_by_the_fan_in_or_out(void **state)
{
    static const struct {
        eh_init init;
        double deviation; /* of [64, 32, 3, 3]: fan in 288, fan out 576 */
    } row[] = {
        { { EH_INIT_KAIMING_NORMAL, 1.4142135623730951, false }, 0.08333333 },
        { { EH_INIT_KAIMING_NORMAL, 1.4142135623730951, true }, 0.05892557 },
        { { EH_INIT_KAIMING_UNIFORM, 1, false }, 0.05892557 },
        { { EH_INIT_NORMAL, 0.02, false }, 0.02 },
        { { EH_INIT_UNIFORM, 0.3, false }, 0.17320508 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        double mean = 0, deviation = 0, largest = 0;
        statistics(eh_shape_of(4, 64, 32, 3, 3), row[i].init, &mean, &deviation, &largest);
        assert_true(fabs(mean) < 0.03 * row[i].deviation);
        assert_true(fabs(deviation / row[i].deviation - 1) < 0.03);
        if (row[i].init.kind == EH_INIT_KAIMING_UNIFORM || row[i].init.kind == EH_INIT_UNIFORM)
            assert_true(largest <= sqrt(3) * row[i].deviation * 1.0001 && largest > 1.6 * row[i].deviation);
    }
}

static void values_go_in_and_out_unchanged(void **state)
{
    engine_fixture f = engine_begin();
    const float in[3] = { 1, -2.5f, INFINITY };
    float out[3] = { 0 };
    (void)state;
    eh_variable(f.g, "v", eh_shape_of(1, 3), EH_BUFFER, (eh_init){ .a = 4 });
    assert_int_equal(eh_params_read(f.params, 0, out, NULL), EH_OK);
    assert_float_equal(out[2], 4, 0);
    assert_int_equal(eh_params_write(f.params, 0, in, NULL), EH_OK);
    assert_int_equal(eh_params_read(f.params, 0, out, NULL), EH_OK);
    assert_memory_equal(in, out, sizeof in);
    engine_end(&f);
}

static void a_value_survives_moving_into_a_plan_and_back(void **state)
{
    engine_fixture f = engine_begin();
    const float in[2] = { 3, -7 };
    float out[2] = { 0 };
    eh_tensor *v = eh_variable(f.g, "v", eh_shape_of(1, 2), EH_TRAINABLE, (eh_init){ 0 });
    eh_tensor *y = eh_square(f.g, v);
    (void)state;
    EXPECT(y, eh_shape_of(1, 2), 0, 0, 0);
    assert_int_equal(eh_params_write(f.params, 0, in, NULL), EH_OK);
    EXPECT(y, eh_shape_of(1, 2), 0, 9, 49);
    assert_int_equal(eh_params_read(f.params, 0, out, NULL), EH_OK);
    assert_memory_equal(in, out, sizeof in);
    engine_end(&f);
}

static void variables_are_counted_and_described_in_order_of_creation(void **state)
{
    engine_fixture f = engine_begin();
    (void)state;
    eh_variable(f.g, "w", eh_shape_of(2, 3, 4), EH_TRAINABLE, (eh_init){ 0 });
    eh_variable(f.g, "m", eh_shape_of(1, 5), EH_BUFFER, (eh_init){ 0 });
    eh_variable(f.g, "b", eh_shape_of(0), EH_TRAINABLE, (eh_init){ 0 });
    assert_int_equal(eh_params_count(f.params), 3);
    assert_string_equal(eh_params_info(f.params, 1).name, "m");
    assert_int_equal(eh_params_info(f.params, 1).role, EH_BUFFER);
    assert_int_equal(eh_params_elements(f.params, EH_TRAINABLE), 13);
    assert_int_equal(eh_params_elements(f.params, EH_BUFFER), 5);
    assert_int_equal(eh_params_elements(f.params, EH_OPTIMIZER), 0);
    assert_int_equal(eh_params_find(f.params, "none"), -1);
    engine_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_depend_on_seed_and_name_and_not_on_the_order),
        cmocka_unit_test(kaiming_scales_by_the_fan_in_or_out),
        cmocka_unit_test(values_go_in_and_out_unchanged),
        cmocka_unit_test(a_value_survives_moving_into_a_plan_and_back),
        cmocka_unit_test(variables_are_counted_and_described_in_order_of_creation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
