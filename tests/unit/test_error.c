/* Error values: the sentence, cutting, exit codes. */
#include "evenhand/error.h"

#include "base/str.h"
#include "support/cmocka_all.h"

#include <errno.h>
#include <string.h>

static void a_failure_returns_its_status_and_keeps_its_sentence(void **state)
{
    (void)state;
    eh_error err = { 0 };
    assert_int_equal(eh_fail(&err, EH_ERR_INPUT, "%s:%d is wrong.", "a.csv", 7), EH_ERR_INPUT);
    assert_int_equal(err.status, EH_ERR_INPUT);
    assert_string_equal(err.message, "a.csv:7 is wrong.");
}

static void nobody_has_to_listen_to_an_error(void **state)
{
    (void)state;
    assert_int_equal(eh_fail(NULL, EH_ERR_LIMIT, "x"), EH_ERR_LIMIT);
    assert_int_equal(eh_fail_errno(NULL, EH_ERR_IO, ENOSPC, "x"), EH_ERR_IO);
}

static void an_errors_own_message_may_be_an_argument(void **state)
{
    (void)state;
    eh_error err = { 0 };
    eh_fail(&err, EH_ERR_INPUT, "inner");
    eh_fail(&err, EH_ERR_USAGE, "outer: %s", err.message);
    assert_string_equal(err.message, "outer: inner");
}

static void the_system_error_is_appended(void **state)
{
    (void)state;
    eh_error err = { 0 };
    eh_fail_errno(&err, EH_ERR_IO, ENOSPC, "out.json cannot be written");
    assert_string_equal(err.message, "out.json cannot be written: No space left on device");
}

static void a_long_sentence_is_cut_between_characters(void **state)
{
    (void)state;
    char text[4000];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof text - 1; i += 3)
            memcpy(text + i, "\xE2\x82\xAC", 4); /* the euro sign */
        eh_error err = { 0 };
        eh_fail(&err, EH_ERR_INPUT, "%s", text);
        assert_true(strlen(err.message) > sizeof err.message - 8);
        assert_true(eh_utf8_valid(err.message, strlen(err.message)));
    }
}

static void every_status_has_a_word_and_the_documented_exit_code(void **state)
{
    (void)state;
    const struct {
        eh_status status;
        const char *name;
        int code;
    } expected[] = { { EH_OK, "ok", 0 },
                     { EH_ERR_USAGE, "usage", 2 },
                     { EH_ERR_INPUT, "input", 3 },
                     { EH_ERR_IO, "io", 3 },
                     { EH_ERR_MEMORY, "memory", 3 },
                     { EH_ERR_LIMIT, "limit", 3 },
                     { EH_ERR_NOT_ENOUGH, "not-enough", 4 },
                     { EH_ERR_GATE, "gate", 1 },
                     { EH_ERR_NUMERIC, "numeric", 3 },
                     { EH_ERR_INTERRUPTED, "interrupted", 130 },
                     { EH_ERR_INTERNAL, "internal", 3 } };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_string_equal(eh_status_name(expected[i].status), expected[i].name);
        assert_int_equal(eh_exit_code(expected[i].status), expected[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_returns_its_status_and_keeps_its_sentence),
        cmocka_unit_test(nobody_has_to_listen_to_an_error),
        cmocka_unit_test(an_errors_own_message_may_be_an_argument),
        cmocka_unit_test(the_system_error_is_appended),
        cmocka_unit_test(a_long_sentence_is_cut_between_characters),
        cmocka_unit_test(every_status_has_a_word_and_the_documented_exit_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
