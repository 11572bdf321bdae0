/* Rules about masks: every measure by hand, what decides, and what is refused. */
#include "metric/rule_masks.h"
#include "support/cmocka_all.h"

#include <math.h>
#include <string.h>

enum { PIXELS = 10 };

static json_t *split;
static eh_arena *arena;

/* Adds `images` of a group: pixels of class 0 and 1 as `truth`, the first `wrong` of them taken for the other class; those of 255 count nothing. */
static void add(eh_pixel_audit *a, size_t group, int images, const uint8_t truth[PIXELS], int wrong)
{
    uint8_t guess[PIXELS];
    float probability[3 * PIXELS];
    eh_pixel_image image;
    for (int i = 0; i < PIXELS; i++) {
        guess[i] = i < wrong && truth[i] < 2 ? 1 - truth[i] : truth[i] < 2 ? truth[i] : 0;
        for (int k = 0; k < 3; k++)
            probability[k * PIXELS + i] = guess[i] == k ? 0.8f : 0.1f;
    }
    for (int i = 0; i < images; i++)
        assert_int_equal(eh_pixel_audit_add(a, group, truth, guess, probability, PIXELS, &image, NULL),
                         EH_OK);
}

/* Classes road and fence, and sign, which is nowhere. "day": 40 images without a mistake; "night": 40 images, two of eight road pixels are taken for fence, so road has IoU
 * 6/8 and fence 2/4; "few": 5 images of road alone, half of it wrong; "none": no image, or where `blank` 40 without a judged pixel. */
static void make(bool few, bool none)
{
    static const char *const classes[] = { "road", "fence", "sign" }, *const column[] = { "light" };
    static const char *const all[] = { "day", "night", "few", "none" };
    static const char *const names[] = { "day", "night", "none" };
    static const uint8_t both[PIXELS] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1 }, road[PIXELS] = { 0 };
    const eh_pixel_input in = { .class_name = classes,
                                .classes = 3,
                                .group_name = few ? all : names,
                                .group_value = few ? all : names,
                                .group_column = column,
                                .groups = 2 + (size_t)few + (size_t)none,
                                .group_columns = 1,
                                .precision = true };
    eh_pixel_audit *a;
    arena = eh_arena_new();
    assert_int_equal(eh_pixel_audit_new(&a, &in, NULL), EH_OK);
    add(a, 0, 40, both, 0);
    add(a, 1, 40, both, 2);
    if (few)
        add(a, 2, 5, road, 5);
    split = eh_pixel_audit_json(a, "test", 0, NULL);
    assert_non_null(split);
    eh_pixel_audit_free(a);
}

static void release(void)
{
    json_decref(split);
    eh_arena_free(arena);
}

static eh_status judge(eh_rule_result *r, const char *text, eh_error *err)
{
    eh_rule rule;
    EH_TRY(eh_rule_parse(&rule, arena, text, err));
    assert_int_equal(rule.about, EH_RULE_OF_MASKS);
    return eh_rule_judge_masks(r, &rule, "mask", split, arena, err);
}

static void expect(const char *rule, eh_rule_outcome outcome, const char *part)
{
    eh_rule_result r;
    eh_error err = { 0 };
    if (judge(&r, rule, &err) != EH_OK)
        fail_msg("%s: %s", rule, err.message);
    if (r.outcome != outcome || !strstr(r.sentence, part))
        fail_msg("%s: %s: %s", rule, eh_rule_outcome_name(r.outcome), r.sentence);
}

static void measured_values_decide_where_images_are_many(void **state)
{
    (void)state;
    make(false, false);
    expect("worst(miou)<0.63", EH_RULE_FAIL,
           "The mean IoU of mask in \"night\" is 62.5% (40 images), which is below the limit of 63.0%.");
    expect("worst(miou)<62.5%", EH_RULE_PASS, "which is not below the limit of 62.5%.");
    expect("worst(iou)<=62.5%", EH_RULE_FAIL, "which is at or below the limit of 62.5%.");
    expect("worst(iou:fence)<0.51", EH_RULE_FAIL, "The IoU of fence in \"night\" is 50.0%");
    expect("worst(iou:road)<0.75", EH_RULE_PASS, "75.0%");
    expect("worst(worst-iou)<0.51", EH_RULE_FAIL, "The IoU of the worst class of mask in \"night\" is 50.0%");
    expect("gap(miou)>37%", EH_RULE_FAIL,
           "The mean IoU of mask differs by 37.5 points between \"day\", 100.0% (40 images), and \"night\", "
           "62.5% (40 images), which is above the limit of 37.0%.");
    expect("gap(miou)>38%", EH_RULE_PASS, "37.5 points");
    expect("mean(miou)<0.82", EH_RULE_FAIL, "its mean over the groups, is 81.2%");
    /* Dice of fence at night: 2 * 2 / (2 + 4); of road 2 * 6 / (8 + 6). */
    expect("worst(dice:fence)<0.66", EH_RULE_PASS, "The Dice of fence in \"night\" is 66.7%");
    expect("worst(dice:road)<0.86", EH_RULE_FAIL, "85.7%");
    expect("worst(mean-dice)<0.77", EH_RULE_FAIL, "76.2%");
    expect("worst(worst-dice)<0.66", EH_RULE_PASS, "66.7%");
    expect("worst(pixel-accuracy)<0.81", EH_RULE_FAIL, "The pixel accuracy of mask in \"night\" is 80.0%");
    expect("overall(pixel-accuracy)<0.9", EH_RULE_PASS, "in all images is 90.0% (80 images)");
    release();
}

/* Fence at night: of the pixels with 0.8 for it half are fence and none is elsewhere, so its average precision is 1/2; of road all with 0.8 are road and the two others have
 * 0.1, as have the two of fence: 6/8 * 1 + 2/8 * 8/10. */
static void average_precision_is_judged_of_classes_their_mean_and_the_worst(void **state)
{
    (void)state;
    make(false, false);
    expect("worst(ap:fence)<0.51", EH_RULE_FAIL, "The average precision of fence in \"night\" is 50.0%");
    expect("worst(ap:road)<0.96", EH_RULE_FAIL, "95.0%");
    expect("worst(map)<0.73", EH_RULE_FAIL, "The mean average precision of mask in \"night\" is 72.5%");
    expect("worst(ap)<0.72", EH_RULE_PASS, "72.5%");
    expect("worst(wgap)<0.51", EH_RULE_FAIL,
           "The average precision of the worst class of mask in \"night\" is 50.0%");
    expect("worst(worst-ap)<0.5", EH_RULE_PASS, "50.0%");
    /* Both groups together: 160 fence pixels found, 80 of road among them. */
    expect("overall(wgap)<0.6", EH_RULE_PASS, "in all images is 66.7%");
    release();
}

static void groups_with_few_images_decide_only_by_an_interval(void **state)
{
    (void)state;
    make(true, false);
    /* Half of the road pixels of "few" are wrong: IoU 1/2, but of five images. */
    expect("worst(miou)<0.55", EH_RULE_NOT_ENOUGH,
           "The mean IoU of mask in \"few\" is 50.0% (5 images), which rests on few images: not enough to "
           "say whether it is below the limit of 55.0%.");
    expect("worst(miou)<0.1", EH_RULE_NOT_ENOUGH, "\"few\"");
    expect("worst(miou)<0.63", EH_RULE_FAIL, "\"night\"");
    /* The five are alike, so the interval of their mean is a point. */
    expect("worst(image-miou)<0.55", EH_RULE_FAIL,
           "The image-wise mean IoU of mask in \"few\" is 50.0% (5 images, 95% interval 50.0\u201350.0%)");
    expect("worst(image-miou)<0.45", EH_RULE_PASS, "50.0%");
    expect("gap(image-miou)>45%", EH_RULE_FAIL, "between \"day\", 100.0%");
    expect("gap(miou)>45%", EH_RULE_NOT_ENOUGH, "rests on few images");
    expect("mean(miou)<0.5", EH_RULE_NOT_ENOUGH, "rests on few images");
    expect("mean(image-miou)<0.5", EH_RULE_PASS, "70.8%");
    expect("overall(miou)<0.3", EH_RULE_PASS, "(85 images)");
    release();
}

static void what_is_not_known_is_no_pass(void **state)
{
    (void)state;
    make(false, true);
    expect("worst(miou)<0.1", EH_RULE_NOT_ENOUGH,
           "The mean IoU of mask in \"none\" is unknown, as it rests on no image");
    expect("gap(miou)>50%", EH_RULE_NOT_ENOUGH, "no image");
    expect("gap(miou)>30%", EH_RULE_FAIL, "37.5 points");
    expect("mean(pixel-accuracy)<0.1", EH_RULE_NOT_ENOUGH, "no image");
    expect("overall(miou)<0.1", EH_RULE_PASS, "all images");
    expect("overall(iou:sign)<0.1", EH_RULE_NOT_ENOUGH,
           "The IoU of sign in all images is unknown, as no judged pixel is of that class");
    release();
    make(true, false);
    expect("worst(iou:fence)<0.1", EH_RULE_NOT_ENOUGH,
           "The IoU of fence in \"few\" is unknown, as no judged pixel is of that class");
    release();
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        { "worst(iou:car)<0.5", "names the class \"car\", which is not among the 3 of mask." },
        { "worst(iou:Fence)<0.5", "not among the 3 of mask; did you mean \"fence\"?" },
        { "worst(miou:road)<0.5", "all classes together" },
        { "worst(worst-iou:road)<0.5", "all classes together" },
        { "worst(miou)>0.5", "for being good; write worst(miou)<0.5" },
        { "worst(iou:road)>0.5", "write worst(iou:road)<0.5" },
        { "gap(miou)<0.5", "write gap(miou)>0.5" },
        { "worst(miou)<40", "between 0 and 1" },
        { "worst(miou)", "write it like" },
    };
    eh_rule_result r;
    eh_rule rule;
    make(false, false);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        eh_error err = { 0 };
        assert_int_equal(judge(&r, wrong[i][0], &err), EH_ERR_USAGE);
        if (!strstr(err.message, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], err.message);
    }
    eh_error err = { 0 };
    assert_int_equal(eh_rule_parse(&rule, arena, "worst(mIoU)<0.5", &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "masks miou"));
    release();
}

/* A run folder may hold what another program, or a damaged disk, left there. */
static void a_split_that_lacks_its_parts_is_no_crash(void **state)
{
    (void)state;
    eh_rule_result r;
    eh_error err = { 0 };
    make(false, false);
    json_t *overall = json_object_get(split, "overall"), *groups = json_object_get(split, "groups");
    json_object_set_new(overall, "map", json_null());
    assert_int_equal(judge(&r, "overall(map)<0.5", &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "average precision, which was not measured of mask"));
    json_object_del(json_array_get(groups, 1), "classes");
    assert_int_equal(judge(&r, "worst(miou)<0.5", &err), EH_ERR_INPUT);
    json_array_set_new(groups, 1, json_string("night"));
    assert_int_equal(judge(&r, "worst(miou)<0.5", &err), EH_ERR_INPUT);
    json_object_clear(split);
    assert_int_equal(judge(&r, "worst(miou)<0.5", NULL), EH_OK);
    assert_int_equal(r.outcome, EH_RULE_NOT_ENOUGH);
    release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measured_values_decide_where_images_are_many),
        cmocka_unit_test(average_precision_is_judged_of_classes_their_mean_and_the_worst),
        cmocka_unit_test(groups_with_few_images_decide_only_by_an_interval),
        cmocka_unit_test(what_is_not_known_is_no_pass),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_split_that_lacks_its_parts_is_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
