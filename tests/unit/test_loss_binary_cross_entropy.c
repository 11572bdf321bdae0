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
        cmocka_unit_test(it_fits_only_labels_of_two_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
