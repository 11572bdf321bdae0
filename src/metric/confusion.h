/* confusion.h - how often each class was taken for which: all that a metric of a classifier needs. */
#ifndef EH_METRIC_CONFUSION_H
#define EH_METRIC_CONFUSION_H

#include "evenhand/memory.h"

#include <stddef.h>
#include <stdint.h>

/* With more classes than this only the margins are kept: the matrix of 1,000 classes in 400 groups would fill memory, and nobody reads it. */
#define EH_CONFUSION_CLASSES 64

typedef struct eh_confusion {
    size_t classes;
    uint64_t n, correct;
    uint64_t *hit, *predicted, *truth; /* [classes]: rightly predicted as, predicted as, truly of the class */
    /* [classes * classes], row = truth, column = prediction; NULL above EH_CONFUSION_CLASSES. */
    uint64_t *cell;
} eh_confusion;

/* All zero, in the arena. */
eh_status eh_confusion_make(eh_confusion *out, eh_arena *arena, size_t classes, eh_error *err);

/* Counts one image. Both indices lie in [0, classes). */
void eh_confusion_add(eh_confusion *confusion, int32_t truth, int32_t predicted);

/* Adds the counts of `other`, which has as many classes. */
void eh_confusion_merge(eh_confusion *confusion, const eh_confusion *other);

#endif
