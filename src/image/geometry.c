/* geometry.c - cutting, mirroring and turning pictures. */
#include "evenhand/image.h"

#include <stdbool.h>
#include <string.h>

eh_status eh_image_crop(eh_image *out, const eh_image *in, int x, int y, int width, int height, eh_error *err)
{
    *out = (eh_image){ 0 };
    if (x < 0 || y < 0 || width < 1 || height < 1 || width > in->width - x || height > in->height - y)
        return eh_fail(err, EH_ERR_USAGE, "cannot cut %d x %d pixels at (%d, %d) from a picture of %d x %d",
                       width, height, x, y, in->width, in->height);
    EH_TRY(eh_image_alloc(out, width, height, in->channels, err));
    size_t line = (size_t)width * (size_t)in->channels, stride = (size_t)in->width * (size_t)in->channels;
    const uint8_t *from = in->data + (size_t)y * stride + (size_t)x * (size_t)in->channels;
    for (int row = 0; row < height; row++)
        memcpy(out->data + (size_t)row * line, from + (size_t)row * stride, line);
    return EH_OK;
}

void eh_image_flip(eh_image *image)
{
    size_t channels = (size_t)image->channels;
    for (int y = 0; y < image->height; y++) {
        uint8_t *left = image->data + (size_t)y * (size_t)image->width * channels;
        uint8_t *right = left + (size_t)(image->width - 1) * channels;
        for (; left < right; left += channels, right -= channels) {
            uint8_t pixel[4];
            memcpy(pixel, left, channels);
            memcpy(left, right, channels);
            memcpy(right, pixel, channels);
        }
    }
}

eh_status eh_image_orient(eh_image *out, const eh_image *in, int orientation, eh_error *err)
{
    *out = (eh_image){ 0 };
    if (orientation < 1 || orientation > 8)
        return eh_fail(err, EH_ERR_USAGE, "EXIF orientation %d is outside 1..8", orientation);

    /* Where the stored first row and first column lie in the upright picture (Exif 2.32, 4.6.4): 5 transpose, 6 first row
     * right, 7 transverse, 8 first row left. Mirroring is of the upright picture's axes. */
    bool swap = orientation >= 5;
    bool mirror_x = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    bool mirror_y = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    EH_TRY(
        eh_image_alloc(out, swap ? in->height : in->width, swap ? in->width : in->height, in->channels, err));
    size_t channels = (size_t)in->channels;
    uint8_t *to = out->data;
    for (int y = 0; y < out->height; y++) {
        for (int x = 0; x < out->width; x++, to += channels) {
            int u = mirror_x ? out->width - 1 - x : x, v = mirror_y ? out->height - 1 - y : y;
            size_t at =
                swap ? (size_t)u * (size_t)in->width + (size_t)v : (size_t)v * (size_t)in->width + (size_t)u;
            memcpy(to, in->data + at * channels, channels);
        }
    }
    return EH_OK;
}
