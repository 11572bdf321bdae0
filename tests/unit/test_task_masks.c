/* Masks learned: a run on small pictures, what it leaves, and what is refused. */
#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "evenhand/catalog.h"
#include "evenhand/memory.h"
#include "report/results.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/mask_files.h"
#include "support/small_training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 16 };

/* A bright square somewhere on dark ground: class 1 in the mask, 0 around it, and 255 in the first row. */
static void write_pair(void *folder, const char *part, int number)
{
    eh_rng rng = eh_rng_at(2, EH_DRAW_TEST, (uint64_t)number, (uint64_t)part[1]);
    int left = (int)eh_rng_range(&rng, 1, 8), top = (int)eh_rng_range(&rng, 2, 8);
    uint8_t index[SIDE * SIDE], *bytes;
    char name[96];
    size_t size;
    eh_image image;
    assert_int_equal(eh_image_alloc(&image, SIDE, SIDE, 1, NULL), EH_OK);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            bool inside = x >= left && x < left + 7 && y >= top && y < top + 7;
            image.data[y * SIDE + x] = (uint8_t)((inside ? 170 : 60) + 40 * eh_rng_uniform(&rng));
            index[y * SIDE + x] = y == 0 ? 255 : inside;
        }
    assert_int_equal(eh_image_encode_png(&bytes, &size, &image, NULL), EH_OK);
    snprintf(name, sizeof name, "set/%s/%03d.png", part, number);
    data_write(folder, name, bytes, size);
    eh_free(bytes);
    eh_image_clear(&image);
    mask_png(&bytes, &size, SIDE, SIDE, index, 8, true);
    snprintf(name, sizeof name, "set/%sannot/%03d.png", part, number);
    data_write(folder, name, bytes, size);
    eh_free(bytes);
}

static void make_set(void *folder, int train)
{
    static data_import import;
    for (int i = 0; i < train; i++)
        write_pair(folder, "train", i);
    for (int i = 0; i < train / 3; i++) {
        write_pair(folder, "val", i);
        write_pair(folder, "test", i);
    }
    data_write_text(folder, "set/classes.txt", "ground\nthing\n");
    data_import_run(&import, folder, "set", NULL, true);
    if (import.status != EH_OK)
        fail_msg("%s", import.error.message);
}

static eh_train_opts options(void *folder, eh_arena *arena, const char *run, const char *setting,
                             const char *more)
{
    return small_options(folder, arena, run, "label=mask", "groups=", "model=unet:width=4,depth=2",
                         "epochs=6", "batch=4", "lr=0.02", setting, setting ? more : NULL, NULL);
}

static const json_t *overall_of(const eh_results *r)
{
    const json_t *head = json_array_get(json_object_get(r->json, "masks"), 0);
    return json_object_get(json_array_get(json_object_get(head, "splits"), 0), "overall");
}

static double learn(void *folder, const char *run, const char *setting, const char *more, eh_results **out)
{
    eh_arena *arena = eh_arena_new();
    eh_error err = { 0 };
    eh_results *results = NULL;
    eh_train_opts opts = options(folder, arena, run, setting, more);
    small_train(&opts, EH_OK, NULL);
    if (eh_results_from_run(&results, data_path(folder, "%s", run), NULL, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    double miou = json_number_value(json_object_get(overall_of(results), "miou"));
    if (out)
        *out = results;
    else
        eh_results_free(results);
    eh_arena_free(arena);
    return miou;
}

static void a_square_is_found_and_the_epoch_is_chosen_by_mean_iou(void **state)
{
    make_set(*state, 12);
    eh_results *r;
    double miou = learn(*state, "run", NULL, NULL, &r), map, best = 0, chosen;
    const char *metric;
    assert_true(miou > 0.8); /* saying ground everywhere gives 0.4 */
    assert_int_equal(json_unpack(r->json, "{s:{s:s, s:F}}", "selection", "metric", &metric, "value", &chosen),
                     0);
    assert_string_equal(metric, "worst_group_iou");
    map = json_number_value(json_object_get(overall_of(r), "map"));
    assert_true(map > 0.9 && map <= 1);
    json_t *log = small_log(*state, "run");
    for (size_t i = 0; i < json_array_size(log); i++)
        best = fmax(best, json_number_value(
                              json_object_get(json_object_get(json_array_get(log, i), "valid"), "miou")));
    assert_true(fabs(best - chosen) < 1e-12);
    json_decref(log);
    eh_results_free(r);
}

/* What chose the epoch is the average precision that the results hold of the validation part. */
static void the_epoch_can_be_chosen_by_average_precision(void **state)
{
    make_set(*state, 12);
    eh_results *r;
    learn(*state, "run", "select=overall(wgap)", NULL, &r);
    const char *split;
    const json_t *splits = json_object_get(json_array_get(json_object_get(r->json, "masks"), 0), "splits");
    double chosen, worst = 1;
    assert_int_equal(json_unpack(r->json, "{s:{s:F}}", "selection", "value", &chosen), 0);
    size_t valid = 0;
    while (valid < json_array_size(splits) &&
           (json_unpack(json_array_get(splits, valid), "{s:s}", "split", &split) != 0 ||
            strcmp(split, "valid") != 0))
        valid++;
    const json_t *classes =
        json_object_get(json_object_get(json_array_get(splits, valid), "overall"), "classes");
    assert_int_equal(json_array_size(classes), 2);
    for (size_t k = 0; k < 2; k++)
        worst = fmin(worst, json_number_value(json_object_get(json_array_get(classes, k), "ap")));
    assert_true(worst > 0.5 && worst <= 1);
    assert_true(fabs(worst - chosen) < 1e-9);
    eh_results_free(r);
}

/* The masks on disk, the table and the JSON are about the same pixels. */
static void the_folder_holds_the_masks_that_were_measured(void **state)
{
    make_set(*state, 12);
    eh_results *r;
    learn(*state, "run", NULL, NULL, &r);
    eh_csv csv;
    eh_arena *arena = eh_arena_new();
    eh_catalog *c = data_open(*state);
    uint64_t counted[2][2] = { { 0 } };
    assert_int_equal(eh_csv_read(&csv, arena, data_path(*state, "run/masks-test.csv"), NULL), EH_OK);
    assert_int_equal(csv.rows, 4);
    for (size_t i = 0; i < csv.rows; i++) {
        const char **cell = &csv.cell[i * csv.columns];
        long id = strtol(cell[0], NULL, 10);
        eh_image truth, guess;
        uint8_t *bytes;
        size_t size, right = 0, judged = 0;
        assert_int_equal(eh_catalog_read_mask(c, id, 0, &truth, NULL), EH_OK);
        assert_int_equal(eh_file_read(&bytes, &size, data_path(*state, "run/masks-test/%06ld.png", id), 0,
                                      NULL),
                         EH_OK);
        const eh_decode_opts indices = { .indices = 1 };
        assert_int_equal(eh_image_decode(&guess, bytes, size, &indices, NULL), EH_OK);
        assert_int_equal(guess.width, SIDE);
        for (int p = 0; p < SIDE * SIDE; p++) {
            if (truth.data[p] == EH_MASK_IGNORE)
                continue;
            counted[truth.data[p]][guess.data[p]]++;
            right += truth.data[p] == guess.data[p];
            judged++;
        }
        assert_int_equal(judged, SIDE * (SIDE - 1));
        assert_true(fabs(strtod(cell[3], NULL) - (double)right / (double)judged) < 1e-6);
        eh_free(bytes);
        eh_image_clear(&truth);
        eh_image_clear(&guess);
    }
    const json_t *head = json_array_get(json_object_get(r->json, "masks"), 0);
    const json_t *split = json_array_get(json_object_get(head, "splits"), 0);
    for (size_t t = 0; t < 2; t++)
        for (size_t p = 0; p < 2; p++)
            assert_int_equal(counted[t][p],
                             json_integer_value(
                                 json_array_get(json_array_get(json_object_get(split, "confusion"), t), p)));
    const json_t *items = json_object_get(json_object_get(split, "examples"), "items");
    assert_int_equal(json_array_size(items), 4);
    static const char *const picture[] = { "image", "truth", "predicted" };
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(strncmp(json_string_value(json_object_get(json_array_get(items, 0), picture[i])),
                                 "data:image/", 11),
                         0);
    assert_false(eh_path_exists(data_path(*state, "run/predictions-test.csv")));
    eh_catalog_close(c);
    eh_arena_free(arena);
    eh_results_free(r);
}

static void every_loss_of_masks_learns(void **state)
{
    static const char *const loss[] = { "loss=dice", "loss=focal-dice:ce=0.5,weights=enet" };
    make_set(*state, 12);
    for (size_t i = 0; i < sizeof loss / sizeof *loss; i++) {
        char run[16];
        snprintf(run, sizeof run, "run%zu", i);
        assert_true(learn(*state, run, loss[i], NULL, NULL) > 0.7);
    }
}

static void turned_pictures_are_learned_with_turned_masks(void **state)
{
    make_set(*state, 12);
    assert_true(learn(*state, "run", "augment=flip", "model=hourglass:modules=1,width=4", NULL) > 0.7);
}

static void the_epoch_can_be_chosen_by_the_worst_class(void **state)
{
    make_set(*state, 12);
    static const char *const rule[] = { "select=overall(worst-iou)", "select=worst(iou:thing)",
                                        "select=iou(all)", "select=overall(miou)",
                                        "select=worst(pixel-accuracy)" };
    for (size_t i = 0; i < sizeof rule / sizeof *rule; i++) {
        char run[16];
        eh_results *r;
        double chosen;
        snprintf(run, sizeof run, "run%zu", i);
        learn(*state, run, rule[i], "epochs=2", &r);
        assert_int_equal(json_unpack(r->json, "{s:{s:F}}", "selection", "value", &chosen), 0);
        const json_t *head = json_array_get(json_object_get(r->json, "masks"), 0);
        const json_t *overall =
            json_object_get(json_array_get(json_object_get(head, "splits"), 1), "overall"); /* valid */
        double want = json_number_value(json_object_get(overall, i == 4 ? "pixel_accuracy" : "miou"));
        if (i < 2) {
            double iou[2];
            for (size_t k = 0; k < 2; k++)
                iou[k] = json_number_value(
                    json_object_get(json_array_get(json_object_get(overall, "classes"), k), "iou"));
            want = i == 1 || iou[1] < iou[0] ? iou[1] : iou[0];
        }
        assert_true(fabs(chosen - want) < 1e-9);
        eh_results_free(r);
    }
}

static void expect_refusal(void *folder, const char *setting, const char *more, const char *part)
{
    eh_arena *arena = eh_arena_new();
    eh_error err = { 0 };
    eh_train_opts opts = options(folder, arena, "refused", setting, more);
    eh_status status = eh_train(&opts, NULL, &err);
    assert_int_equal(status, EH_ERR_USAGE);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
    eh_arena_free(arena);
}

static char warning[512];

static void keep_warning(void *data, const char *message)
{
    (void)data;
    snprintf(warning + strlen(warning), sizeof warning - strlen(warning), "%s\n", message);
}

/* As for classes: the batch becomes as large as the part, and that is said. */
static void a_batch_larger_than_the_data_becomes_as_large_as_they_are(void **state)
{
    make_set(*state, 6);
    eh_arena *arena = eh_arena_new();
    eh_progress progress = { .warn = keep_warning };
    eh_train_opts opts =
        small_options(*state, arena, "run", "label=mask", "groups=", "model=unet:width=2,depth=2", "epochs=1",
                      "batch=1000", NULL);
    assert_int_equal(eh_train(&opts, &progress, NULL), EH_OK);
    if (!strstr(warning, "only 6 images, fewer than a batch of 1000 (--batch)"))
        fail_msg("\"%s\" does not say it", warning);
    eh_arena_free(arena);
}

static void what_does_not_fit_masks_is_refused_with_a_sentence(void **state)
{
    make_set(*state, 6);
    expect_refusal(*state, "head=linear", NULL, "answers once for an image, and 'mask' holds masks");
    expect_refusal(*state, "loss=mse", NULL, "which holds masks; choose cross-entropy, dice or focal-dice");
    expect_refusal(*state, "label=maks", NULL, "maks");
    expect_refusal(*state, "groups=mask", NULL, "mask");
    expect_refusal(*state, "augment=mixup", NULL, "mixup cannot be used where pixels are learned");
    expect_refusal(*state, "stages=epochs=1;augment=mixup", NULL, "stage 2: --augment: mixup cannot");
    assert_false(eh_path_exists(data_path(*state, "refused")));
    expect_refusal(*state, "select=overall(iou:sky)", NULL, "names 'sky'");
    expect_refusal(*state, "select=overall(miou:thing)", NULL, "names 'thing'");
    expect_refusal(*state, "select=overall(ap:sky)", NULL, "names 'sky'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_square_is_found_and_the_epoch_is_chosen_by_mean_iou,
                                        data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(the_epoch_can_be_chosen_by_average_precision, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(the_folder_holds_the_masks_that_were_measured, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(every_loss_of_masks_learns, data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(turned_pictures_are_learned_with_turned_masks, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(the_epoch_can_be_chosen_by_the_worst_class, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(a_batch_larger_than_the_data_becomes_as_large_as_they_are,
                                        data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(what_does_not_fit_masks_is_refused_with_a_sentence, data_folder_make,
                                        data_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
