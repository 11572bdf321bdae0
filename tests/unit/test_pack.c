/* test_pack.c - packs: pixels, keys, several processes, full disks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"
#include "support/mask_files.h"

#include "evenhand/loader.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static eh_catalog *catalog;
static eh_frame *frame;

/* Imports a folder of `count` PNG pictures of width x height. */
static void open_set(void *folder, int count, int width, int height, int channels)
{
    data_import result;
    for (int i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/i%02d.png", i);
        data_write_image(folder, name, width, height, channels, i);
    }
    data_import_run(&result, folder, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    catalog = data_open(folder);
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
}

static int close_set(void **state)
{
    eh_frame_free(frame);
    eh_catalog_close(catalog);
    frame = NULL;
    catalog = NULL;
    return data_folder_remove(state);
}

static eh_pack *open_pack(void *folder, int width, int height, int channels, bool stretch)
{
    eh_pack *pack = NULL;
    eh_error err = { 0 };
    eh_pack_opts opts = { .width = width,
                          .height = height,
                          .channels = channels,
                          .stretch = stretch,
                          .folder = data_path(folder, "packs") };
    if (eh_pack_open(&pack, catalog, frame, &opts, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    return pack;
}

static void images_of_the_right_size_are_copied(void **state)
{
    open_set(*state, 9, 7, 5, 3);
    eh_pack *pack = open_pack(*state, 7, 5, 3, false);
    assert_int_equal(eh_pack_rows(pack), 9);
    for (int i = 0; i < 9; i++)
        for (int y = 0; y < 5; y++)
            for (int x = 0; x < 7; x++)
                for (int c = 0; c < 3; c++)
                    assert_int_equal(eh_pack_image(pack, (size_t)i)[(y * 7 + x) * 3 + c],
                                     data_sample(i, x, y, c));
    eh_pack_close(pack);
}

static void the_centre_is_cut_out_or_the_whole_is_stretched(void **state)
{
    open_set(*state, 2, 12, 4, 1);
    eh_pack *cut = open_pack(*state, 4, 4, 1, false), *stretched = open_pack(*state, 4, 4, 1, true);
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 4; x++)
            assert_int_equal(eh_pack_image(cut, 1)[y * 4 + x], data_sample(1, x + 4, y, 0));
    /* Samples grow by 3 per column, so a stretched line covers more of them than a cut one. */
    assert_true(eh_pack_image(stretched, 0)[3] - eh_pack_image(stretched, 0)[0] > 20);
    assert_int_equal(eh_pack_image(cut, 0)[3] - eh_pack_image(cut, 0)[0], 9);
    eh_pack_close(cut);
    eh_pack_close(stretched);
    assert_int_equal(data_count_entries(data_path(*state, "packs")), 2);
}

static void a_pack_is_made_once_and_then_only_opened(void **state)
{
    open_set(*state, 3, 6, 6, 3);
    eh_pack_close(open_pack(*state, 6, 6, 3, false));
    unlink(data_path(*state, "set/i01.png")); /* would be missed if the pack were made again */
    eh_pack_close(open_pack(*state, 6, 6, 3, false));
    assert_int_equal(data_count_entries(data_path(*state, "packs")), 1);
}

static void a_truncated_pack_is_made_again(void **state)
{
    open_set(*state, 3, 6, 6, 3);
    eh_pack_close(open_pack(*state, 6, 6, 3, false));
    assert_int_equal(truncate(data_only_entry(data_path(*state, "packs")), 4100), 0);
    eh_pack *pack = open_pack(*state, 6, 6, 3, false);
    assert_int_equal(eh_pack_image(pack, 2)[0], data_sample(2, 0, 0, 0));
    eh_pack_close(pack);
}

static void an_image_that_became_unreadable_is_named(void **state)
{
    eh_pack *pack;
    eh_error err = { 0 };
    open_set(*state, 3, 6, 6, 3);
    data_write_text(*state, "set/i01.png", "no picture");
    eh_pack_opts opts = { .width = 6, .height = 6, .channels = 3, .folder = data_path(*state, "packs") };
    assert_int_equal(eh_pack_open(&pack, catalog, frame, &opts, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "i01.png"));
    assert_int_equal(data_count_entries(data_path(*state, "packs")), 0);
}

static void an_image_that_was_replaced_since_the_import_is_named(void **state)
{
    eh_pack *pack;
    eh_error err = { 0 };
    open_set(*state, 3, 6, 6, 3);
    data_write_image(*state, "set/i02.png", 6, 6, 3, 9); /* a good picture, but another one */
    eh_pack_opts opts = { .width = 6, .height = 6, .channels = 3, .folder = data_path(*state, "packs") };
    assert_int_equal(eh_pack_open(&pack, catalog, frame, &opts, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "i02.png has other contents than at the import"));
    assert_int_equal(data_count_entries(data_path(*state, "packs")), 0);
}

static void a_full_disk_is_a_sentence_and_leaves_nothing(void **state)
{
    eh_pack *pack;
    eh_error err = { 0 };
    struct rlimit old, small;
    open_set(*state, 8, 64, 64, 3);
    eh_pack_opts opts = { .width = 64, .height = 64, .channels = 3, .folder = data_path(*state, "packs") };
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 40000;
    setrlimit(RLIMIT_FSIZE, &small);
    eh_status status = eh_pack_open(&pack, catalog, frame, &opts, NULL, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, EH_ERR_IO);
    assert_null(pack);
    assert_non_null(strstr(err.message, "EVENHAND_CACHE"));
    assert_int_equal(data_count_entries(data_path(*state, "packs")), 0);
}

/* What a further process does: opens catalog and pack of the folder; 0 when all went well. */
static int child_main(const char *folder)
{
    eh_pack *pack = NULL;
    char catalog_path[600], packs[600];
    snprintf(catalog_path, sizeof catalog_path, "%s/data.eh", folder);
    snprintf(packs, sizeof packs, "%s/packs", folder);
    eh_pack_opts opts = { .width = 8, .height = 8, .channels = 1, .folder = packs };
    eh_status status = eh_catalog_open(&catalog, catalog_path, NULL);
    if (status == EH_OK)
        status = eh_frame_load(&frame, catalog, NULL, 0, NULL);
    if (status == EH_OK)
        status = eh_pack_open(&pack, catalog, frame, &opts, NULL, NULL);
    int code = status == EH_OK && eh_pack_rows(pack) == 12 ? 0 : 1;
    eh_pack_close(pack);
    eh_frame_free(frame);
    eh_catalog_close(catalog);
    return code;
}

static void several_processes_may_make_the_same_pack(void **state)
{
    open_set(*state, 12, 16, 16, 3);
    pid_t child[3];
    for (int i = 0; i < 3; i++) {
        child[i] = fork();
        if (child[i] == 0) { /* a new program: OpenMP's threads do not survive a fork */
            execl("/proc/self/exe", "test_pack", *state, (char *)NULL);
            _exit(127);
        }
    }
    for (int i = 0; i < 3; i++) {
        int code = -1;
        waitpid(child[i], &code, 0);
        assert_int_equal(code, 0);
    }
    assert_int_equal(data_count_entries(data_path(*state, "packs")), 1);
}

static void impossible_sizes_are_refused(void **state)
{
    eh_pack *pack;
    open_set(*state, 1, 4, 4, 3);
    eh_pack_opts opts = { .width = 0, .height = 4, .channels = 3, .folder = *state };
    assert_int_equal(eh_pack_open(&pack, catalog, frame, &opts, NULL, NULL), EH_ERR_USAGE);
    opts = (eh_pack_opts){ .width = 4, .height = 4, .channels = 2, .folder = *state };
    assert_int_equal(eh_pack_open(&pack, catalog, frame, &opts, NULL, NULL), EH_ERR_USAGE);
}

/* Imports three pictures of 12 x 8; the second has no mask. */
static void open_masks(void *folder)
{
    static const uint8_t values[] = { 0, 1, 2, 255 };
    data_import result;
    for (int i = 0; i < 3; i++) {
        char image[64], mask[64];
        snprintf(image, sizeof image, "set/images/train/i%d.png", i);
        snprintf(mask, sizeof mask, "set/masks/train/i%d.png", i);
        data_write_image(folder, image, 12, 8, 3, i);
        if (i != 1)
            mask_write(folder, mask, 12, 8, values + (i == 2), 3);
    }
    data_write_text(folder, "set/classes.txt", "sky\nroad\ncar\n");
    data_import_run(&result, folder, "set", "masks:keep-unmasked=true", false);
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    catalog = data_open(folder);
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
    assert_int_equal(frame->rows, 3);
}

static eh_status open_mask_pack(eh_pack **pack, void *folder, int width, int height, const char *column,
                                eh_error *err)
{
    eh_pack_opts opts = {
        .width = width, .height = height, .mask_column = column, .folder = data_path(folder, "packs")
    };
    return eh_pack_open(pack, catalog, frame, &opts, NULL, err);
}

static void masks_are_packed_like_their_images(void **state)
{
    eh_pack *pack;
    open_masks(*state);
    assert_int_equal(open_mask_pack(&pack, *state, 12, 8, "mask", NULL), EH_OK);
    assert_int_equal(eh_pack_shape(pack).channels, 1);
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 12; x++) {
            const uint8_t after[] = { 1, 2, EH_MASK_IGNORE };
            assert_int_equal(eh_pack_image(pack, 0)[y * 12 + x], (x + y) % 3);
            assert_int_equal(eh_pack_image(pack, 1)[y * 12 + x], EH_MASK_IGNORE);
            assert_int_equal(eh_pack_image(pack, 2)[y * 12 + x], after[(x + y) % 3]);
        }
    eh_pack_close(pack);
    /* The centred square of 8 x 8, then every second pixel: no class is mixed. */
    assert_int_equal(open_mask_pack(&pack, *state, 4, 4, "mask", NULL), EH_OK);
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 4; x++)
            assert_int_equal(eh_pack_image(pack, 0)[y * 4 + x], (2 * x + 1 + 2 + 2 * y + 1) % 3);
    eh_pack_close(pack);
}

static void a_pack_of_masks_is_named_by_what_they_show(void **state)
{
    eh_pack *pack;
    data_import result;
    open_masks(*state);
    assert_int_equal(open_mask_pack(&pack, *state, 12, 8, "mask", NULL), EH_OK);
    eh_pack_close(pack);
    eh_pack_close(open_pack(*state, 12, 8, 1, false)); /* grey pictures of that size are something else */
    assert_int_equal(data_count_entries(data_path(*state, "packs")), 2);
    eh_frame_free(frame);
    eh_catalog_close(catalog);
    /* The same files, but now the third value counts for nothing. */
    unlink(data_path(*state, "data.eh"));
    data_write_text(*state, "set/classes.txt", "sky\nroad\nunlabelled\n");
    data_import_run(&result, *state, "set", "masks:keep-unmasked=true", false);
    assert_int_equal(result.status, EH_OK);
    catalog = data_open(*state);
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
    assert_int_equal(open_mask_pack(&pack, *state, 12, 8, "mask", NULL), EH_OK);
    assert_int_equal(eh_pack_image(pack, 0)[2], EH_MASK_IGNORE);
    eh_pack_close(pack);
    assert_int_equal(data_count_entries(data_path(*state, "packs")), 3);
}

static void masks_that_were_changed_and_columns_without_masks_are_named(void **state)
{
    static const uint8_t other[] = { 1 };
    eh_pack *pack;
    eh_error err = { 0 };
    open_masks(*state);
    mask_write(*state, "set/masks/train/i2.png", 12, 8, other, 1);
    assert_int_equal(open_mask_pack(&pack, *state, 12, 8, "mask", &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "i2.png: has other contents than at the import"));
    assert_int_equal(open_mask_pack(&pack, *state, 12, 8, "gender", &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "gender"));
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return child_main(argv[1]);
#define ROW(f) cmocka_unit_test_setup_teardown(f, data_folder_make, close_set)
    const struct CMUnitTest tests[] = {
        ROW(several_processes_may_make_the_same_pack),
        ROW(images_of_the_right_size_are_copied),
        ROW(the_centre_is_cut_out_or_the_whole_is_stretched),
        ROW(a_pack_is_made_once_and_then_only_opened),
        ROW(a_truncated_pack_is_made_again),
        ROW(an_image_that_became_unreadable_is_named),
        ROW(an_image_that_was_replaced_since_the_import_is_named),
        ROW(a_full_disk_is_a_sentence_and_leaves_nothing),
        ROW(impossible_sizes_are_refused),
        ROW(masks_are_packed_like_their_images),
        ROW(a_pack_of_masks_is_named_by_what_they_show),
        ROW(masks_that_were_changed_and_columns_without_masks_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
