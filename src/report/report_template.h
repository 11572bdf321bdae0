/* report_template.h - the report page that the library carries inside: web/dist/report_template.html, byte for byte. */
#ifndef EH_REPORT_TEMPLATE_H
#define EH_REPORT_TEMPLATE_H

#include <stddef.h>

/* The page, eh_report_template_size bytes, followed by a NUL that does not count. */
extern const unsigned char eh_report_template[];
extern const size_t eh_report_template_size;

#endif
