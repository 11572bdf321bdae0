/* layout.c - colours and sizes that all layouts share; see layout.h. */
#include "data/layout.h"

#include <string.h>

bool eh_colour_parse(uint8_t rgb[3], const char *text)
{
    static const struct {
        const char *word;
        uint8_t rgb[3];
    } colour[] = {
        { "black", { 0, 0, 0 } },       { "white", { 255, 255, 255 } },  { "red", { 230, 25, 25 } },
        { "green", { 25, 170, 50 } },   { "blue", { 40, 80, 240 } },     { "yellow", { 250, 220, 30 } },
        { "cyan", { 40, 210, 220 } },   { "magenta", { 225, 50, 200 } }, { "orange", { 245, 140, 30 } },
        { "purple", { 130, 50, 190 } }, { "pink", { 250, 170, 195 } },   { "brown", { 140, 85, 40 } },
        { "grey", { 150, 150, 150 } },
    };
    for (size_t i = 0; i < sizeof colour / sizeof *colour; i++)
        if (strcmp(text, colour[i].word) == 0) {
            memcpy(rgb, colour[i].rgb, 3);
            return true;
        }
    if (text[0] != '#' || strlen(text) != 7)
        return false;
    for (int i = 0; i < 6; i++) {
        char c = text[1 + i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return false;
        rgb[i / 2] = (uint8_t)(i % 2 ? rgb[i / 2] + digit : digit * 16);
    }
    return true;
}

void eh_image_tint(eh_image *image, const uint8_t rgb[3])
{
    size_t pixels = (size_t)image->width * (size_t)image->height;
    uint8_t *at = image->data;
    for (size_t i = 0; i < pixels; i++, at += image->channels) {
        int luma = (299 * at[0] + 587 * at[1] + 114 * at[2] + 500) / 1000;
        for (int c = 0; c < 3; c++)
            at[c] = (uint8_t)((luma * rgb[c] + 127) / 255);
    }
}

eh_status eh_layout_fit(eh_image *out, const eh_image *in, int side, eh_error *err)
{
    int longer = in->width > in->height ? in->width : in->height;
    int width = (int)(((int64_t)in->width * side + longer / 2) / longer);
    int height = (int)(((int64_t)in->height * side + longer / 2) / longer);
    if (longer == side)
        return eh_image_crop(out, in, 0, 0, in->width, in->height, err);
    return eh_image_resize(out, in, width < 1 ? 1 : width, height < 1 ? 1 : height, EH_RESIZE_ANTIALIAS, err);
}

eh_status eh_layout_square(eh_image *out, const eh_image *in, int side, eh_error *err)
{
    eh_image square;
    int shorter = in->width < in->height ? in->width : in->height;
    if (side == 0)
        return eh_image_crop(out, in, 0, 0, in->width, in->height, err);
    if (in->width == side && in->height == side)
        return eh_image_crop(out, in, 0, 0, side, side, err);
    EH_TRY(eh_image_crop(&square, in, (in->width - shorter) / 2, (in->height - shorter) / 2, shorter, shorter,
                         err));
    eh_status status = eh_image_resize(out, &square, side, side, EH_RESIZE_ANTIALIAS, err);
    eh_image_clear(&square);
    return status;
}
