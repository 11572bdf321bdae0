/* model_list.c - the table of models. */
#include "evenhand/model.h"

extern const eh_model eh_model_standard_cnn, eh_model_resnet18, eh_model_resnet34, eh_model_resnet50,
    eh_model_resnet101, eh_model_resnet20, eh_model_resnet32, eh_model_resnet44, eh_model_resnet56,
    eh_model_vgg_resnet, eh_model_efficientnetv2, eh_model_vit_tiny, eh_model_hourglass, eh_model_unet,
    eh_model_dbvae;

const eh_entry *const eh_model_list[] = {
    &eh_model_standard_cnn.entry,   &eh_model_resnet18.entry,
    &eh_model_resnet34.entry,       &eh_model_resnet50.entry,
    &eh_model_resnet101.entry,      &eh_model_resnet20.entry,
    &eh_model_resnet32.entry,       &eh_model_resnet44.entry,
    &eh_model_resnet56.entry,       &eh_model_vgg_resnet.entry,
    &eh_model_efficientnetv2.entry, &eh_model_vit_tiny.entry,
    &eh_model_hourglass.entry,      &eh_model_unet.entry,
    &eh_model_dbvae.entry,          NULL,
};
