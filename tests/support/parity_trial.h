/* parity_trial.h - small graphs that the comparison of backends runs (tests/unit/test_backend_parity.c), and the tables of them. To add a case: a row in
 * parity_cases.c, or in parity_images.c for what acts on images as convolutions leave them. */
#ifndef EH_TESTS_PARITY_TRIAL_H
#define EH_TESTS_PARITY_TRIAL_H

#include "tensor/ops.h"

enum { TRIAL_MOST = 48 };

/* Allowed in bf16 for gradients through a relu or a maximum, and for what amplifies the error of its argument. */
#define TRIAL_KINKED    0.1
#define TRIAL_AMPLIFIED 0.04

typedef struct trial {
    eh_params *params;
    eh_graph *g;
    eh_tensor *input[TRIAL_MOST], *target[TRIAL_MOST];
    int inputs, targets;
    double error, error_bf16; /* allowed, relative to the largest magnitude; 0: the default */
    bool no_gradient;
} trial;

typedef struct parity_case {
    const char *name;
    void (*build)(trial *t, const int *p);
    int p[12];
} parity_case;

eh_shape trial_dims(const int *p, int rank);

/* A new input: normal numbers; labels are in [-1, 4). */
eh_tensor *trial_in(trial *t, eh_shape shape);
eh_tensor *trial_labels(trial *t, eh_shape shape);

void trial_target(trial *t, eh_tensor *y);

/* Takes y as a target together with the gradients of sum(y * random) with respect to every real input. */
void trial_finish(trial *t, eh_tensor *y);

/* An image tensor as a convolution leaves it (blocked layouts, with padding when the channels are odd). */
eh_tensor *trial_convolved(trial *t, int n, int c, int h, int w);

/* x^2 + 1/4 */
eh_tensor *trial_positive(trial *t, eh_tensor *x);

/* A trainable variable. */
eh_tensor *trial_weights(trial *t, const char *name, eh_shape shape);

/* The tables. */
const parity_case *parity_cases(size_t *count);
const parity_case *parity_images(size_t *count);

enum { PARITY_ADD, PARITY_SUB, PARITY_MUL, PARITY_DIV, PARITY_GREATER, PARITY_MAXIMUM, PARITY_EQUAL };

#endif
