/* statistics_golden.h - tests/golden/statistics.json: what SciPy, NumPy and scikit-learn computed. */
#ifndef EH_TESTS_STATISTICS_GOLDEN_H
#define EH_TESTS_STATISTICS_GOLDEN_H

#include <jansson.h>

/* The member of that name; fails the test when the file or the member is missing. Lives until the program ends. */
const json_t *statistics_golden(const char *name);

/* A number in an object, or at a place of an array. */
double statistics_number(const json_t *object, const char *key);
double statistics_at(const json_t *array, size_t i);

/* Fails the test unless a and b agree within the relative and absolute tolerances. */
void expect_near(const char *what, double a, double b, double relative, double absolute);

#endif
