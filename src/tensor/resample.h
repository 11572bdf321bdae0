/* resample.h - linear maps of image planes that act on rows and columns apart and mix at most two neighbours: resizing, mirrored edges. */
#ifndef EH_TENSOR_RESAMPLE_H
#define EH_TENSOR_RESAMPLE_H

#include "tensor/shape.h"

/* Where output `to` of `outputs` lies among the inputs, in [0, inputs - 1]: between two of them it is their mixture. */
typedef double (*eh_source_of)(int64_t to, int64_t outputs, int64_t inputs, int64_t before);

/* x [N,C,H,W] -> [N,C,height,width], both axes by `source`. */
eh_tensor *eh_resample2d(eh_graph *g, eh_tensor *x, int64_t height, int64_t width, eh_resample_kind kind,
                         eh_source_of source, const int64_t before[2]);

#endif
