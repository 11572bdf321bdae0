/* label_table.h - tables of labels, a row per image, become rows of a catalog: what the formats csv, metadata and fairface share.
 *
 * A table is one file or several (train/metadata.csv, test/metadata.csv), whose columns are put together. Fill in the first half of
 * eh_label_table, give it its files with eh_label_merge, then call eh_label_roles and eh_label_rows.
 */
#ifndef EH_DATA_LABEL_TABLE_H
#define EH_DATA_LABEL_TABLE_H

#include "data/csv_columns.h"
#include "data/format.h"

/* What the user said about columns and files; eh_label_option_table fills it. */
typedef struct eh_label_opts {
    const char *file, *split, *identity, *images, *suffix;
    eh_str_list label, groups, numbers, texts, ignore;
    bool outside;
} eh_label_opts;

extern const eh_opt eh_label_option_table[];

/* One file of the table. */
typedef struct eh_label_file {
    const char *path;   /* for messages */
    const char *folder; /* what its paths are relative to, below the images' source; "" the source itself */
    eh_part part;       /* of its rows that no column and no folder gives a part */
    eh_csv csv;
} eh_label_file;

typedef struct eh_label_table {
    eh_import *imp;
    const eh_label_opts *opts;
    eh_arena *arena;
    eh_source *images; /* what the files' folders lie in */
    eh_label_file *file;
    size_t files;
    bool
        folder_parts; /* "train/a.jpg" is in the part train, where no column says it and every row begins with a part */
    /* filled in by the functions below */
    const char *path; /* of the whole, for messages */
    eh_csv csv;
    size_t *file_of; /* [rows] */
    eh_csv_role *role;
    size_t *target; /* [columns] column of the import, where the role has one */
    size_t file_column, split_column;
    bool has_split, part_numbers;
    eh_label_value *value; /* [columns] of the current row */
    uint64_t missing;
} eh_label_table;

/* True when the first line of the member is a CSV header with a column of files; with `also` (NULL: nothing more) only when it has all those
 * columns too. Never fails. */
bool eh_label_header(const eh_source *source, eh_arena *arena, const char *path, const char *const *also);

/* Reads JSON lines, an object per line, as a table: the keys in order of appearance are the columns, true, false and numbers become their text, null is a missing
 * value. Values that are lists or objects make no cell; *nested counts the columns that are left out for that. */
eh_status eh_label_read_lines(eh_csv *out, size_t *nested, eh_arena *arena, const eh_source *source,
                              const char *path, eh_error *err);

/* Puts the files' tables together. A column that a file does not have is empty in its rows. */
eh_status eh_label_merge(eh_label_table *t, eh_error *err);

/* Where the images of a file are not beside it, but in a folder one below (waterbirds/metadata.csv and waterbirds/waterbird_complete95/...), that folder
 * becomes the file's. Looks at 50 rows of each file; call it after eh_label_roles. */
eh_status eh_label_find_folders(eh_label_table *t, eh_error *err);

/* Gives every column its role and declares those that the catalog gets. */
eh_status eh_label_roles(eh_label_table *t, eh_progress *progress, eh_error *err);

/* Adds the rows, sorts the classes, counts rows without an image; with `unnamed` the images that no row names, too. */
eh_status eh_label_rows(eh_label_table *t, bool unnamed, eh_progress *progress, eh_error *err);

#endif
