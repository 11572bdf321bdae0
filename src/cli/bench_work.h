/* bench_work.h - the pieces of work that `evenhand bench` measures: one network, trained or run, as a plan. */
#ifndef EH_CLI_BENCH_WORK_H
#define EH_CLI_BENCH_WORK_H

#include "evenhand/memory.h"
#include "evenhand/params.h"
#include "evenhand/plan.h"

/* One row: which network on which images. */
typedef struct eh_bench_work {
    const char *name;  /* "resnet18", as in the peer's script */
    const char *model; /* "vgg-resnet:blocks=2,width=32" */
    int64_t size, batch, channels, classes;
} eh_bench_work;

/* The rows of the table, ended by one without name. */
extern const eh_bench_work eh_bench_works[];

/* A plan with all that it stands on. Zero-initialise. */
typedef struct eh_bench_plan {
    eh_arena *arena;
    eh_params *params;
    eh_graph *graph;
    eh_plan *plan;
} eh_bench_plan;

/* Builds the network, in training with cross-entropy and Adam, and fills its inputs with random images and labels. recompute: eh_graph_recompute. */
eh_status eh_bench_build(eh_bench_plan *out, const eh_bench_work *work, bool train, bool recompute,
                         const eh_plan_opts *opts, uint64_t seed, eh_error *err);
void eh_bench_free(eh_bench_plan *plan);

#endif
