/* test_data_stats.c - the statistics of a small data set against counting by hand, and of a slice of it as a picture. */
#include "support/cmocka_all.h"
#include "support/alloc_failure.h"
#include "support/data_files.h"

#include "data/slice_sheet.h"
#include "metric/data_stats.h"
#include "metric/power.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 48 };

/* Row i: male when odd; blond when male and i % 8 == 1, or female and i % 4 == 0; age i / 2, missing in every 12th; test part: the last 16. */
static bool is_male(int i)
{
    return i % 2;
}
static bool is_blond(int i)
{
    return is_male(i) ? i % 8 == 1 : i % 4 == 0;
}

static eh_catalog *catalog;

static int make_catalog(void **state)
{
    char table[4096] = "file,gender,hair,age,split\n";
    data_import result;
    if (data_folder_make(state) != 0)
        return -1;
    for (int i = 0; i < ROWS; i++) {
        char name[32], age[16] = "";
        snprintf(name, sizeof name, "%02d.png", i);
        data_write_image(*state, name, 4 + is_male(i), 4, is_male(i) ? 1 : 3, i);
        if (i % 12)
            snprintf(age, sizeof age, "%d", i / 2);
        snprintf(table + strlen(table), sizeof table - strlen(table), "%s,%s,%s,%s,%s\n", name,
                 is_male(i) ? "male" : "female", is_blond(i) ? "blond" : "dark", age,
                 i < 32 ? "train" : "test");
    }
    data_write_text(*state, "t.csv", table);
    data_import_run(&result, *state, "t.csv", "csv:groups=gender\\,hair,numbers=age", false);
    if (result.status != EH_OK)
        return fprintf(stderr, "%s\n", result.error.message), -1;
    catalog = data_open(*state);
    return 0;
}

static int close_catalog(void **state)
{
    eh_catalog_close(catalog);
    return data_folder_remove(state);
}

static eh_str_list one(const char **name)
{
    return (eh_str_list){ .item = name, .count = 1 };
}

static void counts_association_power_and_pictures_are_those_of_the_rows(void **state)
{
    (void)state;
    const char *gender = "gender", *hair = "hair", *bins = "age:8";
    eh_data_stats *s;
    eh_error err = { 0 };
    const eh_data_stats_opts opts = { .groups = one(&gender),
                                      .labels = one(&hair),
                                      .bins = one(&bins),
                                      .pictures = true,
                                      .power = { 0.8, 0.3, 0.05, 0.8 },
                                      .seed = 1 };
    if (eh_data_stats_make(&s, catalog, &opts, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(s->counts.groups, 2);
    assert_string_equal(s->counts.group[1].name, "male");
    assert_int_equal(s->counts.group[1].count[EH_PART_TEST], 8);
    uint64_t blond[2] = { 0 }, young[2] = { 0 };
    for (int i = 0; i < ROWS; i++) {
        blond[is_male(i)] += is_blond(i);
        young[is_male(i)] += i % 12 && i / 2 < 8;
    }
    assert_int_equal(s->counts.label[0].cell[0].count[0], blond[0]);
    assert_int_equal(s->counts.label[0].cell[2].count[0], blond[1]);
    assert_int_equal(s->histogram[0].count[0], young[0]);
    assert_int_equal(s->histogram[0].count[s->histogram[0].bins], young[1]);
    const uint64_t table[] = { blond[0], 24 - blond[0], blond[1], 24 - blond[1] };
    eh_contingency want;
    assert_int_equal(eh_contingency_measure(&want, table, 2, 2, 0.95, 1000, 1, NULL), EH_OK);
    assert_int_equal(s->associations, 1);
    assert_float_equal(s->association[0].table.corrected_v.value, want.corrected_v.value, 1e-12);
    assert_true(s->association[0].table.corrected_v.low <= want.corrected_v.value);
    assert_int_equal(s->power[0].test, 8);
    assert_int_equal(s->power[0].others, 8);
    assert_float_equal(s->power[0].smallest, eh_smallest_difference(8, 0.8, 8, 0.05, 0.8), 1e-12);
    size_t width = 0, grey = 0;
    for (size_t p = 0; p < s->pictures; p++) {
        width = strcmp(s->picture[p], "width") == 0 ? p : width;
        grey = strcmp(s->picture[p], "grey") == 0 ? p : grey;
    }
    assert_float_equal(s->number[width * 2].mean, 4, 0);
    assert_float_equal(s->number[width * 2 + 1].mean, 5, 0);
    assert_float_equal(s->number[grey * 2 + 1].mean, 1, 0);
    assert_float_equal(s->number[width * 2].deviation, 0, 0);
    eh_data_stats_free(s);
}

static void a_query_and_all_columns(void **state)
{
    (void)state;
    eh_query *where;
    eh_data_stats *s;
    assert_int_equal(eh_query_parse(&where, "age missing", NULL), EH_OK);
    const eh_data_stats_opts opts = { .where = where, .all_columns = true };
    assert_int_equal(eh_data_stats_make(&s, catalog, &opts, NULL), EH_OK);
    assert_int_equal(s->counts.images, 4);
    assert_int_equal(s->counts.columns, 3);
    assert_int_equal(s->counts.sizes.of_that_size, 4); /* rows 0, 12, 24, 36 are female */
    assert_string_equal(s->where, "age missing");
    assert_string_equal(s->split.name, "given");
    assert_true(isnan(s->counts.column[2].mean));
    eh_data_stats_free(s);
    eh_query_free(where);
}

/* Lists of public data sets have columns called width and grey, of classes too: the pictures are measured all the same. */
static void columns_named_as_properties_hide_none(void **state)
{
    void *folder;
    char table[512] = "file,width,grey\n";
    data_import result;
    eh_data_stats *s;
    eh_error err = { 0 };
    const eh_data_stats_opts opts = { .all_columns = true, .pictures = true };
    (void)state;
    assert_int_equal(data_folder_make(&folder), 0);
    for (int i = 0; i < 8; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.png", i);
        data_write_image(folder, name, 6, 4, 3, i);
        snprintf(table + strlen(table), sizeof table - strlen(table), "%s,%s,%d.5\n", name,
                 i % 2 ? "wide" : "narrow", i);
    }
    data_write_text(folder, "t.csv", table);
    data_import_run(&result, folder, "t.csv", NULL, false);
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    eh_catalog *own = data_open(folder);
    if (eh_data_stats_make(&s, own, &opts, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_string_equal(s->picture[0], "width");
    assert_float_equal(s->number[0].mean, 6, 0);
    for (size_t p = 0; p < s->pictures; p++)
        if (strcmp(s->picture[p], "grey") == 0)
            assert_float_equal(s->number[p].mean, 0, 0);
    assert_int_equal(s->counts.columns, 2);
    eh_data_stats_free(s);
    eh_catalog_close(own);
    data_folder_remove(&folder);
}

static void numbers_of_groups_have_mean_spread_and_interval(void **state)
{
    (void)state;
    eh_arena *arena = eh_arena_new();
    float number[] = { 2, 4, 4, 4, 5, 5, 7, 9, NAN };
    const char *name = "x";
    eh_frame_column column = { .name = "x", .kind = EH_COLUMN_NUMBER, .number = number };
    const eh_frame frame = { .rows = 9, .column = &column, .columns = 1 };
    eh_group_number *n;
    assert_int_equal(eh_group_numbers_make(&n, arena, &frame, NULL, &name, 1, NULL), EH_OK);
    assert_int_equal(n->n, 8);
    assert_int_equal(n->missing, 1);
    assert_float_equal(n->mean, 5, 1e-12);
    assert_float_equal(n->deviation, sqrt(32.0 / 7), 1e-12);
    assert_float_equal(n->high - n->low, 2 * 1.959963984540054 * sqrt(32.0 / 7 / 8), 1e-12);
    assert_float_equal(n->smallest, 2, 0);
    assert_float_equal(n->largest, 9, 0);
    eh_arena_free(arena);
}

static void a_slice_becomes_a_picture_of_chosen_size(void **state)
{
    (void)state;
    eh_query *where;
    eh_slice_sheet all, few, again;
    assert_int_equal(eh_query_parse(&where, "gender=male and hair=dark", NULL), EH_OK);
    eh_slice_sheet_opts opts = { .where = where, .most = 100, .tile = 20, .seed = 1 };
    assert_int_equal(eh_slice_sheet_make(&all, catalog, &opts, NULL, NULL), EH_OK);
    assert_int_equal(all.selected, 18);
    assert_int_equal(all.shown, 18);
    assert_int_equal(all.broken, 0);
    opts.most = 5;
    assert_int_equal(eh_slice_sheet_make(&few, catalog, &opts, NULL, NULL), EH_OK);
    assert_int_equal(few.shown, 5);
    assert_int_equal(eh_slice_sheet_make(&again, catalog, &opts, NULL, NULL), EH_OK);
    assert_memory_equal(few.image.data, again.image.data,
                        (size_t)few.image.width * (size_t)few.image.height * 3);
    assert_true(few.image.width < all.image.width);
    eh_image_clear(&all.image);
    eh_image_clear(&few.image);
    eh_image_clear(&again.image);
    eh_query_free(where);
}

static eh_status measure(void *user, eh_error *err)
{
    const char *gender = "gender", *hair = "hair", *bins = "age:8";
    eh_data_stats *s;
    (void)user;
    const eh_data_stats_opts opts = { .groups = one(&gender),
                                      .labels = one(&hair),
                                      .bins = one(&bins),
                                      .pictures = true,
                                      .power = { 0.8, 0.3, 0.05, 0.8 },
                                      .seed = 1 };
    EH_TRY(eh_data_stats_make(&s, catalog, &opts, err));
    eh_data_stats_free(s);
    return EH_OK;
}

static void failed_allocations_are_errors_without_leaks(void **state)
{
    (void)state;
    assert_true(expect_survives_alloc_failure(measure, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_association_power_and_pictures_are_those_of_the_rows),
        cmocka_unit_test(a_query_and_all_columns),
        cmocka_unit_test(columns_named_as_properties_hide_none),
        cmocka_unit_test(numbers_of_groups_have_mean_spread_and_interval),
        cmocka_unit_test(a_slice_becomes_a_picture_of_chosen_size),
        cmocka_unit_test(failed_allocations_are_errors_without_leaks),
    };
    return cmocka_run_group_tests(tests, make_catalog, close_catalog);
}
