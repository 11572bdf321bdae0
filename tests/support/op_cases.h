/* op_cases.h - one table of small graphs that reach every operation, used by the gradient test, the comparison with PyTorch's numbers and the
 * comparison of backends. To add an op: a row in op_cases.c or (what networks and their losses need) op_cases_networks.c, and its line in tests/tools/make_engine_goldens.py. */
#ifndef EH_TESTS_OP_CASES_H
#define EH_TESTS_OP_CASES_H

#include "tensor/ops.h"

enum { OP_CASE_INPUTS = 6 };

typedef enum op_case_kind {
    NORMAL,   /* standard normal */
    POSITIVE, /* in [0.5, 2] */
    AWAY,     /* magnitude in [0.3, 1.3], either sign: away from a kink at 0 */
    LABELS    /* i32: 0, 1, 2, 0 ... */
} op_case_kind;

typedef struct op_case_input {
    eh_shape shape;
    op_case_kind kind;
} op_case_input;

typedef struct op_case {
    const char *name;
    eh_tensor *(*build)(eh_graph *g, eh_tensor **in, const void *opts);
    const void *opts;
    bool first_only;                     /* the gradient of the gradient is not checked */
    bool no_peer;                        /* PyTorch has no counterpart */
    op_case_input input[OP_CASE_INPUTS]; /* ends with an all-zero element */
} op_case;

/* Case i of all tables, or NULL behind the last. */
const op_case *op_case_at(size_t i);

/* The tables: op_cases.c, op_cases_networks.c. */
const op_case *op_cases_basic(size_t *count);
const op_case *op_cases_networks(size_t *count);

/* Number of inputs of a case. */
int op_case_inputs(const op_case *c);

/* Value of element `index` of input `input` of a case: the same for every test, exact in f32 (multiples of 1/65536). */
double op_case_value(const op_case *c, int input, size_t index);

/* ---- for rows ---- */

#define SHAPE(...)                                                                      \
    {                                                                                   \
        { sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int), { __VA_ARGS__ } }, NORMAL \
    }
#define SHAPE_OF(what, ...)                                                           \
    {                                                                                 \
        { sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int), { __VA_ARGS__ } }, what \
    }
#define CONV(...)                                          \
    .build = build_conv2d, .opts = &(const eh_conv2d_opts) \
    {                                                      \
        __VA_ARGS__                                        \
    }
#define POOL(f, ...)                                    \
    .build = build_##f, .opts = &(const eh_pool2d_opts) \
    {                                                   \
        __VA_ARGS__                                     \
    }
#define MATMUL(a, b)                              \
    .build = build_matmul, .opts = (const bool[]) \
    {                                             \
        a, b                                      \
    }
#define REDUCE(f, axes, keep)                      \
    .build = build_##f, .opts = &(const reduction) \
    {                                              \
        axes, keep                                 \
    }
#define TO_SHAPE(f, rank_, ...)                   \
    .build = build_##f, .opts = &(const eh_shape) \
    {                                             \
        .rank = rank_, .dim = { __VA_ARGS__ }     \
    }

#endif
