/* onnx_export.h - a trained model as an ONNX file, with all that its user must know in the metadata. */
#ifndef EH_TRAIN_ONNX_EXPORT_H
#define EH_TRAIN_ONNX_EXPORT_H

#include "train/saved_model.h"

/* What the exported model expects. */
typedef enum eh_export_input {
    EH_EXPORT_NORMALISED, /* (value / 255 - mean) / std, as the network was trained */
    EH_EXPORT_UNIT,       /* values in 0..1; mean and std are inside the model */
    EH_EXPORT_PIXELS      /* values in 0..255; so is all scaling */
} eh_export_input;

typedef struct eh_export_opts {
    eh_export_input input;
    bool logits;   /* also "<column>.logits": what the heads say before softmax */
    bool features; /* also "features": the vector in front of the heads */
} eh_export_opts;

/* Writes the model. Input "images" [batch,C,H,W]. Outputs: for every head its column's name (probabilities [batch,classes], numbers [batch,1], of
 * masks [batch,classes,H,W]); of an autoencoder "reconstruction" and "latent". */
eh_status eh_onnx_export(const char *path, const eh_saved_model *model, const eh_export_opts *opts,
                         eh_error *err);

#endif
