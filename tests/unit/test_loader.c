/* test_loader.c - batches: their contents, their order, and that neither depends on threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"
#include "support/mask_files.h"

#include "base/config.h"
#include "base/rng.h"
#include "evenhand/loader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IMAGES = 37, SIDE = 6, BATCH = 5 };

/* A pack of IMAGES pictures, made once for all tests. */
typedef struct fixture {
    void *folder;
    eh_catalog *catalog;
    eh_frame *frame;
    eh_pack *pack;
    eh_arena *arena;
    eh_thing_spec augment[2];
    uint32_t order[IMAGES];
} fixture;

static fixture fx;

static int make_pack(void **state)
{
    data_import result;
    if (data_folder_make(&fx.folder))
        return -1;
    for (int i = 0; i < IMAGES; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/i%02d.png", i);
        data_write_image(fx.folder, name, SIDE, SIDE, 3, i);
        fx.order[i] = (uint32_t)i;
    }
    data_import_run(&result, fx.folder, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    fx.catalog = data_open(fx.folder);
    assert_int_equal(eh_frame_load(&fx.frame, fx.catalog, NULL, 0, NULL), EH_OK);
    eh_pack_opts opts = { .width = SIDE, .height = SIDE, .channels = 3, .folder = fx.folder };
    assert_int_equal(eh_pack_open(&fx.pack, fx.catalog, fx.frame, &opts, NULL, NULL), EH_OK);
    fx.arena = eh_arena_new();
    assert_int_equal(eh_thing_parse(&fx.augment[0], "augmentation", "flip", "test", fx.arena, NULL), EH_OK);
    assert_int_equal(eh_thing_parse(&fx.augment[1], "augmentation", "shift-crop:pad=2", "test", fx.arena,
                                    NULL),
                     EH_OK);
    eh_rng rng = eh_rng_at(3, EH_DRAW_TEST, 0, 0);
    eh_rng_shuffle(&rng, fx.order, IMAGES);
    *state = &fx;
    return 0;
}

static int free_pack(void **state)
{
    (void)state;
    eh_pack_close(fx.pack);
    eh_frame_free(fx.frame);
    eh_catalog_close(fx.catalog);
    eh_arena_free(fx.arena);
    return data_folder_remove(&fx.folder);
}

static eh_loader *make_loader(int workers, bool augment, bool drop_last)
{
    eh_loader *loader;
    eh_loader_opts opts = { .batch = BATCH,
                            .workers = workers,
                            .ahead = 2,
                            .drop_last = drop_last,
                            .seed = 11,
                            .mean = { 0.5f, 0.25f, 0 },
                            .std = { 0.5f, 2, 0 } };
    opts.augment = fx.augment;
    opts.augments = augment ? 2 : 0;
    assert_int_equal(eh_loader_new(&loader, fx.pack, &opts, NULL), EH_OK);
    return loader;
}

/* All floats of an epoch one behind the other; batches beyond `room` floats fail the test. */
static size_t read_epoch(eh_loader *loader, float *out, size_t room, uint64_t epoch, uint64_t skip)
{
    size_t used = 0, floats = 3 * SIDE * SIDE;
    eh_batch *batch;
    assert_int_equal(eh_loader_begin(loader, fx.order, IMAGES, epoch, skip, NULL), EH_OK);
    for (uint64_t index = skip;; index++) {
        assert_int_equal(eh_loader_next(loader, &batch, NULL), EH_OK);
        if (!batch)
            break;
        assert_int_equal(batch->index, index);
        assert_int_equal(batch->epoch, epoch);
        for (size_t i = 0; i < batch->count; i++)
            assert_int_equal(batch->row[i], fx.order[index * BATCH + i]);
        assert_true(used + batch->count * floats <= room);
        memcpy(out + used, batch->image, batch->count * floats * sizeof *out);
        used += batch->count * floats;
    }
    return used;
}

#define ROOM ((size_t)IMAGES * 3 * SIDE * SIDE)

static void samples_are_normalised_planes(void **state)
{
    (void)state;
    eh_loader *loader = make_loader(1, false, false);
    static float all[ROOM];
    assert_int_equal(read_epoch(loader, all, ROOM, 0, 0), ROOM);
    const float mean[] = { 0.5f, 0.25f, 0 }, std[] = { 0.5f, 2, 1 };
    for (int i = 0; i < IMAGES; i++)
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < SIDE; y++)
                for (int x = 0; x < SIDE; x++) {
                    double byte = data_sample((int)fx.order[i], x, y, c),
                           want = (byte / 255 - (double)mean[c]) / (double)std[c];
                    assert_float_equal(all[((i * 3 + c) * SIDE + y) * SIDE + x], (float)want, 1e-6f);
                }
    eh_loader_free(loader);
}

static void the_last_batch_is_filled_up_with_zeros(void **state)
{
    (void)state;
    eh_loader *loader = make_loader(2, true, false);
    eh_batch *batch = NULL, *last = NULL;
    for (int round = 0; round < 2; round++) { /* twice, so that slots hold old samples */
        assert_int_equal(eh_loader_begin(loader, fx.order, IMAGES, 0, 0, NULL), EH_OK);
        int batches = 0;
        for (;;) {
            assert_int_equal(eh_loader_next(loader, &batch, NULL), EH_OK);
            if (!batch)
                break;
            last = batch;
            batches++;
            if (batches == 8) {
                assert_int_equal(last->count, IMAGES % BATCH);
                assert_int_equal(last->capacity, BATCH);
                for (size_t i = 0; i < BATCH; i++)
                    assert_float_equal(last->weight[i], i < IMAGES % BATCH ? 1 : 0, 0);
                for (size_t i = last->count * 3 * SIDE * SIDE; i < (size_t)BATCH * 3 * SIDE * SIDE; i++)
                    assert_float_equal(last->image[i], 0, 0);
            }
        }
        assert_int_equal(batches, 8);
    }
    eh_loader_free(loader);
}

static void an_incomplete_batch_is_dropped_on_request(void **state)
{
    (void)state;
    eh_loader *loader = make_loader(1, false, true);
    static float all[ROOM];
    assert_int_equal(read_epoch(loader, all, ROOM, 0, 0), (size_t)(IMAGES / BATCH) * BATCH * 3 * SIDE * SIDE);
    eh_loader_free(loader);
}

static void batches_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    static float one[ROOM], other[ROOM];
    eh_loader *loader = make_loader(1, true, false);
    assert_int_equal(read_epoch(loader, one, ROOM, 4, 0), ROOM);
    eh_loader_free(loader);
    for (int workers = 2; workers <= 4; workers++) {
        loader = make_loader(workers, true, false);
        memset(other, 0, sizeof other);
        assert_int_equal(read_epoch(loader, other, ROOM, 4, 0), ROOM);
        assert_memory_equal(one, other, sizeof one);
        eh_loader_free(loader);
    }
}

static void epochs_are_augmented_differently_and_repeat_exactly(void **state)
{
    (void)state;
    static float a[ROOM], b[ROOM];
    eh_loader *loader = make_loader(2, true, false);
    read_epoch(loader, a, ROOM, 1, 0);
    read_epoch(loader, b, ROOM, 2, 0);
    assert_memory_not_equal(a, b, sizeof a);
    read_epoch(loader, b, ROOM, 1, 0);
    assert_memory_equal(a, b, sizeof a);
    eh_loader_free(loader);
}

static void a_resumed_epoch_continues_with_the_same_batches(void **state)
{
    (void)state;
    static float whole[ROOM], rest[ROOM];
    eh_loader *loader = make_loader(2, true, false);
    read_epoch(loader, whole, ROOM, 7, 0);
    for (uint64_t skip = 1; skip <= 9; skip++) {
        size_t gone = skip * BATCH * 3 * SIDE * SIDE, left = gone < ROOM ? ROOM - gone : 0;
        assert_int_equal(read_epoch(loader, rest, ROOM, 7, skip), left);
        assert_memory_equal(rest, whole + (ROOM - left), left * sizeof(float));
    }
    eh_loader_free(loader);
}

static void an_epoch_can_be_left_at_any_time(void **state)
{
    (void)state;
    static float one[ROOM], other[ROOM];
    eh_batch *batch;
    for (int taken = 0; taken < 10; taken++) {
        eh_loader *loader = make_loader(3, true, false);
        assert_int_equal(eh_loader_begin(loader, fx.order, IMAGES, 9, 0, NULL), EH_OK);
        for (int i = 0; i < taken; i++)
            assert_int_equal(eh_loader_next(loader, &batch, NULL), EH_OK);
        float *into = taken ? other : one;
        assert_int_equal(read_epoch(loader, into, ROOM, 3, 0), ROOM);
        if (taken)
            assert_memory_equal(one, other, sizeof one);
        assert_int_equal(eh_loader_begin(loader, fx.order, IMAGES, 5, 0, NULL), EH_OK);
        eh_loader_free(loader); /* while the threads are filling */
    }
}

static void rows_outside_the_pack_are_refused(void **state)
{
    (void)state;
    eh_loader *loader = make_loader(1, false, false);
    const uint32_t wrong[] = { 0, IMAGES };
    eh_batch *batch;
    assert_int_equal(eh_loader_begin(loader, wrong, 2, 0, 0, NULL), EH_ERR_USAGE);
    assert_int_equal(eh_loader_next(loader, &batch, NULL), EH_OK);
    assert_null(batch);
    eh_loader_free(loader);
}

/* Masks whose class is the red of the picture: what an augmentation does to one it must do to the other. */
static void masks_come_with_their_images_and_move_with_them(void **state)
{
    static const uint8_t values[] = { 3, 9, 27, 81, 243 };
    (void)state;
    data_import result;
    for (int i = 0; i < 7; i++) {
        char image[64], mask[64];
        snprintf(image, sizeof image, "seg/images/i%d.png", i);
        snprintf(mask, sizeof mask, "seg/masks/i%d.png", i);
        data_write_image(fx.folder, image, SIDE, SIDE, 3, i);
        mask_write(fx.folder, mask, SIDE, SIDE, values + i % 3, 3);
    }
    unlink(data_path(fx.folder, "data.eh"));
    data_import_run(&result, fx.folder, "seg", NULL, false);
    assert_int_equal(result.status, EH_OK);
    eh_catalog *catalog = data_open(fx.folder);
    eh_frame *frame;
    eh_pack *images, *masks;
    eh_loader *loader;
    eh_batch *batch;
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
    eh_pack_opts opts = { .width = SIDE, .height = SIDE, .channels = 3, .folder = fx.folder };
    assert_int_equal(eh_pack_open(&images, catalog, frame, &opts, NULL, NULL), EH_OK);
    opts.mask_column = "mask";
    assert_int_equal(eh_pack_open(&masks, catalog, frame, &opts, NULL, NULL), EH_OK);
    const uint32_t order[] = { 6, 2, 4 };
    for (int augments = 0; augments <= 2; augments += 2) {
        eh_loader_opts load = {
            .batch = 4, .augment = fx.augment, .augments = (size_t)augments, .masks = masks
        };
        assert_int_equal(eh_loader_new(&loader, images, &load, NULL), EH_OK);
        assert_int_equal(eh_loader_begin(loader, order, 3, 0, 0, NULL), EH_OK);
        assert_int_equal(eh_loader_next(loader, &batch, NULL), EH_OK);
        for (size_t i = 0; i < 4; i++)
            for (size_t k = 0; k < (size_t)SIDE * SIDE; k++) {
                uint8_t cls = batch->mask[i * SIDE * SIDE + k];
                /* Red is 7 row + 3 x + 5 y, the class at x + y mod 3: x + y is known from it, and x - y does not matter. */
                int red = (int)lroundf(batch->image[(i * 3) * SIDE * SIDE + k] * 255);
                if (i == 3) {
                    assert_int_equal(cls, EH_MASK_IGNORE);
                    continue;
                }
                if (augments && cls == EH_MASK_IGNORE)
                    continue; /* beyond the edge */
                int found = 0;
                for (int x = 0; x < SIDE; x++)
                    for (int y = 0; y < SIDE; y++)
                        found += data_sample((int)order[i], x, y, 0) == red &&
                                 eh_pack_image(masks, order[i])[y * SIDE + x] == cls;
                assert_true(found > 0);
                if (!augments)
                    assert_int_equal(cls, eh_pack_image(masks, order[i])[k]);
            }
        eh_loader_free(loader);
    }
    eh_thing_spec mixup;
    eh_error err = { 0 };
    assert_int_equal(eh_thing_parse(&mixup, "augmentation", "mixup", "test", fx.arena, NULL), EH_OK);
    eh_loader_opts wrong = { .batch = 4, .masks = masks, .augment = &mixup, .augments = 1 };
    assert_int_equal(eh_loader_new(&loader, images, &wrong, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "mixup cannot be used where pixels are learned"));
    wrong.augments = 0;
    assert_int_equal(eh_loader_new(&loader, fx.pack, &wrong, NULL), EH_ERR_USAGE); /* other rows */
    eh_pack_close(masks);
    eh_pack_close(images);
    eh_frame_free(frame);
    eh_catalog_close(catalog);
}

static void mixed_batches_name_partner_and_share(void **state)
{
    (void)state;
    eh_thing_spec mixup;
    eh_loader *loader;
    eh_batch *batch;
    static float first[ROOM];
    size_t floats = (size_t)3 * SIDE * SIDE;
    assert_int_equal(eh_thing_parse(&mixup, "augmentation", "mixup", "test", fx.arena, NULL), EH_OK);
    for (int workers = 1; workers <= 3; workers += 2) {
        eh_loader_opts opts = {
            .batch = BATCH, .workers = workers, .augment = &mixup, .augments = 1, .seed = 3
        };
        int mixed = 0;
        assert_int_equal(eh_loader_new(&loader, fx.pack, &opts, NULL), EH_OK);
        assert_int_equal(eh_loader_begin(loader, fx.order, IMAGES, 2, 0, NULL), EH_OK);
        for (;;) {
            assert_int_equal(eh_loader_next(loader, &batch, NULL), EH_OK);
            if (!batch)
                break;
            for (size_t i = 0; i < batch->count; i++) {
                const uint8_t *own = eh_pack_image(fx.pack, batch->row[i]),
                              *other = eh_pack_image(fx.pack, batch->partner[i]);
                bool inside = false;
                for (size_t j = 0; j < batch->count; j++)
                    inside |= batch->row[j] == batch->partner[i];
                assert_true(inside);
                mixed += batch->lambda[i] < 1;
                double share = (double)batch->lambda[i];
                for (size_t k = 0; k < (size_t)SIDE * SIDE; k++)
                    assert_float_equal(batch->image[i * floats + k],
                                       (share * own[3 * k] + (1 - share) * other[3 * k]) / 255, 1e-5);
            }
            if (workers == 1)
                memcpy(first + batch->index * BATCH * floats, batch->image,
                       batch->count * floats * sizeof(float));
            else
                assert_memory_equal(first + batch->index * BATCH * floats, batch->image,
                                    batch->count * floats * sizeof(float));
        }
        assert_true(mixed > IMAGES / 2);
        eh_loader_free(loader);
    }
}

static int fail_from(void *user, uint64_t number, size_t bytes)
{
    (void)bytes;
    return number >= *(uint64_t *)user;
}

static void a_failed_allocation_is_an_error_without_leaks(void **state)
{
    (void)state;
    eh_thing_spec mixup;
    assert_int_equal(eh_thing_parse(&mixup, "augmentation", "mixup", "test", fx.arena, NULL), EH_OK);
    eh_loader_opts opts = { .batch = BATCH, .workers = 2, .augment = &mixup, .augments = 1 };
    eh_status status = EH_ERR_MEMORY;
    uint64_t n = 0;
    for (; status != EH_OK; n++) {
        eh_loader *loader = NULL;
        uint64_t live = eh_alloc_live_bytes();
        eh_alloc_set_hook(fail_from, &n);
        status = eh_loader_new(&loader, fx.pack, &opts, NULL);
        eh_alloc_set_hook(NULL, NULL);
        assert_true(status == EH_OK || status == EH_ERR_MEMORY);
        eh_loader_free(loader);
        assert_int_equal(eh_alloc_live_bytes(), live);
        assert_true(n < 1000);
    }
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_normalised_planes),
        cmocka_unit_test(the_last_batch_is_filled_up_with_zeros),
        cmocka_unit_test(an_incomplete_batch_is_dropped_on_request),
        cmocka_unit_test(batches_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(epochs_are_augmented_differently_and_repeat_exactly),
        cmocka_unit_test(a_resumed_epoch_continues_with_the_same_batches),
        cmocka_unit_test(an_epoch_can_be_left_at_any_time),
        cmocka_unit_test(masks_come_with_their_images_and_move_with_them),
        cmocka_unit_test(mixed_batches_name_partner_and_share),
        cmocka_unit_test(rows_outside_the_pack_are_refused),
        cmocka_unit_test(a_failed_allocation_is_an_error_without_leaks),
    };
    return cmocka_run_group_tests(tests, make_pack, free_pack);
}
