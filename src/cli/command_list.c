/* command_list.c - the table of commands, in the order of the help. */
#include "cli/command.h"

extern const eh_command eh_cmd_fetch;
extern const eh_command eh_cmd_import;
extern const eh_command eh_cmd_clean;
extern const eh_command eh_cmd_compose;
extern const eh_command eh_cmd_split;
extern const eh_command eh_cmd_stats;
extern const eh_command eh_cmd_find_lr;
extern const eh_command eh_cmd_show_batch;
extern const eh_command eh_cmd_train;
extern const eh_command eh_cmd_predict;
extern const eh_command eh_cmd_export;
extern const eh_command eh_cmd_weights;
extern const eh_command eh_cmd_audit;
extern const eh_command eh_cmd_report;
extern const eh_command eh_cmd_bench;
extern const eh_command eh_cmd_demo;
extern const eh_command eh_cmd_list;
extern const eh_command eh_cmd_help;

/* A row is a line. */
/* clang-format off */
const eh_command *const eh_command_list[] = {
    &eh_cmd_fetch,
    &eh_cmd_import,
    &eh_cmd_clean,
    &eh_cmd_compose,
    &eh_cmd_split,
    &eh_cmd_stats,
    &eh_cmd_find_lr,
    &eh_cmd_show_batch,
    &eh_cmd_train,
    &eh_cmd_predict,
    &eh_cmd_export,
    &eh_cmd_weights,
    &eh_cmd_audit,
    &eh_cmd_report,
    &eh_cmd_bench,
    &eh_cmd_demo,
    &eh_cmd_list,
    &eh_cmd_help,
    NULL,
};
