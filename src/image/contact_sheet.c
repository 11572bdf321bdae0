/* contact_sheet.c - many pictures in one. */
#include "image/contact_sheet.h"

#include "image/letters.h"

#include <stdbool.h>
#include <string.h>

static void paste(eh_image *sheet, const eh_image *image, int left, int top)
{
    for (int y = 0; y < image->height; y++) {
        const uint8_t *from = image->data + (size_t)y * (size_t)image->width * (size_t)image->channels;
        uint8_t *to = sheet->data + ((size_t)(top + y) * (size_t)sheet->width + (size_t)left) * 3;
        for (int x = 0; x < image->width; x++, from += image->channels, to += 3) {
            int alpha = image->channels == 4 ? from[3] : 255;
            for (int c = 0; c < 3; c++) {
                int value = image->channels == 1 ? from[0] : from[c];
                to[c] = (uint8_t)((value * alpha + to[c] * (255 - alpha) + 127) / 255);
            }
        }
    }
}

eh_status eh_contact_sheet(eh_image *out, const eh_image *images, size_t count, int columns, int gap,
                           const uint8_t background[3], eh_error *err)
{
    int width = 0, height = 0;
    *out = (eh_image){ 0 };
    if (count == 0 || columns < 1 || gap < 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "a contact sheet of %zu pictures in %d columns with gaps of %d cannot be made", count,
                       columns, gap);
    for (size_t i = 0; i < count; i++) {
        width = images[i].width > width ? images[i].width : width;
        height = images[i].height > height ? images[i].height : height;
    }
    if ((size_t)columns > count)
        columns = (int)count;
    int64_t rows = (int64_t)((count + (size_t)columns - 1) / (size_t)columns);
    int64_t sheet_width = (int64_t)columns * (width + gap) + gap, sheet_height = rows * (height + gap) + gap;
    if (sheet_width > 65535 || sheet_height > 65535)
        return eh_fail(err, EH_ERR_LIMIT,
                       "a contact sheet of %lld x %lld pixels is larger than 65,535 a side: show fewer "
                       "pictures",
                       (long long)sheet_width, (long long)sheet_height);
    EH_TRY(eh_image_alloc(out, (int)sheet_width, (int)sheet_height, 3, err));
    for (size_t i = 0; i < (size_t)sheet_width * (size_t)sheet_height; i++)
        memcpy(out->data + i * 3, background, 3);
    for (size_t i = 0; i < count; i++) {
        int column = (int)(i % (size_t)columns), row = (int)(i / (size_t)columns);
        if (images[i].data)
            paste(out, &images[i], gap + column * (width + gap) + (width - images[i].width) / 2,
                  gap + row * (height + gap) + (height - images[i].height) / 2);
    }
    return EH_OK;
}

/* Writes a line, its end replaced by ".." where it is too wide. */
static void write_line(eh_image *out, int top, const char *text)
{
    static const uint8_t black[3] = { 20, 20, 20 };
    char cut[512];
    int most = out->width / EH_LETTER_WIDTH, letters = 0;
    size_t size = 0;
    bool whole = eh_count_letters(text) <= most;
    for (; text[size] && size + 4 < sizeof cut; size++) {
        letters += ((unsigned char)text[size] & 0xc0) != 0x80;
        if (!whole && letters > most - 2)
            break;
        cut[size] = text[size];
    }
    memcpy(cut + size, whole ? "" : "..", whole ? 1 : 3);
    eh_write_letters(out, 0, top, 1, black, cut);
}

eh_status eh_captioned(eh_image *out, const eh_image *image, int width, int height, const char *const *line,
                       size_t lines, const uint8_t background[3], eh_error *err)
{
    EH_TRY(eh_image_alloc(out, width, height + (int)lines * EH_LETTER_HEIGHT + 2, 3, err));
    for (size_t i = 0; i < (size_t)out->width * (size_t)out->height; i++)
        memcpy(out->data + i * 3, background, 3);
    if (image && image->data) {
        eh_image fitted = { 0 };
        double scale = (double)width / image->width, other = (double)height / image->height;
        scale = other < scale ? other : scale;
        int w = (int)(image->width * scale + 0.5), h = (int)(image->height * scale + 0.5);
        w = w < 1 ? 1 : w > width ? width : w;
        h = h < 1 ? 1 : h > height ? height : h;
        eh_status status = eh_image_resize(&fitted, image, w, h, EH_RESIZE_AREA, err);
        if (status != EH_OK) {
            eh_image_clear(out);
            return status;
        }
        paste(out, &fitted, (width - w) / 2, (height - h) / 2);
        eh_image_clear(&fitted);
    }
    for (size_t i = 0; i < lines; i++)
        write_line(out, height + 3 + (int)i * EH_LETTER_HEIGHT, line[i]);
    return EH_OK;
}
