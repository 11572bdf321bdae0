/* run_record.h - what a run left in its folder (docs/run-folder.md), read and checked. */
#ifndef EH_REPORT_RUN_RECORD_H
#define EH_REPORT_RUN_RECORD_H

#include "evenhand/progress.h"
#include "report/predictions.h"

#include <jansson.h>

typedef struct eh_run_record {
    eh_arena *arena; /* owns everything but the JSON, which eh_run_record_close releases */
    const char *path;
    json_t *run;            /* run.json */
    json_t *epochs;         /* array: the last "epoch" event of every epoch, in order */
    json_t *selected;       /* the last "selected" event, or NULL; borrowed from `events` */
    json_t *events;         /* array: every event of log.jsonl */
    const char *label;      /* column of the first head */
    const char *label_kind; /* "class", "number" or "mask" */
    const char *const *class_name;
    size_t classes; /* 0 when the first head learns a number */
    json_t *
        heads; /* array of run.json's heads; borrowed from `run`. NULL in runs of older versions, which have one */
    const char **group_column;
    size_t group_columns;
    const char *const *group_name;
    const char *const *group_value; /* [groups * group_columns]; "(missing)" where missing */
    size_t groups;                  /* at least 1 */
} eh_run_record;

/* Reads run.json and log.jsonl. EH_ERR_INPUT names the file and what it lacks. A last line of log.jsonl that a killed run left
 * half-written is passed over with a warning. */
eh_status eh_run_record_open(eh_run_record **out, const char *path, eh_progress *progress, eh_error *err);
void eh_run_record_close(eh_run_record *run);

/* A head of the run. */
typedef struct eh_run_head {
    const char *column, *loss;
    const char *kind; /* "class", "number" or "mask" */
    const char *const *class_name;
    size_t classes; /* 0 of numbers */
} eh_run_head;

/* All heads, the run's first one first; in the run's arena. */
eh_status eh_run_record_heads(eh_run_head **out, size_t *count, const eh_run_record *run, eh_error *err);

/* The part's predictions ("test") of a head (NULL: the first), in the run's classes and groups; of the rows for which `where` holds (NULL: all). Borrows
 * names from `run`. */
eh_status eh_run_record_predictions(eh_predictions **out, const eh_run_record *run, const eh_run_head *head,
                                    const char *part, const struct eh_query *where, eh_progress *progress,
                                    eh_error *err);

/* True when the folder holds that part's predictions. */
bool eh_run_record_has(const eh_run_record *run, const char *part);

/* Path of a file in the folder, in the run's arena; NULL when out of memory. */
const char *eh_run_record_file(const eh_run_record *run, const char *name);

#endif
