/* cross-entropy: losses and probabilities worked out apart. */
#include "support/cmocka_all.h"
#include "support/loss_case.h"
#include "support/mask_loss_case.h"

static const uint64_t counts[3] = { 10, 40, 50 };
static const eh_target three = { .kind = EH_TARGET_CLASS, .classes = 3, .class_count = counts };
static const double logits[9] = { 1, 2, -1, 0, 0, 0, 60, -50, 3 };
static const int32_t labels[3] = { 1, 2, 1 };

static void the_loss_is_minus_the_log_of_the_softmax_at_the_label(void **state)
{
    (void)state;
    loss_case r;
    loss_case_evaluate(&r, "cross-entropy", &three, logits, 3, labels);
    /* The third shows that nothing overflows. */
    loss_case_expect(r.loss, (const double[]){ 0.3490122167681864, 1.0986122886681098, 110.0 }, 3);
    loss_case_expect(r.prediction,
                     (const double[]){ 0.25949646034241915, 0.7053845126982412, 0.03511902695933972, 1.0 / 3,
                                       1.0 / 3, 1.0 / 3 },
                     6);
}

static void smoothing_spreads_a_share_over_all_classes(void **state)
{
    (void)state;
    loss_case r;
    loss_case_evaluate(&r, "cross-entropy:smoothing=0.3", &three, logits, 3, labels);
    loss_case_expect(r.loss,
                     (const double[]){ 0.7490122167681864, 1.0986122886681098,
                                       0.7 * 110 + 0.1 * (0 + 110 + 57) },
                     3);
}

/* Values of torch.nn.CrossEntropyLoss(weight=..., reduction="none"). */
static void rare_classes_can_weigh_more(void **state)
{
    (void)state;
    loss_case r;
    loss_case_evaluate(&r, "cross-entropy:weights=inverse", &three, logits, 3, labels);
    loss_case_expect(r.loss, (const double[]){ 0.2908435139734886, 0.7324081924454066, 91.66666666666667 },
                     3);
    loss_case_evaluate(&r, "cross-entropy:weights=median", &three, logits, 3, labels);
    loss_case_expect(r.loss, (const double[]){ 0.34901221676818633, 0.8788898309344879, 110.0 }, 3);
    /* With label_smoothing=0.3: the share that is spread weighs as the classes that it goes to. */
    loss_case_evaluate(&r, "cross-entropy:weights=inverse,smoothing=0.3", &three, logits, 3, labels);
    loss_case_expect(r.loss, (const double[]){ 0.9056130312193988, 1.0436816742347044, 77.13333333333334 },
                     3);
}

static void a_class_without_images_weighs_nothing(void **state)
{
    (void)state;
    static const uint64_t some[3] = { 10, 0, 50 };
    loss_case r;
    loss_case_evaluate(&r, "cross-entropy:weights=inverse",
                       &(eh_target){ .kind = EH_TARGET_CLASS, .classes = 3, .class_count = some }, logits, 3,
                       labels);
    loss_case_expect(r.loss, (const double[]){ 0, 20.0 / 50 * 1.0986122886681098, 0 }, 3);
}

static void numbers_and_one_class_are_not_for_it(void **state)
{
    (void)state;
    assert_int_equal(loss_case_outputs("cross-entropy", &(eh_target){ .kind = EH_TARGET_NUMBER }), 0);
    assert_int_equal(loss_case_outputs("cross-entropy",
                                       &(eh_target){ .kind = EH_TARGET_CLASS, .classes = 1 }),
                     0);
}

static void masks_are_averaged_over_their_judged_pixels(void **state)
{
    (void)state;
    mask_loss_expect("cross-entropy", 5);
    mask_loss_expect_finite("cross-entropy:weights=enet");
}

static void gradients_of_masks_agree_with_finite_differences(void **state)
{
    (void)state;
    mask_loss_expect_differences("cross-entropy");
    mask_loss_expect_differences("cross-entropy:smoothing=0.1,weights=enet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_is_minus_the_log_of_the_softmax_at_the_label),
        cmocka_unit_test(smoothing_spreads_a_share_over_all_classes),
        cmocka_unit_test(rare_classes_can_weigh_more),
        cmocka_unit_test(a_class_without_images_weighs_nothing),
        cmocka_unit_test(masks_are_averaged_over_their_judged_pixels),
        cmocka_unit_test(numbers_and_one_class_are_not_for_it),
        cmocka_unit_test(gradients_of_masks_agree_with_finite_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
