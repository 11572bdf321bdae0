/* report_cases.h - reports for tests: the samples of web/samples, and small results that are written out in a test. */
#ifndef EH_TESTS_REPORT_CASES_H
#define EH_TESTS_REPORT_CASES_H

#include "report/report.h"

/* Reads web/samples/<name>.results.json; the caller owns it. Fails the test when that fails. */
json_t *report_sample(const char *name);

/* One group of a small result. */
typedef struct report_group {
    const char *name;
    size_t n;
    const char *
        right; /* one character per image, '1' right, '0' wrong; NULL: `correct` counts, and no image is told */
    size_t correct;
} report_group;

/* A result of one split "test" with these groups, classes "no" and "yes" of the head "label". All images are of the class "yes". `method` may be
 * NULL (an audit). The caller owns it. */
json_t *report_result(const char *id, const char *method, int seed, const report_group *group, size_t groups);

/* Arranges `count` results (taken over) and renders the section of that name; the text is the caller's (eh_str_clear). A section that
 * does not apply gives the empty text. */
void report_section(eh_str *html, const char *section, json_t **result, size_t count);

#endif
