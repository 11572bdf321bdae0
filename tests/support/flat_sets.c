/* flat_sets.c - see flat_sets.h. */
#include "support/flat_sets.h"

#include "support/cmocka_all.h"
#include "support/data_files.h"

#include "evenhand/memory.h"

#include <stdio.h>
#include <string.h>

eh_image flat_picture(int width, int height, const uint8_t *colour, int channels)
{
    eh_image image;
    assert_int_equal(eh_image_alloc(&image, width, height, channels, NULL), EH_OK);
    for (int i = 0; i < width * height; i++)
        memcpy(image.data + i * channels, colour, (size_t)channels);
    return image;
}

void flat_set_write(void *folder, const char *name, const char *part, int classes, int count, int side,
                    int base)
{
    for (int k = 0; k < classes; k++) {
        const uint8_t grey = (uint8_t)(base + 10 * k);
        eh_image image = flat_picture(side, side, &grey, 1);
        uint8_t *bytes;
        size_t size;
        assert_int_equal(eh_image_encode_png(&bytes, &size, &image, NULL), EH_OK);
        for (int i = 0; i < count; i++) {
            char path[256];
            snprintf(path, sizeof path, "%s/%s%sc%d/%02d.png", name, part, *part ? "/" : "", k, i);
            data_write(folder, path, bytes, size);
        }
        eh_free(bytes);
        eh_image_clear(&image);
    }
}

void flat_set_import(void *folder, const char *name)
{
    const eh_import_opts opts = { .check_pixels = true, .overwrite = true };
    eh_error err = { 0 };
    if (eh_catalog_import(data_path(folder, "%s.eh", name), data_path(folder, "%s", name), &opts, NULL, NULL,
                          &err) != EH_OK)
        fail_msg("%s", err.message);
}
