/* confusion.c - counting; see confusion.h. */
#include "metric/confusion.h"

#include <assert.h>

eh_status eh_confusion_make(eh_confusion *out, eh_arena *arena, size_t classes, eh_error *err)
{
    *out = (eh_confusion){ .classes = classes };
    uint64_t *margin = eh_arena_alloc(arena, classes ? classes * 3 : 1, sizeof *margin);
    if (!margin)
        return eh_fail_memory(err, "the counts of the classes", classes, 3 * sizeof *margin);
    out->hit = margin;
    out->predicted = margin + classes;
    out->truth = margin + 2 * classes;
    if (classes > EH_CONFUSION_CLASSES)
        return EH_OK;
    out->cell = eh_arena_alloc(arena, classes ? classes * classes : 1, sizeof *out->cell);
    return out->cell ? EH_OK
                     : eh_fail_memory(err, "a confusion matrix", classes * classes, sizeof *out->cell);
}

void eh_confusion_add(eh_confusion *confusion, int32_t truth, int32_t predicted)
{
    assert(truth >= 0 && (size_t)truth < confusion->classes);
    assert(predicted >= 0 && (size_t)predicted < confusion->classes);
    confusion->n++;
    confusion->truth[truth]++;
    confusion->predicted[predicted]++;
    if (truth == predicted) {
        confusion->correct++;
        confusion->hit[truth]++;
    }
    if (confusion->cell)
        confusion->cell[(size_t)truth * confusion->classes + (size_t)predicted]++;
}

void eh_confusion_merge(eh_confusion *confusion, const eh_confusion *other)
{
    assert(confusion->classes == other->classes);
    size_t k = confusion->classes;
    confusion->n += other->n;
    confusion->correct += other->correct;
    for (size_t i = 0; i < k; i++) {
        confusion->hit[i] += other->hit[i];
        confusion->predicted[i] += other->predicted[i];
        confusion->truth[i] += other->truth[i];
    }
    for (size_t i = 0; confusion->cell && i < k * k; i++)
        confusion->cell[i] += other->cell[i];
}
