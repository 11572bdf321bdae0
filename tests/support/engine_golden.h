/* engine_golden.h - numbers made by another program, read from the JSON files of tests/golden. */
#ifndef EH_TESTS_ENGINE_GOLDEN_H
#define EH_TESTS_ENGINE_GOLDEN_H

#include "base/json.h"
#include "evenhand/graph.h"

/* The file tests/golden/<name>; a test that cannot read it fails. Release with json_decref. */
json_t *engine_golden_open(const char *name);

/* A tensor {"shape": [...], "values": [...]}: its values (release with eh_free), its shape and the number of elements. */
double *engine_golden_values(const json_t *tensor, eh_shape *shape, size_t *count);

/* Checks `value` against a tensor: same number of elements, each within tolerance * (1 + |expected|). `what` names it in the message. */
void engine_golden_compare(const char *what, const double *value, const json_t *tensor, double tolerance);

#endif
