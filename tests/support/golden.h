/* golden.h - comparison of our models and optimisers with what PyTorch computed (tests/tools/make_torch_goldens.py). */
#ifndef EH_TESTS_GOLDEN_H
#define EH_TESTS_GOLDEN_H

#include "evenhand/model.h"
#include "evenhand/plan.h"

/* Number `index` in [-1, 1) of the sequence called `name`; the same formula as in make_torch_goldens.py. */
double golden_value(const char *name, uint64_t index);

/* Which outcome of the golden file is compared. */
typedef enum golden_part { GOLDEN_FORWARD, GOLDEN_GRADIENTS } golden_part;

/* Builds the model named by the thing text `model` ("vgg-resnet:blocks=1") with a plain head (linear, or pixels where the model has a map only) and a label-smoothed cross-entropy of 0.1, fills variables
 * and images by formula, and asserts that outputs, loss, gradients and running statistics equal those of tests/golden/model_<file>.json within `tolerance`
 * (relative to each tensor's size). */
void golden_check_model(const char *file, const char *model, golden_part part, const char *backend,
                        eh_precision precision, double tolerance);

/* Skips the test where the sanitizers would make minutes of it: of architectures whose operations a smaller one has checked under them. */
void golden_skip_under_sanitizers(void);

/* Takes three steps with the optimiser named by the thing text `optim` at rate `lr` and asserts losses and variables against the part `key` ("adam"). */
void golden_check_steps(const char *file, const char *model, const char *key, const char *optim, double lr,
                        const char *backend, eh_precision precision, double tolerance);

/* A network that a test writes down itself; `loss` is a scalar, `numbers` [N] are filled by formula. */
typedef struct golden_network {
    const char *file; /* tests/golden/model_<file>.json */
    eh_shape labels;
    eh_tensor *(*build)(eh_build *b, eh_tensor *images);
    eh_tensor *(*loss)(eh_graph *g, eh_tensor *output, eh_tensor *labels, eh_tensor *numbers);
} golden_network;

/* The same two for it. */
void golden_check_network(const golden_network *network, golden_part part, const char *backend,
                          eh_precision precision, double tolerance);
void golden_check_network_steps(const golden_network *network, const char *key, const char *optim, double lr,
                                const char *backend, eh_precision precision, double tolerance);
/* Asserts the number of trainable parameters with a plain head of `classes` outputs, for colour images of side x side. */
void golden_check_parameters(const char *model, int64_t side, int64_t classes, int64_t expected);

/* Asserts that the names of all variables with these roles (bit mask) are exactly `name`[0..count), in this order. */
void golden_check_names(const char *model, int64_t classes, unsigned roles, const char *const *name,
                        size_t count);

#endif
