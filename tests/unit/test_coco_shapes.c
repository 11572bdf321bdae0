/* test_coco_shapes.c - polygons and run lengths to pixels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evenhand/memory.h"
#include "base/rng.h"
#include "base/str.h"
#include "data/coco_shapes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 200 * 200 };

static uint8_t inside[MOST], filled[MOST], scratch[MOST + 1];
static size_t area;
static eh_error error;

/* What was filled is then in inside[]. */
static eh_status fill(int width, int height, const char *text)
{
    json_t *shape = json_loads(text, 0, NULL);
    eh_coco_buffers b = { .width = width, .height = height, .inside = filled, .scratch = scratch };
    assert_non_null(shape);
    error = (eh_error){ 0 };
    eh_status status = eh_coco_fill(&b, &area, shape, &error);
    memcpy(inside, filled, sizeof inside);
    eh_coco_empty(&b);
    for (size_t i = 0; i < MOST; i++)
        if (filled[i] || scratch[i])
            fail_msg("a buffer is not empty again at %zu: %s", i, text);
    assert_int_equal(scratch[MOST], 0);
    json_decref(shape);
    return status;
}

/* Runs of 0 and 1 in turn, column by column. */
static void expect_runs(int width, int height, const int *run, size_t runs)
{
    size_t at = 0, ones = 0;
    for (size_t i = 0; i < runs; i++)
        for (int k = 0; k < run[i]; k++, at++) {
            assert_int_equal(inside[at], i % 2);
            ones += i % 2;
        }
    assert_int_equal(at, width * height);
    assert_int_equal(area, ones);
}

/* Lengths and their texts as cocoapi writes them (published with its ports' tests). */
static void known_texts_are_read(void **state)
{
    (void)state;
    static const int square[] = { 5, 2, 2, 2, 5 }, odd[] = { 6, 1, 40, 4, 5, 4, 5, 4, 21 },
                     block[] = { 245, 5, 35, 5, 35, 5, 35, 5, 35, 5, 1190 };
    assert_int_equal(fill(4, 4, "{\"size\":[4,4],\"counts\":\"52203\"}"), EH_OK);
    expect_runs(4, 4, square, 5);
    assert_int_equal(fill(10, 9, "{\"size\":[9,10],\"counts\":\"61X13mN000`0\"}"), EH_OK);
    expect_runs(10, 9, odd, 9);
    assert_int_equal(fill(40, 40, "{\"size\":[40,40],\"counts\":\"e75S10000000ST1\"}"), EH_OK);
    expect_runs(40, 40, block, 11);
    assert_int_equal(fill(10, 9, "{\"size\":[9,10],\"counts\":[6,1,40,4,5,4,5,4,21]}"), EH_OK);
    expect_runs(10, 9, odd, 9);
}

/* Writes lengths as a text, from the definition: differences to the last but one from the fourth on, five bits a character. */
static void write_text(eh_str *out, const int *run, size_t runs)
{
    for (size_t i = 0; i < runs; i++) {
        long x = i > 2 ? run[i] - run[i - 2] : run[i];
        for (bool more = true; more;) {
            long low = x & 31;
            x = (x - low) / 32;
            more = low & 16 ? x != -1 : x != 0;
            eh_str_appendf(out, "%c", (int)(low | (more ? 32 : 0)) + 48);
        }
    }
}

static void random_texts_are_read(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 300; round++) {
        int run[64], left = 150 * 120;
        size_t runs = 0;
        eh_rng rng = eh_rng_at(7, EH_DRAW_TEST, round, 0);
        eh_str text = { 0 }, json = { 0 };
        while (left > 0 && runs < 63) {
            int n = (int)(eh_rng_uniform(&rng) * (round % 3 ? 700 : 9000));
            run[runs] = n < left ? n : left;
            left -= run[runs++];
        }
        run[runs++] = left;
        write_text(&text, run, runs);
        eh_str_append(&json, "{\"size\":[120,150],\"counts\":\"");
        for (const char *c = eh_str_text(&text); *c; c++)
            eh_str_appendf(&json, *c == '\\' ? "\\\\" : "%c", *c);
        eh_str_append(&json, "\"}");
        assert_int_equal(fill(150, 120, eh_str_text(&json)), EH_OK);
        expect_runs(150, 120, run, runs);
        eh_str_clear(&text);
        eh_str_clear(&json);
    }
}

static void boxes_with_whole_corners_cover_exactly_their_pixels(void **state)
{
    (void)state;
    assert_int_equal(fill(30, 25, "[[10,10,20,10,20,20,10,20]]"), EH_OK);
    assert_int_equal(area, 100);
    for (int x = 0; x < 30; x++)
        for (int y = 0; y < 25; y++)
            assert_int_equal(inside[x * 25 + y], x >= 10 && x < 20 && y >= 10 && y < 20);
    assert_int_equal(fill(30, 25, "[[-5,-5,40,-5,40,40,-5,40]]"), EH_OK); /* larger than the picture */
    assert_int_equal(area, 30 * 25);
    assert_int_equal(fill(30, 25, "[[0,0,10,0,10,10,0,10],[5,5,15,5,15,15,5,15]]"),
                     EH_OK); /* the union of two */
    assert_int_equal(area, 175);
    assert_int_equal(fill(30, 25, "[[3,3,3,3,3,3]]"), EH_OK);
    assert_int_equal(area, 0);
}

/* Even-odd rule at the centre of a pixel. */
static bool holds(const double *p, int n, double x, double y)
{
    bool in = false;
    for (int i = 0, j = n - 1; i < n; j = i++)
        if ((p[2 * i + 1] > y) != (p[2 * j + 1] > y) &&
            x < (p[2 * j] - p[2 * i]) * (y - p[2 * i + 1]) / (p[2 * j + 1] - p[2 * i + 1]) + p[2 * i])
            in = !in;
    return in;
}

static double distance(const double *p, int n, double x, double y)
{
    double nearest = 1e9;
    for (int i = 0, j = n - 1; i < n; j = i++) {
        double ex = p[2 * j] - p[2 * i], ey = p[2 * j + 1] - p[2 * i + 1], length = ex * ex + ey * ey;
        double t = length > 0 ? ((x - p[2 * i]) * ex + (y - p[2 * i + 1]) * ey) / length : 0;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        double dx = x - p[2 * i] - t * ex, dy = y - p[2 * i + 1] - t * ey;
        nearest = fmin(nearest, sqrt(dx * dx + dy * dy));
    }
    return nearest;
}

static void polygons_agree_with_a_test_of_every_pixel(void **state)
{
    (void)state;
    enum { W = 120, H = 90 };
    for (uint64_t turn = 0; turn < 60; turn++) {
        double p[24];
        int n = 3 + (int)(turn % 10);
        eh_str json = { 0 };
        size_t judged = 0;
        eh_rng rng = eh_rng_at(3, EH_DRAW_TEST, turn, 1);
        for (int i = 0; i < 2 * n; i++) {
            double u = eh_rng_uniform(&rng);
            p[i] = round(((i % 2 ? H : W) * (1.4 * u - 0.2)) * 100) / 100;
            eh_str_appendf(&json, "%s%.2f", i ? "," : "[[", p[i]);
        }
        eh_str_append(&json, "]]");
        assert_int_equal(fill(W, H, eh_str_text(&json)), EH_OK);
        for (int x = 0; x < W; x++)
            for (int y = 0; y < H; y++) {
                /* a fine step to the side of the line may fall either way */
                if (distance(p, n, x + 0.5, y + 0.5) < 0.45)
                    continue;
                judged++;
                if (inside[x * H + y] != holds(p, n, x + 0.5, y + 0.5))
                    fail_msg("turn %d: the pixel %d, %d of %s", (int)turn, x, y, eh_str_text(&json));
            }
        assert_true(judged > W * H / 2);
        eh_str_clear(&json);
    }
}

static void expect_refused(eh_status status, const char *shape, const char *part)
{
    assert_int_equal(fill(10, 9, shape), status);
    if (!strstr(error.message, part))
        fail_msg("'%s' is not in: %s", part, error.message);
}

static void what_cannot_be_drawn_is_refused(void **state)
{
    (void)state;
    expect_refused(EH_ERR_INPUT, "[]", "only a box");
    expect_refused(EH_ERR_INPUT, "[[1,2,3,4]]", "three points");
    expect_refused(EH_ERR_INPUT, "[[1,2,3,4,5,6,7]]", "three points");
    expect_refused(EH_ERR_INPUT, "[[1,2,3,4,5,\"6\"]]", "something else than numbers");
    expect_refused(EH_ERR_INPUT, "[[1,2,3,4,5,1e7]]", "up to a million");
    expect_refused(EH_ERR_INPUT, "[1,2,3,4,5,6]", "three points");
    expect_refused(EH_ERR_INPUT, "{\"size\":[10,9],\"counts\":[90]}", "size");
    expect_refused(EH_ERR_INPUT, "{\"size\":[9,10],\"counts\":[89]}", "89 pixels");
    expect_refused(EH_ERR_INPUT, "{\"size\":[9,10],\"counts\":[91]}", "more than the picture");
    expect_refused(EH_ERR_INPUT, "{\"size\":[9,10],\"counts\":[-1,91]}", "whole numbers");
    expect_refused(EH_ERR_INPUT, "{\"size\":[9,10],\"counts\":[90.0]}", "whole numbers");
    expect_refused(EH_ERR_INPUT, "{\"size\":[9,10]}", "no run lengths");
    expect_refused(EH_ERR_INPUT, "{\"size\":[9,10],\"counts\":\"X\"}", "damaged");
    expect_refused(EH_ERR_INPUT, "{\"size\":[9,10],\"counts\":\"!\"}", "damaged");
    expect_refused(EH_ERR_INPUT, "{\"size\":[9,10],\"counts\":\"oooooooooooooooo\"}", "damaged");
    expect_refused(EH_ERR_INPUT, "{\"size\":[9,10],\"counts\":\"O\"}", "a length of -1");
    eh_str text = { 0 };
    eh_str_append(&text, "[[0,0");
    for (int i = 0; i < 20; i++)
        eh_str_append(&text, ",1e6,1,-1e6,2");
    eh_str_append(&text, ",3,3]]");
    expect_refused(EH_ERR_LIMIT, eh_str_text(&text), "too long");
    eh_str_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_are_read),
        cmocka_unit_test(random_texts_are_read),
        cmocka_unit_test(boxes_with_whole_corners_cover_exactly_their_pixels),
        cmocka_unit_test(polygons_agree_with_a_test_of_every_pixel),
        cmocka_unit_test(what_cannot_be_drawn_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
