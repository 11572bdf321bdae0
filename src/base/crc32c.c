/* crc32c.c - the Castagnoli checksum.
 *
 * Math    polynomial 0x1EDC6F41, bits reflected (0x82F63B78), begin and end with all bits turned.
 * Source  Castagnoli, Braeuer and Herrmann 1993; RFC 3720, appendix B.4 (the known values of the test).
 * Cost    one table look-up a byte.
 */
#include "base/crc32c.h"

uint32_t eh_crc32c(const void *bytes, size_t size)
{
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (value & 1 ? UINT32_C(0x82F63B78) : 0);
        table[i] = value;
    }
    const uint8_t *byte = bytes;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++)
        crc = crc >> 8 ^ table[(crc ^ byte[i]) & 0xff];
    return ~crc;
}
