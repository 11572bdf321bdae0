/* check_case.h - running one check over a small set, and asking what it found. */
#ifndef EH_TESTS_CHECK_CASE_H
#define EH_TESTS_CHECK_CASE_H

#include "clean/check.h"

/* Writes `rows` 8 x 8 pictures and set/data.csv into the folder and imports them to data.eh with the format text `format`. line(i): row i of the
 * CSV, whose first field is the file's name; `header` its first line. Opens the catalog. */
eh_catalog *check_case_set(void *folder, const char *format, const char *header, int rows,
                           void (*line)(char *out, size_t size, int row));

/* Runs `word` ("names:agreement=0.9"); fails the test when that fails. */
eh_clean_result *check_case_run(eh_catalog *catalog, const char *word);

/* Asserts that it fails with this status and a message that holds `part`. */
void check_case_refused(eh_catalog *catalog, const char *word, eh_status status, const char *part);

/* The only finding about an image and a column (NULL: any); NULL when there is none; fails the test when there are several. */
const eh_finding *check_case_finding(const eh_clean_result *r, int64_t image, const char *column);

/* Member of a finding's evidence, as text in one of four static buffers ("" when it is not there). */
const char *check_case_evidence(const eh_finding *f, const char *key);

#endif
