/* kind_list.c - the table of kinds of registered things, in the order `evenhand list` shows them.
 *
 * A part adds its kind here: one extern line for its table (from <kind>_list.c), one eh_kind, one row.
 */
#include "evenhand/option.h"

static const eh_kind *const kinds[] = {
    NULL,
};

const eh_kind *const *eh_kinds(void)
{
    return kinds;
}
