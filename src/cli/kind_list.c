/* kind_list.c - the table of kinds of registered things, in the order `evenhand list` shows them.
 *
 * A part adds its kind here: one extern line for its table (from <kind>_list.c), one eh_kind, one row.
 */
#include "evenhand/option.h"

extern const eh_entry *const eh_metric_list[];

static const eh_kind metric = {
    .name = "metric",
    .plural = "metrics",
    .summary = "proportions that an audit measures in every group",
    .list = eh_metric_list,
};

static const eh_kind *const kinds[] = {
    &metric,
    NULL,
};

const eh_kind *const *eh_kinds(void)
{
    return kinds;
}
