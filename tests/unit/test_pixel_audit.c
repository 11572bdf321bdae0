/* Masks measured: against scikit-learn, by group, what is not judged, how far a histogram can be off. */
#include "metric/pixel_audit.h"
#include "base/json.h"
#include "base/rng.h"
#include "support/cmocka_all.h"
#include "support/statistics_golden.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 3, CLASSES = 4, PIXELS = 30 };

static const char *const classes[] = { "sky", "road", "car", "sign" };
static const char *const groups[] = { "day", "night" }, *const column[] = { "light" };
static json_t *golden;

static int load(void **state)
{
    eh_error err = { 0 };
    (void)state;
    if (eh_json_read(&golden, "tests/golden/measures.json", &err) != EH_OK)
        fail_msg("%s", err.message);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(golden);
    return 0;
}

static eh_pixel_input input(bool precision)
{
    return (eh_pixel_input){ .class_name = classes,
                             .classes = CLASSES,
                             .group_name = groups,
                             .group_value = groups,
                             .group_column = column,
                             .groups = 2,
                             .group_columns = 1,
                             .precision = precision };
}

/* The golden's images; the last is of the night. */
static eh_pixel_audit *audit(eh_pixel_image *image)
{
    const json_t *m = json_object_get(golden, "masks"), *t = json_object_get(m, "truth"),
                 *p = json_object_get(m, "probabilities");
    eh_pixel_input in = input(true);
    eh_pixel_audit *a;
    assert_int_equal(eh_pixel_audit_new(&a, &in, NULL), EH_OK);
    for (size_t n = 0; n < IMAGES; n++) {
        uint8_t truth[PIXELS], guess[PIXELS];
        float probability[CLASSES * PIXELS];
        for (size_t i = 0; i < CLASSES * PIXELS; i++)
            probability[i] = (float)statistics_at(p, n * CLASSES * PIXELS + i);
        for (size_t i = 0; i < PIXELS; i++) {
            truth[i] = (uint8_t)statistics_at(t, n * PIXELS + i);
            guess[i] = 0;
            for (uint8_t k = 1; k < CLASSES; k++)
                if (probability[k * PIXELS + i] > probability[guess[i] * PIXELS + i])
                    guess[i] = k;
        }
        assert_int_equal(eh_pixel_audit_add(a, n == 2, truth, guess, probability, PIXELS, &image[n], NULL),
                         EH_OK);
    }
    return a;
}

static void expect_result(const eh_pixel_result *r, const json_t *want)
{
    double iou = 0, ap = 0;
    int occur = 0;
    for (size_t k = 0; k < CLASSES; k++) {
        for (size_t p = 0; p < CLASSES; p++)
            assert_int_equal(r->confusion[k * CLASSES + p],
                             (uint64_t)statistics_at(json_array_get(json_object_get(want, "confusion"), k),
                                                     p));
        const json_t *wanted = json_array_get(json_object_get(want, "ap"), k);
        if (json_is_null(wanted)) {
            assert_true(isnan(r->cls[k].ap) && isnan(r->cls[k].iou) && isnan(r->cls[k].dice));
            continue;
        }
        expect_near("iou", r->cls[k].iou, statistics_at(json_object_get(want, "iou"), k), 1e-12, 0);
        expect_near("dice", r->cls[k].dice, 2 * r->cls[k].iou / (1 + r->cls[k].iou), 1e-12, 0);
        expect_near("ap", r->cls[k].ap, json_number_value(wanted), 0, r->cls[k].ap_error + 1e-9);
        assert_true(r->cls[k].ap_error < 0.02);
        iou += r->cls[k].iou;
        ap += r->cls[k].ap;
        occur++;
    }
    expect_near("miou", r->miou, iou / occur, 1e-12, 0);
    expect_near("map", r->map, ap / occur, 1e-12, 0);
}

static void classes_agree_with_scikit_learn(void **state)
{
    (void)state;
    const json_t *m = json_object_get(golden, "masks");
    eh_pixel_image image[IMAGES];
    eh_pixel_audit *a = audit(image);
    eh_arena *arena = eh_arena_new();
    eh_pixel_result r;
    assert_int_equal(eh_pixel_audit_measure(&r, a, -1, arena, NULL), EH_OK);
    expect_result(&r, json_object_get(m, "all"));
    assert_int_equal(r.images, 3);
    assert_int_equal(r.worst, 1);
    assert_int_equal(eh_pixel_audit_measure(&r, a, 1, arena, NULL), EH_OK);
    expect_result(&r, json_array_get(json_object_get(m, "images"), 2));
    assert_int_equal(r.images, 1);
    assert_true(r.miou == image[2].miou && isnan(r.image_miou.low));
    eh_arena_free(arena);
    eh_pixel_audit_free(a);
}

static void groups_add_up_to_all(void **state)
{
    (void)state;
    eh_pixel_image image[IMAGES];
    eh_pixel_audit *a = audit(image);
    eh_arena *arena = eh_arena_new();
    eh_pixel_result all, day, night;
    assert_int_equal(eh_pixel_audit_measure(&all, a, -1, arena, NULL), EH_OK);
    assert_int_equal(eh_pixel_audit_measure(&day, a, 0, arena, NULL), EH_OK);
    assert_int_equal(eh_pixel_audit_measure(&night, a, 1, arena, NULL), EH_OK);
    for (size_t i = 0; i < CLASSES * CLASSES; i++)
        assert_int_equal(all.confusion[i], day.confusion[i] + night.confusion[i]);
    double mean = (image[0].miou + image[1].miou + image[2].miou) / 3, squares = 0;
    for (int i = 0; i < 3; i++)
        squares += (image[i].miou - mean) * (image[i].miou - mean);
    expect_near("mean over images", all.image_miou.value, mean, 1e-12, 0);
    expect_near("deviation", all.image_miou.deviation, sqrt(squares / 2), 1e-9, 0);
    eh_arena_free(arena);
    eh_pixel_audit_free(a);
}

static int by_score(const void *a, const void *b)
{
    const float *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

/* Ten thousand pixels with probabilities close to 0 and 1, where coarse bins would fail: the exact value by sorting. */
static void the_histogram_is_as_exact_as_it_says(void **state)
{
    enum { N = 10000 };
    static uint8_t truth[N], guess[N];
    static float probability[CLASSES * N], sorted[2 * N];
    (void)state;
    eh_rng rng = eh_rng_at(3, EH_DRAW_TEST, 0, 0);
    for (size_t i = 0; i < N; i++) {
        truth[i] = eh_rng_uniform(&rng) < 0.03;
        double z = eh_rng_range(&rng, -6, 6) * 2 + (truth[i] ? 4 : -4);
        probability[N + i] = (float)(1 / (1 + exp(-z)));
        probability[i] = 1 - probability[N + i];
        guess[i] = probability[N + i] > 0.5f;
        sorted[2 * i] = probability[N + i];
        sorted[2 * i + 1] = truth[i];
    }
    qsort(sorted, N, 2 * sizeof *sorted, by_score);
    double hits = 0, sum = 0, found = 0;
    for (size_t i = 0; i < N;) {
        size_t end = i;
        for (; end < N && sorted[2 * end] == sorted[2 * i]; end++)
            hits += (double)sorted[2 * end + 1];
        sum += (hits - found) * hits / (double)end;
        found = hits;
        i = end;
    }
    eh_pixel_input in = input(true);
    eh_pixel_audit *a;
    eh_pixel_image image;
    eh_pixel_result r;
    eh_arena *arena = eh_arena_new();
    in.classes = 2;
    assert_int_equal(eh_pixel_audit_new(&a, &in, NULL), EH_OK);
    assert_int_equal(eh_pixel_audit_add(a, 0, truth, guess, probability, N, &image, NULL), EH_OK);
    assert_int_equal(eh_pixel_audit_measure(&r, a, -1, arena, NULL), EH_OK);
    expect_near("ap", r.cls[1].ap, sum / hits, 0, r.cls[1].ap_error);
    expect_near("ap", r.cls[1].ap, sum / hits, 0, 1e-3);
    assert_true(r.cls[1].ap_error > 0 && r.cls[1].ap_error < 0.01);
    eh_arena_free(arena);
    eh_pixel_audit_free(a);
}

static void pixels_without_a_class_count_nothing_and_strange_classes_are_refused(void **state)
{
    (void)state;
    static const uint8_t truth[4] = { 0, 255, 1, 255 }, guess[4] = { 0, 1, 0, 3 },
                         none[4] = { 255, 255, 255, 255 }, strange[4] = { 0, 4, 1, 1 };
    eh_pixel_input in = input(false);
    eh_pixel_audit *a;
    eh_pixel_image image;
    eh_pixel_result r;
    eh_error err = { 0 };
    eh_arena *arena = eh_arena_new();
    assert_int_equal(eh_pixel_audit_new(&a, &in, NULL), EH_OK);
    assert_int_equal(eh_pixel_audit_add(a, 0, truth, guess, NULL, 4, &image, NULL), EH_OK);
    assert_int_equal(image.judged, 2);
    assert_int_equal(image.correct, 1);
    expect_near("miou", image.miou, 0.25, 1e-12, 0); /* sky 1/2, road 0 */
    assert_int_equal(eh_pixel_audit_add(a, 0, none, guess, NULL, 4, &image, NULL), EH_OK);
    assert_true(image.judged == 0 && isnan(image.miou));
    assert_int_equal(eh_pixel_audit_add(a, 0, strange, guess, NULL, 4, &image, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "holds the class 4, but there are 4"));
    assert_int_equal(eh_pixel_audit_measure(&r, a, -1, arena, NULL), EH_OK);
    assert_int_equal(r.images, 1);
    assert_true(isnan(r.map) && r.worst == 1);
    assert_int_equal(eh_pixel_audit_measure(&r, a, 1, arena, NULL), EH_OK);
    assert_true(r.images == 0 && isnan(r.miou) && r.worst == -1);
    eh_arena_free(arena);
    eh_pixel_audit_free(a);
}

static void json_and_table_say_what_was_measured(void **state)
{
    (void)state;
    eh_pixel_image image[IMAGES];
    eh_pixel_audit *a = audit(image);
    json_t *json = eh_pixel_audit_json(a, "test", 2, NULL);
    const char *worst, *group;
    double miou;
    int n, without;
    assert_int_equal(json_unpack(json, "{s:i, s:i, s:{s:F, s:{s:s}}, s:{s:s}}", "n", &n, "unlabelled",
                                 &without, "overall", "miou", &miou, "worst_class", "class", &worst,
                                 "worst_group", "name", &group),
                     0);
    assert_int_equal(n, 3);
    assert_int_equal(without, 2);
    assert_string_equal(worst, "road");
    expect_near("miou", miou, (0.5384615384615384 + 0.3103448275862069 + 0.43333333333333335) / 3, 1e-12, 0);
    eh_str text = { 0 };
    assert_int_equal(eh_pixel_table(&text, json, NULL), EH_OK);
    const char *road = strstr(text.data, "road:"), *sky = strstr(text.data, "sky:"),
               *sign = strstr(text.data, "sign:");
    assert_true(road && sky && sign && road < sky && sky < sign);
    assert_non_null(strstr(text.data, "mean of classes:"));
    assert_non_null(strstr(text.data, "night:"));
    eh_str_clear(&text);
    json_decref(json);
    eh_pixel_audit_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_agree_with_scikit_learn),
        cmocka_unit_test(groups_add_up_to_all),
        cmocka_unit_test(the_histogram_is_as_exact_as_it_says),
        cmocka_unit_test(pixels_without_a_class_count_nothing_and_strange_classes_are_refused),
        cmocka_unit_test(json_and_table_say_what_was_measured),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
