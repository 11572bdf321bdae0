/* clean_print.h - what `evenhand clean` found and did, as tables or JSON. */
#ifndef EH_CLI_CLEAN_PRINT_H
#define EH_CLI_CLEAN_PRINT_H

#include "cli/command.h"
#include "clean/check.h"
#include "clean/clean_plan.h"

typedef struct eh_clean_view {
    eh_catalog *catalog;
    const eh_clean_result *result;
    const eh_clean_plan *plan; /* NULL: none was asked for */
    const eh_groups *groups;   /* of the plan; with 0 columns: no groups */
    int64_t step;              /* number of the step that was applied; 0: nothing to do */
    bool applied;
    size_t top; /* findings to list */
} eh_clean_view;

eh_status eh_clean_print(eh_command_context *context, const eh_clean_view *view, eh_error *err);
eh_status eh_clean_print_undone(eh_command_context *context, eh_catalog *catalog,
                                const eh_clean_undone *undone, eh_error *err);

#endif
