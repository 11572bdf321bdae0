/* mask_loss_case.h - losses of masks against PyTorch (tests/golden/mask_losses.json, by tests/tools/make_mask_loss_goldens.py). */
#ifndef EH_TESTS_MASK_LOSS_CASE_H
#define EH_TESTS_MASK_LOSS_CASE_H

/* Values, gradients and probabilities of every golden case whose loss has this name, on the reference backend in f64; fails the test unless there are `count` cases. */
void mask_loss_expect(const char *name, int count);

/* A class that no pixel of an image is of, and an image of which no pixel is judged: nothing becomes infinite or NaN. */
void mask_loss_expect_finite(const char *spec);

/* Gradients at drawn logits against central finite differences of the mean over the images, every element, in f64 on the reference backend: with pixels that are not judged and a
 * class that one image lacks. */
void mask_loss_expect_differences(const char *spec);

#endif
