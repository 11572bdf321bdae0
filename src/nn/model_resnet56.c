/* model_resnet56.c - ResNet-56 for small images. See resnet_cifar.c for the source. 853,018 parameters with 10 classes. */
#include "nn/resnet_cifar.h"

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    (void)opts;
    return eh_resnet_cifar_features(b, images, 9);
}

const eh_model eh_model_resnet56 = {
    .entry = { .name = "resnet56",
               .summary = "residual network of 56 layers for small images such as CIFAR's",
               .source = "He et al. 2016, Deep residual learning for image recognition, section 4.2" },
    .head_name = "linear",
    .features = features,
};
