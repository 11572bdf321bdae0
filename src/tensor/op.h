/* op.h - what an operation is, and the nodes and tensors that a graph is made of.
 *
 * To add an op "x": src/tensor/op_x.c with `const eh_op eh_op_x` (and the ops that its gradient needs beside it, such as
 * eh_op_x_grad) and the builder declared in evenhand/graph.h; its node's contract in ops.h; a row in op_list.c; a kernel in every backend: src/backend/ref/ref_x.c
 * first, then src/backend/cpu/cpu_x.c, each with a row in that backend's list; a case in tests/support/op_cases.h and
 * tests/support/parity_trial.h.
 */
#ifndef EH_TENSOR_OP_H
#define EH_TENSOR_OP_H

#include "evenhand/graph.h"
#include "evenhand/memory.h"
#include "evenhand/option.h"
#include "evenhand/params.h"

typedef struct eh_node eh_node;
typedef struct eh_op eh_op;

/* A name scope; `text` is the joined name. */
typedef struct eh_scope_frame {
    struct eh_scope_frame *outer;
    const char *text;
} eh_scope_frame;

struct eh_tensor {
    eh_node *node; /* the node that makes it */
    int output;    /* which of the node's outputs */
    eh_shape shape;
    eh_dtype dtype;
    uint32_t id;      /* running number in the graph */
    const char *name; /* exposed, input or variable name; NULL for others */
};

struct eh_node {
    const eh_op *op;
    uint32_t id; /* running number; inputs always have smaller numbers: the list is in topological order */
    eh_graph *graph;
    eh_tensor **input;
    int inputs;
    eh_tensor **output;
    int outputs;
    void *attr;        /* op->attr_size bytes */
    const char *scope; /* where it was built ("layer1.0.conv1"), for messages and bench --explain */
    uint32_t block;    /* eh_block_begin: 1, 2 ...; 0: outside */
};

enum {
    EH_OP_LEAF = 1u << 0, /* input, constant or variable: no kernel */
    EH_OP_EFFECT =
        1u << 1, /* changes the variables input[0 .. changes); runs after all their other readers */
    EH_OP_IN_PLACE =
        1u
        << 2, /* output 0 may take the memory of input 0 when that has the same shape and is not read later */
    EH_OP_VIEW =
        1u
        << 3 /* output 0 holds the elements of input 0 in the same row-major order (reshape): may be an alias */
};

struct eh_op {
    eh_entry entry; /* name, one-line summary */
    unsigned flags;
    int min_inputs, max_inputs, outputs;
    size_t attr_size;
    int changes; /* EH_OP_EFFECT: how many of the leading inputs it changes; each must be a variable. 0 for others */
    /* Checks input shapes and fills shape and dtype of node->output[]. The sentence says which input does not fit. */
    eh_status (*infer)(eh_node *node, eh_error *err);
    /* Given d loss/d output (dy[i] NULL where it has none), builds nodes for d loss/d input into dx[i] where want[i]; leaves
     * NULL where the derivative is zero. A builder that fails inside needs no check: the graph's sticky error tells. NULL function: no gradient flows (stop_gradient, one_hot); EH_OP_EFFECT ops have none. */
    eh_status (*grad)(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err);
};

struct eh_graph {
    eh_arena *arena;
    eh_params *params;
    eh_node **node; /* in order of building = topological */
    size_t nodes, node_capacity;
    uint32_t tensors;
    eh_error error;        /* sticky */
    eh_scope_frame *scope; /* current; NULL at the top */
    eh_tensor **variable;  /* by index in params: the graph's one tensor for that variable, or NULL */
    size_t variable_capacity;
    eh_tensor **exposed;
    size_t exposed_count, exposed_capacity;
    eh_tensor **effect;
    size_t effects, effect_capacity;
    uint32_t blocks; /* so many were begun */
    int block_depth; /* blocks that are open */
    bool recompute;  /* eh_graph_recompute */
};

/* Appends a node: copies inputs and attributes, runs op->infer. NULL (and the sticky error) when it fails or any input is NULL.
 * The tensor returned is output 0; the others are result->node->output[i]. Optional inputs are left out at the end, not NULL in the middle. */
eh_tensor *eh_graph_node(eh_graph *g, const eh_op *op, eh_tensor *const *input, int inputs, const void *attr);

/* The variable whose full name is `name` whatever the scope is (optimiser state beside its parameter). */
eh_tensor *eh_graph_variable(eh_graph *g, const char *name, eh_shape shape, eh_role role, eh_init init);

/* The EH_OPTIMIZER variable "<name of param>.<suffix>" of param's shape, zero at first. NULL when param is no variable. */
eh_tensor *eh_state_of(eh_graph *g, eh_tensor *param, const char *suffix);

/* Records an effect for eh_graph_effects; returns it. */
eh_tensor *eh_graph_record_effect(eh_graph *g, eh_tensor *effect);

/* Reverse accumulation from several outputs: seed[i] is d loss/d output[i] (its shape). eh_gradients is the case of one scalar
 * output with seed 1. Ops use it to give their gradient op a gradient by way of a composition of simpler ops. */
eh_status eh_graph_backward(eh_graph *g, eh_tensor *const *output, eh_tensor *const *seed, size_t outputs,
                            eh_tensor *const *wrt, size_t count, eh_tensor **grad, eh_error *err);

/* Attributes of leaves. */
typedef struct eh_attr_constant {
    double value;        /* when values is NULL */
    const float *values; /* row-major, in the graph's arena */
} eh_attr_constant;
typedef struct eh_attr_variable {
    size_t index; /* in graph->params */
} eh_attr_variable;

extern const eh_op eh_op_input, eh_op_constant, eh_op_variable;

/* NULL-terminated table of all ops. */
extern const eh_entry *const eh_op_list[];

#endif
