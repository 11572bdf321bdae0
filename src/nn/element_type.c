/* element_type.c - the types of stored elements. */
#include "nn/element_type.h"

#include "base/bf16.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
    bool real;
} types[] = { { "F32", 4, true },  { "F64", 8, true },  { "F16", 2, true },  { "BF16", 2, true },
              { "I8", 1, false },  { "I16", 2, false }, { "I32", 4, false }, { "I64", 8, false },
              { "U8", 1, false },  { "U16", 2, false }, { "U32", 4, false }, { "U64", 8, false },
              { "BOOL", 1, false } };

static int find(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0)
            return (int)i;
    return -1;
}

const char *eh_element_type(const char *name)
{
    int i = find(name);
    return i < 0 ? NULL : types[i].name;
}

size_t eh_element_size(const char *type)
{
    int i = find(type);
    return i < 0 ? 0 : types[i].size;
}

bool eh_element_is_real(const char *type)
{
    int i = find(type);
    return i >= 0 && types[i].real;
}

/* IEEE half precision to single. */
static float from_half(uint16_t half)
{
    int exponent = half >> 10 & 31;
    float mantissa = (float)(half & 1023);
    float value;
    if (exponent == 31)
        value = half & 1023 ? NAN : INFINITY;
    else if (exponent == 0)
        value = ldexpf(mantissa, -24);
    else
        value = ldexpf(mantissa + 1024.0f, exponent - 25);
    return half & 0x8000 ? -value : value;
}

void eh_element_floats(float *out, const char *type, const void *stored, size_t count, bool swapped)
{
    const uint8_t *at = stored;
    size_t size = eh_element_size(type);
    bool half = strcmp(type, "F16") == 0;
    assert(eh_element_is_real(type));
    if (size == 4 && !swapped) {
        memcpy(out, stored, count * sizeof *out);
        return;
    }
    for (size_t i = 0; i < count; i++, at += size) {
        uint64_t bits = 0;
        for (size_t k = 0; k < size; k++)
            bits |= (uint64_t)at[swapped ? size - 1 - k : k] << (8 * k);
        if (size == 8) {
            double value;
            memcpy(&value, &bits, sizeof value);
            out[i] = (float)value;
        } else if (size == 4) {
            uint32_t low = (uint32_t)bits;
            memcpy(&out[i], &low, sizeof low);
        } else {
            out[i] = half ? from_half((uint16_t)bits) : eh_bf16_value((uint16_t)bits);
        }
    }
}
