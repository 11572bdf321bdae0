/* layer.h - layers: an operation with its variables, named as torch.nn names them. Each is one file layer_<name>.c. */
#ifndef EH_NN_LAYER_H
#define EH_NN_LAYER_H

#include "evenhand/model.h"

/* Whether a variable of that full name stays as it is. A normalisation whose scale is frozen keeps its statistics too. */
bool eh_build_frozen(const eh_build *b, const char *name);

/* Convolution "name.weight" [out, in/groups, k, k] and, with bias, "name.bias". Kaiming normal fan-out for ReLU without bias (torchvision's resnets);
 * with bias PyTorch's default: uniform +-1/sqrt(fan_in) for both. */
typedef struct eh_conv_spec {
    int out, kernel, stride, pad, dilation, groups; /* 0: 1 for stride, dilation, groups */
    bool bias;
} eh_conv_spec;
eh_tensor *eh_layer_conv2d(eh_build *b, const char *name, eh_tensor *x, eh_conv_spec spec);

/* Transposed convolution "name.weight" [in, out, k, k], "name.bias"; PyTorch's default initialisation. The image becomes `stride` times as
 * large where pad and extra are those of torch.nn.ConvTranspose2d: kernel - stride = 2 pad - extra. */
typedef struct eh_conv_transpose_spec {
    int out, kernel, stride, pad, extra;
} eh_conv_transpose_spec;
eh_tensor *eh_layer_conv_transpose2d(eh_build *b, const char *name, eh_tensor *x,
                                     eh_conv_transpose_spec spec);

/* Over the last axis: "name.weight", "name.bias". */
eh_tensor *eh_layer_norm_last(eh_build *b, const char *name, eh_tensor *x, double epsilon);

/* x [N,C,H,W] times a factor for each channel: sigmoid(W2 silu(W1 mean(x))), W1 and W2 the 1x1 convolutions "name.fc1" (to `squeeze` channels)
 * and "name.fc2". Hu, Shen and Sun 2018, squeeze and excitation; names of torchvision. */
eh_tensor *eh_layer_squeeze_excitation(eh_build *b, const char *name, eh_tensor *x, int squeeze);

/* "name.weight", "name.bias", "name.running_mean", "name.running_var". */
eh_tensor *eh_layer_batch_norm(eh_build *b, const char *name, eh_tensor *x);

/* x [...,in] -> [...,out]: "name.weight" [out, in], "name.bias" [out]; PyTorch's default initialisation. */
eh_tensor *eh_layer_linear(eh_build *b, const char *name, eh_tensor *x, int64_t out, bool bias);

/* x with each element dropped with this probability while training; x itself in inference. */
eh_tensor *eh_layer_dropout(eh_build *b, eh_tensor *x, double probability);

/* The same for the branches of whole samples (stochastic depth). */
eh_tensor *eh_layer_drop_path(eh_build *b, eh_tensor *x, double probability);

typedef enum eh_activation { EH_ACT_RELU, EH_ACT_GELU, EH_ACT_NONE, EH_ACT_SILU } eh_activation;
eh_tensor *eh_layer_activation(eh_build *b, eh_tensor *x, eh_activation activation);

#endif
