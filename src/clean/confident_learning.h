/* confident_learning.h - which given labels are likely wrong, from out-of-sample probabilities. */
#ifndef EH_CLEAN_CONFIDENT_LEARNING_H
#define EH_CLEAN_CONFIDENT_LEARNING_H

#include "evenhand/memory.h"

#include <stdbool.h>

/* Rows of numbers that are read in pieces, so that there may be more of them than memory. */
typedef struct eh_row_source {
    void *user;
    const char *name; /* for messages: "probabilities.npy", "the model" */
    size_t rows, columns;
    /* Rows first .. first + count - 1 into out[count, columns]. Called with rising `first`, several times over. */
    eh_status (*read)(void *user, size_t first, size_t count, double *out, eh_error *err);
} eh_row_source;

/* What is known of every label afterwards. */
typedef struct eh_label_issues {
    eh_arena *arena; /* owns all */
    size_t rows, classes;
    size_t issues;          /* number of rows with issue */
    bool *issue;            /* [rows] the label is likely wrong; false without a label */
    int32_t *guess;         /* [rows] most probable class */
    float *self_confidence; /* [rows] probability of the given label; 1 without a label */
    float *margin;          /* [rows] normalised: (p_given - max other + 1) / 2; 1 without a label */
    float *entropy;         /* [rows] confidence-weighted entropy; 1 without a label */
    double *threshold;      /* [classes] mean self-confidence of those that carry the label */
    int64_t *joint; /* [classes, classes] estimated counts [given][true]; rows sum to the label's count */
} eh_label_issues;

/* How findings are ranked; lower means more likely wrong. */
typedef enum eh_label_rank { EH_RANK_SELF_CONFIDENCE, EH_RANK_MARGIN, EH_RANK_ENTROPY } eh_label_rank;

/* Confident learning with pruning by noise rate. probabilities: [rows, classes], each row sums to 1. label: [rows], -1 = none: such rows are left
 * out of every count. Errors: EH_ERR_INPUT (no probabilities: NaN, outside 0..1, another sum; the message names the first row), EH_ERR_USAGE (a
 * label that has no column), EH_ERR_NOT_ENOUGH (no label at all), EH_ERR_LIMIT (over 4,096 classes). Memory: about 24 bytes a row. */
eh_status eh_confident_learning(eh_label_issues **out, const eh_row_source *probabilities,
                                const int32_t *label, eh_error *err);
void eh_label_issues_free(eh_label_issues *issues);

/* Score 0..1 of a row, high = likely wrong: 1 - the ranking's value. */
double eh_label_issue_score(const eh_label_issues *issues, size_t row, eh_label_rank rank);

#endif
