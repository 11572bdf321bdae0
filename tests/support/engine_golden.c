/* engine_golden.c - numbers made by another program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/engine_golden.h"
#include "evenhand/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

json_t *engine_golden_open(const char *name)
{
    const char *root = getenv("EVENHAND_ROOT");
    char path[4096];
    json_t *json = NULL;
    eh_error err = { 0 };
    snprintf(path, sizeof path, "%s/tests/golden/%s", root ? root : ".", name);
    if (eh_json_read(&json, path, &err) != EH_OK)
        fail_msg("%s", err.message);
    return json;
}

double *engine_golden_values(const json_t *tensor, eh_shape *shape, size_t *count)
{
    const json_t *dims = json_object_get(tensor, "shape"), *values = json_object_get(tensor, "values");
    double *out = NULL;
    assert_true(json_is_array(dims) && json_is_array(values) && json_array_size(dims) <= EH_MAX_RANK);
    shape->rank = (int)json_array_size(dims);
    for (int i = 0; i < shape->rank; i++)
        shape->dim[i] = json_integer_value(json_array_get(dims, (size_t)i));
    *count = json_array_size(values);
    assert_int_equal(*count, eh_shape_elements(*shape));
    out = eh_alloc(*count, sizeof *out);
    for (size_t i = 0; i < *count; i++)
        out[i] = json_number_value(json_array_get(values, i));
    return out;
}

void engine_golden_compare(const char *what, const double *value, const json_t *tensor, double tolerance)
{
    eh_shape shape = { 0 };
    size_t count = 0;
    double *expected = engine_golden_values(tensor, &shape, &count);
    for (size_t i = 0; i < count; i++)
        if (!(fabs(value[i] - expected[i]) <= tolerance * (1 + fabs(expected[i]))))
            fail_msg("%s: element %zu is %.15g, expected %.15g", what, i, value[i], expected[i]);
    eh_free(expected);
}
