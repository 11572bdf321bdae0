/* predict_write.h - predictions as CSV, JSON or NPY, row after row. */
#ifndef EH_TRAIN_PREDICT_WRITE_H
#define EH_TRAIN_PREDICT_WRITE_H

#include "train/predict.h"

/* What is known of one image. */
typedef struct eh_predict_row {
    size_t index; /* in the input */
    const char *file;
    const float *value
        [EH_HEADS]; /* of each head: [width], of masks [classes,H,W]; NULL: the image could not be read (NPY only) */
    const char *mask[EH_HEADS]; /* of heads of masks: file of the picture; NULL: none was asked for */
} eh_predict_row;

/* Everything in front of the rows. */
void eh_predict_write_begin(eh_str *out, eh_predict_format format, const eh_saved_model *model,
                            const eh_predict_input *input);
void eh_predict_write_row(eh_str *out, eh_predict_format format, const eh_saved_model *model,
                          const eh_predict_input *input, const eh_predict_row *row, bool first);
/* `about`: what the predictions were made from. */
void eh_predict_write_end(eh_str *out, eh_predict_format format, const json_t *about);

#endif
