/* model_resnet18.c - ResNet-18. See resnet.c for the source. 11,689,512 parameters with 1,000 classes. */
#include "nn/resnet.h"

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    (void)opts;
    return eh_resnet_features(b, images, &(eh_resnet_spec){ .bottleneck = false, .blocks = { 2, 2, 2, 2 } });
}

const eh_model eh_model_resnet18 = {
    .entry = { .name = "resnet18",
               .summary = "residual network of 18 layers, torchvision's names and numerics",
               .source = "He et al. 2016, Deep residual learning for image recognition; torchvision" },
    .head_name = "fc",
    .features = features,
};
