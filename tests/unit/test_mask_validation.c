/* test_mask_validation.c - masks judged by networks that have not seen them: right where they follow the picture, and the one that does not comes first. */
#include "clean/cross_validation.h"
#include "clean/mask_labels.h"

#include "base/file.h"
#include "support/check_case.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 40, WIDTH = 16, HEIGHT = 12, DAMAGED = 7 };

static void write_png(void *folder, const char *name, const eh_image *image)
{
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_image_encode_png(&bytes, &size, image, NULL), EH_OK);
    data_write(folder, name, bytes, size);
    eh_free(bytes);
}

/* A bright thing on the left, 4 to 11 pixels wide, before a dark ground; of one image the mask says the opposite. */
static eh_catalog *make(void *folder)
{
    data_import import;
    for (int i = 0; i < ROWS; i++) {
        char name[64];
        eh_image picture, mask;
        assert_int_equal(eh_image_alloc(&picture, WIDTH, HEIGHT, 1, NULL), EH_OK);
        assert_int_equal(eh_image_alloc(&mask, WIDTH, HEIGHT, 1, NULL), EH_OK);
        for (int k = 0; k < WIDTH * HEIGHT; k++) {
            bool thing = k % WIDTH < 4 + i % 8;
            picture.data[k] = (uint8_t)((thing ? 180 : 40) + (k * 37 + i * 11) % 30);
            mask.data[k] = thing != (i == DAMAGED);
        }
        snprintf(name, sizeof name, "set/images/%d.png", i);
        write_png(folder, name, &picture);
        snprintf(name, sizeof name, "set/masks/%d.png", i);
        write_png(folder, name, &mask);
        eh_image_clear(&picture);
        eh_image_clear(&mask);
    }
    data_write_text(folder, "set/classes.txt", "ground\nthing\n");
    data_import_run(&import, folder, "set", "masks", false);
    if (import.status != EH_OK)
        fail_msg("%s", import.error.message);
    return data_open(folder);
}

static void every_mask_is_judged_out_of_sample(void **state)
{
    eh_catalog *catalog = make(*state);
    eh_arena *arena = eh_arena_new();
    eh_frame *frame;
    const eh_frame_column *column;
    eh_fold_predictions *folds;
    eh_mask_issues *issues;
    eh_error err = { 0 };
    eh_cross_validation_opts opts = {
        .folds = 2, .epochs = 6, .batch = 4, .lr = 0.01, .seed = 1, .repeats = 2
    };
    opts.pixels = data_path(*state, "pixels.npy");
    assert_int_equal(eh_thing_parse(&opts.model, "model", "unet:width=4,depth=1", "test", arena, NULL),
                     EH_OK);
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
    assert_int_equal(eh_frame_find(&column, frame, "mask", NULL), EH_OK);
    if (eh_cross_validate(&folds, catalog, frame, &column, 1, NULL, &opts, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_string_equal(folds->judge, "unet");
    assert_null(folds->column[0].probability);
    assert_true(folds->column[0].accuracy > 0.93 &&
                folds->column[0].accuracy < 0.99); /* one in forty is wrong */
    if (eh_mask_issues_find(&issues, opts.pixels, catalog, frame, column, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    for (int i = 0; i < ROWS; i++) {
        size_t row = 0;
        char name[64];
        int number;
        while (frame->image[row] != i + 1)
            row++;
        assert_int_equal(eh_catalog_image_name(catalog, i + 1, name, sizeof name, NULL), EH_OK);
        assert_int_equal(sscanf(name, "images/%d.png", &number), 1);
        if (number == DAMAGED)
            assert_true(issues->issue[row].quality < 0.3f &&
                        issues->issue[row].suspicious > WIDTH * HEIGHT / 2);
        else
            assert_true(issues->issue[row].suspicious < WIDTH * HEIGHT / 10);
    }
    eh_mask_issues_free(issues);
    eh_fold_predictions_free(folds);
    eh_frame_free(frame);
    eh_catalog_close(catalog);
    eh_arena_free(arena);
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void the_check_does_it_alone_and_leaves_no_file(void **state)
{
    eh_catalog *catalog = make(*state);
    eh_clean_result *r =
        check_case_run(catalog, "labels:model=unet:width=4\\,depth=1,folds=2,epochs=6,lr=0.01");
    char name[64];
    assert_int_equal(r->findings->count, 1);
    assert_int_equal(eh_catalog_image_name(catalog, r->findings->item[0].image, name, sizeof name, NULL),
                     EH_OK);
    assert_string_equal(name, "images/7.png");
    assert_string_equal(r->findings->item[0].column, "mask");
    eh_clean_result_free(r);
    check_case_refused(catalog, "labels:columns=mask,embeddings=x.npy", EH_ERR_USAGE, "without embeddings");

    eh_frame *frame;
    const eh_frame_column *column;
    eh_fold_predictions *folds;
    eh_error err = { 0 };
    eh_progress progress = { .stop_requested = stop_at_once };
    eh_cross_validation_opts opts = { .folds = 2, .epochs = 1, .pixels = data_path(*state, "pixels.npy") };
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
    assert_int_equal(eh_frame_find(&column, frame, "mask", NULL), EH_OK);
    eh_status status = eh_cross_validate(&folds, catalog, frame, &column, 1, NULL, &opts, &progress, &err);
    if (status != EH_ERR_INTERRUPTED)
        fail_msg("%d: %s", status, err.message);
    assert_null(folds);
    assert_false(eh_path_exists(opts.pixels));
    opts.pixels = data_path(*state, "nowhere/pixels.npy");
    assert_int_equal(eh_cross_validate(&folds, catalog, frame, &column, 1, NULL, &opts, NULL, NULL),
                     EH_ERR_IO);
    eh_frame_free(frame);
    eh_catalog_close(catalog);
}

#define MASK_TEST(name) cmocka_unit_test_setup_teardown(name, data_folder_make, data_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MASK_TEST(every_mask_is_judged_out_of_sample),
        MASK_TEST(the_check_does_it_alone_and_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
