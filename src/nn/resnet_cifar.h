/* resnet_cifar.h - the body that the residual networks for images of 32 x 32 share. */
#ifndef EH_NN_RESNET_CIFAR_H
#define EH_NN_RESNET_CIFAR_H

#include "evenhand/model.h"

/* images [N,C,H,W] -> map [N,64,H/4,W/4] and its average; depth = 6 * blocks + 2 layers. Names as in the public weights (conv1, bn1, layer1.0.conv1 ...);
 * exposes "layer1", "layer2", "layer3" and "pool". */
eh_features eh_resnet_cifar_features(eh_build *b, eh_tensor *images, int blocks);

#endif
