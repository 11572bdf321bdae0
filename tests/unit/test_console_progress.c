/* What the program shows on stderr in each mode. */
#include "cli/console.h"

#include "support/cmocka_all.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
    FILE *stream;
    char text[16384];
    eh_console console;
} fixture;

static void open_console(fixture *f, eh_common_options common)
{
    f->stream = tmpfile();
    assert_non_null(f->stream);
    eh_console_init(&f->console, &common, f->stream);
}

/* Everything that was written, and the end of the stream. */
static const char *close_console(fixture *f)
{
    fflush(f->stream);
    rewind(f->stream);
    size_t size = fread(f->text, 1, sizeof f->text - 1, f->stream);
    f->text[size] = '\0';
    fclose(f->stream);
    return f->text;
}

/* Two steps, one in the other, with a note, a warning and a hostile name. */
static void play(eh_progress *p)
{
    eh_progress_begin(p, "train", 2, "epochs");
    eh_progress_begin(p, "epoch 1", 10, "batches");
    for (uint64_t i = 1; i <= 10; i++)
        eh_progress_update(p, i, "loss %.1f", 1.0 / (double)i);
    eh_progress_end(p, NULL);
    eh_progress_warn(p, "group \x1B[31m%s is empty", "x\ny");
    eh_progress_update(p, 2, NULL);
    eh_progress_end(p, "best epoch %d", 2);
}

static void plain_lines_are_summaries_and_warnings(void **state)
{
    (void)state;
    fixture f;
    open_console(&f, (eh_common_options){ .progress = EH_PROGRESS_PLAIN });
    play(&f.console.progress);
    eh_console_note(&f.console, "wrote a.json");
    close_console(&f);
    assert_string_equal(f.text, "evenhand: warning: group ?[31mx?y is empty\ntrain: best epoch 2 (0.0 "
                                "s)\nwrote a.json\n");
}

static void auto_is_plain_where_there_is_no_terminal(void **state)
{
    (void)state;
    fixture f;
    open_console(&f, (eh_common_options){ .progress = EH_PROGRESS_AUTO });
    assert_int_equal(f.console.mode, EH_PROGRESS_PLAIN);
    close_console(&f);
}

static void quiet_keeps_only_warnings(void **state)
{
    (void)state;
    fixture f;
    open_console(&f, (eh_common_options){ .progress = EH_PROGRESS_BAR, .quiet = true });
    play(&f.console.progress);
    eh_console_note(&f.console, "wrote a.json");
    assert_string_equal(close_console(&f), "evenhand: warning: group ?[31mx?y is empty\n");
}

static void a_bar_is_drawn_on_one_line_and_taken_away(void **state)
{
    (void)state;
    fixture f;
    open_console(&f, (eh_common_options){ .progress = EH_PROGRESS_BAR });
    play(&f.console.progress);
    close_console(&f);
    assert_non_null(strstr(f.text, "\r\033[Kepoch 1  [##"));
    assert_non_null(strstr(f.text, " 10 %  1/10 batches  loss 1.0"));
    assert_null(strstr(f.text, "\033[31m"));
    /* Each line that stays begins on a cleared line. */
    const char *end = "\r\033[Ktrain: best epoch 2 (0.0 s)\n";
    assert_true(strlen(f.text) > strlen(end));
    assert_string_equal(f.text + strlen(f.text) - strlen(end), end);
    for (const char *draw = f.text; (draw = strstr(draw, "\033[K")) != NULL; draw++)
        assert_true(strcspn(draw, "\r\n") < 80 + 3);
}

static void ndjson_is_one_valid_object_a_line(void **state)
{
    (void)state;
    fixture f;
    open_console(&f, (eh_common_options){ .progress = EH_PROGRESS_JSON });
    play(&f.console.progress);
    eh_progress_begin(&f.console.progress, "scan \xFF", 0, "files");
    eh_progress_end(&f.console.progress, NULL);
    eh_error err = { EH_ERR_GATE, "The gate \"x\" failed." };
    eh_console_error(&f.console, &err);
    close_console(&f);
    static const char *const events[] = { "begin",  "begin", "update", "end", "warning",
                                          "update", "end",   "begin",  "end", "error" };
    size_t count = 0;
    for (char *line = f.text, *next; *line; line = next) {
        next = strchr(line, '\n');
        assert_non_null(next);
        *next++ = '\0';
        json_t *event = json_loads(line, 0, NULL);
        if (!event)
            fail_msg("no JSON: %s", line);
        const char *name = json_string_value(json_object_get(event, "event"));
        assert_true(count < 10);
        /* The first update of a step is always shown, further ones at intervals: on a slow machine there are more. */
        bool further = strcmp(name, "update") == 0 && strcmp(events[count], "update") != 0;
        if (!further && strcmp(name, events[count]) != 0)
            fail_msg("event %zu is %s instead of %s", count, name, events[count]);
        if (strcmp(name, "error") == 0) {
            assert_int_equal(json_integer_value(json_object_get(event, "exit_code")), 1);
            assert_string_equal(json_string_value(json_object_get(event, "status")), "gate");
        }
        json_decref(event);
        count += !further;
    }
    assert_int_equal(count, 10);
}

static void steps_may_nest_deeper_than_is_shown(void **state)
{
    (void)state;
    fixture f;
    open_console(&f, (eh_common_options){ .progress = EH_PROGRESS_PLAIN });
    for (int i = 0; i < 20; i++)
        eh_progress_begin(&f.console.progress, "s", 1, "u");
    for (int i = 0; i < 20; i++) {
        eh_progress_update(&f.console.progress, 1, NULL);
        eh_progress_end(&f.console.progress, "%d", 20 - i);
    }
    eh_progress_end(&f.console.progress, "one end too many");
    close_console(&f);
    assert_non_null(strstr(f.text, "s: 6 (0.0 s)\ns: 5"));
    assert_null(strstr(f.text, "s: 7"));
    assert_null(strstr(f.text, "too many"));
}

static void an_error_is_a_sentence_or_with_json_an_object(void **state)
{
    (void)state;
    fixture f;
    eh_error err = { EH_ERR_INPUT, "a\nb.csv is empty." };
    open_console(&f, (eh_common_options){ .progress = EH_PROGRESS_NONE });
    eh_console_error(&f.console, &err);
    assert_string_equal(close_console(&f), "evenhand: a?b.csv is empty.\n");
    open_console(&f, (eh_common_options){ .progress = EH_PROGRESS_NONE, .json = true });
    eh_console_error(&f.console, &err);
    assert_string_equal(close_console(&f), "{\"event\":\"error\",\"status\":\"input\",\"exit_code\":3,"
                                           "\"message\":\"a\\nb.csv is empty.\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines_are_summaries_and_warnings),
        cmocka_unit_test(auto_is_plain_where_there_is_no_terminal),
        cmocka_unit_test(quiet_keeps_only_warnings),
        cmocka_unit_test(a_bar_is_drawn_on_one_line_and_taken_away),
        cmocka_unit_test(ndjson_is_one_valid_object_a_line),
        cmocka_unit_test(steps_may_nest_deeper_than_is_shown),
        cmocka_unit_test(an_error_is_a_sentence_or_with_json_an_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
