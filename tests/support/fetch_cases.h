/* fetch_cases.h - what every public data set in the table must satisfy. */
#ifndef EH_TESTS_FETCH_CASES_H
#define EH_TESTS_FETCH_CASES_H

#include "data/fetch.h"

/* Fails the test unless the set has terms and a page, and either well-formed addresses, sizes and hashes or instructions. */
void fetch_case_check(const eh_fetch *set);

#endif
