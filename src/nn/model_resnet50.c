/* model_resnet50.c - ResNet-50. See resnet.c for the source. 25,557,032 parameters with 1,000 classes. */
#include "nn/resnet.h"

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    (void)opts;
    return eh_resnet_features(b, images, &(eh_resnet_spec){ .bottleneck = true, .blocks = { 3, 4, 6, 3 } });
}

const eh_model eh_model_resnet50 = {
    .entry = { .name = "resnet50",
               .summary = "residual network of 50 layers with bottlenecks, torchvision's names and numerics",
               .source = "He et al. 2016, Deep residual learning for image recognition; torchvision" },
    .head_name = "fc",
    .features = features,
};
