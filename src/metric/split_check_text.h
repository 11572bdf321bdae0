/* split_check_text.h - the check of a split for people and for programs. */
#ifndef EH_METRIC_SPLIT_CHECK_TEXT_H
#define EH_METRIC_SPLIT_CHECK_TEXT_H

#include "base/str.h"
#include "metric/split_check.h"

#include <jansson.h>

/* "alike", "different", or "leak" when somebody is in several parts. */
const char *eh_split_check_verdict(const eh_split_check *check);

/* What was found, a sentence a line, the most important first. */
void eh_split_check_sentences(eh_str *out, const eh_split_check *check);

/* A row a test, smallest p first, at most so many. */
eh_status eh_split_check_table(eh_str *out, const eh_split_check *check, size_t most, eh_error *err);

/* Verdict, sentences, parts, tests, as in results.json (data.split_check). NULL when out of memory. */
json_t *eh_split_check_json(const eh_split_check *check);

#endif
