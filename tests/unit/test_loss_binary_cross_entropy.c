/* binary-cross-entropy: losses and probabilities worked out apart. */
#include "support/cmocka_all.h"
#include "support/loss_case.h"

static void the_loss_is_stable_and_the_prediction_has_both_classes(void **state)
{
    (void)state;
    static const double logits[3] = { 2, -60, 0.5 };
    static const int32_t labels[3] = { 1, 1, 0 };
    loss_case r;
    loss_case_evaluate(&r, "binary-cross-entropy", &(eh_target){ .kind = EH_TARGET_CLASS, .classes = 2 },
                       logits, 1, labels);
    loss_case_expect(r.loss, (const double[]){ 0.1269280110429725, 60.0, 0.9740769841801067 }, 3);
    loss_case_expect(r.prediction, (const double[]){ 0.1192029220221175, 0.8807970779778823 }, 2);
    loss_case_expect(&r.prediction[4], (const double[]){ 1 - 0.6224593312018546, 0.6224593312018546 }, 2);
}

static const double three_logits[3] = { 2, -60, 0.5 };
static const int32_t three_labels[3] = { 1, 1, 0 };

/* Half of the smoothed share goes to the other class, which costs |z| more or less: s/2 z. */
static void smoothing_spreads_a_share_over_both_classes(void **state)
{
    (void)state;
    loss_case r;
    loss_case_evaluate(&r, "binary-cross-entropy:smoothing=0.2",
                       &(eh_target){ .kind = EH_TARGET_CLASS, .classes = 2 }, three_logits, 1, three_labels);
    loss_case_expect(r.loss,
                     (const double[]){ 0.1269280110429725 + 0.1 * 2, 60 - 0.1 * 60,
                                       0.9740769841801067 - 0.1 * 0.5 },
                     3);
}

static void the_rarer_class_can_weigh_more(void **state)
{
    (void)state;
    static const uint64_t counts[2] = { 30, 10 };
    loss_case r;
    loss_case_evaluate(&r, "binary-cross-entropy:weights=inverse",
                       &(eh_target){ .kind = EH_TARGET_CLASS, .classes = 2, .class_count = counts },
                       three_logits, 1, three_labels);
    loss_case_expect(r.loss,
                     (const double[]){ 2 * 0.1269280110429725, 2 * 60.0, 2.0 / 3 * 0.9740769841801067 }, 3);
    /* Values of torch.nn.functional.cross_entropy(weight=..., label_smoothing=0.2) at the logits 0 and z. */
    loss_case_evaluate(&r, "binary-cross-entropy:weights=inverse,smoothing=0.2",
                       &(eh_target){ .kind = EH_TARGET_CLASS, .classes = 2, .class_count = counts },
                       three_logits, 1, three_labels);
    loss_case_expect(r.loss, (const double[]){ 0.3702656206135489, 108.0, 0.6792615873440854 }, 3);
}

static void it_fits_only_labels_of_two_classes(void **state)
{
    (void)state;
    for (size_t classes = 0; classes < 4; classes++)
        assert_int_equal(loss_case_outputs("binary-cross-entropy",
                                           &(eh_target){ .kind = EH_TARGET_CLASS, .classes = classes }),
                         classes == 2 ? 1 : 0);
    assert_int_equal(loss_case_outputs("binary-cross-entropy", &(eh_target){ .kind = EH_TARGET_NUMBER }), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_is_stable_and_the_prediction_has_both_classes),
        cmocka_unit_test(smoothing_spreads_a_share_over_both_classes),
        cmocka_unit_test(the_rarer_class_can_weigh_more),
        cmocka_unit_test(it_fits_only_labels_of_two_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
