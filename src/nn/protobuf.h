/* protobuf.h - writing messages in Protocol Buffers' wire format: the few kinds of fields that ONNX needs.
 *
 * A field is a key (number * 8 + wire type) and a value; a message inside another is its bytes with their length in front.
 * Source: protobuf.dev, "Encoding". Failures are those of eh_str: checked once at the end.
 */
#ifndef EH_NN_PROTOBUF_H
#define EH_NN_PROTOBUF_H

#include "base/str.h"

/* wire type 0 */
void eh_protobuf_int(eh_str *out, int field, int64_t value);

/* wire type 2 */
void eh_protobuf_bytes(eh_str *out, int field, const void *bytes, size_t size);
void eh_protobuf_text(eh_str *out, int field, const char *text);

/* Wire type 2 from a message that was written to `inner`, which is cleared. */
void eh_protobuf_message(eh_str *out, int field, eh_str *inner);

/* The key and length of a field of wire type 2 whose `size` bytes follow. */
void eh_protobuf_head(eh_str *out, int field, size_t size);

/* wire type 5 */
void eh_protobuf_float(eh_str *out, int field, float value);

#endif
