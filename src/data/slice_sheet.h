/* slice_sheet.h - the images that a query selects, as one picture with captions. */
#ifndef EH_DATA_SLICE_SHEET_H
#define EH_DATA_SLICE_SHEET_H

#include "evenhand/query.h"

typedef struct eh_slice_sheet_opts {
    const eh_query *where;
    eh_str_list
        captions; /* columns and properties whose values stand below each image; none: those that the query names */
    size_t
        most; /* images shown; of more as many are drawn by chance, and stand in the order of the catalog */
    int tile; /* side of the images in pixels */
    uint64_t seed;
} eh_slice_sheet_opts;

typedef struct eh_slice_sheet {
    eh_image image; /* owned by the caller */
    uint64_t selected, shown,
        broken; /* images for which the query holds; on the sheet; of those that cannot be decoded */
} eh_slice_sheet;

/* Makes the sheet. EH_ERR_NOT_ENOUGH when the query holds for nothing. */
eh_status eh_slice_sheet_make(eh_slice_sheet *out, eh_catalog *catalog, const eh_slice_sheet_opts *opts,
                              eh_progress *progress, eh_error *err);

#endif
