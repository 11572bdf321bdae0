/* forward.h - the values of one inner tensor of the model as it stands, for any images. */
#ifndef EH_TRAIN_FORWARD_H
#define EH_TRAIN_FORWARD_H

#include "evenhand/params.h"
#include "evenhand/plan.h"
#include "train/task.h"

/* An inference pass that ends at an exposed tensor. */
typedef struct eh_forward {
    const eh_run_data *data;
    const char *name; /* NULL: empty */
    eh_graph *graph;
    eh_plan *plan;
    eh_loader *loader;
    eh_tensor *images, *value;
    size_t batch, width; /* numbers an image */
    float *scratch;      /* [batch * width] */
} eh_forward;

/* Compiles the pass to the tensor that the model exposes as `name` (borrowed), axis 0 the images. EH_ERR_USAGE names those that there are. Shares
 * variables with the other graphs of `params`. Release with eh_forward_clear in every case. */
eh_status eh_forward_make(eh_forward *out, const char *name, const eh_task *task, eh_params *params,
                          const eh_run_data *data, size_t batch, const eh_plan_opts *plan, eh_error *err);
void eh_forward_clear(eh_forward *f);

/* out: [rows * width], without augmentation. EH_ERR_INTERRUPTED when the user asks to stop. */
eh_status eh_forward_rows(eh_forward *f, const uint32_t *row, size_t rows, float *out, eh_progress *progress,
                          eh_error *err);

#endif
