/* protobuf.h - messages in the wire format of protocol buffers, written field by field.
 *
 * A message is an eh_str. A message inside a message is written apart and then added as bytes. As proto3 does, fields of value zero may be left out
 * by the caller; nothing is left out here. A failed allocation shows in eh_str_check of the outermost message.
 */
#ifndef EH_BASE_PROTOBUF_H
#define EH_BASE_PROTOBUF_H

#include "base/str.h"

/* int32, int64, uint64, bool, enum: a varint. */
void eh_proto_int(eh_str *message, uint32_t field, int64_t value);
void eh_proto_float(eh_str *message, uint32_t field, float value);
void eh_proto_double(eh_str *message, uint32_t field, double value);
/* What stands in front of `size` bytes that the caller writes himself, wherever they lie. */
void eh_proto_head(eh_str *message, uint32_t field, size_t size);
/* bytes, string, or a message that was written apart. */
void eh_proto_bytes(eh_str *message, uint32_t field, const void *bytes, size_t size);
void eh_proto_text(eh_str *message, uint32_t field, const char *text);
/* The key and length of a field whose `size` bytes the caller appends or writes behind the message. */
void eh_proto_head(eh_str *message, uint32_t field, size_t size);
/* Adds `part` as a field and clears it. */
void eh_proto_message(eh_str *message, uint32_t field, eh_str *part);

#endif
