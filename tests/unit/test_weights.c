/* Weights to and from files: roles, strictness, and the report of a load. */
#include "evenhand/model.h"
#include "evenhand/params.h"
#include "tensor/params_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/evenhand-weights-XXXXXX";
static char path[128];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/weights.safetensors", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static size_t add(eh_params *p, const char *name, int64_t elements, eh_role role, double value)
{
    size_t index;
    assert_int_equal(eh_params_require(p, &index, name, eh_shape_of(1, elements), role,
                                       (eh_init){ EH_INIT_CONSTANT, value, false }, NULL),
                     EH_OK);
    return index;
}

static eh_params *store(double value)
{
    eh_params *p = NULL;
    assert_int_equal(eh_params_new(&p, 1, NULL), EH_OK);
    add(p, "fc.weight", 3, EH_TRAINABLE, value);
    add(p, "bn.running_mean", 2, EH_BUFFER, value);
    add(p, "fc.weight.adam_m", 3, EH_OPTIMIZER, value);
    return p;
}

static float first_value(eh_params *p, const char *name)
{
    float values[8];
    assert_int_equal(eh_params_read(p, (size_t)eh_params_find(p, name), values, NULL), EH_OK);
    return values[0];
}

static void weights_and_buffers_come_back_and_the_optimiser_stays(void **state)
{
    (void)state;
    eh_params *from = store(5), *to = store(1);
    eh_weights_report report;
    assert_int_equal(eh_weights_save(from, 1u << EH_TRAINABLE | 1u << EH_BUFFER, path, NULL, NULL), EH_OK);
    assert_int_equal(eh_weights_load(to, path, true, &report, NULL), EH_OK);
    assert_int_equal(report.matched, 2);
    assert_int_equal(report.missing + report.left_over + report.reshaped + report.not_finite, 0);
    assert_true(first_value(to, "fc.weight") == 5 && first_value(to, "bn.running_mean") == 5);
    assert_true(first_value(to, "fc.weight.adam_m") == 1);
    eh_params_free(from);
    eh_params_free(to);
}

static void what_does_not_fit_is_counted_and_named_or_refused_when_strict(void **state)
{
    (void)state;
    eh_params *from = store(5), *to = NULL;
    eh_weights_report report;
    eh_error err = { 0 };
    add(from, "bn.num_batches_tracked", 1, EH_BUFFER, 7);
    assert_int_equal(eh_weights_save(from, 1u << EH_TRAINABLE | 1u << EH_BUFFER, path, NULL, NULL), EH_OK);
    assert_int_equal(eh_params_new(&to, 1, NULL), EH_OK);
    add(to, "fc.weight", 4, EH_TRAINABLE, 1);
    add(to, "other.weight", 2, EH_TRAINABLE, 1);
    assert_int_equal(eh_weights_load(to, path, true, &report, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "other.weight"));
    assert_int_equal(eh_weights_load(to, path, false, &report, NULL), EH_OK);
    assert_int_equal(report.matched, 0);
    assert_int_equal(report.missing, 1);
    assert_string_equal(report.first_missing, "other.weight");
    assert_int_equal(report.reshaped, 1);
    assert_string_equal(report.first_reshaped, "fc.weight");
    assert_int_equal(report.left_over, 1); /* the batch counter is not one */
    assert_string_equal(report.first_left_over, "bn.running_mean");
    assert_true(first_value(to, "fc.weight") == 1);
    eh_params_free(from);
    eh_params_free(to);
}

static void not_a_number_is_reported(void **state)
{
    (void)state;
    eh_params *from = store(NAN), *to = store(1);
    eh_weights_report report;
    assert_int_equal(eh_weights_save(from, 1u << EH_TRAINABLE, path, NULL, NULL), EH_OK);
    assert_int_equal(eh_weights_load(to, path, false, &report, NULL), EH_OK);
    assert_int_equal(report.not_finite, 1);
    assert_string_equal(report.first_not_finite, "fc.weight");
    eh_params_free(from);
    eh_params_free(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_and_buffers_come_back_and_the_optimiser_stays),
        cmocka_unit_test(what_does_not_fit_is_counted_and_named_or_refused_when_strict),
        cmocka_unit_test(not_a_number_is_reported),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
