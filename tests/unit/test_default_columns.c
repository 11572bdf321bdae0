/* test_default_columns.c - which columns a report shows when none are named. */
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include "report/default_columns.h"

#include <stdio.h>
#include <string.h>

/* Imports eight images with these columns, each value by its row; then the chosen columns as "groups | labels". */
static void expect_chosen(void *folder, const char *header, const char *const *row, const char *expected)
{
    char table[4096] = "", text[256] = "";
    data_import result;
    eh_str_list groups = { 0 }, labels = { 0 };
    eh_arena *arena = eh_arena_new();
    snprintf(table, sizeof table, "file,%s\n", header);
    for (int i = 0; i < 8; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.png", i);
        data_write_image(folder, name, 4, 4, 3, i);
        snprintf(table + strlen(table), sizeof table - strlen(table), "%s,%s\n", name, row[i % 4]);
    }
    data_write_text(folder, "t.csv", table);
    data_import_run(&result, folder, "t.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    eh_catalog *c = data_open(folder);
    assert_int_equal(eh_default_columns(&groups, &labels, c, arena, NULL, NULL), EH_OK);
    for (size_t i = 0; i < groups.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", groups.item[i]);
    snprintf(text + strlen(text), sizeof text - strlen(text), "|");
    for (size_t i = 0; i < labels.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " %s", labels.item[i]);
    assert_string_equal(text, expected);
    eh_catalog_close(c);
    eh_arena_free(arena);
}

static void columns_called_like_groups_come_first(void **state)
{
    static const char *const row[] = { "a,x,f,p", "b,x,m,q", "a,y,f,q", "b,y,m,p" };
    expect_chosen(*state, "hair,label,Gender,Skin", row, "Gender Skin | label");
}

static void else_the_first_class_column_that_is_no_label(void **state)
{
    static const char *const row[] = { "a,x,1.5", "b,x,2.5", "a,y,3.25", "b,y,7" };
    expect_chosen(*state, "hair,class,weight", row, "hair | class");
}

static void the_first_column_that_makes_no_group_is_the_label(void **state)
{
    static const char *const row[] = { "a,x,f", "b,x,m", "a,y,f", "b,y,m" };
    expect_chosen(*state, "hair,shirt,gender", row, "gender | hair");
}

static void of_a_table_of_attributes_all_are_labels_that_make_no_group(void **state)
{
    static const char *const row[] = { "y,n,f,y,0,p,u,1.5", "n,n,m,y,1,q,v,2.5", "y,y,f,n,0,p,u,3.25",
                                       "n,y,m,n,1,q,v,7" };
    expect_chosen(*state, "bald,hat,male,smiling,young,beard,bangs,weight", row,
                  "male young | bald hat smiling beard bangs");
}

static void nothing_fits_where_there_are_no_classes(void **state)
{
    static const char *const row[] = { "1.5", "2.5", "3.25", "7" };
    expect_chosen(*state, "weight", row, "|");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        T(columns_called_like_groups_come_first),
        T(else_the_first_class_column_that_is_no_label),
        T(the_first_column_that_makes_no_group_is_the_label),
        T(of_a_table_of_attributes_all_are_labels_that_make_no_group),
        T(nothing_fits_where_there_are_no_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
