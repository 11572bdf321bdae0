/* html.h - writing HTML in which no text from the data can become markup. */
#ifndef EH_REPORT_HTML_H
#define EH_REPORT_HTML_H

#include "base/str.h"

/* Appends text with & < > " ' escaped; fit for text and double-quoted attributes. NULL appends nothing. */
void eh_html_text(eh_str *out, const char *text);

/* Appends formatted text, escaped as a whole. */
void eh_html_textf(eh_str *out, const char *format, ...) EH_PRINTF(2, 3);

/* A table that can be scrolled: `label` names it for screen readers, `caption` stands above it. A title that begins with '>' is a column of
 * numbers (the '>' is not shown). */
void eh_html_table_begin(eh_str *out, const char *label, const char *caption, const char *const *title,
                         size_t columns);
void eh_html_table_end(eh_str *out);

/* A row; hatched marks one that rests on few or no images. */
void eh_html_row_begin(eh_str *out, bool hatched);
void eh_html_row_end(eh_str *out);

/* The cell that names the row, a cell of text, and a cell with a number. */
void eh_html_row_name(eh_str *out, const char *text);
void eh_html_cell(eh_str *out, const char *format, ...) EH_PRINTF(2, 3);
void eh_html_number(eh_str *out, const char *format, ...) EH_PRINTF(2, 3);

#endif
