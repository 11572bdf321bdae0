/* model_resnet20.c - ResNet-20 for small images. See resnet_cifar.c for the source. 269,722 parameters with 10 classes. */
#include "nn/resnet_cifar.h"

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    (void)opts;
    return eh_resnet_cifar_features(b, images, 3);
}

const eh_model eh_model_resnet20 = {
    .entry = { .name = "resnet20",
               .summary = "residual network of 20 layers for small images such as CIFAR's",
               .source = "He et al. 2016, Deep residual learning for image recognition, section 4.2" },
    .head_name = "linear",
    .features = features,
};
