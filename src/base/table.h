/* table.h - text tables for people: columns aligned by display width, numbers to the right. */
#ifndef EH_BASE_TABLE_H
#define EH_BASE_TABLE_H

#include "base/str.h"

typedef struct eh_text_table eh_text_table;

/* A table with these column titles; a title that starts with '>' is right-aligned (the '>' is not shown). NULL when out of memory. */
eh_text_table *eh_text_table_new(const char *const *titles, size_t columns);

/* Adds a cell to the current row, as eh_str_append_shown shows text; after `columns` cells the next row begins. */
void eh_text_table_cell(eh_text_table *t, const char *format, ...) EH_PRINTF(2, 3);

/* A line between rows. */
void eh_text_table_rule(eh_text_table *t);

/* Renders into `out` with two spaces between columns and a line under the titles. */
void eh_text_table_render(const eh_text_table *t, eh_str *out);

void eh_text_table_free(eh_text_table *t);

#endif
