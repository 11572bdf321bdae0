/* split_assign.h - which part every row goes to; no catalog, no files. */
#ifndef EH_DATA_SPLIT_ASSIGN_H
#define EH_DATA_SPLIT_ASSIGN_H

#include "evenhand/catalog.h"

typedef struct eh_split_input {
    size_t rows;
    const int64_t *key;     /* [rows] stable number of the row (catalog id), the source of its randomness */
    const int32_t *stratum; /* [rows] 0 .. strata-1 */
    size_t strata;
    const int32_t *identity; /* [rows] 0 .. identities-1; NULL: every row alone */
    size_t identities;
    const double *share;          /* [parts] sum 1; a part with share 0 gets nothing */
    const char *const *part_name; /* [parts] for messages: "the training part", "fold 3" */
    size_t parts;                 /* at most EH_MOST_FOLDS */
    uint64_t seed;
} eh_split_input;

/* Fills part[rows] with 0 .. parts-1. Every part with a share gets at least one row, or EH_ERR_NOT_ENOUGH says why that is impossible.
 * Without identities: in every stratum each part is less than one row from its share, and so are the parts as a whole, up to rounding. */
eh_status eh_split_assign(const eh_split_input *in, uint8_t *part, eh_error *err);

#endif
