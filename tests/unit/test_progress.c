/* The progress interface: what reaches the receiver, and that nobody has to listen. */
#include "evenhand/progress.h"

#include "support/cmocka_all.h"

#include <stdio.h>
#include <string.h>

typedef struct record {
    char text[512];
} record;

static void add(record *r, const char *text)
{
    size_t used = strlen(r->text);
    snprintf(r->text + used, sizeof r->text - used, "%s|", text ? text : "NULL");
}

static void on_begin(void *user, const char *step, uint64_t total, const char *unit)
{
    char text[100];
    snprintf(text, sizeof text, "begin %s %d %s", step, (int)total, unit);
    add(user, text);
}

static void on_update(void *user, uint64_t done, const char *note)
{
    char text[100];
    snprintf(text, sizeof text, "%d %s", (int)done, note ? note : "NULL");
    add(user, text);
}

static void on_text(void *user, const char *text)
{
    add(user, text);
}

static bool on_stop(void *user)
{
    return ((record *)user)->text[0] != '\0';
}

static void messages_arrive_formatted_and_in_order(void **state)
{
    (void)state;
    record r = { "" };
    eh_progress p = { &r, on_begin, on_update, on_text, on_text, on_stop };
    assert_false(eh_progress_stop(&p));
    eh_progress_begin(&p, "training", 3, "batches");
    eh_progress_update(&p, 1, NULL);
    eh_progress_update(&p, 2, "loss %.2f", 0.5);
    eh_progress_warn(&p, "%d skipped", 4);
    eh_progress_end(&p, NULL);
    eh_progress_end(&p, "%s", "100%");
    assert_string_equal(r.text, "begin training 3 batches|1 NULL|2 loss 0.50|4 skipped|NULL|100%|");
    assert_true(eh_progress_stop(&p));
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    eh_progress deaf = { 0 }, *both[] = { NULL, &deaf };
    for (int i = 0; i < 2; i++) {
        eh_progress_begin(both[i], "x", 0, "y");
        eh_progress_update(both[i], 1, "z");
        eh_progress_end(both[i], NULL);
        eh_progress_warn(both[i], "w");
        assert_false(eh_progress_stop(both[i]));
    }
}

static void a_long_message_is_cut(void **state)
{
    (void)state;
    record r = { "" };
    eh_progress p = { .user = &r, .warn = on_text };
    eh_progress_warn(&p, "%5000d", 1);
    assert_int_equal(strlen(r.text), sizeof r.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_arrive_formatted_and_in_order),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(a_long_message_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
