/* results_data.h - what results.json says about a data set beyond counts: balance, split, cleaning; and a document about a data set alone.
 *
 * A document of the kind "data" has no model, no head and no evaluation: everything stands in `data`.
 */
#ifndef EH_REPORT_RESULTS_DATA_H
#define EH_REPORT_RESULTS_DATA_H

#include "evenhand/query.h"
#include "evenhand/progress.h"

#include <jansson.h>

/* Galleries that a report shows of each check. */
#define EH_DATA_GALLERIES 12

typedef struct eh_data_results_opts {
    const char *name;      /* what a report calls the data set; NULL: the catalog's file name */
    const eh_query *where; /* NULL: all usable images */
    eh_str_list groups;    /* columns whose crossing makes groups */
    eh_str_list labels;    /* columns with classes */
    eh_str_list bins;      /* histograms (metric/histogram.h); none: every number column in steps that suit */
    const char *planted;   /* a CSV with the truth about planted defects (clean/planted.h); NULL: none */
    size_t galleries;      /* clusters and other findings shown with thumbnails, per check; 0: none */
    const char *const *command; /* for the record; NULL: "evenhand report CATALOG" */
    size_t command_words;
    uint64_t seed;
} eh_data_results_opts;

/* Adds histograms, association, power, pictures, split_check and cleaning to `data` (an object of results.json). */
eh_status eh_results_add_data(json_t *data, eh_catalog *catalog, const eh_data_results_opts *opts,
                              eh_progress *progress, eh_error *err);

/* The `cleaning` object of a catalog: what the checks found, what was taken out and what that did to the groups; null where nothing was ever checked. */
eh_status eh_results_cleaning(json_t **out, eh_catalog *catalog, const eh_data_results_opts *opts,
                              eh_progress *progress, eh_error *err);

/* A whole document about a catalog. The caller owns it. Without groups some are chosen (default_columns.h). */
eh_status eh_results_from_catalog(json_t **out, const char *path, const eh_data_results_opts *given,
                                  eh_progress *progress, eh_error *err);

/* True for a file that begins like an SQLite database, as catalogs do. */
bool eh_is_catalog(const char *path);

#endif
