/* image_units.h - images that must not be parted when one is judged by what was learned from others: copies, and pictures of one person. */
#ifndef EH_CLEAN_IMAGE_UNITS_H
#define EH_CLEAN_IMAGE_UNITS_H

#include "clean/check.h"

/* unit[frame->rows]: equal numbers (each the first row of its unit) belong together: the same contents, a cluster of any check's findings in this run or
 * stored in the catalog, one value of the column `identity` (NULL: none; a missing value stands alone). In the context's arena. */
eh_status eh_image_units(uint32_t **unit, eh_check_context *context, const char *identity, eh_error *err);

#endif
