/* split_scheme.h - splits as the catalog keeps them: the tables `scheme` and `split`. */
#ifndef EH_DATA_SPLIT_SCHEME_H
#define EH_DATA_SPLIT_SCHEME_H

#include "data/catalog_store.h"

/* What was assigned. */
typedef struct eh_split_rows {
    const int64_t *image; /* [rows] */
    const uint8_t *block; /* [rows] train, valid, test as 0, 1, 2; with folds the block */
    const uint8_t *kept;  /* [rows] 1: stays in the test part; NULL: none */
    size_t rows;
} eh_split_rows;

/* Writes one split, or one a fold, in place of those of the same kind, and makes it (the first) the one that counts; one transaction. */
eh_status eh_split_write(eh_catalog *catalog, const eh_split_rows *rows, const eh_split_opts *opts,
                         eh_progress *progress, eh_error *err);

#endif
