/* stats_print.h - statistics of a data set for people and for programs. */
#ifndef EH_CLI_STATS_PRINT_H
#define EH_CLI_STATS_PRINT_H

#include "base/str.h"
#include "metric/data_stats.h"

/* Tables, one below the other; `split`: with a column for each part. `name` is what the first line calls the catalog. */
eh_status eh_stats_text(eh_str *out, const char *name, const eh_data_stats *stats, bool split, eh_error *err);

/* One object with everything; NULL when out of memory. */
json_t *eh_stats_json(const char *name, const char *hash, const eh_data_stats *stats, bool split);

#endif
