/* test_histogram.c - numbers in steps, by edges and by chosen steps, and what a text of bins may be. */
#include "support/cmocka_all.h"

#include "metric/histogram.h"

#include <math.h>
#include <string.h>

static eh_arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = eh_arena_new();
    return arena ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    eh_arena_free(arena);
    return 0;
}

static float number[] = { 0, 9, 10, 19, 20, 35, NAN, 100, 10 };
static int32_t of_row[] = { 0, 0, 0, 1, 1, 1, 0, 1, 1 };

enum { ROWS = sizeof number / sizeof *number };

static eh_histogram make(const char *text, bool grouped)
{
    eh_frame_column column = { .name = "age", .kind = EH_COLUMN_NUMBER, .number = number };
    const eh_frame frame = { .rows = ROWS, .column = &column, .columns = 1 };
    const eh_groups groups = { .count = 2, .of_row = of_row, .rows = ROWS };
    eh_bins bins;
    eh_histogram out;
    eh_error err = { 0 };
    if (eh_bins_parse(&bins, arena, text, &err) != EH_OK ||
        eh_histogram_make(&out, arena, &frame, grouped ? &groups : NULL, &bins, &err) != EH_OK)
        fail_msg("%s", err.message);
    return out;
}

static void steps_begin_at_a_multiple_and_hold_their_lower_edge(void **state)
{
    (void)state;
    eh_histogram h = make("age:10", false);
    const uint64_t want[] = { 2, 3, 1, 1, 0, 0, 0, 0, 0, 0, 1 };
    assert_int_equal(h.bins, 11);
    assert_memory_equal(h.count, want, sizeof want);
    assert_int_equal(h.missing[0], 1);
    assert_int_equal(h.outside[0], 0);
    assert_string_equal(h.name[0], "0-9");
    assert_string_equal(h.name[10], "100-109");
    assert_string_equal(make("age:1", false).name[35], "35");
    assert_string_equal(make("age:2.5", false).name[1], "2.5 to 5");
}

static void groups_are_counted_apart(void **state)
{
    (void)state;
    eh_histogram h = make("age:50", true);
    const uint64_t want[] = { 3, 0, 0, 4, 0, 1 };
    assert_int_equal(h.bins, 3);
    assert_memory_equal(h.count, want, sizeof want);
    assert_int_equal(h.missing[0], 1);
    assert_int_equal(h.missing[1], 0);
}

static void edges_hold_their_ends_and_count_what_is_outside(void **state)
{
    (void)state;
    eh_histogram h = make("age:10/20/35", false);
    const uint64_t want[] = { 3, 2 };
    assert_int_equal(h.bins, 2);
    assert_memory_equal(h.count, want, sizeof want);
    assert_int_equal(h.outside[0], 3);
    assert_string_equal(h.name[1], "20 to 35");
}

static void steps_are_chosen_when_none_are_named(void **state)
{
    (void)state;
    eh_histogram h = make("age", false);
    assert_float_equal(h.edge[1] - h.edge[0], 5, 0);
    assert_int_equal(h.bins, 21);
    for (int i = 0; i < ROWS; i++)
        number[i] = isnan(number[i]) ? NAN : number[i] / 1000;
    h = make("age", false);
    assert_float_equal(h.edge[1] - h.edge[0], 0.005, 1e-12);
    for (int i = 0; i < ROWS; i++)
        number[i] *= 1000;
}

static void a_column_without_values_has_no_bins(void **state)
{
    (void)state;
    float kept[ROWS];
    memcpy(kept, number, sizeof kept);
    for (int i = 0; i < ROWS; i++)
        number[i] = NAN;
    eh_histogram h = make("age:10", false);
    assert_int_equal(h.missing[0], ROWS);
    for (size_t k = 0; k < h.bins; k++)
        assert_int_equal(h.count[k], 0);
    memcpy(number, kept, sizeof kept);
}

static void wrong_texts_say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = { { "age:", "'' is no step" },       { "age:0", "'0' is no step" },
                  { "age:ten", "'ten' is no step" }, { "age:1/x", "'x' is no number" },
                  { "age:5/5", "edges must rise" },  { "age:1/", "'' is no number" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eh_bins bins;
        eh_error err = { 0 };
        if (eh_bins_parse(&bins, arena, cases[i].text, &err) != EH_ERR_USAGE ||
            !strstr(err.message, cases[i].says))
            fail_msg("%s: %s", cases[i].text, err.message);
    }
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        ROW(steps_begin_at_a_multiple_and_hold_their_lower_edge),
        ROW(groups_are_counted_apart),
        ROW(edges_hold_their_ends_and_count_what_is_outside),
        ROW(steps_are_chosen_when_none_are_named),
        ROW(a_column_without_values_has_no_bins),
        ROW(wrong_texts_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
