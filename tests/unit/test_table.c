/* Text tables: alignment by columns on the screen, hostile names. */
#include "base/table.h"

#include "evenhand/memory.h"

#include "support/alloc_failure.h"
#include "support/cmocka_all.h"

static const char *const titles[] = { "group", ">n", ">accuracy" };

static void columns_are_aligned_by_display_width(void **state)
{
    (void)state;
    eh_text_table *t = eh_text_table_new(titles, 3);
    eh_text_table_cell(t, "Blond Male");
    eh_text_table_cell(t, "%d", 180);
    eh_text_table_cell(t, "%.2f%%", 13.888);
    eh_text_table_cell(t, "\xC3\xA9t\xC3\xA9");
    eh_text_table_cell(t, "7");
    eh_text_table_cell(t, "%s", "");
    eh_text_table_rule(t);
    eh_text_table_cell(t, "all");
    eh_text_table_cell(t, "187");
    eh_text_table_cell(t, "x");
    eh_str out = { 0 };
    eh_text_table_render(t, &out);
    assert_string_equal(eh_str_text(&out), "group         n  accuracy\n"
                                           "----------  ---  --------\n"
                                           "Blond Male  180    13.89%\n"
                                           "\xC3\xA9t\xC3\xA9           7\n"
                                           "----------  ---  --------\n"
                                           "all         187         x\n");
    eh_str_clear(&out);
    eh_text_table_free(t);
    eh_text_table_free(NULL);
}

static void names_cannot_reach_the_terminal(void **state)
{
    (void)state;
    eh_text_table *t = eh_text_table_new(titles, 1);
    eh_text_table_cell(t, "%s", "\x1B[31mred\nline");
    eh_str out = { 0 };
    eh_text_table_render(t, &out);
    assert_string_equal(eh_str_text(&out), "group\n-------------\n?[31mred?line\n");
    eh_str_clear(&out);
    eh_text_table_free(t);
}

static eh_status render(void *user, eh_error *err)
{
    (void)user;
    eh_text_table *t = eh_text_table_new(titles, 3);
    if (!t)
        return eh_fail_memory(err, "table", 1, 1);
    for (int i = 0; i < 300; i++)
        eh_text_table_cell(t, "%300d", i);
    eh_str out = { 0 };
    eh_text_table_render(t, &out);
    eh_status status = eh_str_check(&out, err);
    eh_str_clear(&out);
    eh_text_table_free(t);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(expect_survives_alloc_failure(render, NULL) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_aligned_by_display_width),
        cmocka_unit_test(names_cannot_reach_the_terminal),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
