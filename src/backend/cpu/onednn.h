/* onednn.h - the one place that knows oneDNN's interface, for version 2.6 (Debian 12) and 3.x (Debian 13).
 *
 * The two differ in how operations are described (2.x: an operation descriptor, then a primitive descriptor; 3.x: the primitive descriptor at
 * once), in memory descriptors (2.x: an open struct; 3.x: opaque), and in post-operations. Here a memory descriptor is always a pointer that is
 * owned, and an operation is made by one call per kind.
 *
 * Every operation works in memory that the caller gives (scratchpad mode "user"): a run allocates nothing.
 */
#ifndef EH_BACKEND_CPU_ONEDNN_H
#define EH_BACKEND_CPU_ONEDNN_H

#include "evenhand/error.h"

#include <oneapi/dnnl/dnnl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if DNNL_VERSION_MAJOR < 3
typedef dnnl_memory_desc_t eh_md;
#else
typedef struct dnnl_memory_desc eh_md;
#endif

/* ---- memory descriptors ---- */

/* Each takes the type of the elements: dnnl_f32 or dnnl_bf16. */

/* A descriptor that leaves the format to the operation. NULL when out of memory. */
eh_md *eh_md_any(dnnl_data_type_t type, int rank, const int64_t *dims);
/* Row-major. */
eh_md *eh_md_plain(dnnl_data_type_t type, int rank, const int64_t *dims);
/* By oneDNN's tag (dnnl_nChw16c). */
eh_md *eh_md_tag(dnnl_data_type_t type, int rank, const int64_t *dims, dnnl_format_tag_t tag);
/* Row-major strides given, for transposed matrices. */
eh_md *eh_md_strides(dnnl_data_type_t type, int rank, const int64_t *dims, const int64_t *strides);
eh_md *eh_md_copy(const eh_md *md);
/* The same format with elements of another type. NULL when out of memory, and with oneDNN 3 for formats other than strides and blocks of
 * channels. */
eh_md *eh_md_retyped(const eh_md *md, dnnl_data_type_t type);
void eh_md_free(eh_md *md);
bool eh_md_equal(const eh_md *a, const eh_md *b);
size_t eh_md_bytes(const eh_md *md);

/* What a blocked descriptor says. `opaque`: not a blocked layout of f32 or bf16 without extras (Winograd, compensated, offset). */
#define EH_MD_MAX 12
typedef struct eh_md_blocking {
    bool opaque;
    dnnl_data_type_t type;
    int rank, inner;
    int64_t dims[EH_MD_MAX], padded[EH_MD_MAX], strides[EH_MD_MAX];
    int64_t block[EH_MD_MAX]; /* inner blocks, outermost first ... */
    int axis[EH_MD_MAX];      /* ... and the axis that each cuts */
} eh_md_blocking;
void eh_md_inspect(const eh_md *md, eh_md_blocking *out);

/* ---- operations ---- */

typedef struct eh_onednn eh_onednn;

/* An argument of a run: DNNL_ARG_SRC ... and its memory. */
typedef struct eh_onednn_arg {
    int arg;
    void *data;
} eh_onednn_arg;

/* Runs; `scratch` holds eh_onednn_scratch bytes, 64-byte aligned. Every argument that the operation was made with must be given. */
eh_status eh_onednn_run(eh_onednn *op, const eh_onednn_arg *args, int count, void *scratch, eh_error *err);
void eh_onednn_free(eh_onednn *op);
size_t eh_onednn_scratch(const eh_onednn *op);
const char *eh_onednn_implementation(const eh_onednn *op); /* "jit:avx512_core" */

/* The descriptor that the operation chose or was given for an argument; borrowed. NULL when it has no such argument. */
const eh_md *eh_onednn_md(const eh_onednn *op, int arg);

/* What follows the operation, in this order: dst += old dst; dst = max(dst, 0). */
typedef struct eh_onednn_post {
    bool sum, relu;
} eh_onednn_post;

/* Extents of a convolution. Dilation 1 means none. bf16: images and weights, and gradients of images, have bf16 elements, the gradient of weights
 * f32; `exact`: and the result is f32. pass_over: how many of oneDNN's implementations, in the order of its preference, are left out. */
typedef struct eh_onednn_conv {
    int64_t n, c, h, w, o, oh, ow, kh, kw, groups;
    int64_t stride[EH_MD_MAX], pad[EH_MD_MAX],
        dilation[EH_MD_MAX]; /* h, w used; oneDNN wants arrays of this length */
    bool bf16, exact;
    int pass_over;
} eh_onednn_conv;

/* The direct algorithm. `infer`: weights may take a transformed format. Descriptors NULL: the operation chooses. Weights have rank 5 [G,O/G,C/G,kh,kw] when groups > 1. bias: with a bias argument [O].
 * EH_ERR_INTERNAL when oneDNN has no such operation. */
eh_status eh_onednn_conv_forward(eh_onednn **out, const eh_onednn_conv *conv, bool infer, const eh_md *src,
                                 const eh_md *weights, bool bias, const eh_md *dst, eh_onednn_post post,
                                 eh_error *err);
eh_status eh_onednn_conv_input_grad(eh_onednn **out, const eh_onednn_conv *conv, const eh_md *diff_src,
                                    const eh_md *weights, const eh_md *diff_dst, eh_error *err);
eh_status eh_onednn_conv_weight_grad(eh_onednn **out, const eh_onednn_conv *conv, const eh_md *src,
                                     const eh_md *diff_weights, const eh_md *diff_dst, eh_error *err);

/* dst = src weights (+ bias [1,N]); row-major matrices given by strides. */
eh_status eh_onednn_matmul(eh_onednn **out, const eh_md *src, const eh_md *weights, const eh_md *bias,
                           const eh_md *dst, eh_error *err);

/* Arguments DNNL_ARG_FROM, DNNL_ARG_TO. */
eh_status eh_onednn_reorder(eh_onednn **out, const eh_md *from, const eh_md *to, eh_error *err);

/* "2.6.3": the library in use. */
const char *eh_onednn_version(char *out, size_t size);

#endif
