/* kind_list.c - the table of kinds of registered things, in the order `evenhand list` shows them.
 *
 * A part adds its kind here: one extern line for its table (from <kind>_list.c), one eh_kind, one row.
 */
#include "evenhand/option.h"

extern const eh_entry *const eh_format_list[];
extern const eh_entry *const eh_sampler_list[];
extern const eh_entry *const eh_augment_list[];

static const eh_kind formats = { "format", "formats", "layouts of data sets that can be imported", eh_format_list };
static const eh_kind samplers = { "sampler", "samplers", "which images an epoch visits, and how often", eh_sampler_list };
static const eh_kind augments = { "augment", "augments", "random changes to training images", eh_augment_list };

static const eh_kind *const kinds[] = {
    &formats,
    &samplers,
    &augments,
    NULL,
};

const eh_kind *const *eh_kinds(void)
{
    return kinds;
}
