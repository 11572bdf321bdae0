/* protobuf.c - Protocol Buffers' wire format. */
#include "nn/protobuf.h"

#include <string.h>

/* Base 128, least significant group first, the high bit set on all but the last. */
static void varint(eh_str *out, uint64_t value)
{
    uint8_t byte[10];
    size_t size = 0;
    do {
        byte[size++] = (uint8_t)((value & 127) | (value > 127 ? 128 : 0));
        value >>= 7;
    } while (value);
    eh_str_append_bytes(out, byte, size);
}

static void key(eh_str *out, int field, int wire_type)
{
    varint(out, (uint64_t)field << 3 | (uint64_t)wire_type);
}

void eh_protobuf_int(eh_str *out, int field, int64_t value)
{
    key(out, field, 0);
    varint(out, (uint64_t)value);
}

void eh_protobuf_head(eh_str *out, int field, size_t size)
{
    key(out, field, 2);
    varint(out, size);
}

void eh_protobuf_bytes(eh_str *out, int field, const void *bytes, size_t size)
{
    eh_protobuf_head(out, field, size);
    eh_str_append_bytes(out, bytes, size);
}

void eh_protobuf_text(eh_str *out, int field, const char *text)
{
    eh_protobuf_bytes(out, field, text, strlen(text));
}

void eh_protobuf_message(eh_str *out, int field, eh_str *inner)
{
    eh_protobuf_bytes(out, field, eh_str_text(inner), inner->size);
    out->failed = out->failed || inner->failed;
    eh_str_clear(inner);
}

void eh_protobuf_float(eh_str *out, int field, float value)
{
    uint32_t bits;
    uint8_t byte[4];
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 4; i++)
        byte[i] = (uint8_t)(bits >> (8 * i));
    key(out, field, 5);
    eh_str_append_bytes(out, byte, sizeof byte);
}
