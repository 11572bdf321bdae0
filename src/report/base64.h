/* base64.h - bytes as text (RFC 4648, section 4). */
#ifndef EH_REPORT_BASE64_H
#define EH_REPORT_BASE64_H

#include "base/str.h"

/* Appends the encoding, padded with '='. */
void eh_base64_append(eh_str *out, const uint8_t *bytes, size_t size);

/* Decodes into `out`, which holds at least `capacity` bytes; false when the text is malformed or does not fit. */
bool eh_base64_decode(uint8_t *out, size_t capacity, size_t *size, const char *text);

#endif
