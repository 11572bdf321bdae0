/* run_log.c - log.jsonl of a run. */
#include "train/run_log.h"

#include "evenhand/memory.h"

#include "base/json.h"
#include "base/str.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static eh_status fail_log(const eh_run_log *log, eh_error *err)
{
    return eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be written", log->path);
}

eh_status eh_run_log_open(eh_run_log *out, const char *path, uint64_t keep, eh_error *err)
{
    struct stat info;
    *out = (eh_run_log){ .stream = fopen(path, "ab"), .path = path };
    if (!out->stream || fstat(fileno(out->stream), &info) != 0)
        return fail_log(out, err);
    if ((uint64_t)info.st_size < keep)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: has %lld bytes where the checkpoint knows %llu; somebody changed it. Restore it, "
                       "or train anew with another --out",
                       path, (long long)info.st_size, (unsigned long long)keep);
    if (ftruncate(fileno(out->stream), (off_t)keep) != 0)
        return fail_log(out, err);
    return EH_OK;
}

void eh_run_log_close(eh_run_log *log)
{
    if (log->stream)
        fclose(log->stream);
    *log = (eh_run_log){ 0 };
}

eh_status eh_run_log_event(eh_run_log *log, json_t *event, eh_error *err)
{
    eh_str line = { 0 };
    if (!event)
        return eh_fail_memory(err, "an event of the log", 1, 1);
    eh_json_append(&line, event, false);
    json_decref(event);
    eh_str_append(&line, "\n");
    eh_status status = eh_str_check(&line, err);
    if (status == EH_OK &&
        (fwrite(line.data, 1, line.size, log->stream) != line.size || fflush(log->stream) != 0))
        status = fail_log(log, err);
    eh_str_clear(&line);
    return status;
}

eh_status eh_run_log_sync(eh_run_log *log, uint64_t *bytes, eh_error *err)
{
    struct stat info;
    if (fflush(log->stream) != 0 || fsync(fileno(log->stream)) != 0 || fstat(fileno(log->stream), &info) != 0)
        return fail_log(log, err);
    *bytes = (uint64_t)info.st_size;
    return EH_OK;
}
