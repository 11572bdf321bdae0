/* rule_masks.h - conditions about predicted masks: 'worst(miou)<0.4', 'overall(map)<0.5', 'overall(wgap)<0.1', 'worst(iou:fence)<10%', 'gap(image-miou)>5%'.
 *
 * The form is that of rules about classes (rule.h), the metrics are those of mask_measure.h. Judged is what was measured while the masks were predicted, so groups are few
 * below the number that stands there (few_below). Only image-miou has an interval: by the others a group with few images decides nothing.
 */
#ifndef EH_METRIC_RULE_MASKS_H
#define EH_METRIC_RULE_MASKS_H

#include "metric/mask_measure.h"
#include "metric/rule.h"

/* Judges a rule about masks by one element of `masks[].splits` (eh_pixel_audit_json). EH_ERR_USAGE where it names a class that there is not, or average precision, which
 * was not measured; EH_ERR_INPUT where the split lacks what it should hold. head: the column. The sentence is in the arena. */
eh_status eh_rule_judge_masks(eh_rule_result *out, const eh_rule *rule, const char *head, const json_t *split,
                              eh_arena *arena, eh_error *err);

#endif
