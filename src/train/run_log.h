/* run_log.h - log.jsonl of a run: one JSON object a line, appended and flushed. */
#ifndef EH_TRAIN_RUN_LOG_H
#define EH_TRAIN_RUN_LOG_H

#include "base/append_file.h"

#include <jansson.h>

/* Appends one event (reference taken over; NULL is EH_ERR_MEMORY). What a killed run wrote after its last checkpoint is cut off and written
 * again by the run that resumes. */
eh_status eh_run_log_event(eh_append_file *log, json_t *event, eh_error *err);

#endif
