/* standard_cnn.h - the body of standard-cnn, which dbvae encodes with. */
#ifndef EH_NN_STANDARD_CNN_H
#define EH_NN_STANDARD_CNN_H

#include "evenhand/model.h"

/* images [N,C,H,W] -> map [N,6 width,H/16,W/16], vector [N,hidden]; variables conv1, bn1 .. conv4, bn4, hidden. */
eh_features eh_standard_cnn_features(eh_build *b, eh_tensor *images, int64_t width, int64_t hidden);

#endif
