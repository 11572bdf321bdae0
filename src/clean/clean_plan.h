/* clean_plan.h - what is done about findings: made from them, shown, applied to the catalog, and taken back.
 *
 * A plan takes images out of use (their status becomes `quarantined`) and corrects values. It is one transaction: a kill in the middle leaves
 * the catalog as it was. Files are never touched. Every step is kept in the table `plan` with what was there before, so the last one
 * can be undone, and then the one before.
 */
#ifndef EH_CLEAN_CLEAN_PLAN_H
#define EH_CLEAN_CLEAN_PLAN_H

#include "clean/finding.h"
#include "evenhand/dataset.h"

typedef struct eh_clean_plan_opts {
    bool relabel; /* follow EH_ACTION_RELABEL; else such findings are left to the reader */
} eh_clean_plan_opts;

typedef struct eh_clean_change {
    int64_t image;
    size_t row;               /* of the frame */
    const eh_finding *reason; /* the finding with the highest score that asks for it */
    eh_action action;         /* EH_ACTION_QUARANTINE or EH_ACTION_RELABEL */
} eh_clean_change;

/* Changes sorted by image, quarantine before relabelling; an image that is quarantined is not relabelled. */
typedef struct eh_clean_plan {
    eh_arena *arena;
    eh_clean_change *change;
    size_t count;
    size_t quarantined, relabelled; /* their sum is count */
} eh_clean_plan;

/* The plan that `findings` (ranked) ask for. Frame and findings must outlive it. A suggestion that names an unknown column or class is
 * EH_ERR_INPUT, as are two findings that want different values for one column of one image with the same score. */
eh_status eh_clean_plan_make(eh_clean_plan **out, const eh_frame *frame, const eh_findings *findings,
                             const eh_clean_plan_opts *opts, eh_error *err);
void eh_clean_plan_free(eh_clean_plan *plan);

/* Images of each group before and after: before[groups->count], after[groups->count]. `groups` are of the plan's frame, by the values
 * before; an image that would be relabelled is counted where it is now. */
void eh_clean_plan_groups(const eh_clean_plan *plan, const eh_groups *groups, uint64_t *before,
                          uint64_t *after);

/* Applies the plan as the next step (numbered from 1), in one transaction. `step` may be NULL; it is 0 when there was nothing to do.
 * The frame that the plan was made from no longer fits the catalog afterwards. EH_ERR_INPUT when the catalog has changed since. */
eh_status eh_clean_plan_apply(eh_catalog *catalog, const eh_clean_plan *plan, int64_t *step, eh_error *err);

/* What undoing gave. */
typedef struct eh_clean_undone {
    int64_t step;        /* that was taken back; 0: there was none */
    uint64_t restored;   /* images that are usable again */
    uint64_t relabelled; /* values that are as they were */
    int64_t steps_left;  /* applied steps that could still be taken back */
} eh_clean_undone;

/* Takes back the last step that is in force, in one transaction: images, labels and splits are then exactly as before it. */
eh_status eh_clean_undo(eh_catalog *catalog, eh_clean_undone *out, eh_error *err);

#endif
