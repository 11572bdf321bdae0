/* method_erm.c - plain training: the baseline of every comparison, and the template to copy for a new method.
 *
 * Idea    make the mean loss over the training set small, whoever is in it.
 * Math    loss = 1/N sum_i l_i.
 * Source  Vapnik, "Principles of risk minimization for learning theory", NIPS 1991.
 * Cost    none beside the training itself.
 * Differs nothing.
 * Easy to get wrong: the mean over images follows the large groups; a good average says nothing of a small group.
 */
#include "train/hooks.h"

const eh_method eh_method_erm = {
    .entry = { .name = "erm",
               .summary = "plain training, the baseline",
               .source = "Vapnik 1991, Principles of risk minimization for learning theory" },
};
