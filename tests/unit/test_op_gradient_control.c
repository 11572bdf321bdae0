/* test_op_gradient_control.c - the two identities that change what flows back, and how gradients are told apart from zero. */
#include "support/engine_expect.h"

#include <string.h>

static void no_gradient_passes_stop_gradient(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(1, 2), 2, 3), *grad = NULL;
    eh_tensor *y = eh_mul(f.g, x, eh_stop_gradient(f.g, eh_square(f.g, x)));
    (void)state;
    EXPECT(y, eh_shape_of(1, 2), 0, 8, 27);
    assert_int_equal(eh_gradients(f.g, eh_sum(f.g, y, 0, false), &x, 1, &grad, NULL), EH_OK);
    EXPECT(grad, eh_shape_of(1, 2), 0, 4, 9);
    engine_end(&f);
}

static void reverse_gradient_is_the_identity_forward_and_minus_factor_backward(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(1, 2), 2, 3), *factor = eh_full(f.g, eh_shape_of(0), 0.5);
    eh_tensor *y = eh_reverse_gradient(f.g, x, factor), *grad[2] = { 0 }, *wrt[] = { x, factor };
    (void)state;
    EXPECT(y, eh_shape_of(1, 2), 0, 2, 3);
    assert_int_equal(eh_gradients(f.g, eh_sum(f.g, eh_square(f.g, y), 0, false), wrt, 2, grad, NULL), EH_OK);
    EXPECT(grad[0], eh_shape_of(1, 2), 0, -2, -3);
    assert_null(grad[1]);
    engine_end(&f);
}

static void a_gradient_is_null_where_the_loss_does_not_depend(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = eh_full(f.g, eh_shape_of(0), 2), *other = eh_full(f.g, eh_shape_of(0), 3),
              *index = LABELS(f.g, 1);
    eh_tensor *wrt[] = { other, x, index }, *grad[3] = { other, NULL, other };
    (void)state;
    assert_int_equal(eh_gradients(f.g, eh_square(f.g, x), wrt, 3, grad, NULL), EH_OK);
    assert_null(grad[0]);
    assert_null(grad[2]);
    EXPECT(grad[1], eh_shape_of(0), 0, 4);
    engine_end(&f);
}

static void the_gradient_of_the_loss_itself_is_one(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *loss = eh_full(f.g, eh_shape_of(0), 5), *grad = NULL;
    (void)state;
    assert_int_equal(eh_gradients(f.g, loss, &loss, 1, &grad, NULL), EH_OK);
    EXPECT(grad, eh_shape_of(0), 0, 1);
    engine_end(&f);
}

static void gradients_reach_inner_tensors_that_depend_on_each_other(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = eh_full(f.g, eh_shape_of(0), 3), *inner = eh_square(f.g, x);
    eh_tensor *loss = eh_mul(f.g, inner, x); /* x^3 */
    eh_tensor *wrt[] = { inner, x }, *grad[2] = { 0 };
    (void)state;
    assert_int_equal(eh_gradients(f.g, loss, wrt, 2, grad, NULL), EH_OK);
    EXPECT(grad[0], eh_shape_of(0), 0, 3);
    EXPECT(grad[1], eh_shape_of(0), 0, 27);
    engine_end(&f);
}

static void a_penalty_on_the_gradient_can_be_differentiated(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(1, 2), 2, 3), *grad = NULL, *second = NULL, *third = NULL;
    eh_tensor *loss = eh_sum(f.g, eh_mul(f.g, eh_square(f.g, x), x), 0, false); /* x^3 */
    (void)state;
    assert_int_equal(eh_gradients(f.g, loss, &x, 1, &grad, NULL), EH_OK);
    assert_int_equal(eh_gradients(f.g, eh_sum(f.g, eh_square(f.g, grad), 0, false), &x, 1, &second, NULL),
                     EH_OK);
    EXPECT(second, eh_shape_of(1, 2), 0, 36 * 8, 36 * 27); /* d 9 x^4 = 36 x^3 */
    assert_int_equal(eh_gradients(f.g, eh_sum(f.g, second, 0, false), &x, 1, &third, NULL), EH_OK);
    EXPECT(third, eh_shape_of(1, 2), 0, 108 * 4, 108 * 9);
    engine_end(&f);
}

static void a_loss_that_is_no_scalar_is_refused(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(1, 2), 2, 3), *grad = NULL;
    eh_error err = { 0 };
    (void)state;
    assert_int_equal(eh_gradients(f.g, x, &x, 1, &grad, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "[2]"));
    assert_int_equal(eh_gradients(f.g, NULL, &x, 1, &grad, &err), EH_ERR_USAGE);
    engine_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_gradient_passes_stop_gradient),
        cmocka_unit_test(reverse_gradient_is_the_identity_forward_and_minus_factor_backward),
        cmocka_unit_test(a_gradient_is_null_where_the_loss_does_not_depend),
        cmocka_unit_test(the_gradient_of_the_loss_itself_is_one),
        cmocka_unit_test(gradients_reach_inner_tensors_that_depend_on_each_other),
        cmocka_unit_test(a_penalty_on_the_gradient_can_be_differentiated),
        cmocka_unit_test(a_loss_that_is_no_scalar_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
