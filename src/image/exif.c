/* exif.c - the orientation tag of an EXIF block.
 *
 * Idea    An EXIF block is a small TIFF file: byte order mark, 42, offset of the first directory; a directory is a count and
 *         12-byte entries (tag, type, count, value or offset). Only tag 0x0112 of the first directory matters here.
 * Source  Exif 2.32, CIPA DC-008-2019, 4.6.4 and 4.6.5; TIFF 6.0, section 2.
 * Cost    O(entries of the first directory).
 * Easy to get wrong: offsets are data and may point anywhere; a SHORT value sits in the first two bytes of the value field in both
 * byte orders.
 */
#include "image/codec.h"

typedef struct exif_reader {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
} exif_reader;

static bool read_u16(const exif_reader *r, size_t at, uint32_t *value)
{
    if (r->size < 2 || at > r->size - 2)
        return false;
    const uint8_t *p = r->bytes + at;
    *value = r->big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
    return true;
}

static bool read_u32(const exif_reader *r, size_t at, uint32_t *value)
{
    uint32_t first, second;
    if (!read_u16(r, at, &first) || !read_u16(r, at + 2, &second))
        return false;
    *value = r->big_endian ? first << 16 | second : second << 16 | first;
    return true;
}

int eh_exif_orientation(const uint8_t *bytes, size_t size)
{
    enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4 };
    exif_reader r = { .bytes = bytes, .size = size };
    uint32_t magic, offset, count;

    if (size < 8 || !((bytes[0] == 'I' && bytes[1] == 'I') || (bytes[0] == 'M' && bytes[1] == 'M')))
        return 1;
    r.big_endian = bytes[0] == 'M';
    if (!read_u16(&r, 2, &magic) || magic != 42 || !read_u32(&r, 4, &offset) || !read_u16(&r, offset, &count))
        return 1;
    for (uint32_t i = 0; i < count; i++) {
        size_t at = (size_t)offset + 2 + (size_t)i * 12;
        uint32_t tag, type, values, value;
        if (!read_u16(&r, at, &tag) || !read_u16(&r, at + 2, &type) || !read_u32(&r, at + 4, &values))
            return 1;
        if (tag != TAG_ORIENTATION)
            continue;
        bool ok = values == 1 && (type == TYPE_SHORT ? read_u16(&r, at + 8, &value)
                                                     : type == TYPE_LONG && read_u32(&r, at + 8, &value));
        return ok && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
