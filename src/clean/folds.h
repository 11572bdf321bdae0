/* folds.h - rows dealt to the folds of a cross-validation, and what the folds' models say. */
#ifndef EH_CLEAN_FOLDS_H
#define EH_CLEAN_FOLDS_H

#include "evenhand/dataset.h"

/* Deals rows to folds: fold[rows]. unit: [rows] rows with equal numbers never part; NULL: each row alone. Same seed, same folds.
 * EH_ERR_NOT_ENOUGH when there are fewer than two units a fold. */
eh_status eh_deal_folds(uint32_t *fold, size_t rows, const uint32_t *unit, size_t folds, uint64_t seed,
                        eh_error *err);

/* What the folds' models say about one class column. */
typedef struct eh_fold_column {
    const eh_frame_column *column;
    float *probability; /* [rows, classes] rows of images without the label too; NULL for masks */
    double
        accuracy; /* share of the labelled rows (of masks: of the pixels with a class) whose most probable class is the label */
} eh_fold_column;

typedef struct eh_fold_predictions {
    eh_arena *arena;
    size_t rows, columns;
    eh_fold_column *column; /* [columns] */
    uint32_t *fold;         /* [rows] fold of each row in the first repeat */
    const char *judge;      /* what has judged: a model, or where embeddings came from; borrowed */
    double seconds;
} eh_fold_predictions;

/* With room for the columns, which must be class columns with at least two classes, or one column of masks alone. */
eh_status eh_fold_predictions_new(eh_fold_predictions **out, const eh_frame *frame,
                                  const eh_frame_column *const *columns, size_t count, eh_error *err);
void eh_fold_predictions_measure(eh_fold_predictions *predictions); /* fills in the accuracies */
void eh_fold_predictions_free(eh_fold_predictions *predictions);

#endif
