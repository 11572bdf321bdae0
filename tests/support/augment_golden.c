/* augment_golden.c - see augment_golden.h. */
#include "support/augment_golden.h"

#include "support/cmocka_all.h"

#include "base/json.h"
#include "image/remap.h"

#include <math.h>
#include <string.h>

enum { SAMPLES = GOLDEN_WIDTH * GOLDEN_HEIGHT * GOLDEN_CHANNELS };

static void make_picture(uint8_t out[SAMPLES])
{
    for (int y = 0; y < GOLDEN_HEIGHT; y++)
        for (int x = 0; x < GOLDEN_WIDTH; x++)
            for (int c = 0; c < GOLDEN_CHANNELS; c++) {
                int v = (x * x * 7 + y * 31 + x * y * 3 + c * 57 + (x / 3 + y / 2) % 2 * 90) % 256;
                v = y == 0 ? 0 : y == 1 ? 255 : y == 2 ? x * 16 % 256 : v;
                out[(y * GOLDEN_WIDTH + x) * GOLDEN_CHANNELS + c] = (uint8_t)v;
            }
}

static json_t *read_golden(const char *member)
{
    json_t *document;
    eh_error err = { 0 };
    if (eh_json_read(&document, "tests/golden/augment.json", &err) != EH_OK)
        fail_msg("%s", err.message);
    json_t *list = json_incref(json_object_get(document, member));
    json_decref(document);
    assert_non_null(list);
    return list;
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

int augment_golden_colours(const char *change, void (*apply)(uint8_t *samples, size_t pixels, int channels,
                                                             double value, double contrast))
{
    json_t *list = read_golden("colours"), *item;
    int cases = 0;
    size_t index;
    json_array_foreach(list, index, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "change")), change) != 0)
            continue;
        uint8_t picture[SAMPLES];
        make_picture(picture);
        apply(picture, SAMPLES / GOLDEN_CHANNELS, GOLDEN_CHANNELS, number(item, "value"),
              number(item, "contrast"));
        const json_t *want = json_object_get(item, "samples");
        assert_int_equal(json_array_size(want), SAMPLES);
        for (size_t i = 0; i < SAMPLES; i++)
            assert_float_equal(picture[i], json_number_value(json_array_get(want, i)), 1);
        cases++;
    }
    json_decref(list);
    return cases;
}

static eh_fill fill_of(const char *padding)
{
    return strcmp(padding, "reflection") == 0 ? EH_FILL_REFLECT
           : strcmp(padding, "border") == 0   ? EH_FILL_BORDER
                                              : EH_FILL_ZERO;
}

static void check_geometry(const json_t *item, void (*place)(eh_sample *sample, const double *value))
{
    uint8_t picture[SAMPLES], out[SAMPLES];
    double value[8] = { 0 };
    const json_t *values = json_object_get(item, "value"), *want = json_object_get(item, "samples");
    bool inner = json_object_get(item, "inner") != NULL;
    eh_sample s = { .width = GOLDEN_WIDTH, .height = GOLDEN_HEIGHT, .channels = GOLDEN_CHANNELS };
    make_picture(picture);
    s.map[0] = s.map[4] = s.map[8] = 1;
    for (size_t i = 0; i < json_array_size(values); i++)
        value[i] = json_number_value(json_array_get(values, i));
    place(&s, value);
    eh_remap(out, GOLDEN_WIDTH, GOLDEN_HEIGHT, picture, GOLDEN_WIDTH, GOLDEN_HEIGHT, GOLDEN_CHANNELS, s.map,
             fill_of(json_string_value(json_object_get(item, "padding"))));
    assert_int_equal(json_array_size(want), SAMPLES);
    for (int i = 0; i < SAMPLES; i++) {
        int x = i / GOLDEN_CHANNELS % GOLDEN_WIDTH, y = i / GOLDEN_CHANNELS / GOLDEN_WIDTH;
        /* torchvision's crop knows nothing of what lies around it. */
        if (inner && (x < 2 || y < 2 || x >= GOLDEN_WIDTH - 2 || y >= GOLDEN_HEIGHT - 2))
            continue;
        assert_float_equal(out[i], json_number_value(json_array_get(want, (size_t)i)), 0.6);
    }
}

int augment_golden_geometry(const char *step, void (*place)(eh_sample *sample, const double *value))
{
    json_t *list = read_golden("geometry"), *item;
    int cases = 0;
    size_t index;
    json_array_foreach(list, index,
                       item) if (strcmp(json_string_value(json_object_get(item, "step")), step) == 0)
    {
        check_geometry(item, place);
        cases++;
    }
    json_decref(list);
    return cases;
}
