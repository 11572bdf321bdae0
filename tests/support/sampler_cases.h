/* sampler_cases.h - the candidates that all tests of samplers draw from. */
#ifndef EH_TESTS_SAMPLER_CASES_H
#define EH_TESTS_SAMPLER_CASES_H

#include "evenhand/loader.h"

enum { CASE_ROWS = 1100, CASE_CANDIDATES = 1000, CASE_GROUPS = 5 };

/* 1,000 of 1,100 rows are candidates (not those whose number is divisible by 11); groups 0 .. 3 have 700, 200, 90, 10 of them,
 * group 4 none. */
eh_sampler_input sampler_case(uint64_t seed, uint64_t epoch);

/* Runs the sampler with options from text ("capped:cap=3"); the order is released with eh_free. Fails the test on errors. */
void sampler_run(const char *sampler, const eh_sampler_input *in, uint32_t **order, size_t *count);

/* How often each row and each group was drawn. Fails the test when a row is no candidate. */
void sampler_tally(const uint32_t *order, size_t count, uint32_t of_row[CASE_ROWS],
                   uint32_t of_group[CASE_GROUPS]);

/* The same (seed, epoch) gives the same order, another epoch and another seed another one. */
void sampler_expect_repeatable(const char *sampler);

/* Without groups it fails with a sentence that names --groups; without candidates it says so. */
void sampler_expect_needs_groups(const char *sampler);
void sampler_expect_needs_candidates(const char *sampler);

#endif
