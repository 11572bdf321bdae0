/* backend.h - what a backend is: a table of functions that prepares nodes, runs
 * them and moves memory.
 *
 * Two backends: `ref` (plain loops over row-major doubles: the oracle) and
 * `cpu` (oneDNN and vector kernels, f32 and bf16). A CUDA backend fits the same table.
 *
 * Life of a step: the plan calls kernel->prepare once, in topological order. It
 * sees the layouts that the producers chose for the inputs (in[i]->layout),
 * sets `want[i]` where it needs another one (the plan inserts a reorder, shared
 * by all who want the same; inputs, constants and variables that no earlier
 * step has relied on simply take the layout), sets out[i]->layout for every
 * output (effects need not), and asks for scratch memory. An effect takes
 * in[0], the first variable that it changes, in the layout that it has, and may
 * want the same layout for the others. Then the plan places all values by
 * lifetime and binds `data`; each run calls kernel->run with all pointers
 * bound. Nothing may be allocated in run.
 *
 * Precision: a value's layout carries the type of its elements. In a bf16 plan
 * variables, losses and statistics stay f32; eh_steps_lower marks the values
 * that are worth holding in bf16 (`rounded`). A kernel that does not say it
 * takes bf16 is given f32 copies of its inputs, so a new kernel need not know.
 * Copies between types are reorders like others.
 */
#ifndef EH_BACKEND_BACKEND_H
#define EH_BACKEND_BACKEND_H

#include "evenhand/plan.h"
#include "tensor/op.h"

typedef struct eh_layout eh_layout;   /* a backend's own description of how a tensor lies in memory */
typedef struct eh_backend eh_backend; /* const description */
typedef struct eh_kernel eh_kernel;
typedef struct eh_step eh_step;
struct eh_step_list; /* plan_steps.h */

/* A tensor inside a plan. */
typedef struct eh_value {
    const eh_tensor *tensor;
    eh_layout *layout; /* owned by the plan (released through the backend) */
    size_t bytes;
    void *data;   /* bound by the plan */
    bool rounded; /* a step that reads it computes in bf16: set by eh_steps_lower */
} eh_value;

/* One prepared node. */
struct eh_step {
    const eh_node *node;
    const eh_kernel *kernel;
    void *engine;         /* the backend's opened state (eh_backend.open) */
    eh_value **in, **out; /* out[i] may be NULL in steps that the backend's fusion made */
    int inputs, outputs;
    eh_layout **want; /* [inputs]; NULL = as it is. Set by prepare; owned by the plan */
    void *state;      /* kernel's own, made by prepare, released by kernel->release */
    size_t scratch_bytes;
    void *scratch;              /* 64-byte aligned, bound by the plan */
    const char *implementation; /* for --explain: "jit_avx512_core"; static or
                                 owned by state */
    double flops;               /* for --explain; 0 = not counted */
    const void *fused;          /* set by the plan's fusion pass for kernels that take
                        fused work (cpu backend's own struct) */
    int *in_place;              /* [outputs]; input whose memory the output may take when
                        nobody reads that input later and the layouts are the     same
                        (EH_OP_VIEW: whatever the layouts), -1: none. Set from the
                        op's flags; prepare may change it */
    uint32_t key;               /* order among steps that could run: smaller first (the node's id) */
    eh_precision precision;     /* what the plan was asked for */
    eh_tuner *tuner;            /* for prepare: may be NULL (tuner.h) */
};

/* What a kernel does in a bf16 plan. */
typedef enum eh_lowers {
    EH_WIDENS,  /* takes f32 only: the plan converts what is bf16 */
    EH_FOLLOWS, /* takes either; the result is mostly of the type of the input */
    EH_LOWERS   /* computes in bf16 */
} eh_lowers;

/* How one backend runs one op. */
struct eh_kernel {
    const eh_op *op;
    eh_lowers lowers;
    eh_status (*prepare)(eh_step *step, eh_error *err);
    eh_status (*run)(eh_step *step, eh_error *err);
    void (*release)(eh_step *step); /* may be NULL */
};

typedef enum eh_bf16_support { EH_BF16_NONE, EH_BF16_SLOW, EH_BF16_NATIVE } eh_bf16_support;

struct eh_backend {
    eh_entry entry;
    const eh_kernel *const *kernels; /* NULL-terminated */
    /* Opens the backend once for the process (threads as eh_threads() says). */
    eh_status (*open)(void **engine, eh_error *err);
    /* Row-major layout of a shape; used for inputs, constants and reading back.
   */
    eh_status (*plain)(eh_layout **out, eh_shape shape, eh_dtype dtype, eh_error *err);
    eh_status (*copy_layout)(eh_layout **out, const eh_layout *layout, eh_error *err);
    /* *out NULL for a layout that holds f32; else the same, or nearly, with f32 elements. NULL: there are no others. */
    eh_status (*widened)(eh_layout **out, const eh_layout *layout, eh_error *err);
    void (*free_layout)(eh_layout *layout); /* NULL is fine */
    bool (*same_layout)(const eh_layout *a, const eh_layout *b);
    size_t (*layout_bytes)(const eh_layout *layout);
    /* Short text ("aBcd16b") for --explain. */
    const char *(*layout_text)(const eh_layout *layout, char *out, size_t size);
    /* Prepared conversion between two layouts of one shape; runs like a kernel.
   */
    eh_status (*reorder_new)(void **reorder, void *engine, const eh_layout *from, const eh_layout *to,
                             eh_error *err);
    eh_status (*reorder_run)(void *reorder, const void *from, void *to, eh_error *err);
    void (*reorder_free)(void *reorder);
    /* Between the layout and row-major values of the caller: float/int32_t (f64
   * false) or double (f64 true). */
    eh_status (*import)(void *engine, const eh_layout *layout, void *data, const void *values, bool f64,
                        eh_error *err);
    eh_status (*export_)(void *engine, const eh_layout *layout, const void *data, void *values, bool f64,
                         eh_error *err);
    /* Rewrites the ordered list of steps before preparation (fusion); may be
   * NULL. Declared in plan_steps.h. */
    eh_status (*fuse)(struct eh_step_list *steps, eh_error *err);
    /* What this processor makes of bf16; NULL: the backend has none. */
    eh_bf16_support (*bf16)(void);
    /* Measures the most FLOP a second at that precision on all threads, for
   * --explain; NULL: not known. */
    double (*peak_flops)(eh_precision precision);
};

extern const eh_backend eh_backend_ref, eh_backend_cpu;

/* NULL-terminated table of backends. */
extern const eh_entry *const eh_backend_list[];

#endif
