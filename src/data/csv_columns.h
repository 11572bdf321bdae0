/* csv_columns.h - what each column of a labels table means. */
#ifndef EH_DATA_CSV_COLUMNS_H
#define EH_DATA_CSV_COLUMNS_H

#include "base/csv.h"
#include "evenhand/catalog.h"

/* What a column of a CSV file becomes. */
typedef enum eh_csv_role {
    EH_CSV_AUTO, /* not decided yet */
    EH_CSV_FILE,
    EH_CSV_SPLIT,
    EH_CSV_IGNORED,
    EH_CSV_CLASS,
    EH_CSV_NUMBER,
    EH_CSV_TEXT
} eh_csv_role;

/* True for the ways in which tables write "no value": nothing, NA, N/A, NaN, nan, null, NULL. "None" is a value: people wear no
 * glasses. */
bool eh_csv_missing(const char *cell);

/* True when `name` is one of the usual names of a column of files: file, filename, path, image, img_filename, image_id ... */
bool eh_csv_is_file_column(const char *name);

/* The part that a cell names: a word that eh_part_parse knows, or, when `numbers`, 0 train, 1 valid, 2 test. */
bool eh_csv_part(eh_part *out, const char *cell, bool numbers);

/* Decides every column that is still EH_CSV_AUTO, from its name and its values:
 *   split    named split, partition, subset, set, fold or part, and every value names a part
 *   ignored  no row has a value
 *   text     named like an identity (identity, person, subject, ... _id) or like a row's number (id, img_id) with another value in every row, or of values
 *            that are nearly all different
 *   class    named label, class, target or y with at most 1,000 values; whole numbers with at most 20 different values; words with at
 *            most 20 different values, or at most 100 that come 10 times each on average
 *   number   other columns of numbers
 * A single column whose values differ in every row (more than two rows) is text or number, never class. `part_numbers` becomes true
 * when the split column writes 0, 1, 2. */
eh_status eh_csv_decide(eh_csv_role *role, const eh_csv *csv, bool *part_numbers, eh_error *err);

#endif
