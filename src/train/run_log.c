/* run_log.c - log.jsonl of a run. */
#include "train/run_log.h"

#include "evenhand/memory.h"

#include "base/json.h"

eh_status eh_run_log_event(eh_append_file *log, json_t *event, eh_error *err)
{
    eh_str line = { 0 };
    if (!event)
        return eh_fail_memory(err, "an event of the log", 1, 1);
    eh_json_append(&line, event, false);
    json_decref(event);
    eh_str_append(&line, "\n");
    eh_status status = eh_str_check(&line, err);
    if (status == EH_OK)
        status = eh_append_write(log, line.data, line.size, err);
    eh_str_clear(&line);
    return status;
}
