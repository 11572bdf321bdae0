/* test_query.c - the query language: what it means, in memory and in the catalog, and what it says about mistakes. */
#include "support/cmocka_all.h"
#include "support/alloc_failure.h"
#include "support/data_files.h"

#include "base/rng.h"
#include "evenhand/query.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 60, AGES = 8, HAIRS = 3 };

static const char *const hair_name[HAIRS] = { "blond", "dark", "not red" };
static const char *const note_name[4] = { "a*", "it's", "b 1", NULL };

/* The truth that the table is written from; -1 and NULL are missing. */
static struct {
    int hair, age, note, width, height, part;
} truth[ROWS];

static eh_catalog *catalog;
static eh_frame *frame;

static int make_catalog(void **state)
{
    static const char *const part[] = { "", "train", "valid", "test" };
    char table[8192] = "file,hair,age,note,split\n";
    data_import result;
    if (data_folder_make(state) != 0)
        return -1;
    eh_rng rng = eh_rng_at(5, EH_DRAW_TEST, 0, 0);
    for (int i = 0; i < ROWS; i++) {
        char name[32], age[16] = "";
        truth[i].hair = (int)eh_rng_below(&rng, HAIRS + 1) - 1;
        truth[i].age = (int)eh_rng_below(&rng, AGES + 1) - 1;
        truth[i].note = (int)eh_rng_below(&rng, 4);
        truth[i].width = 3 + (int)eh_rng_below(&rng, 4);
        truth[i].height = 3 + (int)eh_rng_below(&rng, 4);
        truth[i].part = i % 4 == 0 ? 2 : i % 4 == 1 ? 3 : 1;
        snprintf(name, sizeof name, "f/%02d.png", i);
        data_write_image(*state, name, truth[i].width, truth[i].height, 1, i);
        if (truth[i].age >= 0)
            snprintf(age, sizeof age, "%d.5", truth[i].age);
        const char *note = note_name[truth[i].note];
        snprintf(table + strlen(table), sizeof table - strlen(table), "%s,%s,%s,%s,%s\n", name,
                 truth[i].hair < 0 ? "" : hair_name[truth[i].hair], age, note ? note : "",
                 part[truth[i].part]);
    }
    data_write_text(*state, "t.csv", table);
    data_import_run(&result, *state, "t.csv", "csv:groups=hair,numbers=age,texts=note", false);
    if (result.status != EH_OK)
        return fprintf(stderr, "%s\n", result.error.message), -1;
    catalog = data_open(*state);
    return eh_frame_load(&frame, catalog, NULL, 0, NULL) == EH_OK ? 0 : -1;
}

static int close_catalog(void **state)
{
    eh_frame_free(frame);
    eh_catalog_close(catalog);
    return data_folder_remove(state);
}

/* Rows for which the query holds, in memory and in the catalog, which must agree. */
static size_t ask(const char *text, uint8_t keep[ROWS])
{
    eh_query *query;
    eh_error err = { 0 };
    size_t kept = 0, count = 0;
    int64_t *id;
    if (eh_query_parse(&query, text, &err) != EH_OK)
        fail_msg("%s", err.message);
    if (eh_query_rows(query, frame->column, frame->columns, ROWS, keep, &kept, &err) != EH_OK)
        fail_msg("%s", err.message);
    eh_status status = eh_catalog_select(&id, &count, catalog, query, &err);
    if (status != (kept ? EH_OK : EH_ERR_NOT_ENOUGH))
        fail_msg("%s: %s", text, err.message);
    if (count != kept)
        fail_msg("%s: %zu rows in memory, %zu in the catalog", text, kept, count);
    for (size_t i = 0, n = 0; i < ROWS; i++)
        if (keep[i] && id[n++] != (int64_t)i + 1)
            fail_msg("%s: other rows in the catalog", text);
    eh_free(id);
    eh_query_free(query);
    return kept;
}

/* How many images the query selects in the catalog alone. */
static size_t selected(const char *text)
{
    eh_query *query;
    eh_error err = { 0 };
    int64_t *id;
    size_t count;
    assert_int_equal(eh_query_parse(&query, text, &err), EH_OK);
    eh_status status = eh_catalog_select(&id, &count, catalog, query, &err);
    if (status != EH_OK && status != EH_ERR_NOT_ENOUGH)
        fail_msg("%s", err.message);
    eh_free(id);
    eh_query_free(query);
    return count;
}

/* ---------------------------------------------------------------- meaning */

/* Appends a random query of depth up to `depth`; holds[] is what it means. */
static void draw_query(eh_rng *rng, int depth, char *text, size_t size, bool holds[ROWS])
{
    char *end = text + strlen(text);
    size_t left = size - strlen(text);
    int shape = (int)eh_rng_below(rng, depth > 0 ? 9 : 6);
    if (shape >= 6) {
        bool other[ROWS];
        snprintf(end, left, shape == 8 ? "not (" : "(");
        draw_query(rng, depth - 1, text, size, holds);
        if (shape < 8) {
            snprintf(text + strlen(text), size - strlen(text), shape == 6 ? " and " : " or ");
            draw_query(rng, depth - 1, text, size, other);
        }
        snprintf(text + strlen(text), size - strlen(text), ")");
        for (int i = 0; i < ROWS; i++)
            holds[i] = shape == 6 ? holds[i] && other[i] : shape == 7 ? holds[i] || other[i] : !holds[i];
        return;
    }
    bool negated = eh_rng_below(rng, 2) == 1;
    int low = (int)eh_rng_below(rng, AGES), high = low + (int)eh_rng_below(rng, 4),
        hair = (int)eh_rng_below(rng, HAIRS);
    switch (shape) {
    case 0:
        snprintf(end, left, "age %sin %d..%d.5", negated ? "not " : "", low, high);
        break;
    case 1:
        snprintf(end, left, "hair %s \"%s\"", negated ? "!=" : "=", hair_name[hair]);
        break;
    case 2:
        snprintf(end, left, "age %s %d.5", negated ? "<" : ">=", low);
        break;
    case 3:
        snprintf(end, left, "hair is %smissing", negated ? "not " : "");
        break;
    case 4:
        snprintf(end, left, "note %s (\"it's\", 'b 1')", negated ? "not in" : "in");
        break;
    default:
        snprintf(end, left, "age %sin (%d.5, %d..%d)", negated ? "not " : "", low, high, high + 1);
    }
    for (int i = 0; i < ROWS; i++) {
        bool known = truth[i].age >= 0, in;
        double age = truth[i].age + 0.5;
        if (shape == 0)
            in = known && age >= low && age <= high + 0.5;
        else if (shape == 1)
            in = truth[i].hair == hair;
        else if (shape == 2)
            in = known && (age >= low + 0.5) != negated; /* "<" is no negation */
        else if (shape == 3)
            in = truth[i].hair < 0;
        else if (shape == 4)
            in = truth[i].note == 1 || truth[i].note == 2;
        else
            in = known && (truth[i].age == low || (age >= high && age <= high + 1));
        holds[i] = shape == 2 ? in : in != negated;
    }
}

static void random_queries_mean_in_memory_and_in_the_catalog_what_they_say(void **state)
{
    (void)state;
    for (uint64_t q = 0; q < 600; q++) {
        char text[4096] = "";
        bool want[ROWS];
        uint8_t keep[ROWS];
        eh_rng rng = eh_rng_at(6, EH_DRAW_TEST, q, 0);
        draw_query(&rng, 4, text, sizeof text, want);
        ask(text, keep);
        for (int i = 0; i < ROWS; i++)
            if (keep[i] != want[i])
                fail_msg("%s: row %d is %d, want %d", text, i, keep[i], want[i]);
    }
}

static size_t count_rows(bool (*test)(int row))
{
    size_t n = 0;
    for (int i = 0; i < ROWS; i++)
        n += test(i);
    return n;
}

static bool blond_or_young_dark(int i)
{
    return truth[i].hair == 0 || (truth[i].hair == 1 && truth[i].age >= 0 && truth[i].age < 3);
}

static void and_binds_closer_than_or_and_words_may_be_written_large(void **state)
{
    (void)state;
    uint8_t keep[ROWS];
    assert_int_equal(ask("hair=blond or hair=dark and age<3.5", keep), count_rows(blond_or_young_dark));
    assert_int_equal(ask("hair = blond OR NOT ( hair != dark ) AND age <= 2.5", keep),
                     count_rows(blond_or_young_dark));
}

static bool starts_with_b_or_missing(int i)
{
    return truth[i].note == 2 || truth[i].note == 3;
}

static bool is_blond_or_red(int i)
{
    return truth[i].hair == 0 || truth[i].hair == 2;
}

static void patterns_are_for_text_and_classes(void **state)
{
    (void)state;
    uint8_t keep[ROWS];
    assert_int_equal(ask("note ~ b* or note missing", keep), count_rows(starts_with_b_or_missing));
    assert_int_equal(ask("note !~ 'a[*]' and note != \"it's\"", keep), count_rows(starts_with_b_or_missing));
    assert_int_equal(ask("hair ~ *o[nt]*", keep), count_rows(is_blond_or_red));
    assert_int_equal(ask("hair = '(missing)' or hair is not missing", keep), ROWS);
}

static bool wide(int i)
{
    return truth[i].width >= 5 && truth[i].height == 4;
}

static bool in_valid_or_test(int i)
{
    return truth[i].part == 2 || truth[i].part == 3;
}

static void properties_of_the_images_can_be_asked_for(void **state)
{
    (void)state;
    assert_int_equal(selected("width in 5..6 and image.height = 4"), count_rows(wide));
    assert_int_equal(selected("part in (validation, test)"), count_rows(in_valid_or_test));
    assert_int_equal(selected("split != train"), count_rows(in_valid_or_test));
    assert_int_equal(selected("path ~ f/0[0-4].png"), 5);
    assert_int_equal(selected("id in (1, 7, 60, 61)"), 3);
    assert_int_equal(selected("bytes > 0 and channels = 1 and aspect <= 2"), ROWS);
    assert_int_equal(selected("status = broken"), 0);
}

static void a_frame_can_be_loaded_in_part_and_with_properties(void **state)
{
    (void)state;
    const char *names[] = { "hair", "width", "path" };
    eh_query *query;
    eh_frame *part;
    eh_error err = { 0 };
    assert_int_equal(eh_query_parse(&query, "width>=5 and height=4", NULL), EH_OK);
    assert_int_equal(eh_frame_load_where(&part, catalog, names, 3, query, &err), EH_OK);
    assert_int_equal(part->rows, count_rows(wide));
    for (size_t row = 0, i = 0; row < part->rows; row++, i++) {
        while (!wide((int)i))
            i++;
        assert_int_equal(part->image[row], i + 1);
        assert_int_equal(part->part[row], truth[i].part);
        assert_int_equal(part->column[0].cls[row], truth[i].hair);
        assert_float_equal(part->column[1].number[row], truth[i].width, 0);
        assert_non_null(strstr(part->column[2].text[row], ".png"));
    }
    eh_frame_free(part);
    eh_query_free(query);
    assert_int_equal(eh_query_parse(&query, "age > 1000", NULL), EH_OK);
    assert_int_equal(eh_frame_load_where(&part, catalog, names, 3, query, &err), EH_ERR_NOT_ENOUGH);
    assert_non_null(strstr(err.message, "'age > 1000' holds for no image of "));
    eh_query_free(query);
}

static void classes_that_are_numbers_have_an_order(void **state)
{
    (void)state;
    static const char *const digit[] = { "0", "1", "2", "10" };
    int32_t cls[] = { 0, 1, 2, 3, -1 };
    const eh_frame_column column = {
        .name = "digit", .kind = EH_COLUMN_CLASS, .class_name = digit, .classes = 4, .cls = cls
    };
    static const struct {
        const char *text, *want;
    } cases[] = { { "digit in 1..9", "01100" },       { "digit > 1", "00110" },
                  { "digit=2.0", "00100" },           { "not digit < 10", "00011" },
                  { "digit in (0, 2..20)", "10110" }, { "digit >= 0.5 and digit<=1.5", "01000" } };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        eh_query *query;
        uint8_t keep[5];
        assert_int_equal(eh_query_parse(&query, cases[k].text, NULL), EH_OK);
        assert_int_equal(eh_query_rows(query, &column, 1, 5, keep, NULL, NULL), EH_OK);
        for (int i = 0; i < 5; i++)
            if (keep[i] != cases[k].want[i] - '0')
                fail_msg("%s: row %d", cases[k].text, i);
        eh_query_free(query);
    }
}

static void yes_and_no_mean_the_classes_x_and_not_x(void **state)
{
    (void)state;
    static const char *const male[] = { "not Male", "Male" }, *const other[] = { "Male", "not Blond" };
    const int32_t cls[] = { 0, 1, -1, 1 };
    const eh_frame_column column[] = {
        { .name = "Male", .kind = EH_COLUMN_CLASS, .class_name = male, .classes = 2, .cls = (int32_t *)cls },
        { .name = "odd", .kind = EH_COLUMN_CLASS, .class_name = other, .classes = 2, .cls = (int32_t *)cls },
    };
    static const struct {
        const char *text;
        uint8_t keep[4];
    } cases[] = {
        { "Male=yes", { 0, 1, 0, 1 } },
        { "Male=no", { 1, 0, 0, 0 } },
        { "Male = TRUE", { 0, 1, 0, 1 } },
        { "Male in (0)", { 1, 0, 0, 0 } },
        { "Male != 1", { 1, 0, 1, 0 } },
        { "Male='not Male'", { 1, 0, 0, 0 } },
        { "Male=false or Male missing", { 1, 0, 1, 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eh_query *query;
        uint8_t keep[4];
        assert_int_equal(eh_query_parse(&query, cases[i].text, NULL), EH_OK);
        assert_int_equal(eh_query_rows(query, column, 2, 4, keep, NULL, NULL), EH_OK);
        assert_memory_equal(keep, cases[i].keep, 4);
        eh_query_free(query);
    }
    eh_query *query;
    uint8_t keep[4];
    eh_error err = { 0 };
    assert_int_equal(eh_query_parse(&query, "odd=yes", NULL), EH_OK);
    assert_int_equal(eh_query_rows(query, column, 2, 4, keep, NULL, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "there is no class 'yes'"));
    eh_query_free(query);
}

static void numbers_are_compared_as_the_frame_holds_them(void **state)
{
    (void)state;
    float number[] = { 0.1f, 0.2f, NAN };
    const eh_frame_column column = { .name = "x", .kind = EH_COLUMN_NUMBER, .number = number };
    eh_query *query;
    uint8_t keep[3];
    size_t kept;
    assert_int_equal(eh_query_parse(&query, "x = 0.1 or x in 0.2..0.2 or x > 1e30", NULL), EH_OK);
    assert_int_equal(eh_query_rows(query, &column, 1, 3, keep, &kept, NULL), EH_OK);
    assert_int_equal(kept, 2);
    eh_query_free(query);
}

/* ---------------------------------------------------------------- mistakes */

typedef struct mistake {
    const char *text;
    size_t at; /* character that the message must name */
    const char *says;
} mistake;

static void check_mistakes(const mistake *m, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        eh_query *query = NULL;
        eh_error err = { 0 };
        char place[64];
        int64_t *id = NULL;
        size_t n;
        eh_status status = eh_query_parse(&query, m[i].text, &err);
        if (status == EH_OK)
            status = eh_catalog_select(&id, &n, catalog, query, &err);
        eh_query_free(query);
        snprintf(place, sizeof place, "', character %zu: ", m[i].at);
        if (status != EH_ERR_USAGE || (m[i].at && !strstr(err.message, place)) ||
            !strstr(err.message, m[i].says))
            fail_msg("%s: status %s, '%s'", m[i].text, eh_status_name(status), err.message);
    }
}

static void mistakes_of_form_name_their_place(void **state)
{
    (void)state;
    static const mistake list[] = {
        { "", 0, "the query is empty" },
        { "hair=blond and", 15, "the name of a column is expected, not the end" },
        { "hair=", 6, "a value is expected, not the end" },
        { "hair blond", 6, "a comparison such as = or in is expected behind 'hair', not blond" },
        { "hair=blond age=3", 12, "'and', 'or' or the end is expected, not age" },
        { "(hair=blond or age=3", 21, "the bracket that closes the one at character 1" },
        { "hair=blond)", 11, "closes no bracket" },
        { "hair=blond && age=3", 12, "write 'and'" },
        { "hair=blond || age=3", 12, "write 'or'" },
        { "hair=not", 6, "'not' is a word of the language" },
        { "hair = \"blond", 8, "does not end" },
        { "hair in blond", 9, "a list in brackets" },
        { "hair in (blond, dark", 21, "goes on with ',' or ends with ')'" },
        { "hair in ()", 10, "a value is expected" },
        { "age in 1..", 11, "the end of the range is expected" },
        { "age in 9..3", 8, "holds nothing" },
        { "age is 3", 8, "'missing' or 'not missing'" },
        { "age => 3", 6, "a value is expected" },
        { "hair=`blond`", 6, "has no meaning here" },
        { "!age = 3", 1, "no meaning here" },
        { "é=1 and ü = ", 13, "a value is expected" },
    };
    check_mistakes(list, sizeof list / sizeof *list);
}

static void unknown_names_and_wrong_types_name_their_place_and_the_nearest(void **state)
{
    (void)state;
    static const mistake list[] = {
        { "age in 1..4 and hiar=dark", 17, "there is no column 'hiar' in the catalog " },
        { "age in 1..4 and hiar=dark", 17, "did you mean 'hair'?" },
        { "widht > 3", 1, "did you mean 'width'?" },
        { "hair=Blond", 6,
          "there is no class 'Blond' in the column 'hair'; did you mean 'blond'? There are: blond, dark, not "
          "red" },
        { "hair in (dark, green)", 16, "no class 'green'" },
        { "hair < dark", 8, "have no order" },
        { "hair in dark..blond", 9, "have no order" },
        { "note >= b", 9, "holds text, which has no order" },
        { "note = a*", 8, "looks like a pattern" },
        { "age = old", 7, "holds numbers, and 'old' is none" },
        { "age = 5y", 7, "holds numbers" },
        { "age ~ 1*", 7, "patterns are for text" },
        { "part = tests", 8, "did you mean 'test'?" },
    };
    check_mistakes(list, sizeof list / sizeof *list);
}

static void what_would_exhaust_the_program_is_refused(void **state)
{
    (void)state;
    static char text[70000];
    eh_query *query;
    eh_error err = { 0 };
    memset(text, '(', 300);
    snprintf(text + 300, sizeof text - 300, "age=1");
    assert_int_equal(eh_query_parse(&query, text, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "more than 16 brackets"));
    *text = '\0';
    for (int i = 0; i < 600; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%sage=1", i ? " or " : "");
    assert_int_equal(eh_query_parse(&query, text, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "more than 500 tests"));
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(eh_query_parse(&query, text, &err), EH_ERR_LIMIT);
    assert_int_equal(eh_query_parse(&query, "a\xff=1", &err), EH_ERR_USAGE);
    /* The largest that is allowed goes through SQLite. */
    *text = '\0';
    for (int i = 0; i < 500; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%snot age=%d", i ? " or " : "", i);
    uint8_t keep[ROWS];
    assert_int_equal(ask(text, keep), ROWS);
    *text = '\0';
    for (int i = 0; i < 16; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "age=1.5 or hair in (blond, dark) and (");
    snprintf(text + strlen(text), sizeof text - strlen(text), "age in (1..2, 3..4)))))))))))))))))");
    ask(text, keep);
    *text = '\0';
    for (int i = 0; i < 8; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "age=1.5 or hair in (blond, dark) and not (");
    snprintf(text + strlen(text), sizeof text - strlen(text), "age in (1..2, 3..4)))))))))");
    ask(text, keep);
}

static void a_query_lists_its_names_and_remembers_its_text(void **state)
{
    (void)state;
    eh_query *query;
    assert_int_equal(eh_query_parse(&query, "a=1 and ('b c'=2 or a>3)", NULL), EH_OK);
    assert_int_equal(eh_query_names(query), 2);
    assert_string_equal(eh_query_name(query, 0), "a");
    assert_string_equal(eh_query_name(query, 1), "b c");
    assert_string_equal(eh_query_text(query), "a=1 and ('b c'=2 or a>3)");
    eh_query_free(query);
    eh_query_free(NULL);
}

static eh_status parse_and_ask(void *user, eh_error *err)
{
    eh_query *query;
    uint8_t keep[ROWS];
    int64_t *id = NULL;
    size_t count;
    (void)user;
    EH_TRY(
        eh_query_parse(&query, "age in (1, 3..5) and not (hair=blond or note ~ \"a[*]\") or width>=5", err));
    eh_status status = eh_catalog_select(&id, &count, catalog, query, err);
    eh_free(id);
    eh_query_free(query);
    if (status != EH_OK)
        return status;
    EH_TRY(eh_query_parse(&query, "hair in (blond, dark) or age missing", err));
    status = eh_query_rows(query, frame->column, frame->columns, ROWS, keep, NULL, err);
    eh_query_free(query);
    return status;
}

static void failed_allocations_are_errors_without_leaks(void **state)
{
    (void)state;
    assert_true(expect_survives_alloc_failure(parse_and_ask, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_queries_mean_in_memory_and_in_the_catalog_what_they_say),
        cmocka_unit_test(and_binds_closer_than_or_and_words_may_be_written_large),
        cmocka_unit_test(patterns_are_for_text_and_classes),
        cmocka_unit_test(properties_of_the_images_can_be_asked_for),
        cmocka_unit_test(a_frame_can_be_loaded_in_part_and_with_properties),
        cmocka_unit_test(classes_that_are_numbers_have_an_order),
        cmocka_unit_test(yes_and_no_mean_the_classes_x_and_not_x),
        cmocka_unit_test(numbers_are_compared_as_the_frame_holds_them),
        cmocka_unit_test(mistakes_of_form_name_their_place),
        cmocka_unit_test(unknown_names_and_wrong_types_name_their_place_and_the_nearest),
        cmocka_unit_test(what_would_exhaust_the_program_is_refused),
        cmocka_unit_test(a_query_lists_its_names_and_remembers_its_text),
        cmocka_unit_test(failed_allocations_are_errors_without_leaks),
    };
    return cmocka_run_group_tests(tests, make_catalog, close_catalog);
}
