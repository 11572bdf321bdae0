/* event_file.h - event files as TensorBoard reads them: scalars and pictures over steps. */
#ifndef EH_TRAIN_EVENT_FILE_H
#define EH_TRAIN_EVENT_FILE_H

#include "base/append_file.h"
#include "base/protobuf.h"
#include "evenhand/image.h"

/* Opens, cut to `keep` bytes; a file that is then empty gets the version's record that readers expect first. To be closed with eh_append_close in every
 * case. */
eh_status eh_event_open(eh_append_file *out, const char *path, uint64_t keep, eh_error *err);

/* Tells readers that stay on the file that what they have read of `step` and later steps is void. */
eh_status eh_event_restart(eh_append_file *file, uint64_t step, eh_error *err);

/* Values that belong to one step are collected in `values` (zero-initialised) and written as one record. A value that is not finite is left out. */
void eh_event_scalar(eh_str *values, const char *tag, double value);
eh_status eh_event_image(eh_str *values, const char *tag, const eh_image *image, eh_error *err);

/* Writes what was collected, and clears it in every case; nothing when there is nothing. */
eh_status eh_event_write(eh_append_file *file, uint64_t step, eh_str *values, eh_error *err);

#endif
