/* model_resnet32.c - ResNet-32 for small images. See resnet_cifar.c for the source. 464,154 parameters with 10 classes. */
#include "nn/resnet_cifar.h"

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    (void)opts;
    return eh_resnet_cifar_features(b, images, 5);
}

const eh_model eh_model_resnet32 = {
    .entry = { .name = "resnet32",
               .summary = "residual network of 32 layers for small images such as CIFAR's",
               .source = "He et al. 2016, Deep residual learning for image recognition, section 4.2" },
    .head_name = "linear",
    .features = features,
};
