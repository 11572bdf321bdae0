/* mask_files.c - see mask_files.h. */
#include "support/mask_files.h"

#include "support/cmocka_all.h"
#include "support/data_files.h"

#include "evenhand/memory.h"

#include <spng.h>
#include <stdlib.h>
#include <string.h>

void mask_png(uint8_t **bytes, size_t *size, int width, int height, const uint8_t *index, int depth,
              bool palette)
{
    size_t stride = ((size_t)width * (size_t)depth + 7) / 8;
    uint8_t *packed = calloc(stride * (size_t)height, 1);
    assert_non_null(packed);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            size_t bit = (size_t)x * (size_t)depth;
            packed[(size_t)y * stride + bit / 8] |=
                (uint8_t)(index[y * width + x] << (8 - (size_t)depth - bit % 8));
        }
    spng_ctx *ctx = spng_ctx_new(SPNG_CTX_ENCODER);
    struct spng_ihdr header = { .width = (uint32_t)width,
                                .height = (uint32_t)height,
                                .bit_depth = (uint8_t)depth,
                                .color_type = palette ? SPNG_COLOR_TYPE_INDEXED : SPNG_COLOR_TYPE_GRAYSCALE };
    struct spng_plte colours = { .n_entries = 1u << depth };
    for (uint32_t i = 0; i < colours.n_entries; i++) {
        colours.entries[i].red = (uint8_t)(i * 37);
        colours.entries[i].green = (uint8_t)(i * 91 + 5);
        colours.entries[i].blue = (uint8_t)(i * 153 + 90);
    }
    assert_int_equal(spng_set_option(ctx, SPNG_ENCODE_TO_BUFFER, 1), 0);
    assert_int_equal(spng_set_ihdr(ctx, &header), 0);
    if (palette)
        assert_int_equal(spng_set_plte(ctx, &colours), 0);
    assert_int_equal(spng_encode_image(ctx, packed, stride * (size_t)height, SPNG_FMT_PNG,
                                       SPNG_ENCODE_FINALIZE),
                     0);
    int code = 0;
    void *buffer = spng_get_png_buffer(ctx, size, &code);
    assert_non_null(buffer);
    *bytes = eh_alloc(*size, 1);
    assert_non_null(*bytes);
    memcpy(*bytes, buffer, *size);
    free(buffer);
    free(packed);
    spng_ctx_free(ctx);
}

void mask_write(void *folder, const char *name, int width, int height, const uint8_t *value, int values)
{
    uint8_t *index = calloc((size_t)(width * height), 1), *bytes;
    size_t size;
    assert_non_null(index);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            index[y * width + x] = value[(x + y) % values];
    mask_png(&bytes, &size, width, height, index, 8, true);
    data_write(folder, name, bytes, size);
    eh_free(bytes);
    free(index);
}

void mask_write_colours(void *folder, const char *name, int width, int height, const uint32_t *colour,
                        int colours)
{
    eh_image image;
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_image_alloc(&image, width, height, 3, NULL), EH_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                image.data[3 * (y * width + x) + c] = (uint8_t)(colour[(x + y) % colours] >> (16 - 8 * c));
    assert_int_equal(eh_image_encode_png(&bytes, &size, &image, NULL), EH_OK);
    data_write(folder, name, bytes, size);
    eh_free(bytes);
    eh_image_clear(&image);
}
