/* clean_print.h - what `evenhand clean` found and did, as tables or JSON. */
#ifndef EH_CLI_CLEAN_PRINT_H
#define EH_CLI_CLEAN_PRINT_H

#include "cli/command.h"
#include "clean/check.h"
#include "clean/clean_plan.h"
#include "clean/leak_effect.h"
#include "clean/planted.h"

typedef struct eh_clean_view {
    eh_catalog *catalog;
    const eh_clean_result *result;
    const eh_clean_plan *plan; /* NULL: none was asked for */
    const eh_groups *groups;   /* of the frame; with 0 columns: no groups */
    const int8_t *right;       /* [rows] of --predictions, as eh_leak_effect takes it; NULL: none */
    const eh_planted *planted; /* of --planted; NULL: none */
    int64_t step;              /* number of the step that was applied; 0: nothing to do */
    bool applied;
    size_t top; /* findings to list */
} eh_clean_view;

eh_status eh_clean_print(eh_command_context *context, const eh_clean_view *view, eh_error *err);
eh_status eh_clean_print_undone(eh_command_context *context, eh_catalog *catalog,
                                const eh_clean_undone *undone, eh_error *err);

/* Which images were predicted rightly, from a run's folder (its test predictions) or a CSV file: [frame->rows] in the context's arena. */
eh_status eh_clean_read_predictions(int8_t **out, eh_command_context *context, eh_catalog *catalog,
                                    const eh_frame *frame, const char *path, eh_error *err);

/* The effect of leaks by group: group[view->groups->count + 1] of eh_leak_effect. */
json_t *eh_clean_leaks_json(const eh_clean_view *view, const eh_leak_group *group);
eh_status eh_clean_leaks_text(eh_str *out, const eh_clean_view *view, const eh_leak_group *group,
                              eh_error *err);

/* How many planted defects were found. */
json_t *eh_clean_planted_json(const eh_planted *planted);
eh_status eh_clean_planted_text(eh_str *out, const eh_planted *planted, eh_error *err);

/* The threshold explorer: a table for the distances of `range` ("1..12"), and a contact sheet of pairs at the border into `path` (NULL: named after the
 * catalog). `copies` is the check with its options. */
eh_status eh_clean_thresholds(eh_command_context *context, eh_catalog *catalog, const eh_thing_spec *copies,
                              const char *range, const char *path, eh_error *err);

#endif
