/* bench_search.h - the rows `hash-search` of `evenhand bench`: how fast near duplicates are found among perceptual hashes. */
#ifndef EH_CLI_BENCH_SEARCH_H
#define EH_CLI_BENCH_SEARCH_H

#include "cli/command.h"

#include <jansson.h>

/* One row: so many hashes, pairs within `distance` bits; `every`: every pair is compared, whatever would be faster. */
typedef struct eh_bench_search {
    size_t hashes;
    int distance;
    bool every;
} eh_bench_search;

/* The rows of the table, ended by one without hashes. */
extern const eh_bench_search eh_bench_searches[];

/* Measures `steps` times after one to warm up, on drawn hashes of which every hundredth is a near copy of another. EH_ERR_INTERNAL when one of the
 * copies is not found. */
eh_status eh_bench_search_run(json_t **out, const eh_bench_search *row, int64_t steps, uint64_t seed,
                              eh_error *err);

#endif
