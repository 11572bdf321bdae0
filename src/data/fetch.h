/* fetch.h - public data sets that `evenhand fetch` gets, or tells how to get.
 *
 * To add a data set "x": src/data/fetch_x.c with `const eh_fetch eh_fetch_x`, a row in fetch_list.c, a test test_fetch_x.c that calls
 * fetch_case_check. Every file has its exact size and its SHA-256 as published, never as downloaded once.
 */
#ifndef EH_DATA_FETCH_H
#define EH_DATA_FETCH_H

#include "evenhand/option.h"
#include "evenhand/progress.h"
#include "base/download.h"

/* One file of a data set. */
typedef struct eh_fetch_file {
    const char *name;
    uint64_t bytes;
    const char *sha256;
} eh_fetch_file;

typedef struct eh_fetch {
    eh_entry entry;
    const char *page;    /* the authors' page */
    const char *licence; /* on which terms it may be used: a sentence or two */
    const char *const
        *mirror; /* addresses of folders, each with its final '/', NULL-terminated; NULL: people fetch it */
    const eh_fetch_file *file; /* ends with a NULL name; NULL: people fetch it */
    const char *instructions;  /* what to do by hand where terms must be accepted first; else NULL */
    const char *import;        /* what `evenhand import` takes: a file's name, or NULL for the folder */
} eh_fetch;

extern const eh_entry *const eh_fetch_list[];

/* What was done about each file of the set, in order. */
typedef struct eh_fetch_report {
    eh_download_report file[16];
    size_t files;
} eh_fetch_report;

/* Fetches every file of a set into `folder`, which is made. `mirror` (may be NULL) is used in place of the set's own addresses. What is
 * there already is verified and not requested again. Errors as eh_download_file; EH_ERR_USAGE for a set that people must fetch. */
eh_status eh_fetch_run(const eh_fetch *set, const char *folder, const char *mirror, eh_fetch_report *report,
                       eh_progress *progress, eh_error *err);

#endif
