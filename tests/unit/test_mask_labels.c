/* test_mask_labels.c - masks against probabilities of every pixel: the softmin by hand, the forgotten object first, and files that do not fit. */
#include "clean/mask_labels.h"

#include "support/check_case.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/mask_files.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { IMAGES = 4, SIDE = 4, PIXELS = SIDE * SIDE, CLASSES = 2 };

/* Four masks of ground and sky in turn, all pixels of the fourth unlabelled. */
static eh_catalog *make(void *folder)
{
    static const uint8_t both[] = { 0, 1 }, nothing[] = { 2 };
    data_import import;
    for (int i = 0; i < IMAGES; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/images/%d.png", i);
        data_write_image(folder, name, SIDE, SIDE, 3, i);
        snprintf(name, sizeof name, "set/masks/%d.png", i);
        mask_write(folder, name, SIDE, SIDE, i == 3 ? nothing : both, i == 3 ? 1 : 2);
    }
    data_write_text(folder, "set/classes.txt", "ground\nsky\nunlabelled\n");
    data_import_run(&import, folder, "set", "masks", false);
    if (import.status != EH_OK)
        fail_msg("%s", import.error.message);
    return data_open(folder);
}

/* The model is sure of every pixel (0.9) but sees sky where one pixel of image 1, and two of image 2, are called ground. */
static void fill(double *p)
{
    for (int i = 0; i < IMAGES; i++)
        for (int k = 0; k < PIXELS; k++) {
            int given = (k % SIDE + k / SIDE) % 2;
            bool wrong = (i == 1 && k == 0) || (i == 2 && (k == 0 || k == 2));
            double own = wrong ? 0.1 : 0.9;
            p[(i * CLASSES + given) * PIXELS + k] = own;
            p[(i * CLASSES + 1 - given) * PIXELS + k] = 1 - own;
        }
}

/* Of `bad` pixels with 0.1 among 16 with 0.9. */
static double softmin(int bad)
{
    double low = bad * exp(0.9 / 0.1), high = (PIXELS - bad) * exp(0.1 / 0.1);
    return (0.1 * low + 0.9 * high) / (low + high);
}

static void quality_is_the_softmin_and_suspicious_pixels_are_counted(void **state)
{
    static double p[IMAGES * CLASSES * PIXELS];
    eh_catalog *catalog = make(*state);
    eh_frame *frame;
    const eh_frame_column *column;
    eh_mask_issues *out;
    eh_error err = { 0 };
    fill(p);
    data_write_npy(*state, "p.npy", "(4, 2, 4, 4)", p, sizeof p / sizeof *p);
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
    assert_int_equal(eh_frame_find(&column, frame, "mask", NULL), EH_OK);
    if (eh_mask_issues_find(&out, data_path(*state, "p.npy"), catalog, frame, column, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(out->pixels, 3 * PIXELS);
    assert_int_equal(out->suspicious, 3);
    assert_float_equal(out->threshold[0], (21 * 0.9 + 3 * 0.1) / 24, 1e-12);
    for (int i = 0; i < 3; i++) {
        assert_float_equal(out->issue[i].quality, softmin(i), 1e-6);
        assert_int_equal(out->issue[i].suspicious, i);
        assert_int_equal(out->issue[i].given, i ? 0 : -1);
        assert_int_equal(out->issue[i].guess, i ? 1 : -1);
    }
    assert_int_equal(out->issue[3].pixels, 0);
    assert_float_equal(out->issue[3].quality, 1, 0);
    eh_mask_issues_free(out);
    eh_frame_free(frame);
    eh_catalog_close(catalog);
}

static void the_check_ranks_masks_and_flags_by_share(void **state)
{
    static double p[IMAGES * CLASSES * PIXELS];
    eh_catalog *catalog = make(*state);
    char word[1024];
    fill(p);
    data_write_npy(*state, "p.npy", "(4, 2, 4, 4)", p, sizeof p / sizeof *p);
    snprintf(word, sizeof word, "labels:note-at=0,mask-share=0.1,probabilities=%s",
             data_path(*state, "p.npy"));
    eh_clean_result *r = check_case_run(catalog, word);
    assert_int_equal(r->findings->count, 3); /* the one without a judged pixel is none */
    assert_int_equal(r->findings->item[0].image, 3);
    assert_int_equal(r->findings->item[0].severity, EH_SEVERITY_WARNING);
    assert_non_null(strstr(r->findings->item[0].evidence, "\"ground\""));
    assert_non_null(strstr(r->findings->item[0].evidence, "\"sky\""));
    assert_int_equal(r->findings->item[1].image, 2);
    assert_int_equal(r->findings->item[1].severity, EH_SEVERITY_NOTE);
    assert_float_equal(r->findings->item[1].score, 1 - softmin(1), 1e-6);
    eh_clean_result_free(r);
    eh_catalog_close(catalog);
}

/* Rows in another order, one of an image that is not there, one that could not be read; image 4 is not in the file. */
static void rows_go_by_name_and_images_without_any_are_not_judged(void **state)
{
    static double p[IMAGES * CLASSES * PIXELS], moved[IMAGES * CLASSES * PIXELS];
    const size_t one = CLASSES * PIXELS;
    eh_catalog *catalog = make(*state);
    eh_frame *frame;
    const eh_frame_column *column;
    eh_mask_issues *out;
    eh_error err = { 0 };
    fill(p);
    memcpy(moved, p + 2 * one, one * sizeof *p);
    memcpy(moved + one, p, one * sizeof *p);
    memcpy(moved + 2 * one, p + one, one * sizeof *p);
    for (size_t i = 0; i < one; i++)
        moved[3 * one + i] = NAN;
    data_write_npy(*state, "p.npy", "(4, 2, 4, 4)", moved, sizeof moved / sizeof *moved);
    data_write_text(*state, "p.npy.json",
                    "{\"files\": [\"images/2.png\", \"elsewhere.png\", \"1.png\", \"images/0.png\"]}");
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
    assert_int_equal(eh_frame_find(&column, frame, "mask", NULL), EH_OK);
    if (eh_mask_issues_find(&out, data_path(*state, "p.npy"), catalog, frame, column, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(out->absent, 2); /* 0 is not a number, 3 is not there */
    assert_int_equal(out->left_over, 1);
    assert_int_equal(out->issue[0].pixels, 0);
    assert_int_equal(out->issue[3].pixels, 0);
    assert_int_equal(out->issue[1].suspicious, 1);
    assert_int_equal(out->issue[2].suspicious, 2);
    assert_float_equal(out->issue[2].quality, softmin(2), 1e-6);
    eh_mask_issues_free(out);
    eh_frame_free(frame);
    eh_catalog_close(catalog);
}

static void what_does_not_fit_is_refused(void **state)
{
    static double p[IMAGES * CLASSES * PIXELS];
    static const struct {
        const char *shape;
        size_t count;
        double first;
        const char *part;
    } of[] = {
        { "(4, 2, 16)", IMAGES * CLASSES * PIXELS, 0.9, "[images, classes, height, width]" },
        { "(3, 2, 4, 4)", 3 * CLASSES * PIXELS, 0.9, "3 rows, but the catalog has 4" },
        { "(4, 1, 4, 8)", IMAGES * CLASSES * PIXELS, 0.9, "2 classes of 'mask'" },
        { "(4, 2, 4, 4)", IMAGES * CLASSES * PIXELS, 1.5, "1.5 is no probability" },
        { "(4, 2, 4, 4)", IMAGES * CLASSES * PIXELS, NAN, "is no probability" },
    };
    eh_catalog *catalog = make(*state);
    eh_frame *frame;
    const eh_frame_column *column;
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
    assert_int_equal(eh_frame_find(&column, frame, "mask", NULL), EH_OK);
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        eh_mask_issues *out;
        eh_error err = { 0 };
        fill(p);
        p[0] = of[i].first;
        data_write_npy(*state, "p.npy", of[i].shape, p, of[i].count);
        assert_int_equal(eh_mask_issues_find(&out, data_path(*state, "p.npy"), catalog, frame, column, NULL,
                                             &err),
                         EH_ERR_INPUT);
        assert_null(out);
        if (!strstr(err.message, of[i].part))
            fail_msg("\"%s\" does not say \"%s\"", err.message, of[i].part);
    }
    eh_frame_free(frame);
    eh_catalog_close(catalog);
}

#define MASK_TEST(name) cmocka_unit_test_setup_teardown(name, data_folder_make, data_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MASK_TEST(quality_is_the_softmin_and_suspicious_pixels_are_counted),
        MASK_TEST(the_check_ranks_masks_and_flags_by_share),
        MASK_TEST(rows_go_by_name_and_images_without_any_are_not_judged),
        MASK_TEST(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
