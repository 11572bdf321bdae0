/* copy_keeper.h - which image of a cluster of copies stays, and what happens where their labels contradict each other. */
#ifndef EH_CLEAN_COPY_KEEPER_H
#define EH_CLEAN_COPY_KEEPER_H

#include "clean/copies.h"
#include "evenhand/option.h"

typedef enum eh_keep {
    EH_KEEP_LARGEST,  /* most pixels, then the largest file, then the sharpest, then the lowest id */
    EH_KEEP_SHARPEST, /* sharpest, then most pixels, then the largest file, then the lowest id */
    EH_KEEP_FIRST     /* lowest id */
} eh_keep;

typedef enum eh_conflicts {
    EH_CONFLICTS_REPORT,   /* the cluster is left as it is; a person must decide */
    EH_CONFLICTS_DROP_ALL, /* none of its images can be trusted: all go */
    EH_CONFLICTS_MAJORITY /* one that agrees with more than half of the cluster stays; without such a majority as with report */
} eh_conflicts;

typedef struct eh_keeper_opts {
    eh_keep keep;
    eh_part prefer; /* images of this part stay before others; EH_PART_NONE: no matter */
    eh_conflicts conflicts;
    eh_str_list labels; /* columns that copies must agree on; empty: all classes and numbers */
} eh_keeper_opts;

typedef struct eh_keeper eh_keeper;

/* Loads what the decision needs. `copies` must outlive it. EH_ERR_USAGE for unknown columns and for text columns. */
eh_status eh_keeper_new(eh_keeper **out, eh_catalog *catalog, const eh_copies *copies,
                        const eh_keeper_opts *opts, eh_error *err);
void eh_keeper_free(eh_keeper *keeper);

typedef struct eh_kept {
    uint32_t row;   /* the image that stays (or would, where nothing is decided) */
    bool none;      /* all go */
    bool undecided; /* nothing is done */
    bool conflict;  /* labels contradict each other */
} eh_kept;

/* The decision about one cluster. `conflict` (may be NULL) gets true for every label column (eh_keeper_labels of them) with a contradiction. A
 * missing value contradicts nothing. */
eh_kept eh_keeper_decide(const eh_keeper *keeper, const uint32_t *row, size_t count, bool *conflict);

size_t eh_keeper_labels(const eh_keeper *keeper);
const char *eh_keeper_label(const eh_keeper *keeper, size_t i);

/* What the options of the check `copies` mean (its `opts` of a parsed spec). */
void eh_copies_check_opts(const void *opts, eh_copies_opts *copies, eh_keeper_opts *keeper);

#endif
