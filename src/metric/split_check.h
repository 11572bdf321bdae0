/* split_check.h - are the parts of a split alike, is every image in exactly one, and is nobody in two?
 *
 * Every class column is tested by chi-square over parts and classes; every number column part by part against all other images by Kolmogorov and
 * Smirnov's test. All p-values together are corrected by Holm's rule.
 */
#ifndef EH_METRIC_SPLIT_CHECK_H
#define EH_METRIC_SPLIT_CHECK_H

#include "evenhand/dataset.h"

#define EH_ALIKE_ALPHA 0.05 /* a corrected p below it: the parts differ */

typedef struct eh_alike_test {
    const char *column;
    const char *part; /* numbers: the part that is compared with all others; NULL for class columns */
    bool of_missing;  /* numbers: whether the parts lack values alike */
    double statistic; /* chi-square (divided by the design effect), or the largest distance D */
    double df;        /* chi-square */
    double p, corrected;
    double design; /* images of one person tell less than so many persons; 1 without identities */
    double effect; /* Cramer's V, or D: how large the difference is, whatever the number of images */
    size_t pooled; /* rare classes counted as one */
    bool rough;    /* fewer than 5 expected in some cell */
    /* Class columns: the value whose share differs most between a part and all others. Numbers: the medians. */
    const char *value, *value_part;
    double inside, outside;
} eh_alike_test;

typedef struct eh_split_check {
    eh_arena *arena;
    const char **part_name; /* [parts] that hold images */
    uint64_t *count;        /* [parts] */
    size_t parts;
    uint64_t images, without_part;
    eh_alike_test *test;
    size_t tests;
    const char *identity;                           /* NULL: nobody was asked for */
    uint64_t identities, crossing, crossing_images; /* persons in several parts, and their images */
    const char **example;                           /* up to 5 of them */
    size_t examples;
    bool compared; /* some test could be made */
    bool alike;    /* no corrected p is below EH_ALIKE_ALPHA */
    bool whole;    /* every image is in a part */
} eh_split_check;

/* Which part each row is in, and what is compared. */
typedef struct eh_split_check_input {
    const eh_frame *frame;
    const int32_t *part;          /* [rows] 0 .. parts-1; -1: none */
    const char *const *part_name; /* [parts] */
    size_t parts;
    const char *const *column; /* [columns] of the frame to compare; text and mask columns are passed over */
    size_t columns;
    const eh_frame_column *identity; /* NULL: every image alone */
} eh_split_check_input;

/* Fewer than two parts with images are EH_ERR_NOT_ENOUGH. Release with eh_split_check_free. */
eh_status eh_split_check_make(eh_split_check **out, const eh_split_check_input *in, eh_error *err);
void eh_split_check_free(eh_split_check *check);

/* Checks a split of a catalog over all its class and number columns. `by` (NULL: the columns that the split was made by): what must not be in two parts;
 * several are joined as eh_join_rows does. `folds` > 0: the blocks of so many folds are compared (and the test part, with keep_test), not the parts
 * of one split. `where` (NULL: all usable images). */
eh_status eh_split_check_catalog(eh_split_check **out, eh_catalog *catalog, const struct eh_query *where,
                                 const eh_str_list *by, int64_t folds, bool keep_test, eh_error *err);

/* part[frame->rows]: the number of each row's part as eh_split_check_catalog compares them, -1 none; part_name[EH_MOST_FOLDS + 1] in the arena. */
eh_status eh_split_parts(int32_t *part, const char **part_name, size_t *parts, const eh_frame *frame,
                         eh_catalog *catalog, int64_t folds, bool keep_test, eh_arena *arena, eh_error *err);

#endif
