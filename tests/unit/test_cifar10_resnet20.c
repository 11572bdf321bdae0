/* The public ResNet-20 on CIFAR-10's test images reaches what PyTorch reaches with it on the same pixels (tests/tools/make_resnet20_golden.py). */
#include "support/engine_golden.h"
#include "support/real_data.h"

#include "data/source.h"
#include "evenhand/image.h"
#include "evenhand/memory.h"
#include "evenhand/model.h"
#include "evenhand/params.h"
#include "evenhand/plan.h"
#include "nn/layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

enum { IMAGES = 10000, BATCH = 500, SIDE = 32, CLASSES = 10, PIXELS = 3 * SIDE * SIDE };

extern const eh_model eh_model_resnet20;

static const char *const classes[CLASSES] = { "airplane", "automobile", "bird",  "cat",  "deer",
                                              "dog",      "frog",       "horse", "ship", "truck" };

static void check(eh_status status, const eh_error *err)
{
    if (status != EH_OK)
        fail_msg("%s", err->message);
}

static int32_t class_of(const char *path)
{
    for (int32_t k = 0; k < CLASSES; k++) {
        size_t length = strlen(classes[k]);
        if (strncmp(path, classes[k], length) == 0 && path[length] == '/')
            return k;
    }
    fail_msg("%s is in the folder of no class", path);
    return -1;
}

/* All test images, [IMAGES][SIDE][SIDE][3], and their labels, in the order of their paths. */
static uint8_t *read_images(const char *archive, int32_t *label)
{
    eh_source *archived = NULL, *test = NULL;
    eh_error err = { 0 };
    size_t count = 0, size = 0;
    uint8_t *pixels = eh_alloc_raw(IMAGES, PIXELS), *bytes = NULL;
    check(eh_source_open(&archived, archive, NULL, NULL, &err), &err);
    check(eh_source_below(&test, archived, "cifar10/test", &err), &err);
    check(eh_source_list(test, &count, &err), &err);
    assert_int_equal(count, IMAGES);
    for (size_t i = 0; i < count; i++) {
        eh_image image = { 0 };
        const char *path = eh_source_at(test, i).path;
        label[i] = class_of(path);
        check(eh_source_read(&bytes, &size, test, path, 0, &err), &err);
        check(eh_image_decode(&image, bytes, size, &(eh_decode_opts){ .channels = 3 }, &err), &err);
        assert_int_equal(image.width * image.height * image.channels, PIXELS);
        memcpy(pixels + i * PIXELS, image.data, PIXELS);
        eh_image_clear(&image);
        eh_free(bytes);
    }
    eh_source_close(test);
    eh_source_close(archived);
    return pixels;
}

/* As the weights were trained: ImageNet's mean and deviation, channels first. */
static void normalise(float *out, const uint8_t *pixels)
{
    static const double mean[] = { 0.485, 0.456, 0.406 }, deviation[] = { 0.229, 0.224, 0.225 };
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < SIDE * SIDE; i++)
            out[c * SIDE * SIDE + i] = (float)((pixels[i * 3 + c] / 255.0 - mean[c]) / deviation[c]);
}

static void expect_same_pixels(const uint8_t *pixels, const json_t *golden)
{
    int64_t sum = 0, places = 0;
    for (int64_t i = 0; i < (int64_t)IMAGES * PIXELS; i++) {
        sum += pixels[i];
        places += pixels[i] * (i % 1009);
    }
    assert_int_equal(sum, json_integer_value(json_object_get(golden, "pixel_sum")));
    assert_int_equal(places, json_integer_value(json_object_get(golden, "pixel_places")));
}

static int best_of(const float *logits)
{
    int best = 0;
    for (int k = 1; k < CLASSES; k++)
        best = logits[k] > logits[best] ? k : best;
    return best;
}

static void resnet20_is_right_as_often_as_in_pytorch(void **state)
{
    char archive[512], weights[512];
    eh_error err = { 0 };
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_plan *plan = NULL;
    eh_weights_report report;
    static int32_t label[IMAGES];
    (void)state;
    if (!real_data_path(archive, sizeof archive, "cifar10-jpeg.tar.gz") ||
        !real_data_path(weights, sizeof weights, "weights/cifar10_resnet20.safetensors"))
        skip();
    json_t *golden = engine_golden_open("cifar10_resnet20.json");
    uint8_t *pixels = read_images(archive, label);
    expect_same_pixels(pixels, golden);

    check(eh_params_new(&params, 1, &err), &err);
    check(eh_graph_new(&g, params, &err), &err);
    eh_build b = { .graph = g };
    eh_tensor *x = eh_input(g, "images", eh_shape_of(4, BATCH, 3, SIDE, SIDE), EH_F32);
    eh_tensor *y = eh_layer_linear(&b, eh_model_resnet20.head_name,
                                   eh_model_resnet20.features(&b, NULL, x).vector, CLASSES, true);
    check(eh_graph_check(g, &err), &err);
    check(eh_weights_load(params, weights, true, &report, &err), &err);
    check(eh_plan_new(&plan, g, &y, 1, NULL, &err), &err);

    float *batch = eh_alloc(BATCH, PIXELS * sizeof *batch),
          *logits = eh_alloc(BATCH, CLASSES * sizeof *logits);
    int right = 0;
    for (int first = 0; first < IMAGES; first += BATCH) {
        for (int i = 0; i < BATCH; i++)
            normalise(batch + (size_t)i * PIXELS, pixels + (size_t)(first + i) * PIXELS);
        check(eh_plan_write(plan, x, batch, &err), &err);
        check(eh_plan_run(plan, &err), &err);
        check(eh_plan_read(plan, y, logits, &err), &err);
        for (int i = 0; i < BATCH; i++)
            right += best_of(logits + i * CLASSES) == label[first + i];
        for (int i = 0; i < BATCH; i++)
            for (int k = 0; (first + i) % 1000 == 0 && k < CLASSES; k++) {
                const json_t *row =
                    json_array_get(json_object_get(golden, "logits"), (size_t)(first + i) / 1000);
                double expected = json_number_value(json_array_get(row, (size_t)k));
                if (!(fabs((double)logits[i * CLASSES + k] - expected) < 2e-3))
                    fail_msg("image %d, logit %d: %g, PyTorch has %g", first + i, k,
                             (double)logits[i * CLASSES + k], expected);
            }
    }
    int expected = (int)json_integer_value(json_object_get(golden, "right"));
    print_message("%d of %d right, PyTorch %d\n", right, IMAGES, expected);
    assert_in_range(right, expected - 5, expected + 5); /* 0.05 points */
    eh_free(batch);
    eh_free(logits);
    eh_free(pixels);
    eh_plan_free(plan);
    eh_graph_free(g);
    eh_params_free(params);
    json_decref(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resnet20_is_right_as_often_as_in_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
