/* kind_list.c - the table of kinds, in the order `evenhand list` shows them.
 *
 * A part adds its kind here: the header or extern line of its table (from <kind>_list.c), and one row.
 */
#include "evenhand/loader.h"
#include "evenhand/model.h"
#include "evenhand/option.h"
#include "report/report.h"
#include "train/hooks.h"

extern const eh_entry *const eh_metric_list[];

static const eh_kind kind[] = {
    { "method", "methods", "ways to train with less bias", eh_method_list },
    { "model", "models", "networks that turn images into features", eh_model_list },
    { "loss", "losses", "what a head is trained to make small", eh_loss_list },
    { "optim", "optimisers", "how weights follow their gradients", eh_optim_list },
    { "schedule", "schedules", "the learning rate over the run", eh_schedule_list },
    { "metric", "metrics", "proportions that an audit measures in every group", eh_metric_list },
    { "section", "sections", "parts of the report that need no script", eh_section_list },
};

static const eh_kind *const kinds[] = {
    &kind[0],
    &kind[1],
    &kind[2],
    &kind[3],
    &kind[4],
    &kind[5],
    &kind[6],
    NULL,
};

const eh_kind *const *eh_kinds(void)
{
    return kinds;
}
