/* split_print.h - what `evenhand split` says about a split: images by group and part, and whether the parts are alike. */
#ifndef EH_CLI_SPLIT_PRINT_H
#define EH_CLI_SPLIT_PRINT_H

#include "cli/command.h"
#include "evenhand/query.h"

typedef struct eh_split_print {
    eh_catalog *catalog;
    const eh_query *where; /* NULL: all usable images */
    eh_str_list groups;    /* columns whose crossing is counted; none: all images alone */
    eh_str_list by;        /* columns that keep images together; none: those that the split was made by */
    int64_t folds;         /* the split is so many folds, whose blocks are compared */
    bool keep_test;        /* beside a test part */
    bool gate;             /* parts that differ, and somebody in two of them, are EH_ERR_GATE */
} eh_split_print;

eh_status eh_split_print_result(eh_command_context *context, const eh_split_print *print, eh_error *err);

#endif
