/* graph.h - graphs of tensors: how models, losses, gradients and updates are written down.
 *
 * A graph is built by calls, the way a module composes in any framework; nothing is computed until a plan
 * (plan.h) compiles it for a backend. Gradients are ordinary nodes of the same graph (eh_gradients), so
 * penalties on gradients, reversal and several losses need nothing special.
 *
 * Errors are sticky: a builder that cannot make its node (shapes that do not fit) records the first error in the
 * graph, with the scope and the shapes in the sentence, and returns NULL; builders given NULL return NULL. So
 * model code builds without checks and asks eh_graph_check once at the end.
 *
 * Tensors belong to their graph. Layout in every contract is row-major: images are [N,C,H,W].
 */
#ifndef EVENHAND_GRAPH_H
#define EVENHAND_GRAPH_H

#include "evenhand/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EH_MAX_RANK 6

typedef struct eh_shape {
    int rank; /* 0 = scalar */
    int64_t dim[EH_MAX_RANK];
} eh_shape;

typedef enum eh_dtype {
    EH_F32, /* real numbers; a plan may compute them in another precision */
    EH_I32  /* labels, indices, groups */
} eh_dtype;

typedef struct eh_graph eh_graph;
typedef struct eh_tensor eh_tensor;
typedef struct eh_params eh_params;

/* eh_shape_of(rank, dims...): any integer type, `rank` dims. A macro over eh_shape_from so that no argument needs a cast. */
#define eh_shape_of(...) eh_shape_from((const int64_t[EH_MAX_RANK + 1]){ __VA_ARGS__ })
EH_API eh_shape
eh_shape_from(const int64_t *rank_and_dims); /* EH_MAX_RANK + 1 numbers: the rank, then the dims */
EH_API int64_t eh_shape_elements(eh_shape shape);
EH_API bool eh_shape_equal(eh_shape a, eh_shape b);
/* "[64, 3, 64, 64]" into out (cut to size); returns out. */
EH_API const char *eh_shape_text(eh_shape shape, char *out, size_t size);

/* ---- the graph ---- */

/* A graph whose variables live in `params` (borrowed; NULL: the graph has no variables). */
EH_API eh_status eh_graph_new(eh_graph **out, eh_params *params, eh_error *err);
EH_API void eh_graph_free(eh_graph *g);

/* The first error of any builder, or EH_OK. */
EH_API eh_status eh_graph_check(const eh_graph *g, eh_error *err);

/* Records a sentence as the graph's sticky error (for layers and models); the first one stays. Returns NULL. */
EH_API eh_tensor *eh_graph_fail(eh_graph *g, eh_status status, const char *format, ...) EH_PRINTF(3, 4);

/* Name scope: pushed names join with '.' and prefix variables, tensor names and messages ("layer1.0"). */
EH_API void eh_scope_push(eh_graph *g, const char *format, ...) EH_PRINTF(2, 3);
EH_API void eh_scope_pop(eh_graph *g);
EH_API const char *eh_scope(const eh_graph *g); /* "" at the top */

EH_API eh_shape eh_tensor_shape(const eh_tensor *t);
EH_API eh_dtype eh_tensor_dtype(const eh_tensor *t);
EH_API eh_graph *eh_tensor_graph(const eh_tensor *t);

/* What is built between the two calls is a block, such as one residual block of a model; blocks inside a block are part of it. It matters only to
 * eh_graph_recompute. */
EH_API void eh_block_begin(eh_graph *g);
EH_API void eh_block_end(eh_graph *g);

/* Gradient checkpointing: of each block only what others read is kept for the gradients; the rest is computed again when they need it. Less memory for one
 * more forward pass; the same gradients. Holds for later calls of eh_gradients. Chen et al. 2016. */
EH_API void eh_graph_recompute(eh_graph *g, bool blocks);

/* Gives a tensor a name by which methods, explanations and embeddings find it ("layer3", "pool"). */
EH_API eh_tensor *eh_expose(eh_graph *g, const char *name, eh_tensor *t);
/* The tensor exposed as `name`, or NULL. */
EH_API eh_tensor *eh_exposed(const eh_graph *g, const char *name);
/* Number of exposed tensors and the name of the i-th. */
EH_API size_t eh_exposed_count(const eh_graph *g);
EH_API const char *eh_exposed_name(const eh_graph *g, size_t i);

/* ---- leaves ---- */

/* Filled before each run with eh_plan_write. */
EH_API eh_tensor *eh_input(eh_graph *g, const char *name, eh_shape shape, eh_dtype dtype);

/* A constant: every element is `value`. */
EH_API eh_tensor *eh_full(eh_graph *g, eh_shape shape, double value);

/* A constant from `values` (row-major, copied). */
EH_API eh_tensor *eh_constant(eh_graph *g, eh_shape shape, const float *values);

/* How a new variable is filled. Draws depend on (seed of the params, full name, element) only. */
typedef enum eh_init_kind {
    EH_INIT_CONSTANT,       /* a */
    EH_INIT_UNIFORM,        /* in [-a, a] */
    EH_INIT_NORMAL,         /* standard deviation a */
    EH_INIT_KAIMING_NORMAL, /* std = a / sqrt(fan); a = sqrt(2) for ReLU */
    EH_INIT_KAIMING_UNIFORM /* bound = a * sqrt(3 / fan) */
} eh_init_kind;

typedef struct eh_init {
    eh_init_kind kind;
    double a;
    bool
        fan_out; /* false: fan in. fan = dim[1] (in) or dim[0] (out) times the kernel's elements; groups are in dim[1] already */
} eh_init;

/* What a variable is for; it decides which group of eh_params it counts to. */
typedef enum eh_role {
    EH_TRAINABLE, /* weights: optimised */
    EH_BUFFER,    /* state of the model or method that is saved with it (running statistics, group weights) */
    EH_OPTIMIZER  /* state of the optimiser: saved in checkpoints, not in exported weights */
} eh_role;

/* The variable of that name below the current scope. Created and initialised in the graph's params when it does not
 * exist yet; shared when it does (training and inference graphs of one model share by name). Another shape is an error. */
EH_API eh_tensor *eh_variable(eh_graph *g, const char *name, eh_shape shape, eh_role role, eh_init init);

/* ---- operations. Each is one file src/tensor/op_<name>.c with shape rule and gradient. ---- */

typedef struct eh_conv2d_opts {
    int stride[2];   /* h, w; 0 means 1 */
    int pad[2];      /* zeros on both sides of h, w */
    int dilation[2]; /* 0 means 1 */
    int groups;      /* 0 means 1 */
} eh_conv2d_opts;

/* Cross-correlation as in PyTorch. x [N,C,H,W], w [O,C/groups,kh,kw], bias [O] or NULL -> [N,O,H',W'],
 * H' = floor((H + 2 pad - dilation (kh-1) - 1) / stride) + 1. */
EH_API eh_tensor *eh_conv2d(eh_graph *g, eh_tensor *x, eh_tensor *w, eh_tensor *bias, eh_conv2d_opts opts);

/* The adjoint of conv2d, as PyTorch's ConvTranspose2d: x [N,C,H,W], w [C,O/groups,kh,kw], bias [O] or NULL -> [N,O,H',W'],
 * H' = (H-1) stride - 2 pad + dilation (kh-1) + 1 + extra; extra[h, w] below stride (PyTorch's output_padding). */
EH_API eh_tensor *eh_conv_transpose2d(eh_graph *g, eh_tensor *x, eh_tensor *w, eh_tensor *bias,
                                      eh_conv2d_opts opts, const int extra[2]);

/* a [...,M,K] (or [...,K,M] when transpose_a), b [...,K,N] (or [...,N,K] when transpose_b) -> [...,M,N]; the axes in front, batches, broadcast as in
 * NumPy. */
EH_API eh_tensor *eh_matmul(eh_graph *g, eh_tensor *a, eh_tensor *b, bool transpose_a, bool transpose_b);

/* x [...,K], w [O,K], bias [O] or NULL -> [...,O] = x w' + bias. */
EH_API eh_tensor *eh_linear(eh_graph *g, eh_tensor *x, eh_tensor *w, eh_tensor *bias);

/* Batch normalisation over all axes but 1, with the batch's own statistics. Running statistics are updated as a side effect of
 * the step: r = (1-momentum) r + momentum * batch, the variance unbiased, as PyTorch does. scale, shift, running_* are [C]. */
EH_API eh_tensor *eh_batch_norm(eh_graph *g, eh_tensor *x, eh_tensor *scale, eh_tensor *shift,
                                eh_tensor *running_mean, eh_tensor *running_var, double momentum,
                                double epsilon);

/* With given statistics (inference, or frozen statistics with trainable scale and shift). */
EH_API eh_tensor *eh_batch_norm_fixed(eh_graph *g, eh_tensor *x, eh_tensor *scale, eh_tensor *shift,
                                      eh_tensor *mean, eh_tensor *var, double epsilon);

/* Over each sample's channels in `groups` groups and all places; scale, shift [C]. Wu and He 2018. */
EH_API eh_tensor *eh_group_norm(eh_graph *g, eh_tensor *x, eh_tensor *scale, eh_tensor *shift, int64_t groups,
                                double epsilon);

/* Over the last axis; scale, shift have its size. Ba, Kiros and Hinton 2016. */
EH_API eh_tensor *eh_layer_norm(eh_graph *g, eh_tensor *x, eh_tensor *scale, eh_tensor *shift,
                                double epsilon);

typedef struct eh_pool2d_opts {
    int kernel[2], stride[2], pad[2]; /* stride 0 means kernel; pad at most half the kernel */
    bool
        ceil_mode; /* a last window that is not full counts too, if it begins before the padding at the end */
    bool
        exclude_pad; /* averages over the elements inside the image only; PyTorch's count_include_pad=False */
} eh_pool2d_opts;

/* PyTorch's rules: padding is -infinity for max; for average it counts as zeros in the divisor unless exclude_pad. */
EH_API eh_tensor *eh_max_pool2d(eh_graph *g, eh_tensor *x, eh_pool2d_opts opts);
EH_API eh_tensor *eh_avg_pool2d(eh_graph *g, eh_tensor *x, eh_pool2d_opts opts);

/* [N,C,H,W] -> [N,C,h,w]: output i covers inputs floor(i H / h) to ceil((i + 1) H / h) - 1, as PyTorch's adaptive_avg_pool2d and adaptive_max_pool2d. */
EH_API eh_tensor *eh_adaptive_avg_pool2d(eh_graph *g, eh_tensor *x, int64_t height, int64_t width);
EH_API eh_tensor *eh_adaptive_max_pool2d(eh_graph *g, eh_tensor *x, int64_t height, int64_t width);

typedef enum eh_interpolation {
    EH_INTERPOLATE_NEAREST, /* source = floor(i H / h) */
    EH_INTERPOLATE_BILINEAR, /* source = (i + 0.5) H / h - 0.5, edges repeated; PyTorch's align_corners=False */
    EH_INTERPOLATE_CORNERS   /* bilinear, source = i (H - 1) / (h - 1): corners meet; align_corners=True */
} eh_interpolation;

/* [N,C,H,W] -> [N,C,height,width], as PyTorch's interpolate. */
EH_API eh_tensor *eh_resize2d(eh_graph *g, eh_tensor *x, int64_t height, int64_t width,
                              eh_interpolation mode);

/* Mirror at the edges without repeating them (PyTorch's reflect); each amount below the size of its axis. */
EH_API eh_tensor *eh_reflect_pad2d(eh_graph *g, eh_tensor *x, int64_t top, int64_t bottom, int64_t left,
                                   int64_t right);

/* [N,C,H,W] -> [N,C]: the average, or the largest value, of each image plane. */
EH_API eh_tensor *eh_global_avg_pool(eh_graph *g, eh_tensor *x);
EH_API eh_tensor *eh_global_max_pool(eh_graph *g, eh_tensor *x);

EH_API eh_tensor *eh_relu(eh_graph *g, eh_tensor *x);
EH_API eh_tensor *eh_sigmoid(eh_graph *g, eh_tensor *x);
EH_API eh_tensor *eh_tanh(eh_graph *g, eh_tensor *x);
EH_API eh_tensor *eh_gelu(eh_graph *g, eh_tensor *x);     /* exact: x * Phi(x) */
EH_API eh_tensor *eh_softplus(eh_graph *g, eh_tensor *x); /* log(1 + e^x), stable */
EH_API eh_tensor *eh_exp(eh_graph *g, eh_tensor *x);
EH_API eh_tensor *eh_log(eh_graph *g, eh_tensor *x);
EH_API eh_tensor *eh_sqrt(eh_graph *g, eh_tensor *x);
EH_API eh_tensor *eh_square(eh_graph *g, eh_tensor *x);
EH_API eh_tensor *eh_abs(eh_graph *g, eh_tensor *x);
EH_API eh_tensor *eh_power(eh_graph *g, eh_tensor *x, double exponent);
EH_API eh_tensor *eh_affine(eh_graph *g, eh_tensor *x, double factor,
                            double offset); /* factor * x + offset */

EH_API eh_tensor *eh_leaky_relu(eh_graph *g, eh_tensor *x, double slope); /* x where x > 0, else slope * x */
EH_API eh_tensor *eh_gelu_tanh(eh_graph *g, eh_tensor *x);  /* PyTorch's gelu(approximate="tanh") */
EH_API eh_tensor *eh_silu(eh_graph *g, eh_tensor *x);       /* x * sigmoid(x), also called swish */
EH_API eh_tensor *eh_hard_swish(eh_graph *g, eh_tensor *x); /* x * clip(x + 3, 0, 6) / 6 */

/* Composed of the ones above. */
EH_API eh_tensor *eh_clip(eh_graph *g, eh_tensor *x, double low,
                          double high); /* gradient 1 in [low, high], else 0 */
EH_API eh_tensor *eh_minimum(eh_graph *g, eh_tensor *a,
                             eh_tensor *b); /* broadcasts; ties give a the gradient */
EH_API eh_tensor *eh_l2_normalise(eh_graph *g, eh_tensor *x, unsigned axes,
                                  double epsilon); /* x / max(|x|, epsilon) over axes */

/* Element by element; shapes broadcast as in NumPy. */
EH_API eh_tensor *eh_add(eh_graph *g, eh_tensor *a, eh_tensor *b);
EH_API eh_tensor *eh_sub(eh_graph *g, eh_tensor *a, eh_tensor *b);
EH_API eh_tensor *eh_mul(eh_graph *g, eh_tensor *a, eh_tensor *b);
EH_API eh_tensor *eh_div(eh_graph *g, eh_tensor *a, eh_tensor *b);
EH_API eh_tensor *eh_greater(eh_graph *g, eh_tensor *a,
                             eh_tensor *b);                          /* 1 where a > b, else 0; no gradient */
EH_API eh_tensor *eh_less(eh_graph *g, eh_tensor *a, eh_tensor *b);  /* 1 where a < b, else 0; no gradient */
EH_API eh_tensor *eh_equal(eh_graph *g, eh_tensor *a, eh_tensor *b); /* 1 where a = b, else 0; no gradient */
EH_API eh_tensor *eh_maximum(eh_graph *g, eh_tensor *a, eh_tensor *b); /* ties give a the gradient */

/* a where condition is not 0, else b; broadcasts. What is not chosen may be NaN or infinite: it leaves no trace, in gradients either. */
EH_API eh_tensor *eh_where(eh_graph *g, eh_tensor *condition, eh_tensor *a, eh_tensor *b);

/* Reductions. `axes` is a bit mask (1u << axis); 0 = all axes. keep: reduced axes stay with size 1. */
EH_API eh_tensor *eh_sum(eh_graph *g, eh_tensor *x, unsigned axes, bool keep);
EH_API eh_tensor *eh_mean(eh_graph *g, eh_tensor *x, unsigned axes, bool keep);
EH_API eh_tensor *eh_max(eh_graph *g, eh_tensor *x, unsigned axes,
                         bool keep); /* first maximum gets the gradient */

EH_API eh_tensor *eh_log_sum_exp(eh_graph *g, eh_tensor *x, unsigned axes,
                                 bool keep); /* log sum e^x, exact for large x */

EH_API eh_tensor *eh_reshape(eh_graph *g, eh_tensor *x, eh_shape shape); /* one dim may be -1 */
EH_API eh_tensor *eh_flatten(eh_graph *g, eh_tensor *x);                 /* [N, ...] -> [N, rest] */
EH_API eh_tensor *eh_permute(eh_graph *g, eh_tensor *x, const int *order);
EH_API eh_tensor *eh_broadcast_to(eh_graph *g, eh_tensor *x, eh_shape shape);

/* The `size` elements from `start` on along an axis. */
EH_API eh_tensor *eh_slice(eh_graph *g, eh_tensor *x, int axis, int64_t start, int64_t size);

/* Zeros around x: before[i] and after[i] along axis i. */
EH_API eh_tensor *eh_pad(eh_graph *g, eh_tensor *x, const int64_t *before, const int64_t *after);

/* Tensors one after another along an axis; at most 64, equal in all other axes. */
EH_API eh_tensor *eh_concat(eh_graph *g, eh_tensor *const *x, int count, int axis);

/* Rows of a table (an embedding): table [K, ...], index i32 [N...] -> [N..., ...]; an index outside [0, K) gives zeros. */
EH_API eh_tensor *eh_gather(eh_graph *g, eh_tensor *table, eh_tensor *index);

/* softmax(q k' / sqrt D) v: q [B,T,D], k [B,S,D], v [B,S,E] -> [B,T,E]; heads are part of B. Vaswani et al. 2017. */
EH_API eh_tensor *eh_attention(eh_graph *g, eh_tensor *q, eh_tensor *k, eh_tensor *v);

/* ---- randomness: drawn anew from (seed of the params, scope and node, step), so that a step can be repeated. `step`: scalar tensor ---- */

EH_API eh_tensor *eh_random_normal(eh_graph *g, eh_shape shape, eh_tensor *step);  /* standard normal */
EH_API eh_tensor *eh_random_uniform(eh_graph *g, eh_shape shape, eh_tensor *step); /* in (0, 1) */

/* A sample of the normal distribution, mean + e^(log_variance / 2) z: the gradient reaches both (the reparametrisation of Kingma and Welling 2014). */
EH_API eh_tensor *eh_gaussian_sample(eh_graph *g, eh_tensor *mean, eh_tensor *log_variance, eh_tensor *step);

/* Each element is 0 with this probability, else x / (1 - probability). Srivastava et al. 2014. */
EH_API eh_tensor *eh_dropout(eh_graph *g, eh_tensor *x, double probability, eh_tensor *step);

/* The same for whole samples (axis 0): stochastic depth. Huang et al. 2016. */
EH_API eh_tensor *eh_drop_path(eh_graph *g, eh_tensor *x, double probability, eh_tensor *step);

EH_API eh_tensor *eh_softmax(eh_graph *g, eh_tensor *x);     /* over the last axis */
EH_API eh_tensor *eh_log_softmax(eh_graph *g, eh_tensor *x); /* over the last axis */

/* index i32 [N...] -> [N..., classes]; an index outside [0, classes) gives a row of zeros. No gradient. */
EH_API eh_tensor *eh_one_hot(eh_graph *g, eh_tensor *index, int64_t classes);
/* The same with the classes at axis 1: masks [N,H,W] -> [N,classes,H,W]. */
EH_API eh_tensor *eh_one_hot_channels(eh_graph *g, eh_tensor *index, int64_t classes);

/* Identity whose gradient is zero. */
EH_API eh_tensor *eh_stop_gradient(eh_graph *g, eh_tensor *x);

/* Identity whose gradient is multiplied by -factor; factor is a scalar tensor. */
EH_API eh_tensor *eh_reverse_gradient(eh_graph *g, eh_tensor *x, eh_tensor *factor);

/* ---- losses (compositions), one number per sample or per pixel: multiply them by weights [N], and take the mean ---- */

/* What distinguishes classes in a cross entropy. */
typedef struct eh_cross_entropy_opts {
    double smoothing; /* label smoothing in [0,1): (1-s) on the label, s/K everywhere */
    eh_tensor
        *class_weights; /* [K]; NULL: 1 each. As in PyTorch they multiply each class's part of the target */
    bool has_ignored;   /* labels `ignored` count nothing; labels outside [0,K) never do */
    int32_t ignored;
} eh_cross_entropy_opts;

/* -log softmax(logits)[label]: logits [N,K], labels i32 [N] -> [N]; or for each pixel, logits [N,K,H,W], labels [N,H,W] -> [N,H,W]. */
EH_API eh_tensor *eh_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *labels, double smoothing);
EH_API eh_tensor *eh_weighted_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *labels,
                                            eh_cross_entropy_opts opts);

/* The class weight of each label, 0 where it is ignored or outside [0,classes): PyTorch's mean is sum(loss) / sum(this). */
EH_API eh_tensor *eh_label_weights(eh_graph *g, eh_tensor *labels, int64_t classes,
                                   eh_cross_entropy_opts opts);

/* -sum over classes of target * log softmax(logits): soft targets of the shape of logits, [N,K] -> [N] or [N,K,H,W] -> [N,H,W]; they need not sum to
 * 1, so class weights are multiplied into them. */
EH_API eh_tensor *eh_soft_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *target);

/* logits [N,1] or [N], labels i32 [N] in {0,1}: max(z,0) - z y + log(1 + e^-|z|). */
EH_API eh_tensor *eh_binary_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *labels);

/* For each element of logits (any shape), target of the same shape in [0,1]: -(p y log s + (1 - y) log(1 - s)), s = sigmoid(logit); p: weights of positives that
 * broadcast to the shape, as [K] to [N,K]; NULL: 1. PyTorch's binary_cross_entropy_with_logits. */
EH_API eh_tensor *eh_sigmoid_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *target,
                                           eh_tensor *positive_weights);

/* sum over classes of target * (log target - log_probabilities); [N,K] -> [N]; target > 0. */
EH_API eh_tensor *eh_kl_divergence(eh_graph *g, eh_tensor *log_probabilities, eh_tensor *target);

/* Of N(mean, e^log_variance) from the standard normal, [N,...] -> [N]: sum of (mean^2 + e^l - 1 - l) / 2. Kingma and Welling 2014. */
EH_API eh_tensor *eh_gaussian_kl(eh_graph *g, eh_tensor *mean, eh_tensor *log_variance);

/* x, target [N, ...] -> [N]: the mean over all axes but the first of (x - t)^2, |x - t|, and Huber's
 * d^2 / 2 where d = |x - t| <= delta, else delta (d - delta / 2). */
EH_API eh_tensor *eh_squared_error(eh_graph *g, eh_tensor *x, eh_tensor *target);
EH_API eh_tensor *eh_absolute_error(eh_graph *g, eh_tensor *x, eh_tensor *target);
EH_API eh_tensor *eh_huber_error(eh_graph *g, eh_tensor *x, eh_tensor *target, double delta);

/* 1 - (2 sum p t + smooth) / (sum p + sum t + smooth) over the pixels: probabilities p and targets t [N,K,H,W] -> [N,K]. Milletari, Navab and Ahmadi 2016. */
EH_API eh_tensor *eh_dice_loss(eh_graph *g, eh_tensor *probabilities, eh_tensor *target, double smooth);

/* ---- effects: executed by a plan that names them as targets; each runs after every other reader of the variable ---- */

/* variable := value (same shape). Returns the effect's (scalar, unusable) tensor to pass to a plan. */
EH_API eh_tensor *eh_assign(eh_graph *g, eh_tensor *variable, eh_tensor *value);

/* Adam / AdamW, one fused pass: m, v and the step count t live as EH_OPTIMIZER variables "<param>.adam_m", "<param>.adam_v";
 * `lr` and `step` (1, 2, 3 ...) are scalar tensors. decoupled: AdamW's p -= lr*wd*p, else wd*p joins the gradient.
 * Source: Kingma and Ba 2015; Loshchilov and Hutter 2019; the arithmetic order of PyTorch. */
typedef struct eh_adam_opts {
    double beta1, beta2, epsilon, weight_decay;
    bool decoupled;
} eh_adam_opts;
EH_API eh_tensor *eh_adam_update(eh_graph *g, eh_tensor *param, eh_tensor *grad, eh_tensor *lr,
                                 eh_tensor *step, eh_adam_opts opts);

/* SGD with momentum as in PyTorch: b = momentum b + (1-dampening) g (first step b = g), p -= lr b; nesterov: g + momentum b.
 * `momentum` is a scalar tensor so that schedules can cycle it; buffer variable "<param>.sgd_momentum". */
typedef struct eh_sgd_opts {
    double weight_decay;
    bool nesterov;
} eh_sgd_opts;
EH_API eh_tensor *eh_sgd_update(eh_graph *g, eh_tensor *param, eh_tensor *grad, eh_tensor *lr,
                                eh_tensor *momentum, eh_sgd_opts opts);

/* The effects recorded so far by builders themselves (running statistics), for the training plan's targets. */
EH_API size_t eh_graph_effects(const eh_graph *g, eh_tensor **out, size_t capacity);

/* ---- gradients ---- */

/* Appends nodes that compute d loss / d wrt[i] to grad[i] (NULL where the loss does not depend on it). loss is a scalar.
 * May be used again on the result (second derivatives) wherever each op involved has a gradient. */
EH_API eh_status eh_gradients(eh_graph *g, eh_tensor *loss, eh_tensor *const *wrt, size_t count,
                              eh_tensor **grad, eh_error *err);

#ifdef __cplusplus
}
#endif
#endif
