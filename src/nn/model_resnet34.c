/* model_resnet34.c - ResNet-34. See resnet.c for the source. 21,797,672 parameters with 1,000 classes. */
#include "nn/resnet.h"

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    (void)opts;
    return eh_resnet_features(b, images, &(eh_resnet_spec){ .bottleneck = false, .blocks = { 3, 4, 6, 3 } });
}

const eh_model eh_model_resnet34 = {
    .entry = { .name = "resnet34",
               .summary = "residual network of 34 layers, torchvision's names and numerics",
               .source = "He et al. 2016, Deep residual learning for image recognition; torchvision" },
    .head_name = "fc",
    .features = features,
};
