/* kind_list.c - the table of kinds, in the order `evenhand list` shows them.
 *
 * A part adds its kind here: the header of its table (from <kind>_list.c), and one row.
 */
#include "backend/backend.h"
#include "clean/check.h"
#include "data/fetch.h"
#include "data/format.h"
#include "data/layout.h"
#include "evenhand/loader.h"
#include "evenhand/model.h"
#include "evenhand/option.h"
#include "image/codec.h"
#include "metric/metric.h"
#include "nn/weights_file.h"
#include "report/report.h"
#include "tensor/op.h"
#include "train/hooks.h"

/* One row: name, plural, what it is, the table. */
#define KIND &(const eh_kind)

static const eh_kind *const kinds[] = {
    KIND{ "format", "formats", "layouts of data sets that can be imported", eh_format_list },
    KIND{ "dataset", "datasets", "public data sets that `evenhand fetch` gets", eh_fetch_list },
    KIND{ "codec", "codecs", "image file formats that can be read", eh_codec_list },
    KIND{ "check", "checks", "defects of a data set that cleaning looks for", eh_check_list },
    KIND{ "layout", "layouts", "ways in which `evenhand compose` makes one picture of two", eh_layout_list },
    KIND{ "sampler", "samplers", "which images an epoch visits, and how often", eh_sampler_list },
    KIND{ "augmentation", "augmentations", "random changes to training images", eh_augment_list },
    KIND{ "method", "methods", "ways to train with less bias", eh_method_list },
    KIND{ "model", "models", "networks that turn images into features", eh_model_list },
    KIND{ "head", "heads", "layers that turn features into answers", eh_head_list },
    KIND{ "loss", "losses", "what a head is trained to make small", eh_loss_list },
    KIND{ "optimiser", "optimisers", "how weights follow their gradients", eh_optim_list },
    KIND{ "schedule", "schedules", "the learning rate over the run", eh_schedule_list },
    KIND{ "weight-format", "weight-formats", "files of weights that can be read", eh_weights_list },
    KIND{ "metric", "metrics", "proportions that an audit measures in every group", eh_metric_list },
    KIND{ "section", "sections", "parts of the report that need no script", eh_section_list },
    KIND{ "op", "ops", "operations that graphs are made of", eh_op_list },
    KIND{ "backend", "backends", "what graphs are computed with", eh_backend_list },
    NULL,
};

const eh_kind *const *eh_kinds(void)
{
    return kinds;
}
