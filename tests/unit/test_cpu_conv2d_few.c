/* test_cpu_conv2d_few.c - convolution of few input channels against plain loops over the same rounded numbers: every stride, kernel width and number of output
 * channels that it takes, with rows that end within a vector, and with what lies behind the last channel zero. */
#include "backend/cpu/cpu_conv2d_few.h"

#include "base/bf16.h"
#include "base/config.h"
#include "base/rng.h"
#include "evenhand/memory.h"
#include "support/cmocka_all.h"

#include <math.h>

typedef struct operands {
    uint16_t *x, *y;
    float *w, *bias; /* w as eh_few_weights says */
    int64_t blocks;
} operands;

static float rounded(eh_rng *rng)
{
    return eh_bf16_value(eh_bf16_of((float)eh_rng_normal(rng)));
}

/* Where w[o][i][p][q] lies. */
static size_t weight_at(const eh_onednn_conv *c, int64_t o, int64_t i, int64_t p, int64_t q)
{
    return (size_t)(((((o / 16) * c->kh + p) * c->kw + q) * c->c + i) * 16 + o % 16);
}

static operands draw(const eh_onednn_conv *c)
{
    operands t = { .blocks = (c->o + 15) / 16 };
    size_t xs = (size_t)(c->n * c->c * c->h * c->w), ws = (size_t)(t.blocks * 16 * c->c * c->kh * c->kw),
           ys = (size_t)(c->n * t.blocks * 16 * c->oh * c->ow);
    eh_rng rng = eh_rng_at(5, EH_DRAW_TEST, xs, ws);
    t.x = eh_alloc(xs, sizeof *t.x);
    t.y = eh_alloc(ys, sizeof *t.y);
    t.w = eh_alloc(ws, sizeof *t.w);
    t.bias = eh_alloc((size_t)c->o, sizeof *t.bias);
    for (size_t i = 0; i < xs; i++)
        t.x[i] = eh_bf16_of(rounded(&rng));
    for (size_t i = 0; i < ys; i++)
        t.y[i] = 0x7fc0; /* NaN: everything must be written */
    for (int64_t o = 0; o < c->o; o++) {
        t.bias[o] = rounded(&rng);
        for (int64_t i = 0; i < c->c; i++)
            for (int64_t p = 0; p < c->kh; p++)
                for (int64_t q = 0; q < c->kw; q++)
                    t.w[weight_at(c, o, i, p, q)] = rounded(&rng);
    }
    return t;
}

static double expected(const eh_onednn_conv *c, const operands *t, int64_t n, int64_t o, int64_t row,
                       int64_t column, double *size)
{
    double sum = (double)t->bias[o];
    *size = fabs(sum);
    for (int64_t i = 0; i < c->c; i++)
        for (int64_t p = 0; p < c->kh; p++)
            for (int64_t q = 0; q < c->kw; q++) {
                int64_t h = row * c->stride[0] - c->pad[0] + p * c->dilation[0],
                        w = column * c->stride[1] - c->pad[1] + q;
                if (h < 0 || h >= c->h || w < 0 || w >= c->w)
                    continue;
                double term = (double)eh_bf16_value(t->x[((n * c->c + i) * c->h + h) * c->w + w]) *
                              (double)t->w[weight_at(c, o, i, p, q)];
                sum += term;
                *size += fabs(term);
            }
    return sum;
}

static void compare(const eh_onednn_conv *c, const operands *t, bool relu)
{
    for (int64_t n = 0; n < c->n; n++)
        for (int64_t o = 0; o < t->blocks * 16; o++)
            for (int64_t row = 0; row < c->oh; row++)
                for (int64_t column = 0; column < c->ow; column++) {
                    double size = 0, want = o < c->o ? expected(c, t, n, o, row, column, &size) : 0;
                    want = relu && want < 0 ? 0 : want;
                    int64_t at = (((n * t->blocks + o / 16) * c->oh + row) * c->ow + column) * 16 + o % 16;
                    double got = (double)eh_bf16_value(t->y[at]);
                    if (!(fabs(got - want) <= fabs(want) / 256 + size * 1e-6))
                        fail_msg("channels %d to %d, kernel %dx%d, stride %d: y[%d][%d][%d][%d] is %g, not "
                                 "%g",
                                 (int)c->c, (int)c->o, (int)c->kh, (int)c->kw, (int)c->stride[1], (int)n,
                                 (int)o, (int)row, (int)column, got, want);
                }
}

static void check(eh_onednn_conv c, bool relu)
{
    eh_few_conv few;
    c.groups = 1;
    c.bf16 = true;
    c.oh = (c.h + 2 * c.pad[0] - (c.kh - 1) * c.dilation[0] - 1) / c.stride[0] + 1;
    c.ow = (c.w + 2 * c.pad[1] - c.kw) / c.stride[1] + 1;
    assert_true(eh_few_fits(&few, EH_CONV_FORWARD, &c));
    operands t = draw(&c);
    void *scratch = eh_alloc_raw(eh_few_scratch(&few), 1);
    eh_few_forward(&few, t.x, t.w, t.y, (eh_small_after){ .bias = t.bias, .relu = relu }, scratch);
    compare(&c, &t, relu);
    eh_free(scratch);
    eh_free(t.x);
    eh_free(t.y);
    eh_free(t.w);
    eh_free(t.bias);
}

static void every_kernel_and_stride_agrees_with_plain_loops(void **state)
{
    (void)state;
    if (eh_cpu_bf16() != EH_BF16_NATIVE)
        skip();
    static const int outputs[] = { 5, 8, 12, 13, 16, 28, 40 };
    for (int64_t kw = 1; kw <= 8; kw++)
        for (int64_t stride = 1; stride <= 2; stride++)
            check((eh_onednn_conv){ .n = 2,
                                    .c = 1 + kw % 4,
                                    .h = 9,
                                    .w = 23 + 7 * kw,
                                    .o = outputs[(kw + stride) % 7],
                                    .kh = 1 + kw % 3,
                                    .kw = kw,
                                    .stride = { stride, stride },
                                    .pad = { 1, kw / 2 },
                                    .dilation = { 1 + kw % 2, 1 } },
                  kw % 2);
}

static void every_number_of_output_channels_and_many_bands_agree(void **state)
{
    (void)state;
    if (eh_cpu_bf16() != EH_BF16_NATIVE)
        skip();
    for (int64_t o = 5; o <= 18; o++)
        check((eh_onednn_conv){ .n = 1,
                                .c = 3,
                                .h = 70,
                                .w = 37,
                                .o = o,
                                .kh = 3,
                                .kw = 5,
                                .stride = { 1 + o % 2, 2 - o % 2 },
                                .pad = { 2, 2 },
                                .dilation = { 1, 1 } },
              o % 3 == 0);
}

static void what_it_cannot_do_is_left_to_others(void **state)
{
    eh_few_conv few;
    const eh_onednn_conv good = { .n = 2,
                                  .c = 3,
                                  .h = 8,
                                  .w = 8,
                                  .o = 12,
                                  .oh = 8,
                                  .ow = 8,
                                  .kh = 3,
                                  .kw = 3,
                                  .groups = 1,
                                  .stride = { 1, 1 },
                                  .pad = { 1, 1 },
                                  .dilation = { 1, 1 },
                                  .bf16 = true };
    (void)state;
    assert_int_equal(eh_few_fits(&few, EH_CONV_FORWARD, &good), eh_cpu_bf16() == EH_BF16_NATIVE);
    assert_false(eh_few_fits(&few, EH_CONV_INPUT_GRAD, &good));
    eh_onednn_conv c = good;
    c.bf16 = false;
    assert_false(eh_few_fits(&few, EH_CONV_FORWARD, &c));
    c = good;
    c.c = 5;
    assert_false(eh_few_fits(&few, EH_CONV_FORWARD, &c));
    c = good;
    c.stride[1] = 3;
    assert_false(eh_few_fits(&few, EH_CONV_FORWARD, &c));
    c = good;
    c.dilation[1] = 2;
    assert_false(eh_few_fits(&few, EH_CONV_FORWARD, &c));
    c = good;
    c.kw = 9;
    assert_false(eh_few_fits(&few, EH_CONV_FORWARD, &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_and_stride_agrees_with_plain_loops),
        cmocka_unit_test(every_number_of_output_channels_and_many_bands_agree),
        cmocka_unit_test(what_it_cannot_do_is_left_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
