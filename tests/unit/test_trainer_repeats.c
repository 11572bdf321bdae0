/* The same seed and the same number of threads: ten trainings of a hundred steps end with the same bits, in each precision. */
#include "evenhand/memory.h"

#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/small_training.h"

/* 96 images in batches of 12: 8 steps an epoch, 104 in 13 epochs. Loader threads, augmentation, Winograd convolutions and sums of several threads take
 * part. */
static void expect_ten_equal(void *folder, const char *precision)
{
    eh_arena *arena = eh_arena_new();
    small_catalog_biased(folder, 96);
    for (int i = 0; i < 10; i++) {
        const char *run = eh_arena_printf(arena, "run-%d", i);
        eh_train_opts opts =
            small_options(folder, arena, run, "epochs=13", "batch=12", "model=vgg-resnet:blocks=1,width=8",
                          "augment=flip,shift-crop", "select=last", precision, NULL);
        small_train(&opts, EH_OK, NULL);
        const char *weights = eh_arena_printf(arena, "%s/weights.safetensors", run);
        if (!small_same_file(folder, "run-0/weights.safetensors", weights))
            fail_msg("%s differs from the first run's", weights);
    }
    eh_arena_free(arena);
}

static void a_hundred_steps_in_f32_end_with_the_same_bits_ten_times(void **state)
{
    expect_ten_equal(*state, "precision=f32");
}

static void a_hundred_steps_in_the_precision_of_the_processor_do_too(void **state)
{
    expect_ten_equal(*state, "precision=auto");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hundred_steps_in_f32_end_with_the_same_bits_ten_times,
                                        data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(a_hundred_steps_in_the_precision_of_the_processor_do_too,
                                        data_folder_make, data_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
