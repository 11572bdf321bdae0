/* statistics_golden.c - see statistics_golden.h. */
#include "support/cmocka_all.h"
#include "support/statistics_golden.h"

#include "base/json.h"

#include <math.h>
#include <stdlib.h>

static json_t *document;

static void release(void)
{
    json_decref(document);
}

const json_t *statistics_golden(const char *name)
{
    eh_error err = { 0 };
    if (!document) {
        if (eh_json_read(&document, "tests/golden/statistics.json", &err) != EH_OK)
            fail_msg("%s", err.message);
        atexit(release);
    }
    const json_t *member = json_object_get(document, name);
    if (!member)
        fail_msg("statistics.json has no '%s'", name);
    return member;
}

double statistics_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("'%s' is no number", key);
    return json_number_value(value);
}

double statistics_at(const json_t *array, size_t i)
{
    return json_number_value(json_array_get(array, i));
}

void expect_near(const char *what, double a, double b, double relative, double absolute)
{
    if (!(fabs(a - b) <= absolute + relative * fabs(b)))
        fail_msg("%s: %.17g, want %.17g", what, a, b);
}
