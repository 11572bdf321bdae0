/* weights_list.c - the table of formats of weights. */
#include "nn/weights_file.h"

extern const eh_tensor_format eh_weights_safetensors, eh_weights_torch;

const eh_entry *const eh_weights_list[] = {
    &eh_weights_safetensors.entry,
    &eh_weights_torch.entry,
    NULL,
};
