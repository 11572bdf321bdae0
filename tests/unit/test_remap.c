/* test_remap.c - pictures seen through maps, against a slow computation in double precision. */
#include "support/cmocka_all.h"

#include "image/remap.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { W = 23, H = 17, OUT_W = 19, OUT_H = 29 };

static uint8_t picture[W * H * 3];

static int make_picture(void **state)
{
    (void)state;
    for (int i = 0; i < W * H * 3; i++)
        picture[i] = (uint8_t)((unsigned)i * 2654435761u >> 24);
    return 0;
}

/* Pixel i of a mirrored line, without division: walks back and forth. */
static int bounce(int i, int size)
{
    while (size > 1 && (i < 0 || i >= size))
        i = i < 0 ? -i : 2 * (size - 1) - i;
    return size > 1 ? i : 0;
}

static double pixel(int x, int y, int c, int channels, eh_fill fill)
{
    if (fill == EH_FILL_REFLECT) {
        x = bounce(x, W);
        y = bounce(y, H);
    } else if (fill == EH_FILL_BORDER) {
        x = x < 0 ? 0 : x > W - 1 ? W - 1 : x;
        y = y < 0 ? 0 : y > H - 1 ? H - 1 : y;
    } else if (x < 0 || y < 0 || x >= W || y >= H) {
        return 0;
    }
    return picture[(y * W + x) * channels + c];
}

static void place(double *u, double *v, const double m[9], double x, double y)
{
    double d = m[6] * x + m[7] * y + m[8];
    *u = (m[0] * x + m[1] * y + m[2]) / d;
    *v = (m[3] * x + m[4] * y + m[5]) / d;
}

static double bilinear(const double m[9], double x, double y, int c, int channels, eh_fill fill)
{
    double u, v, sum = 0;
    place(&u, &v, m, x, y);
    int left = (int)floor(u), top = (int)floor(v);
    for (int k = 0; k < 4; k++) {
        double a = k % 2 ? u - left : 1 - (u - left), b = k / 2 ? v - top : 1 - (v - top);
        sum += a * b * pixel(left + k % 2, top + k / 2, c, channels, fill);
    }
    return sum;
}

/* grid: how many samples in each direction the result must be the mean of. */
static void expect_map(const double m[9], int channels, eh_fill fill, int grid)
{
    static uint8_t out[OUT_W * OUT_H * 3];
    eh_remap(out, OUT_W, OUT_H, picture, W, H, channels, m, fill);
    for (int y = 0; y < OUT_H; y++)
        for (int x = 0; x < OUT_W; x++)
            for (int c = 0; c < channels; c++) {
                double sum = 0;
                for (int k = 0; k < grid * grid; k++)
                    sum += bilinear(m, x + (k % grid + 0.5) / grid - 0.5, y + (k / grid + 0.5) / grid - 0.5,
                                    c, channels, fill);
                assert_float_equal(out[(y * OUT_W + x) * channels + c], sum / (grid * grid), 0.7);
            }
}

static void a_map_gives_the_bilinear_mean_of_the_pixels_around_each_place(void **state)
{
    (void)state;
    static const double maps[][9] = {
        { 0.8, 0.3, -2.7, -0.4, 0.7, 3.3, 0, 0, 1 },               /* turned, partly outside */
        { 1, 0, 0.5, 0, 1, 0.25, 0, 0, 1 },                        /* moved by parts of a pixel */
        { -1, 0, W - 1, 0, 0.5, 0, 0, 0, 1 },                      /* mirrored and stretched */
        { 1.1, 0.1, -1, 0.2, 0.9, 0.5, 0.004, -0.006, 1 },         /* tilted */
        { 0.5, 0, 200.3, 0, 0.5, -300.7, 0, 0, 1 },                /* far outside */
        { 1, 0, 0, 0, (double)(H - 1) / (OUT_H - 1), 0, 0, 0, 1 }, /* ends on the last pixel */
    };
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        for (int fill = EH_FILL_REFLECT; fill <= EH_FILL_ZERO; fill++) {
            expect_map(maps[i], 3, (eh_fill)fill, 1);
            expect_map(maps[i], 1, (eh_fill)fill, 1);
        }
}

static void a_map_that_shrinks_takes_the_mean_of_a_grid_of_samples(void **state)
{
    (void)state;
    static const double two[9] = { 2.4, 0.1, -9, -0.1, 2.2, -12, 0, 0, 1 },
                        three[9] = { 3.5, 0, -9, 0, -3.1, 30, 0, 0, 1 },
                        one_way[9] = { 3.5, 0, -9, 0, 1, 0, 0, 0, 1 };
    expect_map(two, 3, EH_FILL_REFLECT, 2);
    expect_map(three, 1, EH_FILL_BORDER, 3);
    expect_map(one_way, 3, EH_FILL_ZERO, 1);
}

static void moving_by_whole_pixels_copies(void **state)
{
    (void)state;
    static const int shifts[][4] = {
        { 1, 1, 0, 0 }, { 1, 1, -3, 5 }, { -1, 1, W - 1, 0 }, { -1, -1, 40, 2 }
    };
    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
        const int *s = shifts[i];
        const double m[9] = { s[0], 0, s[2], 0, s[1], s[3], 0, 0, 1 };
        for (int fill = EH_FILL_REFLECT; fill <= EH_FILL_ZERO; fill++) {
            uint8_t out[OUT_W * OUT_H * 3];
            eh_remap(out, OUT_W, OUT_H, picture, W, H, 3, m, (eh_fill)fill);
            for (int y = 0; y < OUT_H; y++)
                for (int x = 0; x < OUT_W; x++)
                    for (int c = 0; c < 3; c++)
                        assert_int_equal(out[(y * OUT_W + x) * 3 + c],
                                         (int)pixel(s[0] * x + s[2], s[1] * y + s[3], c, 3, (eh_fill)fill));
        }
    }
}

static void one_pixel_is_enough(void **state)
{
    (void)state;
    const uint8_t in[] = { 7 };
    const double m[9] = { 0.3, 0.1, -4, 0, 0.2, 9, 0, 0, 1 };
    uint8_t out[25];
    eh_remap(out, 5, 5, in, 1, 1, 1, m, EH_FILL_REFLECT);
    for (int i = 0; i < 25; i++)
        assert_int_equal(out[i], 7);
}

static void classes_are_those_of_the_nearest_pixel(void **state)
{
    (void)state;
    static const double maps[][9] = {
        { 0.81, 0.3, -2.71, -0.4, 0.72, 3.33, 0, 0, 1 },
        { 1.13, 0.1, -1.01, 0.2, 0.9, 0.52, 0.004, -0.006, 1 },
        { -1, 0, W - 1, 0, 1, 2, 0, 0, 1 },
    };
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        uint8_t out[OUT_W * OUT_H];
        eh_remap_classes(out, OUT_W, OUT_H, picture, W, H, maps[i], 255);
        for (int y = 0; y < OUT_H; y++)
            for (int x = 0; x < OUT_W; x++) {
                double u, v;
                place(&u, &v, maps[i], x, y);
                if (fabs(u - floor(u) - 0.5) < 1e-4 || fabs(v - floor(v) - 0.5) < 1e-4)
                    continue; /* between two pixels */
                int near_x = (int)floor(u + 0.5), near_y = (int)floor(v + 0.5);
                bool inside = near_x >= 0 && near_y >= 0 && near_x < W && near_y < H;
                assert_int_equal(out[y * OUT_W + x], inside ? picture[near_y * W + near_x] : 255);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_gives_the_bilinear_mean_of_the_pixels_around_each_place),
        cmocka_unit_test(a_map_that_shrinks_takes_the_mean_of_a_grid_of_samples),
        cmocka_unit_test(moving_by_whole_pixels_copies),
        cmocka_unit_test(one_pixel_is_enough),
        cmocka_unit_test(classes_are_those_of_the_nearest_pixel),
    };
    return cmocka_run_group_tests(tests, make_picture, NULL);
}
