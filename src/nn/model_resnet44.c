/* model_resnet44.c - ResNet-44 for small images. See resnet_cifar.c for the source. 658,586 parameters with 10 classes. */
#include "nn/resnet_cifar.h"

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    (void)opts;
    return eh_resnet_cifar_features(b, images, 7);
}

const eh_model eh_model_resnet44 = {
    .entry = { .name = "resnet44",
               .summary = "residual network of 44 layers for small images such as CIFAR's",
               .source = "He et al. 2016, Deep residual learning for image recognition, section 4.2" },
    .head_name = "linear",
    .features = features,
};
