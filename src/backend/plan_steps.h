/* plan_steps.h - the inside of a plan: its values, its ordered list of steps,
 * and the passes over them.
 *
 * eh_plan_new runs the passes in this order:
 *   eh_steps_build    nodes that the targets need -> steps, with the backend's
 * kernels backend->fuse     the backend joins or replaces steps (plan_new skips
 * it when asked for no fusion) eh_steps_order    topological order; effects
 * after all other readers of their variable and otherwise as early as possible
 *   eh_steps_lower    which values a bf16 plan holds in bf16
 *   eh_steps_prepare  layouts, reorders, scratch: calls every kernel's prepare
 *   eh_steps_place    memory by lifetime
 *   eh_variables_*    variables are bound to the parameter store
 *
 * To write a fusion: find a step by its kernel->op, look at eh_value_producer
 * and eh_value_readers of its values, make the joined step with eh_step_new
 * (its `fused` points to a struct of the backend in list->arena), point its
 * `out` at the outer values and call eh_steps_remove for the steps it replaces.
 * Order in the list does not matter before eh_steps_order; `key` decides it (a
 * joined step takes the largest key).
 */
#ifndef EH_BACKEND_PLAN_STEPS_H
#define EH_BACKEND_PLAN_STEPS_H

#include "backend/backend.h"

typedef enum eh_value_kind {
    EH_VALUE_COMPUTED, /* by a step of this plan: lies in the plan's block */
    EH_VALUE_INPUT,    /* filled by eh_plan_write: has its own memory */
    EH_VALUE_CONSTANT, /* filled once by eh_plan_new: has its own memory */
    EH_VALUE_VARIABLE  /* lies in the parameter store */
} eh_value_kind;

/* A value with what the plan knows of it. Kernels see the first member only. */
typedef struct eh_plan_value eh_plan_value;
struct eh_plan_value {
    eh_value value; /* first member: an eh_value * of a step may be cast back */
    eh_value_kind kind;
    uint32_t index;      /* in the list */
    bool target;         /* read after the run: lives to the end */
    bool kept;           /* made once for many runs: lives always */
    bool settled;        /* a prepared step relies on the layout: no longer free to
                        change */
    bool exact;          /* a leaf that lies in f32 whatever is asked for */
    bool variable_set;   /* variable that an effect of this plan changes */
    eh_step *producer;   /* kept by eh_steps_link; NULL for leaves */
    int readers;         /* kept by eh_steps_link: inputs that name this value, plus one
                  when it is a target */
    eh_plan_value *copy; /* first of the reordered copies of this value; they are
                          chained by next_copy */
    eh_plan_value *next_copy;
    size_t first, last;    /* steps between which it must keep its memory (computed values) */
    eh_plan_value *shares; /* lies in the memory of this value, which dies where
                            this one is made */
    size_t offset;         /* in the block (computed values that share with none) */
    size_t param;          /* variables: index in the store */
    uint64_t version;      /* variables: version of the store's item at the last binding */
    void *memory;          /* inputs and constants: owned */
};

typedef struct eh_step_list eh_step_list;
struct eh_step_list {
    const eh_backend *backend;
    void *engine;
    const eh_graph *graph;
    eh_arena *arena; /* steps, values and fusion structs */
    eh_precision precision;
    eh_tuner *tuner;
    bool no_fusion;
    eh_step **step;
    size_t count, capacity;
    eh_plan_value **value;
    size_t values, value_capacity;
    eh_plan_value **of_tensor; /* by tensor id; NULL where the plan does not need
                                the tensor */
    size_t reorders, fused;
    /* Filled by eh_steps_place. */
    size_t arena_bytes;     /* size of the block */
    size_t live_bytes;      /* most bytes alive at once: no placement can need less */
    size_t live_step;       /* where that is */
    size_t scratch_bytes;   /* largest scratch of any step; lies in the block too */
    size_t *scratch_offset; /* by step */
};

/* Fills the list from the targets. Unknown ops are EH_ERR_USAGE naming op,
 * scope and backend. */
eh_status eh_steps_build(eh_step_list *list, eh_tensor *const *targets, size_t count, eh_error *err);

/* Orders the steps; a circle of effects is EH_ERR_USAGE. */
eh_status eh_steps_order(eh_step_list *list, eh_error *err);

/* Marks the values that are worth holding in bf16 (eh_value.rounded), in an ordered list. */
void eh_steps_lower(eh_step_list *list);

/* Prepares every step in order and puts reorders in front of those that want
 * another layout. */
eh_status eh_steps_prepare(eh_step_list *list, eh_error *err);

/* Lifetimes and offsets. */
eh_status eh_steps_place(eh_step_list *list, eh_error *err);

/* Walks the placed list and fails with EH_ERR_INTERNAL when two values (or a
 * scratch) that are alive at once overlap. For tests. */
eh_status eh_steps_check_placement(const eh_step_list *list, eh_error *err);

/* Appends " (what [shape] MiB, ...)" for the largest values alive at
 * list->live_step to the sentence of a memory limit. */
void eh_steps_largest(const eh_step_list *list, char *out, size_t size);

/* What makes a value and where, for messages: conv2d of "layer1.0.conv1", input of "images"; returns out. */
const char *eh_value_title(const eh_plan_value *v, char *out, size_t size);

/* Releases layouts, kernel states and memory of values (not the arena itself).
 */
void eh_steps_clear(eh_step_list *list);

/* ---- for fusion passes and prepare ---- */

/* A new step, not in the list yet, its arrays empty; `node` is the one it is
 * named after. NULL when out of memory. */
eh_step *eh_step_new(eh_step_list *list, const eh_node *node, const eh_kernel *kernel, int inputs,
                     int outputs);

/* A new computed value without a tensor of the graph (`like` gives shape and
 * type). NULL when out of memory. */
eh_plan_value *eh_value_new(eh_step_list *list, const eh_tensor *like);

eh_status eh_steps_append(eh_step_list *list, eh_step *step, eh_error *err);
void eh_steps_remove(eh_step_list *list, const eh_step *step);

/* Recomputes producer and readers of every value. */
void eh_steps_link(eh_step_list *list);

static inline eh_plan_value *eh_plan_value_of(const eh_value *value)
{
    return (eh_plan_value *)(uintptr_t)value;
}

/* ---- variables ---- */

/* Binds variable `v` to its item of the store in the layout v->value.layout;
 * converts when it lies elsewhere. */
eh_status eh_variable_bind(eh_step_list *list, eh_plan_value *v, eh_error *err);

/* Binds all that have changed place or layout since; allocates only for those.
 */
eh_status eh_variables_bind(eh_step_list *list, eh_error *err);

/* Counts a change of every variable that the plan's effects have written. */
void eh_variables_written(eh_step_list *list);

/* Fills a constant's memory. */
eh_status eh_constant_fill(eh_step_list *list, eh_plan_value *v, eh_error *err);

/* ---- the plan ---- */

struct eh_plan {
    eh_step_list list;
    eh_tensor **target;
    size_t targets;
    void *block;                   /* list.arena_bytes */
    const eh_plan_value *guard[4]; /* eh_plan_guard */
    size_t guards;
};

/* ---- numbers that are not finite: plan_guard.c ---- */

/* EH_ERR_NUMERIC when `step` makes a guarded value and it is not finite. */
eh_status eh_guard_check(const eh_plan *plan, const eh_step *step, eh_error *err);

/* EH_ERR_NUMERIC when one of the row-major values for an input is not finite. */
eh_status eh_guard_input(const eh_plan_value *input, const void *values, bool f64, eh_error *err);

/* The sentence for an optimiser's update that has returned EH_ERR_NUMERIC; returns that. */
eh_status eh_guard_update(const eh_step_list *list, const eh_step *step, eh_error *err);

#endif
