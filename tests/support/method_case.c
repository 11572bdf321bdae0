/* method_case.c - a method under test. */
#include "support/method_case.h"

#include "support/cmocka_all.h"

#include <string.h>

void method_case_make(method_case *c, const char *method, const size_t *size, size_t groups)
{
    eh_error err = { 0 };
    size_t rows = 0, row = 0;
    memset(c, 0, sizeof *c);
    c->arena = eh_arena_new();
    for (size_t g = 0; g < groups; g++)
        rows += size[g];
    if (eh_opts_defaults(eh_train_option_table, &c->opts, c->arena, &err) != EH_OK ||
        eh_thing_parse(&c->opts.method, "method", method, "test", c->arena, &err) != EH_OK)
        fail_msg("%s", err.message);
    c->frame.rows = rows;
    static const char *const class_name[] = { "no", "face" };
    c->label = (eh_frame_column){ .name = "label",
                                  .class_name = class_name,
                                  .classes = 2,
                                  .cls = eh_arena_alloc(c->arena, rows, sizeof(int32_t)) };
    c->groups.count = groups;
    c->groups.rows = rows;
    c->groups.name = eh_arena_alloc(c->arena, groups, sizeof *c->groups.name);
    c->groups.of_row = eh_arena_alloc(c->arena, rows, sizeof *c->groups.of_row);
    uint32_t *train_row = eh_arena_alloc(c->arena, rows, sizeof *train_row);
    uint64_t *group_rows = eh_arena_alloc(c->arena, groups, sizeof *group_rows);
    for (size_t g = 0; g < groups; g++) {
        c->groups.name[g] = eh_arena_printf(c->arena, "group %zu", g);
        group_rows[g] = size[g];
        for (size_t i = 0; i < size[g]; i++, row++) {
            c->groups.of_row[row] = (int32_t)g;
            c->label.cls[row] = (int32_t)(row % 2);
            train_row[row] = (uint32_t)row;
        }
    }
    c->run = (eh_run){ .opts = &c->opts,
                       .own_class = -1,
                       .frame = &c->frame,
                       .groups = &c->groups,
                       .label = &c->label,
                       .train_row = train_row,
                       .train_rows = rows,
                       .group_rows = group_rows,
                       .arena = c->arena };
    c->method = (const eh_method *)c->opts.method.entry;
    c->state = eh_arena_alloc(c->arena, 1, c->method->state_size + 1);
    if (c->method->hooks.begin &&
        c->method->hooks.begin(c->state, c->opts.method.opts, &c->run, &err) != EH_OK)
        fail_msg("%s", err.message);
}

void method_case_clear(method_case *c)
{
    eh_free(c->run.drawn);
    eh_arena_free(c->arena);
}

eh_epoch_order method_case_epoch(method_case *c, uint64_t epoch)
{
    eh_epoch_order order = { 0 };
    c->run.epoch = epoch;
    assert_int_equal(eh_run_draw(&c->run, &eh_sampler_uniform, NULL, NULL, &order, NULL), EH_OK);
    if (c->method->hooks.epoch)
        assert_int_equal(c->method->hooks.epoch(c->state, &c->run, &order, NULL), EH_OK);
    return order;
}

void method_case_count(const method_case *c, eh_epoch_order order, size_t *count)
{
    memset(count, 0, c->groups.count * sizeof *count);
    for (size_t i = 0; i < order.count; i++) {
        assert_true(order.row[i] < c->frame.rows);
        count[c->groups.of_row[order.row[i]]]++;
    }
}
