/* mask_findings.h - findings about masks that are likely wrong. */
#ifndef EH_CLEAN_MASK_FINDINGS_H
#define EH_CLEAN_MASK_FINDINGS_H

#include "clean/check.h"

/* One finding an image, about its worst places, from the probabilities in `path` (mask_labels.h): a warning where at least `share` of the judged pixels (0: a share far above that of
 * the other masks, and at least 5 %) are likely of another class, a note for others with a score of at least `note_at`, if that is below 1. *summary: a new object with "column", "masks", "flagged",
 * "pixels", "suspicious pixels", "share at which flagged", "not_in_file", "no_such_image", the caller's; NULL after an error. */
eh_status eh_mask_findings(json_t **summary, eh_check_context *context, const eh_frame_column *column,
                           const char *path, double share, double note_at, eh_error *err);

#endif
