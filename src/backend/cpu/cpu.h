/* cpu.h - what the files of the cpu backend share: layouts, vectors and the choice of instruction set, parallel loops, and the steps of prepare.
 *
 * To add the kernel of an op "x": cpu_x.c (or the file of its family) with `const eh_kernel eh_cpu_x`, and a row in cpu_backend.c. A kernel that
 * knows only row-major tensors asks for them with eh_cpu_want_plain; one that works element by element takes any layout.
 *
 * Padding: a blocked layout rounds an axis up (12 channels lie as 16). What lies there is always zero; a kernel that would
 * write anything else there (exp, an offset) works on row-major tensors instead (eh_cpu_want_unpadded).
 */
#ifndef EH_BACKEND_CPU_CPU_H
#define EH_BACKEND_CPU_CPU_H

#include "backend/backend.h"
#include "backend/cpu/onednn.h"
#include "tensor/ops.h"

#include <assert.h>

/* ---- layouts ---- */

#define EH_LAYOUT_BLOCKS 4

/* What an element of a layout is. */
typedef enum eh_element {
    EH_ELEMENT_WORD, /* float, or int32_t: the tensor's dtype tells */
    EH_ELEMENT_BF16, /* the upper half of a float */
    EH_ELEMENT_PLACE /* uint16_t: place of a maximum in its window */
} eh_element;

static inline size_t eh_element_bytes(eh_element element)
{
    return element == EH_ELEMENT_WORD ? 4 : 2;
}

/* How a tensor lies in memory: element (i_0 ...) is at the sum over axes of offset[axis][i_axis]. */
struct eh_layout {
    eh_element element;
    int rank; /* the tensor's, or a row-major refinement of its shape (weights of a grouped convolution have 5) */
    int64_t dims[EH_MAX_RANK], padded[EH_MAX_RANK], stride[EH_MAX_RANK];
    int inner; /* blocks inside: axis[k] is cut into block[k], outermost first */
    int64_t block[EH_LAYOUT_BLOCKS];
    int axis[EH_LAYOUT_BLOCKS];
    int64_t elements; /* with padding */
    bool plain;       /* row-major without padding */
    bool has_padding;
    eh_md *md;                    /* of f32 and bf16 layouts of rank >= 1 */
    int64_t *offset[EH_MAX_RANK]; /* not for plain layouts */
};

eh_status eh_layout_plain(eh_layout **out, eh_shape shape, eh_element element, eh_error *err);
/* The layout an oneDNN descriptor stands for; an opaque one is EH_ERR_INTERNAL. */
eh_status eh_layout_from_md(eh_layout **out, const eh_md *md, eh_error *err);
/* Channel blocks of `like` (an NCHW layout, plain or blocked by channels), for another shape of the same rank. */
eh_status eh_layout_like(eh_layout **out, const eh_layout *like, eh_shape shape, eh_element element,
                         eh_error *err);
/* The same with elements of another type. */
eh_status eh_layout_retyped(eh_layout **out, const eh_layout *layout, eh_element element, eh_error *err);
eh_status eh_layout_copy(eh_layout **out, const eh_layout *layout, eh_error *err);
void eh_layout_free(eh_layout *layout);
bool eh_layout_same(const eh_layout *a, const eh_layout *b);
size_t eh_layout_bytes(const eh_layout *layout);
const char *eh_layout_text(const eh_layout *layout, char *out, size_t size);
/* Row-major values to or from a layout; `values` float, int32_t or (f64) double. */
void eh_layout_import(const eh_layout *layout, void *data, const void *values, bool f64);
void eh_layout_export(const eh_layout *layout, const void *data, void *values, bool f64);

/* A tensor [N,C,...] seen as runs of contiguous elements: for image n and channel block b, `run` elements begin at n * image + b * step;
 * element i of a run belongs to channel b * lanes + i % lanes. */
typedef struct eh_channels {
    int64_t images, channels, blocks, lanes; /* lanes: 16, 8 or 1 */
    int64_t run, image, step;
} eh_channels;
/* False for layouts that are not of this kind. `element` of the layout is for the caller to look at. */
bool eh_layout_channels(const eh_layout *layout, eh_channels *out);

/* Values from one type of elements to another, in the same format. */
void eh_cpu_cast(const void *from, eh_element from_element, void *to, eh_element to_element, int64_t count);

/* ---- prepare ---- */

/* Each asks for a layout of input k where it has another one. */
eh_status eh_cpu_want_plain(eh_step *step, int k, eh_error *err);
/* Row-major with elements of that type. */
eh_status eh_cpu_want_row_major(eh_step *step, int k, eh_element element, eh_error *err);
eh_status eh_cpu_want_unpadded(eh_step *step, int k, eh_error *err);
eh_status eh_cpu_want_channels(eh_step *step, int k, eh_error *err);
/* Channels in blocks as wide as a vector, where that is the layout of images. */
eh_status eh_cpu_want_lanes(eh_step *step, int k, eh_error *err);
eh_status eh_cpu_want(eh_step *step, int k, const eh_layout *layout, eh_error *err);
eh_status eh_cpu_want_md(eh_step *step, int k, const eh_md *md, eh_error *err);
/* The layout that input k will have when the step runs. */
const eh_layout *eh_cpu_input_layout(const eh_step *step, int k);

/* The layout that images have on this processor: blocks of as many channels as a vector holds. NULL: row-major, for images of a few channels and
 * processors without wide vectors. */
eh_md *eh_cpu_image_md(eh_shape shape, dnnl_data_type_t type);

/* The type that the plan would have output o in, for steps that can make either: bf16 where a step that reads it computes in bf16. */
eh_element eh_cpu_out_element(const eh_step *step, int o);

eh_status eh_cpu_out_plain(eh_step *step, int o, eh_error *err);
eh_status eh_cpu_out(eh_step *step, int o, const eh_layout *layout, eh_error *err);
eh_status eh_cpu_out_md(eh_step *step, int o, const eh_md *md, eh_error *err);
/* As images lie on this processor (eh_cpu_image_md), else row-major; of the type eh_cpu_out_element. */
eh_status eh_cpu_out_image(eh_step *step, int o, eh_error *err);

/* Zeroed state of the step, released by eh_cpu_free_state. */
eh_status eh_cpu_state(eh_step *step, size_t bytes, eh_error *err);
void eh_cpu_free_state(eh_step *step);

/* All inputs and outputs row-major: the whole prepare of a simple kernel. */
eh_status eh_cpu_prepare_plain(eh_step *step, eh_error *err);

/* ---- vectors and instruction sets ---- */

/* What this processor can do, found once: how wide its vectors are, and, the last, that it rounds them to bf16 in one instruction. */
typedef enum eh_cpu_level { EH_CPU_BASE, EH_CPU_256, EH_CPU_512, EH_CPU_512_BF16 } eh_cpu_level;
/* At most EH_CPU_512: the width of vectors. */
eh_cpu_level eh_cpu_get_level(void);
/* For tests: own kernels of plans made from now on use at most this. */
void eh_cpu_limit_level(eh_cpu_level most);
/* Whatever the limit. */
eh_bf16_support eh_cpu_bf16(void);
/* The index into the tables below. */
eh_cpu_level eh_cpu_variant(void);

/* Work cut into parts that run on the threads of the budget; `parts` depends on the amount of work and the number of threads only, so
 * that results do too. */
typedef void (*eh_cpu_work)(const void *args, int part, int parts);
/* Parts for work that moves so many bytes: 1 when it is not worth waking threads. */
int eh_cpu_parts(double bytes);
void eh_cpu_run(eh_cpu_work work, const void *args, int parts);

/* The share [*from, *to) of `count` items for a part. */
static inline void eh_cpu_share(int64_t count, int part, int parts, int64_t *from, int64_t *to)
{
    *from = count * part / parts;
    *to = count * (part + 1) / parts;
}

#define EH_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define EH_TARGET_512      __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")))
#define EH_TARGET_256      __attribute__((target("avx2,fma")))
#define EH_TARGET_512_BF16 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,avx2,fma")))
#else
#define EH_TARGET_512
#define EH_TARGET_256
#define EH_TARGET_512_BF16
#endif

/* Compiles `body` (EH_INLINE void body(const void *args, int part, int parts)) for each instruction set and defines the table `name`, to be run
 * with eh_cpu_run_best. */
#define EH_KERNEL_VARIANTS(name, body)                                          \
    EH_TARGET_512 static void name##_512(const void *args, int part, int parts) \
    {                                                                           \
        body(args, part, parts);                                                \
    }                                                                           \
    EH_TARGET_256 static void name##_256(const void *args, int part, int parts) \
    {                                                                           \
        body(args, part, parts);                                                \
    }                                                                           \
    static void name##_base(const void *args, int part, int parts)              \
    {                                                                           \
        body(args, part, parts);                                                \
    }                                                                           \
    static const eh_cpu_work name[] = { name##_base, name##_256, name##_512, name##_512 }

static inline void eh_cpu_run_best(const eh_cpu_work *variants, const void *args, int parts)
{
    eh_cpu_run(variants[eh_cpu_variant()], args, parts);
}

/* What the elements that a kernel loads and stores are, known when it is compiled. EH_AS_NATIVE: bf16, rounded by the processor's instruction. */
typedef enum eh_as { EH_AS_F32, EH_AS_BF16, EH_AS_NATIVE } eh_as;

/* The same for `body` (EH_INLINE void body(const void *args, int part, int parts, eh_as as)) that is compiled for both types of elements too:
 * the table is name[type of elements][level]. */
#define EH_TYPED_VARIANTS(name, body)                                                        \
    EH_TARGET_512 static void name##_512(const void *args, int part, int parts)              \
    {                                                                                        \
        body(args, part, parts, EH_AS_F32);                                                  \
    }                                                                                        \
    EH_TARGET_256 static void name##_256(const void *args, int part, int parts)              \
    {                                                                                        \
        body(args, part, parts, EH_AS_F32);                                                  \
    }                                                                                        \
    static void name##_base(const void *args, int part, int parts)                           \
    {                                                                                        \
        body(args, part, parts, EH_AS_F32);                                                  \
    }                                                                                        \
    EH_TARGET_512_BF16 static void name##_bf16_native(const void *args, int part, int parts) \
    {                                                                                        \
        body(args, part, parts, EH_AS_NATIVE);                                               \
    }                                                                                        \
    EH_TARGET_512 static void name##_bf16_512(const void *args, int part, int parts)         \
    {                                                                                        \
        body(args, part, parts, EH_AS_BF16);                                                 \
    }                                                                                        \
    EH_TARGET_256 static void name##_bf16_256(const void *args, int part, int parts)         \
    {                                                                                        \
        body(args, part, parts, EH_AS_BF16);                                                 \
    }                                                                                        \
    static void name##_bf16_base(const void *args, int part, int parts)                      \
    {                                                                                        \
        body(args, part, parts, EH_AS_BF16);                                                 \
    }                                                                                        \
    static const eh_cpu_typed_work name = {                                                  \
        { name##_base, name##_256, name##_512, name##_512 },                                 \
        { name##_bf16_base, name##_bf16_256, name##_bf16_512, name##_bf16_native },          \
    }
typedef eh_cpu_work eh_cpu_typed_work[2][4];

static inline void eh_cpu_run_typed(const eh_cpu_typed_work variants, eh_element element, const void *args,
                                    int parts)
{
    assert(element == EH_ELEMENT_WORD || element == EH_ELEMENT_BF16);
    eh_cpu_run_best(variants[element], args, parts);
}

#endif
