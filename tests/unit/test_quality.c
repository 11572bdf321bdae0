/* test_quality.c - measures of pictures whose light, colour and softness are known because they were made so. */
#include "image/quality.h"

#include "base/rng.h"
#include "evenhand/memory.h"
#include "image/grey.h"
#include "support/alloc_failure.h"
#include "support/cmocka_all.h"

#include <math.h>
#include <string.h>

static eh_image blank(int width, int height, int channels, uint8_t level)
{
    eh_image image;
    assert_int_equal(eh_image_alloc(&image, width, height, channels, NULL), EH_OK);
    memset(image.data, level, (size_t)width * (size_t)height * (size_t)channels);
    return image;
}

/* With and without the grey picture given: both are the same. */
static eh_image_quality_measures measured(const eh_image *image)
{
    eh_image_quality_measures q, with_grey;
    size_t pixels = (size_t)image->width * (size_t)image->height;
    uint8_t *grey = eh_alloc(pixels, 1);
    assert_non_null(grey);
    eh_grey_pixels(grey, image->data, pixels, image->channels);
    assert_int_equal(eh_image_quality(&q, image, NULL, NULL), EH_OK);
    assert_int_equal(eh_image_quality(&with_grey, image, grey, NULL), EH_OK);
    assert_memory_equal(&q, &with_grey, sizeof q);
    eh_free(grey);
    return q;
}

static void a_plain_picture_has_light_and_nothing_else(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        eh_image image = blank(70, 50, channels, 51);
        eh_image_quality_measures q = measured(&image);
        assert_float_equal(q.brightness, 0.2, 1e-6);
        assert_float_equal(q.shade, 0.2, 1e-6);
        assert_float_equal(q.light, 0.2, 1e-6);
        assert_float_equal(q.contrast + q.blur + q.colorfulness + q.entropy + q.clipped_dark +
                               q.clipped_light,
                           0, 1e-6);
        assert_float_equal(q.aspect, 1.4, 1e-6);
        eh_image_clear(&image);
    }
}

static void half_black_half_white_is_one_bit_and_all_clipped(void **state)
{
    (void)state;
    eh_image image = blank(200, 100, 3, 255);
    for (int y = 0; y < 100; y++)
        memset(image.data + (size_t)y * 600, 0, 300);
    eh_image_quality_measures q = measured(&image);
    assert_float_equal(q.brightness, 0.5, 1e-6);
    assert_float_equal(q.contrast, 0.5, 1e-6);
    assert_float_equal(q.entropy, 1, 1e-6);
    assert_float_equal(q.clipped_dark, 0.5, 1e-6);
    assert_float_equal(q.clipped_light, 0.5, 1e-6);
    assert_float_equal(q.shade, 0, 1e-6);
    assert_float_equal(q.light, 1, 1e-6);
    assert_float_equal(q.colorfulness, 0, 1e-6);
    eh_image_clear(&image);
}

/* Mean, deviation and colourfulness as the definitions say, over all pixels. */
static void measures_equal_the_definitions(void **state)
{
    (void)state;
    enum { SIDE = 48, PIXELS = SIDE * SIDE };
    eh_rng rng = eh_rng_at(1, EH_DRAW_TEST, 0, 0);
    eh_image image = blank(SIDE, SIDE, 3, 0);
    double luma = 0, luma2 = 0, rg = 0, rg2 = 0, yb = 0, yb2 = 0;
    for (int i = 0; i < PIXELS; i++) {
        uint8_t *p = image.data + i * 3;
        p[0] = (uint8_t)eh_rng_below(&rng, 256);
        p[1] = (uint8_t)eh_rng_below(&rng, 128);
        p[2] = (uint8_t)(100 + eh_rng_below(&rng, 20));
        double l = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2], a = p[0] - p[1],
               b = (p[0] + p[1]) / 2.0 - p[2];
        luma += l / PIXELS;
        luma2 += l * l / PIXELS;
        rg += a / PIXELS;
        rg2 += a * a / PIXELS;
        yb += b / PIXELS;
        yb2 += b * b / PIXELS;
    }
    eh_image_quality_measures q = measured(&image);
    assert_float_equal(q.brightness, luma / 255, 0.003);
    assert_float_equal(q.contrast, sqrt(luma2 - luma * luma) / 255, 0.003);
    double colors = sqrt(rg2 - rg * rg + yb2 - yb * yb) + 0.3 * sqrt(rg * rg + yb * yb);
    assert_float_equal(q.colorfulness, colors / 255, 1e-4);
    eh_image_clear(&image);
}

/* A dark disc of radius 0.3 sides on light ground, its edge softened by a Gaussian of `sigma` pixels, with a smooth slope and noise behind it. */
static eh_image disc(int side, double sigma, double contrast, uint64_t seed)
{
    eh_rng rng = eh_rng_at(seed, EH_DRAW_TEST, 1, 0);
    eh_image image = blank(side, side, 1, 0);
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
            double d = hypot(x - side * 0.5, y - side * 0.47) - side * 0.3;
            double value = 128 + contrast * (0.5 * erf(d / (sigma * sqrt(2))) + 0.1 * x / side);
            image.data[y * side + x] = (uint8_t)lround(value + 0.3 * eh_rng_normal(&rng));
        }
    }
    return image;
}

static void blur_is_the_softness_of_edges_whatever_their_contrast(void **state)
{
    (void)state;
    static const double contrast[] = { 200, 80 };
    for (int c = 0; c < 2; c++) {
        for (double sigma = 1; sigma <= 3; sigma += 0.5) {
            eh_image image = disc(64, sigma, contrast[c], 7);
            float blur = measured(&image).blur;
            if (fabs(blur - sigma) > 0.2 * sigma)
                fail_msg("edges of %.1f pixels with contrast %.0f: blur is %.3f", sigma, contrast[c],
                         (double)blur);
            eh_image_clear(&image);
        }
    }
}

static void blur_does_not_depend_on_the_size_of_the_file(void **state)
{
    (void)state;
    eh_image small = disc(64, 2, 150, 3);
    float expected = measured(&small).blur;
    for (int times = 2; times <= 10; times += 4) {
        eh_image large = disc(64 * times, 2.0 * times, 150, 3);
        assert_float_equal(measured(&large).blur, expected, 0.15);
        eh_image_clear(&large);
    }
    eh_image between = disc(100, 2 * 100 / 64.0, 150, 3);
    assert_float_equal(measured(&between).blur, expected, 0.25);
    eh_image_clear(&between);
    eh_image_clear(&small);
}

static void softer_pictures_rank_higher(void **state)
{
    (void)state;
    float before = 0;
    for (double sigma = 0.5; sigma < 4; sigma += 0.5) {
        eh_image image = disc(80, sigma, 120, 5);
        float blur = measured(&image).blur;
        assert_true(blur > before);
        before = blur;
        eh_image_clear(&image);
    }
}

static void noise_alone_is_no_edge(void **state)
{
    (void)state;
    eh_image image = disc(64, 1e6, 20, 9); /* no edge at all */
    assert_float_equal(measured(&image).blur, 0, 0);
    eh_image_clear(&image);
}

static void mirrored_pictures_measure_the_same_and_alpha_lies_on_white(void **state)
{
    (void)state;
    enum { SIDE = 90 };
    eh_image grey = disc(SIDE, 1.2, 180, 2), color = blank(SIDE, SIDE, 3, 0), alpha = blank(SIDE, SIDE, 4, 0);
    for (int i = 0; i < SIDE * SIDE; i++) {
        int v = grey.data[i];
        uint8_t rgb[3] = { (uint8_t)v, (uint8_t)(255 - v), (uint8_t)(v / 2) };
        memcpy(color.data + i * 3, rgb, 3);
        memcpy(alpha.data + i * 4, rgb, 3);
        alpha.data[i * 4 + 3] = 255;
    }
    eh_image_quality_measures a = measured(&color), b = measured(&alpha);
    assert_memory_equal(&a, &b, sizeof a);
    assert_true(a.colorfulness > 0.1f && a.blur > 0);
    eh_image_flip(&color);
    b = measured(&color);
    assert_memory_equal(&a, &b, sizeof a);
    for (int i = 0; i < SIDE * SIDE; i++)
        alpha.data[i * 4 + 3] = 0;
    b = measured(&alpha);
    assert_float_equal(b.clipped_light, 1, 1e-6);
    eh_image_clear(&grey);
    eh_image_clear(&color);
    eh_image_clear(&alpha);
}

static void pictures_of_any_size_are_measured(void **state)
{
    (void)state;
    static const int sizes[][2] = { { 1, 1 }, { 1, 700 },   { 65535, 2 }, { 4, 4 },
                                    { 5, 5 }, { 127, 128 }, { 129, 1000 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int channels = 1; channels <= 4; channels += channels == 1 ? 2 : 1) {
            eh_image image = blank(sizes[i][0], sizes[i][1], channels, 255);
            eh_image_quality_measures q = measured(&image);
            assert_float_equal(q.brightness, 1, 1e-6);
            assert_float_equal(q.clipped_light, 1, 1e-6);
            assert_float_equal(q.aspect, (double)sizes[i][0] / sizes[i][1], 1e-2);
            eh_image_clear(&image);
        }
    }
}

static eh_status measure_once(void *user, eh_error *err)
{
    eh_image_quality_measures q;
    return eh_image_quality(&q, user, NULL, err);
}

static void failing_allocations_are_reported(void **state)
{
    (void)state;
    eh_image image = blank(130, 140, 4, 9);
    assert_true(expect_survives_alloc_failure(measure_once, &image) > 0);
    eh_image_clear(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_picture_has_light_and_nothing_else),
        cmocka_unit_test(half_black_half_white_is_one_bit_and_all_clipped),
        cmocka_unit_test(measures_equal_the_definitions),
        cmocka_unit_test(blur_is_the_softness_of_edges_whatever_their_contrast),
        cmocka_unit_test(blur_does_not_depend_on_the_size_of_the_file),
        cmocka_unit_test(softer_pictures_rank_higher),
        cmocka_unit_test(noise_alone_is_no_edge),
        cmocka_unit_test(mirrored_pictures_measure_the_same_and_alpha_lies_on_white),
        cmocka_unit_test(pictures_of_any_size_are_measured),
        cmocka_unit_test(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
