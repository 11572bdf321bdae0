/* csv.h - reading and writing comma-separated values (RFC 4180).
 *
 * Reading accepts LF, CRLF and CR line ends, a UTF-8 byte order mark, quoted fields with embedded line ends and
 * doubled quotes, and one separator out of ',', ';', tab, found from the header line. A field over 10 MB, a NUL byte or text that is not UTF-8 is
 * an error with its line number.
 */
#ifndef EH_BASE_CSV_H
#define EH_BASE_CSV_H

#include "evenhand/error.h"
#include "evenhand/memory.h"
#include "base/str.h"

#include <stddef.h>
#include <stdio.h>

/* A whole CSV file: the header and the rows, as strings. */
typedef struct eh_csv {
    const char **header;
    size_t columns;
    const char **
        cell; /* row-major, rows * columns; short rows are an error, so every cell is there ("" when empty) */
    size_t rows;
    size_t unnamed;     /* columns that the header has no name for */
    const size_t *line; /* line number (from 1) where each row starts */
} eh_csv;

/* Reads `path` with its header into the arena. Duplicate header names are errors; the i-th column is called "column_i" (from 1) where the header
 * has no name for it, as in tables that pandas wrote with their index. */
eh_status eh_csv_read(eh_csv *out, eh_arena *arena, const char *path, eh_error *err);

/* As eh_csv_read, from memory; `name` stands for the path in messages. */
eh_status eh_csv_parse(eh_csv *out, eh_arena *arena, const char *name, const char *text, size_t size,
                       eh_error *err);

/* Index of the column, or an EH_ERR_INPUT that names the file, the missing column, the nearest one and the list. */
eh_status eh_csv_column(size_t *out, const eh_csv *csv, const char *path, const char *name, eh_error *err);

/* Appends one field, quoted when it has to be. */
void eh_csv_field(eh_str *out, const char *text);

/* Writes one row of `count` fields with a final LF. */
void eh_csv_row(eh_str *out, const char *const *field, size_t count);

#endif
