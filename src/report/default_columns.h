/* default_columns.h - which columns a report about a data set shows when the user names none. */
#ifndef EH_REPORT_DEFAULT_COLUMNS_H
#define EH_REPORT_DEFAULT_COLUMNS_H

#include "evenhand/catalog.h"
#include "evenhand/option.h"
#include "evenhand/progress.h"

/* Fills in what is empty of groups and labels, and says so to `progress`. A label: the first class column called label, class, target or y; else, of at
 * most six class columns, the first that makes no group, and of more (a table of attributes) all with 2 to 12 classes that make none, at most 60.
 * Groups: at most two class columns of 2 to 12 classes, first those called like what people are grouped by (gender, ethnicity, skin ...), else,
 * where the catalog has at most six class columns, the first ones that are no label. Lists in the arena; they stay empty where nothing fits. */
eh_status eh_default_columns(eh_str_list *groups, eh_str_list *labels, const eh_catalog *catalog,
                             eh_arena *arena, eh_progress *progress, eh_error *err);

#endif
