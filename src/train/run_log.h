/* run_log.h - log.jsonl of a run: one JSON object a line, appended and flushed. */
#ifndef EH_TRAIN_RUN_LOG_H
#define EH_TRAIN_RUN_LOG_H

#include "evenhand/error.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

typedef struct eh_run_log {
    FILE *stream;
    const char *path; /* borrowed */
} eh_run_log;

/* Opens for appending and cuts the file to `keep` bytes first: what a killed run wrote after its last checkpoint is written again by the run
 * that resumes. EH_ERR_INPUT when the file is shorter than that. */
eh_status eh_run_log_open(eh_run_log *out, const char *path, uint64_t keep, eh_error *err);
void eh_run_log_close(eh_run_log *log);

/* Appends one event (reference taken over; NULL is EH_ERR_MEMORY). */
eh_status eh_run_log_event(eh_run_log *log, json_t *event, eh_error *err);

/* Brings everything to the disk and tells the file's length. */
eh_status eh_run_log_sync(eh_run_log *log, uint64_t *bytes, eh_error *err);

#endif
