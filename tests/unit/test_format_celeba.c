/* test_format_celeba.c - importing CelebA. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"

#include "evenhand/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static data_import result;

static void write_faces(void *folder, const char *below, int count)
{
    for (int i = 1; i <= count; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%06d.jpg", below, i);
        data_write_image(folder, name, 8, 8, 3, i);
    }
}

static const char attributes[] = "2000\r\n"
                                 "Blond_Hair Male \r\n"
                                 "000001.jpg -1  1\r\n"
                                 "000002.jpg  1 -1\r\n"
                                 "000003.jpg  1  1\r\n"
                                 "000004.jpg -1 -1\r\n";

static void lists_and_images_become_a_catalog(void **state)
{
    write_faces(*state, "set/img_align_celeba/", 3);
    data_write_image(*state, "set/img_align_celeba/unnamed.jpg", 8, 8, 3, 0);
    data_write_text(*state, "set/list_attr_celeba.txt", attributes);
    data_write_text(*state, "set/identity_CelebA.txt", "000001.jpg 7\r\n000003.jpg 8\r\n000009.jpg 9\r\n");
    data_write_text(*state, "set/list_eval_partition.txt",
                    "000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n000004.jpg 2\n");
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_string_equal(result.report.format, "celeba");
    assert_int_equal(result.report.images, 3);
    assert_int_equal(result.report.skipped, 0);
    assert_int_equal(result.report.rows_without_image, 1);
    assert_int_equal(result.report.images_without_row, 1);
    assert_non_null(strstr(result.warnings, "2000 rows, but it has 4"));
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(f->columns, 3);
    assert_string_equal(f->column[0].name, "Blond_Hair");
    assert_string_equal(f->column[0].class_name[0], "not Blond_Hair");
    assert_string_equal(f->column[0].class_name[1], "Blond_Hair");
    const int32_t blond[] = { 0, 1, 1 }, male[] = { 1, 0, 1 };
    assert_memory_equal(f->column[0].cls, blond, sizeof blond);
    assert_memory_equal(f->column[1].cls, male, sizeof male);
    assert_string_equal(f->column[2].text[0], "7");
    assert_null(f->column[2].text[1]);
    assert_string_equal(f->column[2].text[2], "8");
    const uint8_t part[] = { 1, 2, 3 };
    assert_memory_equal(f->part, part, sizeof part);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void tables_work_like_text_lists(void **state)
{
    write_faces(*state, "set/img_align_celeba/img_align_celeba/", 2);
    data_write_text(*state, "set/list_attr_celeba.csv",
                    "image_id,Blond_Hair,Male\n000001.jpg,-1,1\n000002.jpg,1,-1\n");
    data_write_text(*state, "set/list_eval_partition.csv",
                    "image_id,partition\n000001.jpg,2\n000002.jpg,0\n");
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 2);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_columns(c), 2);
    eh_catalog_close(c);
}

static void the_list_itself_can_be_named_and_the_images_folder_too(void **state)
{
    write_faces(*state, "set/faces/", 4);
    data_write_text(*state, "set/list_attr_celeba.txt", attributes);
    data_import_run(&result, *state, "set/list_attr_celeba.txt", "celeba:images=faces", false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 4);
}

static int collect(void *user, const char *item, const char *reason)
{
    char *list = user;
    size_t used = strlen(list);
    snprintf(list + used, 4096 - used, "%s: %s\n", item, reason);
    return 0;
}

static void lines_that_make_no_sense_are_listed_not_guessed(void **state)
{
    char list[4096] = "";
    write_faces(*state, "set/img_align_celeba/", 5);
    data_write_text(*state, "set/list_attr_celeba.txt",
                    "5\nBlond_Hair Male\n000001.jpg 1\n000002.jpg 1 yes\n000003.jpg 1 1 1\n000004.jpg 1 "
                    "1\n000004.jpg -1 1\n000005.jpg 1 0\n");
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 2);
    assert_int_equal(result.report.skipped, 4);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_each_skipped(c, collect, list, NULL), EH_OK);
    eh_catalog_close(c);
    assert_non_null(strstr(list, "000001.jpg: line 3 has 1 values"));
    assert_non_null(strstr(list, "000002.jpg: line 4: the attribute Male is 'yes'"));
    assert_non_null(strstr(list, "000003.jpg: line 5 has 1 values more"));
    assert_non_null(strstr(list, "000004.jpg: is named by more than one row"));
}

static void missing_images_folder_or_list_is_a_sentence(void **state)
{
    data_write_text(*state, "set/list_attr_celeba.txt", attributes);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_ERR_INPUT);
    assert_non_null(strstr(result.error.message, "images=FOLDER"));
    write_faces(*state, "other/", 1);
    data_import_run(&result, *state, "other", "celeba", false);
    assert_int_equal(result.status, EH_ERR_INPUT);
    assert_non_null(strstr(result.error.message, "list_attr_celeba"));
}

static void celeba_10k_is_imported_with_its_wrong_count_and_missing_images(void **state)
{
    const char *real = data_real("celeba-10k.tar.gz");
    if (!real)
        skip();
    data_unpack(*state, real);
    data_import_run(&result, *state, "celeba-10k", NULL, false);
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    assert_int_equal(result.report.images, 10000);
    assert_int_equal(result.report.skipped, 0);
    assert_int_equal(result.report.rows_without_image, 10000);
    assert_non_null(strstr(result.warnings, "202599 rows, but it has 20000"));
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    eh_groups *g;
    uint64_t count[4];
    const char *names[] = { "Blond_Hair", "Male" };
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(f->columns, 41);
    assert_int_equal(eh_groups_make(&g, f, names, 2, NULL), EH_OK);
    assert_int_equal(g->count, 4);
    eh_groups_counts(g, f, EH_PART_NONE, count);
    assert_int_equal(count[0], 4412);
    assert_int_equal(count[1], 4136);
    assert_int_equal(count[2], 1371);
    assert_int_equal(count[3], 81);
    eh_groups_free(g);
    eh_frame_free(f);
    eh_catalog_close(c);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(lists_and_images_become_a_catalog),
        ROW(tables_work_like_text_lists),
        ROW(the_list_itself_can_be_named_and_the_images_folder_too),
        ROW(lines_that_make_no_sense_are_listed_not_guessed),
        ROW(missing_images_folder_or_list_is_a_sentence),
        ROW(celeba_10k_is_imported_with_its_wrong_count_and_missing_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
