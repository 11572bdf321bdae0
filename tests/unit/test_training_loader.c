/* What a training reads: larger pixels, the scale of pixels, and labels that are mixed. */
#include "support/small_training.h"

#include "base/json.h"
#include "evenhand/params.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include "train/task.h"
#include "train/training_loader.h"

#include <math.h>
#include <string.h>

static eh_arena *arena;

static int make(void **state)
{
    arena = eh_arena_new();
    return data_folder_make(state);
}

static int clear(void **state)
{
    eh_arena_free(arena);
    return data_folder_remove(state);
}

/* 24 pictures of 32 x 32. */
static void make_large(void *folder)
{
    small_row row[24];
    for (int i = 0; i < 24; i++)
        row[i] = (small_row){ .side = i % 2 ? "left" : "right",
                              .tint = "red",
                              .part = i < 12   ? "train"
                                      : i < 18 ? "valid"
                                               : "test",
                              .width = 32,
                              .height = 32 };
    small_catalog(folder, row, 24);
}

/* The first batch of a training with these options; fails the test when there is none. */
static eh_batch *first_batch(eh_run_data *data, eh_loader **loader, const eh_train_opts *o)
{
    eh_training_augments augments;
    eh_batch *batch = NULL;
    eh_error err = { 0 };
    if (eh_run_data_load(data, o, &err) != EH_OK || eh_run_data_pixels(data, NULL, &err) != EH_OK ||
        eh_training_augments_parse(&augments, o, data, arena, &err) != EH_OK ||
        eh_training_loader_new(loader, data, o, &augments, 12, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(eh_loader_begin(*loader, data->row[EH_PART_TRAIN], 12, 0, 0, NULL), EH_OK);
    assert_int_equal(eh_loader_next(*loader, &batch, NULL), EH_OK);
    assert_non_null(batch);
    return batch;
}

static void presized_pictures_come_from_the_larger_pixels(void **state)
{
    make_large(*state);
    eh_run_data data;
    eh_loader *loader;
    eh_train_opts o = small_options(*state, arena, "run", "size=16", "presize=32", "normalise=none",
                                    "augment=resized-crop:least=1\\,narrow=1\\,wide=1", NULL);
    const eh_batch *batch = first_batch(&data, &loader, &o);
    assert_int_equal(eh_pack_shape(data.large).width, 32);
    assert_int_equal(eh_pack_shape(data.pack).width, 16);
    /* The whole at half its size: the mean of two by two pixels. */
    for (size_t i = 0; i < 12; i++) {
        const uint8_t *p = eh_pack_image(data.large, batch->row[i]);
        for (size_t y = 0; y < 16; y++)
            for (size_t x = 0; x < 16; x++) {
                size_t at = (2 * y * 32 + 2 * x) * 3;
                double mean = (p[at] + p[at + 3] + p[at + 96] + p[at + 99]) / 4.0 / 255;
                assert_float_equal(batch->image[i * 3 * 256 + y * 16 + x], mean, 0.51 / 255);
            }
    }
    eh_loader_free(loader);
    eh_run_data_clear(&data);
}

static void without_a_crop_presizing_takes_its_own(void **state)
{
    make_large(*state);
    eh_training_augments augments;
    eh_train_opts o = small_options(*state, arena, "run", "size=16", "presize=32", "augment=flip", NULL);
    assert_int_equal(eh_training_augments_parse(&augments, &o, &(eh_run_data){ 0 }, arena, NULL), EH_OK);
    assert_int_equal(augments.count, 2);
    assert_string_equal(augments.item[0].entry->name, "resized-crop");
    assert_string_equal(augments.item[1].entry->name, "flip");
    small_train(&o, EH_OK, NULL);
    eh_error err = { 0 };
    o = small_options(*state, arena, "small", "size=32", "presize=16", NULL);
    small_train(&o, EH_ERR_USAGE, &err);
    assert_non_null(strstr(err.message, "--presize"));
}

static void the_scale_of_pixels_can_be_chosen_and_is_told(void **state)
{
    make_large(*state);
    static const char *const setting[] = { "normalise=imagenet", "normalise=none" }, *const from[] = {
        "ImageNet", "none"
    };
    static const double mean[] = { 0.456, 0 }, std[] = { 0.224, 1 };
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "none" : "imagenet";
        eh_train_opts o = small_options(*state, arena, name, "epochs=1", "size=16", setting[i], NULL);
        small_train(&o, EH_OK, NULL);
        json_t *run = NULL;
        const char *said;
        double m, s;
        assert_int_equal(eh_json_read(&run, data_path(*state, "%s/run.json", name), NULL), EH_OK);
        assert_int_equal(json_unpack(run, "{s:{s:s, s:[F,F], s:[F,F]}}", "image", "scale_from", &said, "mean",
                                     &m, &m, "std", &s, &s),
                         0);
        assert_string_equal(said, from[i]);
        assert_float_equal(m, mean[i], 1e-6);
        assert_float_equal(s, std[i], 1e-6);
        json_decref(run);
    }
}

/* Losses of a batch whose shares are all `share`. */
static void losses(float out[12], eh_plan *plan, const eh_task *task, const eh_task_tensors *t,
                   eh_batch batch, const uint32_t *partner, float share)
{
    float lambda[12], scratch[12];
    for (int i = 0; i < 12; i++)
        lambda[i] = share;
    batch.partner = partner;
    batch.lambda = lambda;
    assert_int_equal(eh_task_write_truth(task, t, plan, &batch, scratch, NULL), EH_OK);
    assert_int_equal(eh_plan_run(plan, NULL), EH_OK);
    assert_int_equal(eh_plan_read(plan, t->sample_loss, out, NULL), EH_OK);
}

static void the_loss_of_a_mixed_sample_is_that_of_both_labels_in_their_shares(void **state)
{
    make_large(*state);
    eh_run_data data;
    eh_loader *loader;
    eh_params *params;
    eh_graph *graph;
    eh_plan *plan;
    eh_task task;
    uint32_t partner[12];
    float own[12], other[12], both[12], plain[12];
    eh_train_opts o = small_options(*state, arena, "run", "size=16", "augment=mixup", NULL);
    const eh_batch *batch = first_batch(&data, &loader, &o);
    assert_non_null(batch->lambda);
    assert_int_equal(eh_task_init(&task, &o, &data, arena, NULL), EH_OK);
    task.mixes = true;
    assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&graph, params, NULL), EH_OK);
    eh_build build = {
        .graph = graph, .training = true, .freeze_statistics = true, .bn_momentum = 0.1, .bn_epsilon = 1e-5
    };
    eh_tensor *images =
        eh_input(graph, "images", eh_shape_of(4, (int64_t)12, (int64_t)3, (int64_t)16, (int64_t)16), EH_F32);
    eh_task_tensors t = eh_task_build(&task, &build, images);
    eh_error err = { 0 };
    if (eh_graph_check(graph, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(eh_plan_new(&plan, graph, &t.sample_loss, 1, &(eh_plan_opts){ .backend = "cpu" }, NULL),
                     EH_OK);
    assert_int_equal(eh_plan_write(plan, images, batch->image, NULL), EH_OK);
    for (int i = 0; i < 12; i++)
        partner[i] = batch->row[(i + 1) % 12]; /* sides alternate: always the other label */
    losses(own, plan, &task, &t, *batch, partner, 1);
    losses(other, plan, &task, &t, *batch, partner, 0);
    losses(both, plan, &task, &t, *batch, partner, 0.3f);
    losses(plain, plan, &task, &t, *batch, batch->row, 0.6f);
    for (int i = 0; i < 12; i++) {
        assert_float_equal(both[i], 0.3f * own[i] + 0.7f * other[i], 1e-5);
        assert_float_equal(plain[i], own[i], 1e-5);
        assert_true(fabsf(own[i] - other[i]) > 1e-4f);
        assert_float_equal(exp(-(double)own[i]) + exp(-(double)other[i]), 1, 1e-5); /* two classes */
    }
    eh_plan_free(plan);
    eh_graph_free(graph);
    eh_params_free(params);
    eh_loader_free(loader);
    eh_run_data_clear(&data);
}

static void trainings_with_mixing_run_and_repeat(void **state)
{
    small_catalog_biased(*state, 48);
    static const char *const runs[] = { "one", "two" };
    for (int i = 0; i < 2; i++) {
        eh_train_opts o = small_options(*state, arena, runs[i], "label=side,tint,amount", "epochs=2",
                                        "augment=fastai,mixup,cutmix", NULL);
        small_train(&o, EH_OK, NULL);
    }
    assert_true(small_same_file(*state, "one/weights.safetensors", "two/weights.safetensors"));
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, make, clear)
    const struct CMUnitTest tests[] = {
        ROW(presized_pictures_come_from_the_larger_pixels),
        ROW(without_a_crop_presizing_takes_its_own),
        ROW(the_scale_of_pixels_can_be_chosen_and_is_told),
        ROW(the_loss_of_a_mixed_sample_is_that_of_both_labels_in_their_shares),
        ROW(trainings_with_mixing_run_and_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
