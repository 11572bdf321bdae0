/* engine_expect.h - what tests of the engine share: graphs made of constants, run on the reference backend and compared. */
#ifndef EH_TESTS_ENGINE_EXPECT_H
#define EH_TESTS_ENGINE_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evenhand/graph.h"
#include "evenhand/params.h"
#include "evenhand/plan.h"
#include "tensor/ops.h"

/* A graph with its own parameter store; failures of the test end it. */
typedef struct engine_fixture {
    eh_params *params;
    eh_graph *g;
} engine_fixture;

engine_fixture engine_begin(void);
void engine_end(engine_fixture *f);

/* Runs one step of `targets` on the reference backend in f64; readable results go to out[i] (NULL: not read). Graphs without inputs only. */
void engine_run(eh_graph *g, eh_tensor *const *targets, size_t count, double **out);

/* Checks that `t` (from constants and variables) has this shape and these elements within `tolerance` (absolute, and relative to |expected|). */
void engine_expect_values(eh_tensor *t, eh_shape shape, const double *expected, size_t count,
                          double tolerance);
#define EXPECT(t, shape, tolerance, ...)                                \
    engine_expect_values((t), (shape), (const double[]){ __VA_ARGS__ }, \
                         sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double), (tolerance))

/* A constant from a list. */
#define CONSTANT(g, shape, ...) eh_constant((g), (shape), (const float[]){ __VA_ARGS__ })

/* A constant 0, step, 2 step ... */
eh_tensor *engine_ramp(eh_graph *g, eh_shape shape, double start, double step);

/* An i32 input cannot be a constant: labels come from here; engine_run writes them. At most 8 for each graph. */
eh_tensor *engine_labels(eh_graph *g, size_t count, const int32_t *labels);
#define LABELS(g, ...)                                                             \
    engine_labels((g), sizeof((const int32_t[]){ __VA_ARGS__ }) / sizeof(int32_t), \
                  (const int32_t[]){ __VA_ARGS__ })

/* Checks that the graph has failed with EH_ERR_USAGE and a sentence that holds all `parts` (NULL-terminated). */
void engine_expect_error(const eh_graph *g, const char *const *parts);
#define EXPECT_ERROR(g, ...) engine_expect_error((g), (const char *const[]){ __VA_ARGS__, NULL })

#endif
