/* protobuf.c - messages in the wire format of protocol buffers.
 *
 * Format  a field is a varint of number << 3 | type, then the value: 0 a varint, 1 eight bytes, 2 a varint length and bytes, 5 four bytes; all
 *         numbers begin with their lowest byte. A varint has seven bits a byte, the eighth says that more follow.
 * Source  protobuf.dev, "Encoding".
 * Easy to get wrong: a negative int32 takes ten bytes, as if it were an int64.
 */
#include "base/protobuf.h"

#include <string.h>

enum { VARINT = 0, EIGHT_BYTES = 1, LENGTH = 2, FOUR_BYTES = 5 };

static void append_varint(eh_str *message, uint64_t value)
{
    uint8_t byte[10];
    size_t count = 0;
    do {
        byte[count] = (uint8_t)(value & 0x7f);
        value >>= 7;
        if (value)
            byte[count] |= 0x80;
        count++;
    } while (value);
    eh_str_append_bytes(message, byte, count);
}

static void append_fixed(eh_str *message, uint64_t bits, size_t size)
{
    uint8_t byte[8];
    for (size_t i = 0; i < size; i++)
        byte[i] = (uint8_t)(bits >> 8 * i);
    eh_str_append_bytes(message, byte, size);
}

static void append_key(eh_str *message, uint32_t field, unsigned type)
{
    append_varint(message, (uint64_t)field << 3 | type);
}

void eh_proto_int(eh_str *message, uint32_t field, int64_t value)
{
    append_key(message, field, VARINT);
    append_varint(message, (uint64_t)value);
}

void eh_proto_float(eh_str *message, uint32_t field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    append_key(message, field, FOUR_BYTES);
    append_fixed(message, bits, sizeof bits);
}

void eh_proto_double(eh_str *message, uint32_t field, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    append_key(message, field, EIGHT_BYTES);
    append_fixed(message, bits, sizeof bits);
}

void eh_proto_head(eh_str *message, uint32_t field, size_t size)
{
    append_key(message, field, LENGTH);
    append_varint(message, size);
}

void eh_proto_bytes(eh_str *message, uint32_t field, const void *bytes, size_t size)
{
    eh_proto_head(message, field, size);
    if (size)
        eh_str_append_bytes(message, bytes, size);
}

void eh_proto_text(eh_str *message, uint32_t field, const char *text)
{
    eh_proto_bytes(message, field, text, strlen(text));
}

void eh_proto_message(eh_str *message, uint32_t field, eh_str *part)
{
    eh_proto_bytes(message, field, part->data, part->size);
    message->failed = message->failed || part->failed;
    eh_str_clear(part);
}
