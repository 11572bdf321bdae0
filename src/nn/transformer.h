/* transformer.h - the encoder block that vision transformers are made of. */
#ifndef EH_NN_TRANSFORMER_H
#define EH_NN_TRANSFORMER_H

#include "evenhand/model.h"

typedef struct eh_transformer_spec {
    int64_t heads, mlp; /* heads divide the width; mlp: width of the hidden layer */
    double dropout;
} eh_transformer_spec;

/* x [N,T,D] -> [N,T,D]: x + attention(norm(x)), then x + mlp(norm(x)). Variables below the current scope: ln_1, self_attention.in_proj_weight [3D,D],
 * self_attention.in_proj_bias, self_attention.out_proj, ln_2, mlp.0, mlp.3, as in torchvision's EncoderBlock. */
eh_tensor *eh_transformer_block(eh_build *b, eh_tensor *x, const eh_transformer_spec *spec);

/* Learned positions added to every sample: x [N,T,D] + "name" [1,T,D], which starts as normal with standard deviation 0.02. */
eh_tensor *eh_add_positions(eh_build *b, const char *name, eh_tensor *x);

#endif
