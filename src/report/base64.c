/* base64.c - see base64.h. Source: RFC 4648. */
#include "report/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void eh_base64_append(eh_str *out, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t word = (uint32_t)bytes[i] << 16;
        word |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        word |= left > 2 ? bytes[i + 2] : 0;
        char four[4] = { alphabet[word >> 18], alphabet[word >> 12 & 63],
                         left > 1 ? alphabet[word >> 6 & 63] : '=', left > 2 ? alphabet[word & 63] : '=' };
        eh_str_append_bytes(out, four, sizeof four);
    }
}

bool eh_base64_decode(uint8_t *out, size_t capacity, size_t *size, const char *text)
{
    size_t length = strlen(text), padding = 0;
    if (length % 4 != 0)
        return false;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    *size = length / 4 * 3 - padding;
    if (*size > capacity)
        return false;
    size_t done = 0;
    for (size_t i = 0; i < length; i += 4) {
        uint32_t word = 0;
        for (size_t k = 0; k < 4; k++) {
            char c = text[i + k];
            const char *found = c ? strchr(alphabet, c) : NULL;
            if (!found && !(c == '=' && i + k >= length - padding))
                return false;
            word = word << 6 | (uint32_t)(found ? found - alphabet : 0);
        }
        for (int shift = 16; shift >= 0 && done < *size; shift -= 8)
            out[done++] = (uint8_t)(word >> shift);
    }
    return true;
}
