/* plan.h - a graph compiled for one backend, batch shape and precision, ready to run for ever.
 *
 * Compiling takes the nodes that the targets need, fuses, chooses layouts, prepares every kernel and plans memory by lifetime
 * into one block. A run allocates nothing.
 */
#ifndef EVENHAND_PLAN_H
#define EVENHAND_PLAN_H

#include "evenhand/graph.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eh_plan eh_plan;

typedef enum eh_precision {
    EH_PRECISION_F32,
    EH_PRECISION_BF16,
    EH_PRECISION_F64, /* ref only: the oracle */
    EH_PRECISION_AUTO /* bf16 where the processor has instructions for it (AVX512_BF16, AMX), else f32 */
} eh_precision;

/* What EH_PRECISION_AUTO stands for on this processor and that backend ("cpu"; NULL means it); others stand for themselves. */
EH_API eh_precision eh_precision_resolve(eh_precision asked, const char *backend);

/* "f32", "bf16", "f64", "auto". */
EH_API const char *eh_precision_name(eh_precision precision);

/* How implementations are chosen: by a rule that holds on most processors; by trial of each where no choice is remembered; the same with longer trials. */
typedef enum eh_tune { EH_TUNE_OFF, EH_TUNE_FAST, EH_TUNE_FULL } eh_tune;

/* Chooses for the plans that are made with it, and remembers: in the cache folder for all programs on this machine, and what it has chosen itself for
 * eh_tuner_save. Other choices mean other last bits of results. Not thread-safe. */
typedef struct eh_tuner eh_tuner;

EH_API eh_status eh_tuner_new(eh_tuner **out, eh_tune level, eh_error *err);
EH_API void eh_tuner_free(eh_tuner *tuner); /* after the plans; NULL is fine */

/* Takes the choices of an earlier tuner from a file, before any of its own: so that a run goes on with those that it began with. Those of another machine
 * or another version of the program are passed over. EH_ERR_INPUT when the file is none of eh_tuner_save; the tuner is as before then. */
EH_API eh_status eh_tuner_load(eh_tuner *tuner, const char *path, eh_error *err);

/* Writes all choices that plans of this tuner have taken, atomically, as JSON. */
EH_API eh_status eh_tuner_save(const eh_tuner *tuner, const char *path, eh_error *err);

typedef struct eh_plan_opts {
    const char *backend; /* "cpu" (NULL means it) or "ref" */
    eh_precision
        precision; /* bf16: convolutions and matrix products, and what lies between them, in bf16; variables, losses and statistics in f32.
                      It needs AVX-512, and is fast with AVX512_BF16 */
    uint64_t
        max_memory; /* bytes for activations and workspace; 0 = unlimited. Larger is EH_ERR_MEMORY naming the largest tensors */
    bool no_fusion;  /* for tests */
    eh_tuner *tuner; /* NULL: all choices by rule */
} eh_plan_opts;

/* Compiles the part of `g` that the targets (values to read, effects to execute) need. The graph must not gain nodes while the plan
 * lives and must outlive it. `opts` NULL: cpu, f32. */
EH_API eh_status eh_plan_new(eh_plan **out, eh_graph *g, eh_tensor *const *targets, size_t count,
                             const eh_plan_opts *opts, eh_error *err);
EH_API void eh_plan_free(eh_plan *plan);

/* Copies an input's value in, row-major, float for EH_F32 and int32_t for EH_I32. It stays until written again. In a plan with a guard (below) NaN and
 * infinity are refused: EH_ERR_NUMERIC names the input, and the value before stays. */
EH_API eh_status eh_plan_write(eh_plan *plan, const eh_tensor *input, const void *values, eh_error *err);

/* Executes one step: all targets. An optimiser's update ends it with EH_ERR_NUMERIC when the gradient or the variable is not finite, and names it;
 * elements with finite gradients, those of variables nearer to the loss first, may have been updated by then, others not. */
EH_API eh_status eh_plan_run(eh_plan *plan, eh_error *err);

/* Names a scalar target (a loss, the length of all gradients) that must be finite: a run ends with EH_ERR_NUMERIC as soon as it is not, before any step
 * behind it, so before the updates that follow from it. The target can be read then. Of several guards each holds; EH_ERR_LIMIT beyond four. */
EH_API eh_status eh_plan_guard(eh_plan *plan, const eh_tensor *target, eh_error *err);

/* Runs the step once more, without its effects, and looks at every value: EH_ERR_NUMERIC names the first input, variable or layer that holds NaN or
 * infinity; EH_OK: none does. Slow; for after a failure. What `where` does not choose may be such a value without harm. */
EH_API eh_status eh_plan_find_bad(eh_plan *plan, eh_error *err);

/* Copies a target's value out after a run, row-major, float or int32_t. Only targets and inputs can be read. */
EH_API eh_status eh_plan_read(eh_plan *plan, const eh_tensor *target, void *out, eh_error *err);

/* The same in double, for EH_F32 tensors; keeps full precision on the ref backend. */
EH_API eh_status eh_plan_write_f64(eh_plan *plan, const eh_tensor *input, const double *values,
                                   eh_error *err);
EH_API eh_status eh_plan_read_f64(eh_plan *plan, const eh_tensor *target, double *out, eh_error *err);

/* What the plan is made of. */
typedef struct eh_plan_stats {
    uint64_t arena_bytes;   /* activations, gradients and workspace, after sharing by lifetime */
    uint64_t scratch_bytes; /* the largest workspace of any step */
    uint64_t variable_bytes, input_bytes; /* inputs and constants */
    size_t steps, reorders, fused;
} eh_plan_stats;
EH_API eh_plan_stats eh_plan_get_stats(const eh_plan *plan);

/* Runs some steps with a clock around each kernel and writes three parts: every kernel (op, where, shapes, layout, implementation, time, GFLOP/s and
 * its share of what the processor can do at most, share of the time), the time by op, and the totals with the planned memory. A training plan
 * really trains while it is timed. */
EH_API eh_status eh_plan_explain(eh_plan *plan, FILE *out, eh_error *err);

#ifdef __cplusplus
}
#endif
#endif
