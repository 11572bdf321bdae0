/* loss_case.h - what tests of losses share: loss and prediction of three samples, on the reference backend. */
#ifndef EH_TESTS_LOSS_CASE_H
#define EH_TESTS_LOSS_CASE_H

#include "evenhand/model.h"

enum { LOSS_SAMPLES = 3 };

typedef struct loss_case {
    double loss[LOSS_SAMPLES], prediction[LOSS_SAMPLES * 8];
} loss_case;

/* Evaluates "name:options" at logits [3, outputs]; truth: int32_t [3] of classes, float [3] of numbers. Fails the test when the loss does not
 * want that many outputs, or its shapes are wrong. */
void loss_case_evaluate(loss_case *out, const char *spec, const eh_target *target, const double *logits,
                        int64_t outputs, const void *truth);

/* Fails the test unless `count` numbers are equal to 1e-6. */
void loss_case_expect(const double *got, const double *wanted, size_t count);

/* Outputs that the loss wants for a target. */
int64_t loss_case_outputs(const char *spec, const eh_target *target);

#endif
