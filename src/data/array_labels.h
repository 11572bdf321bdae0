/* array_labels.h - labels that come as arrays of numbers, beside an array of images. */
#ifndef EH_DATA_ARRAY_LABELS_H
#define EH_DATA_ARRAY_LABELS_H

#include "data/format.h"

/* One column: its values row by row; NaN is a missing value. */
typedef struct eh_array_column {
    const char *name;
    const double *value; /* [rows], borrowed */
    size_t rows;
    size_t column; /* in the import, once declared */
    bool is_class;
} eh_array_column;

/* True for the usual names of what is to be learned: label, labels, y, class, target ..., in any case. */
bool eh_array_is_label_name(const char *name);

/* Declares the column: classes where all values are whole numbers and few are different (1,000 for a label by its name, else 20), named by their
 * numbers, in the order of the numbers; else numbers. */
eh_status eh_array_column_declare(eh_array_column *c, eh_import *imp, eh_error *err);

/* The value of a row, for eh_import_row. */
eh_status eh_array_column_value(eh_label_value *out, const eh_array_column *c, eh_import *imp, size_t row,
                                eh_error *err);

#endif
