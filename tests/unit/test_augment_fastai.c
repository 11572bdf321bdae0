/* test_augment_fastai.c - all in one, and that it is what its parts are. */
#include "support/augment_case.h"
#include "support/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static void parameters_of_the_identity_change_nothing(void **state)
{
    (void)state;
    augment_case_expect_nothing("fastai:flip=false,p-affine=0,p-lighting=0");
    augment_case_expect_nothing("fastai:flip=false,rotate=0,zoom=1,warp=0,lighting=0");
}

static void draws_repeat_and_masks_go_with_pictures(void **state)
{
    (void)state;
    augment_case_expect("fastai", 0.9998);
    augment_case_expect("fastai:fill=border,p-affine=1", 1);
}

static void it_does_what_its_parts_do_in_their_order(void **state)
{
    (void)state;
    static const char *const parts[] = { "flip", "warp", "rotate", "zoom", "lighting", NULL },
                             *const all[] = { "fastai", NULL };
    uint8_t in[9 * 7 * 3], one[sizeof in], other[sizeof in];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 37);
    const augment_picture from = { in, NULL, 9, 7, 3 }, to = { one, NULL, 9, 7, 3 },
                          again = { other, NULL, 9, 7, 3 };
    for (uint64_t sample = 0; sample < 50; sample++) {
        augment_case_run(&to, &from, parts, sample);
        augment_case_run(&again, &from, all, sample);
        assert_memory_equal(one, other, sizeof one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_of_the_identity_change_nothing),
        cmocka_unit_test(draws_repeat_and_masks_go_with_pictures),
        cmocka_unit_test(it_does_what_its_parts_do_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
