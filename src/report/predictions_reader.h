/* predictions_reader.h - what the files that read predictions share; predictions.c says how they fit together. */
#ifndef EH_REPORT_PREDICTIONS_READER_H
#define EH_REPORT_PREDICTIONS_READER_H

#include "base/csv.h"
#include "report/predictions.h"

#define EH_NO_COLUMN SIZE_MAX

/* Columns of the file by meaning; EH_NO_COLUMN where there is none. */
typedef struct eh_prediction_columns {
    size_t truth, predicted, score, loss, file, key;
    size_t *probability; /* [classes]; NULL when not every class has one */
    size_t *group;       /* [groups] */
    size_t groups;
    bool own_format; /* has p:<class> columns: the classes are named by the header */
} eh_prediction_columns;

typedef struct eh_indexed_name {
    const char *name;
    int32_t index;
} eh_indexed_name;

/* Names and where they stand in their list, for searching. */
typedef struct eh_name_index {
    eh_indexed_name *sorted;
    size_t count;
} eh_name_index;

typedef struct eh_prediction_reader {
    eh_predictions *p;
    const eh_predictions_opts *opts;
    const char *path, *head; /* of several heads the one that is read; NULL: the first, without its name */
    eh_csv csv;
    eh_prediction_columns column;
    eh_name_index class_index;
    eh_progress *progress;
    eh_error *err;
} eh_prediction_reader;

/* The cell in that row. */
const char *eh_prediction_cell(const eh_prediction_reader *r, size_t row, size_t column);

/* True for what stands for a missing value; `loose`: also nan, NA, null. */
bool eh_prediction_missing(const char *text, bool loose);

/* Takes out the rows for which opts->where does not hold. */
eh_status eh_prediction_keep(eh_prediction_reader *r);

/* Finds every column but those of the probabilities. */
eh_status eh_prediction_find_columns(eh_prediction_reader *r);

/* Names the classes, finds the columns of their probabilities, fills truth, predicted, probability and loss. */
eh_status eh_prediction_read_classes(eh_prediction_reader *r);

/* Whether truth and prediction are numbers to be measured, by opts->kind or by what stands in the file. */
bool eh_prediction_are_numbers(const eh_prediction_reader *r);

/* Fills number_truth, number_predicted and loss, which is |predicted - true| where the file has none. */
eh_status eh_prediction_read_numbers(eh_prediction_reader *r);

/* A number in a cell; NaN when it is missing. */
eh_status eh_prediction_number(double *out, eh_prediction_reader *r, size_t row, size_t column);

/* Sorts names, as numbers where all are numbers, and removes repetitions; returns how many are left. */
size_t eh_prediction_sort_names(const char **name, size_t count);

/* Names are borrowed. */
eh_status eh_name_index_make(eh_name_index *out, eh_arena *arena, const char *const *name, size_t count,
                             eh_error *err);

/* Where the name stands in the list; -1 when it does not. */
int32_t eh_name_find(const eh_name_index *index, const char *name);

/* Fills the groups. */
eh_status eh_prediction_read_groups(eh_prediction_reader *r);

#endif
