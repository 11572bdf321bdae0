/* resnet.h - the body that all residual networks of torchvision share. */
#ifndef EH_NN_RESNET_H
#define EH_NN_RESNET_H

#include "evenhand/model.h"

#include <stdbool.h>

typedef struct eh_resnet_spec {
    bool bottleneck; /* 1x1, 3x3 (carries the stride), 1x1 with 4 times the width; false: two 3x3 */
    int blocks[4];   /* residual blocks of layer1 .. layer4 */
} eh_resnet_spec;

/* images [N,C,H,W] -> map [N,512,H/32,W/32] (2048 channels with bottlenecks) and its average. Names as in torchvision (conv1, bn1, layer1.0.conv1 ...); exposes "layer1"
 * .. "layer4" ([N,c,h,w]) and "pool" (the vector). */
eh_features eh_resnet_features(eh_build *b, eh_tensor *images, const eh_resnet_spec *spec);

#endif
