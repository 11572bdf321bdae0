/* model_list.c - the table of models. */
#include "evenhand/model.h"

extern const eh_model eh_model_standard_cnn, eh_model_resnet18, eh_model_vgg_resnet;

const eh_entry *const eh_model_list[] = {
    &eh_model_standard_cnn.entry,
    &eh_model_resnet18.entry,
    &eh_model_vgg_resnet.entry,
    NULL,
};
