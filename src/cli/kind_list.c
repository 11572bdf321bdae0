/* kind_list.c - the table of kinds of registered things, in the order `evenhand list` shows them.
 *
 * A part adds its kind here: one extern line for its table (from <kind>_list.c), and one row.
 */
#include "evenhand/model.h"
#include "evenhand/option.h"
#include "train/hooks.h"

extern const eh_entry *const eh_metric_list[];
extern const eh_entry *const eh_format_list[];

static const eh_kind format = { "format", "formats", "layouts of data sets that can be imported",
                                eh_format_list };
static const eh_kind sampler = { "sampler", "samplers", "which images an epoch visits, and how often",
                                 eh_sampler_list };
static const eh_kind augment = { "augment", "augments", "random changes to training images",
                                 eh_augment_list };
static const eh_kind method = { "method", "methods", "ways to train with less bias", eh_method_list };
static const eh_kind model = { "model", "models", "networks that turn images into features", eh_model_list };
static const eh_kind loss = { "loss", "losses", "what a head is trained to make small", eh_loss_list };
static const eh_kind optim = { "optim", "optimisers", "how weights follow their gradients", eh_optim_list };
static const eh_kind schedule = { "schedule", "schedules", "the learning rate over the run",
                                  eh_schedule_list };
static const eh_kind metric = { "metric", "metrics", "proportions that an audit measures in every group",
                                eh_metric_list };

static const eh_kind *const kinds[] = {
    &method, &model, &loss, &optim, &schedule, &sampler, &augment, &format, &metric, NULL,
};

const eh_kind *const *eh_kinds(void)
{
    return kinds;
}
