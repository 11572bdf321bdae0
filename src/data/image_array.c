/* image_array.c - see image_array.h. */
#include "data/image_array.h"

#include <string.h>

eh_status eh_image_array_shape(eh_image_array *out, const uint64_t *size, int dimensions, const char *name,
                               eh_error *err)
{
    *out = (eh_image_array){ 0 };
    if (dimensions < 3 || dimensions > 4)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s has %d dimension%s, but images have 3 (items, height, width) or 4; are they its "
                       "labels?",
                       name, dimensions, dimensions == 1 ? "" : "s");
    uint64_t height = size[1], width = size[2], channels = 1;
    if (dimensions == 4) {
        static const uint64_t usual[] = { 3, 1, 4 };
        channels = 0;
        for (int i = 0; i < 3 && channels == 0; i++) {
            if (size[3] == usual[i]) {
                channels = usual[i];
            } else if (size[1] == usual[i]) {
                channels = usual[i];
                out->planes = true;
                height = size[2];
                width = size[3];
            }
        }
        if (channels == 0)
            return eh_fail(err, EH_ERR_INPUT,
                           "%s has items of %llu x %llu x %llu values; one of the sizes must be 1, 3 or 4 "
                           "channels",
                           name, (unsigned long long)size[1], (unsigned long long)size[2],
                           (unsigned long long)size[3]);
    }
    if (width < 1 || height < 1 || width > 65535 || height > 65535)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s has images of %llu x %llu pixels; sides of 1 to 65535 can be read", name,
                       (unsigned long long)width, (unsigned long long)height);
    out->items = size[0];
    out->width = (int)width;
    out->height = (int)height;
    out->channels = (int)channels;
    out->step = (size_t)(width * height * channels);
    return EH_OK;
}

eh_status eh_image_array_read(eh_image *out, const eh_image_array *a, int64_t item,
                              const eh_decode_opts *opts, eh_error *err)
{
    *out = (eh_image){ 0 };
    if (item < 0 || (uint64_t)item >= a->items)
        return eh_fail(err, EH_ERR_INPUT,
                       "the file has no item %lld, only %llu items; it was changed after the import",
                       (long long)item, (unsigned long long)a->items);
    EH_TRY(eh_image_alloc(out, a->width, a->height, a->channels, err));
    size_t pixels = (size_t)a->width * (size_t)a->height, channels = (size_t)a->channels;
    const uint8_t *in = a->data + (size_t)item * a->step;
    bool swap = a->bgr && channels >= 3;
    if (!a->planes && !swap)
        memcpy(out->data, in, pixels * channels);
    else
        for (size_t c = 0; c < channels; c++) {
            size_t to = swap && c < 3 ? 2 - c : c;
            for (size_t i = 0; i < pixels; i++)
                out->data[i * channels + to] = in[a->planes ? c * pixels + i : i * channels + c];
        }
    int wanted = opts ? (opts->channels ? opts->channels : 3) : a->channels;
    eh_status status = EH_OK;
    if (opts && opts->indices && a->channels > 1)
        status = eh_fail(err, EH_ERR_INPUT, "the items hold colours, where one number per pixel is needed");
    else if (!opts || !opts->indices)
        status = eh_image_convert(out, wanted, err);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}
