/* onnx.h - a graph written as an ONNX model, for other programs to run.
 *
 * The graph is one of inference whose batch axis was given the size EH_ONNX_BATCH, a prime that no other size has a multiple of: wherever it, or a
 * multiple of it, stands in a shape, the model computes the size from the images that it is given. Operator set 18, IR version 8.
 */
#ifndef EH_NN_ONNX_H
#define EH_NN_ONNX_H

#include "evenhand/params.h"
#include "tensor/op.h"

#define EH_ONNX_BATCH 1000003
#define EH_ONNX_OPSET 18

/* One result of the model. */
typedef struct eh_onnx_output {
    const char *name;
    eh_tensor *tensor;
} eh_onnx_output;

typedef struct eh_onnx_model {
    const char *name;            /* of the graph */
    eh_tensor *images;           /* the one input [EH_ONNX_BATCH,C,H,W] */
    const char *input_name;      /* "images" */
    const float *scale, *offset; /* [C] the network sees input * scale + offset; NULL: the input itself */
    const eh_onnx_output *output;
    size_t outputs;
    const char *const *metadata; /* NULL-terminated pairs of key and value */
} eh_onnx_model;

/* Writes the file, atomically. EH_ERR_USAGE when the outputs need an operation that has no translation (it is named), EH_ERR_LIMIT for more than the
 * 2 GiB that such a file may have. `params` holds the graph's variables. */
eh_status eh_onnx_write(const char *path, const eh_onnx_model *model, eh_params *params, eh_error *err);

/* Whether the operation has a translation. */
bool eh_onnx_translates(const eh_op *op);

#endif
