/* embedding_validation.h - out-of-sample probabilities from vectors: a linear classifier for each fold. */
#ifndef EH_CLEAN_EMBEDDING_VALIDATION_H
#define EH_CLEAN_EMBEDDING_VALIDATION_H

#include "clean/embeddings.h"
#include "clean/folds.h"

/* How. Zero-initialise for the defaults in brackets. */
typedef struct eh_embedding_validation_opts {
    int64_t folds;   /* [4] */
    int64_t repeats; /* [1] whole cross-validations with other seeds, averaged */
    uint64_t seed;
} eh_embedding_validation_opts;

/* Cross-validated logistic regression on the embeddings, one for each column and fold. unit: as in eh_deal_folds. Same seed, same numbers, whatever the
 * number of threads. EH_ERR_NOT_ENOUGH as there; EH_ERR_INTERRUPTED on request. */
eh_status eh_cross_validate_embeddings(eh_fold_predictions **out, const eh_embeddings *embeddings,
                                       const eh_frame *frame, const eh_frame_column *const *columns,
                                       size_t count, const uint32_t *unit,
                                       const eh_embedding_validation_opts *opts, eh_progress *progress,
                                       eh_error *err);

#endif
