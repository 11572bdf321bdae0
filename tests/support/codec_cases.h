/* codec_cases.h - what every image format has to pass, over the small pictures of tests/golden/codec. */
#ifndef EH_TESTS_CODEC_CASES_H
#define EH_TESTS_CODEC_CASES_H

#include "evenhand/image.h"

#include <stdint.h>

/* Reads tests/golden/codec/<file> into a block of exactly its size, so that reading beyond it is seen. Release with eh_free. */
void codec_file(uint8_t **bytes, size_t *size, const char *file);

/* Every picture of this format in pixels.csv: size, pixels as Pillow reads them, numbers per pixel where it has them, and a refusal with a reason
 * where it has not. Fails unless there are at least `least` of them. */
void codec_expect_goldens(const char *format, int least);

/* Every shorter beginning of the file is refused with EH_ERR_INPUT and a reason, leaving nothing; the first `spare` missing bytes at the end are let pass. */
void codec_expect_cut(const char *file, size_t spare);

/* Refused by limits one below the picture's side and pixels, taken by limits at them. */
void codec_expect_limits(const char *file);

/* Each bit flipped in turn, in every byte that is a multiple of `step`: decoded or refused with a reason, never more. */
void codec_expect_survives(const char *file, size_t step);

/* These bytes are refused with this status and a reason that holds `part`, without an allocation of more than `most` bytes. */
void codec_expect_refused(const void *bytes, size_t size, eh_status status, const char *part, size_t most);

#endif
