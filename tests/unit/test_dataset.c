/* test_dataset.c - frames and groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"

#include "evenhand/dataset.h"

#include <stdio.h>
#include <string.h>

static data_import result;
static eh_catalog *catalog;
static eh_frame *frame;

static void open_table(void *folder, const char *table, const char *format)
{
    for (int i = 0; i < 6; i++) {
        char name[64];
        snprintf(name, sizeof name, "i%d.png", i);
        data_write_image(folder, name, 4, 4, 1, i);
    }
    data_write_text(folder, "t.csv", table);
    data_import_run(&result, folder, "t.csv", format, false);
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    catalog = data_open(folder);
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
}

static int close_all(void **state)
{
    eh_frame_free(frame);
    eh_catalog_close(catalog);
    frame = NULL;
    catalog = NULL;
    return data_folder_remove(state);
}

static const char people[] = "file,hair,gender,glasses,age,split\n"
                             "i0.png,blond,male,1,30.5,train\n"
                             "i1.png,dark,female,0,31,train\n"
                             "i2.png,dark,male,0,,valid\n"
                             "i3.png,,female,1,33,test\n"
                             "i4.png,blond,female,1,34,test\n"
                             "i5.png,dark,female,0,35,train\n";

static void groups_are_the_crossings_that_occur_in_class_order(void **state)
{
    const char *names[] = { "hair", "gender" };
    eh_groups *g;
    open_table(*state, people, NULL);
    assert_int_equal(eh_groups_make(&g, frame, names, 2, NULL), EH_OK);
    const char *want[] = { "blond female", "blond male", "dark female", "dark male",
                           "hair=(missing) female" };
    assert_int_equal(g->count, 5);
    for (int i = 0; i < 5; i++)
        assert_string_equal(g->name[i], want[i]);
    const int32_t of_row[] = { 1, 2, 3, 4, 0, 2 };
    assert_memory_equal(g->of_row, of_row, sizeof of_row);
    assert_string_equal(g->value[4 * 2], "(missing)");
    uint64_t all[5], train[5];
    eh_groups_counts(g, frame, EH_PART_NONE, all);
    eh_groups_counts(g, frame, EH_PART_TRAIN, train);
    const uint64_t want_all[] = { 1, 1, 2, 1, 1 }, want_train[] = { 0, 1, 2, 0, 0 };
    assert_memory_equal(all, want_all, sizeof all);
    assert_memory_equal(train, want_train, sizeof train);
    eh_groups_free(g);
}

static void bare_numbers_are_written_with_their_column(void **state)
{
    const char *names[] = { "gender", "glasses" };
    eh_groups *g;
    open_table(*state, people, NULL);
    assert_int_equal(eh_groups_make(&g, frame, names, 2, NULL), EH_OK);
    assert_string_equal(g->name[0], "female glasses=0");
    eh_groups_free(g);
}

static void different_crossings_never_share_a_name(void **state)
{
    const char *names[] = { "a", "b" };
    eh_groups *g;
    open_table(*state, "file,a,b\ni0.png,x y,z\ni1.png,x,y z\ni2.png,x,y z\ni3.png,x y,z\n",
               "csv:groups=a\\,b");
    assert_int_equal(eh_groups_make(&g, frame, names, 2, NULL), EH_OK);
    assert_int_equal(g->count, 2);
    assert_string_equal(g->name[0], "a=x b=y z");
    assert_string_equal(g->name[1], "a=x y b=z");
    eh_groups_free(g);
}

static void no_columns_make_one_group_of_all(void **state)
{
    eh_groups *g;
    open_table(*state, people, NULL);
    assert_int_equal(eh_groups_make(&g, frame, NULL, 0, NULL), EH_OK);
    assert_int_equal(g->count, 1);
    assert_string_equal(g->name[0], "all");
    eh_groups_free(g);
}

static void columns_without_classes_and_unknown_ones_are_refused(void **state)
{
    eh_groups *g;
    eh_error err = { 0 };
    const char *names[] = { "age", "hair" };
    open_table(*state, people, NULL);
    assert_int_equal(eh_groups_make(&g, frame, names, 1, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "'age' holds numbers"));
    names[0] = "hiar";
    assert_int_equal(eh_groups_make(&g, frame, names, 1, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "did you mean 'hair'"));
    names[0] = "hair";
    assert_int_equal(eh_groups_make(&g, frame, names, 2, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "named twice"));
}

static void a_frame_holds_the_columns_that_were_asked_for(void **state)
{
    const char *names[] = { "age", "hair" };
    const eh_frame_column *column;
    eh_frame *two;
    eh_error err = { 0 };
    open_table(*state, people, NULL);
    assert_int_equal(eh_frame_load(&two, catalog, names, 2, NULL), EH_OK);
    assert_int_equal(two->columns, 2);
    assert_int_equal(two->column[0].kind, EH_COLUMN_NUMBER);
    assert_float_equal(two->column[0].number[0], 30.5f, 0);
    assert_int_equal(eh_frame_find(&column, two, "hair", NULL), EH_OK);
    assert_ptr_equal(column, &two->column[1]);
    assert_int_equal(eh_frame_find(&column, two, "gender", &err), EH_ERR_USAGE);
    eh_frame_free(two);
    names[0] = "ages";
    assert_int_equal(eh_frame_load(&two, catalog, names, 1, &err), EH_ERR_USAGE);
    assert_null(two);
}

static void part_words_are_understood(void **state)
{
    (void)state;
    eh_part part;
    assert_true(eh_part_parse(&part, "Training"));
    assert_int_equal(part, EH_PART_TRAIN);
    assert_true(eh_part_parse(&part, "dev"));
    assert_int_equal(part, EH_PART_VALID);
    assert_true(eh_part_parse(&part, "EVAL"));
    assert_int_equal(part, EH_PART_TEST);
    assert_false(eh_part_parse(&part, "0"));
    assert_false(eh_part_parse(&part, ""));
    assert_false(eh_part_parse(&part, "tests"));
    assert_string_equal(eh_part_name(EH_PART_VALID), "valid");
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, data_folder_make, close_all)
    const struct CMUnitTest tests[] = {
        ROW(groups_are_the_crossings_that_occur_in_class_order),
        ROW(bare_numbers_are_written_with_their_column),
        ROW(different_crossings_never_share_a_name),
        ROW(no_columns_make_one_group_of_all),
        ROW(columns_without_classes_and_unknown_ones_are_refused),
        ROW(a_frame_holds_the_columns_that_were_asked_for),
        cmocka_unit_test(part_words_are_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
