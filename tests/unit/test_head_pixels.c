/* pixels head: scores of every place, enlarged bilinearly where the map is smaller than the image. */
#include "support/cmocka_all.h"
#include "support/head_case.h"

#include <math.h>

/* A 1x1 convolution, at a place of the map. */
static double score(const head_case *c, const float *w, const float *b, int n, int k, int p)
{
    double y = (double)b[k];
    for (int i = 0; i < HEAD_C; i++)
        y += (double)w[k * HEAD_C + i] * c->map[n][i][p];
    return y;
}

static void a_map_of_the_size_of_the_image_is_answered_place_by_place(void **state)
{
    (void)state;
    head_case c;
    head_case_begin(&c, "pixels", false, HEAD_H, HEAD_W);
    head_case_expect_names(&c, (const char *const[]){ "fc.weight", "fc.bias" }, 2);
    const float *w = head_case_set(&c, "fc.weight", 0, 1), *b = head_case_set(&c, "fc.bias", 1, 0.5);
    double expected[HEAD_N * HEAD_K * HEAD_P];
    for (int i = 0; i < HEAD_N * HEAD_K * HEAD_P; i++)
        expected[i] = score(&c, w, b, i / HEAD_P / HEAD_K, i / HEAD_P % HEAD_K, i % HEAD_P);
    engine_expect_values(c.output,
                         eh_shape_of(4, (int64_t)HEAD_N, (int64_t)HEAD_K, (int64_t)HEAD_H, (int64_t)HEAD_W),
                         expected, sizeof expected / sizeof *expected, 1e-6);
    head_case_end(&c);
}

/* Half-pixel centres, edges repeated, twice as high and wide. */
static double enlarged(const head_case *c, const float *w, const float *b, int n, int k, int y, int x)
{
    double sy = fmax((y + 0.5) / 2 - 0.5, 0), sx = fmax((x + 0.5) / 2 - 0.5, 0), sum = 0;
    for (int corner = 0; corner < 4; corner++) {
        int dy = corner / 2, dx = corner % 2;
        int py = (int)fmin(floor(sy) + dy, HEAD_H - 1), px = (int)fmin(floor(sx) + dx, HEAD_W - 1);
        double wy = dy ? sy - floor(sy) : 1 - (sy - floor(sy));
        double wx = dx ? sx - floor(sx) : 1 - (sx - floor(sx));
        sum += wy * wx * score(c, w, b, n, k, py * HEAD_W + px);
    }
    return sum;
}

static void a_smaller_map_is_enlarged_to_the_image(void **state)
{
    (void)state;
    enum { H = 2 * HEAD_H, W = 2 * HEAD_W };
    head_case c;
    head_case_begin(&c, "pixels", false, H, W);
    const float *w = head_case_set(&c, "fc.weight", 0, 1), *b = head_case_set(&c, "fc.bias", 1, 0.5);
    static double expected[HEAD_N * HEAD_K * H * W];
    for (int i = 0; i < HEAD_N * HEAD_K * H * W; i++)
        expected[i] = enlarged(&c, w, b, i / (H * W) / HEAD_K, i / (H * W) % HEAD_K, i / W % H, i % W);
    engine_expect_values(c.output, eh_shape_of(4, (int64_t)HEAD_N, (int64_t)HEAD_K, (int64_t)H, (int64_t)W),
                         expected, sizeof expected / sizeof *expected, 1e-6);
    head_case_end(&c);
}

static void a_model_without_a_map_is_an_error(void **state)
{
    (void)state;
    head_case_expect_refusal("pixels", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_of_the_size_of_the_image_is_answered_place_by_place),
        cmocka_unit_test(a_smaller_map_is_enlarged_to_the_image),
        cmocka_unit_test(a_model_without_a_map_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
