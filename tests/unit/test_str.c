/* Growing strings, strict numbers, the nearest word, UTF-8. */
#include "base/str.h"

#include "evenhand/memory.h"
#include "support/alloc_failure.h"
#include "support/cmocka_all.h"

#include <locale.h>
#include <math.h>
#include <string.h>

static void a_string_grows_by_text_bytes_and_formats(void **state)
{
    (void)state;
    eh_str s = { 0 };
    assert_string_equal(eh_str_text(&s), "");
    eh_str_append(&s, "ab");
    eh_str_append_bytes(&s, "c\0d", 3);
    eh_str_appendf(&s, "%d", 5);
    assert_int_equal(s.size, 6);
    assert_memory_equal(s.data, "abc\0d5", 7);
    eh_str_clear(&s);
    for (int i = 0; i < 1000; i++)
        eh_str_appendf(&s, "%0300d", i);
    assert_int_equal(s.size, 300000);
    assert_int_equal(eh_str_check(&s, NULL), EH_OK);
    eh_str_clear(&s);
    assert_null(s.data);
}

static eh_status build_text(void *user, eh_error *err)
{
    (void)user;
    eh_str s = { 0 };
    for (int i = 0; i < 100; i++)
        eh_str_appendf(&s, "line %d\n", i);
    eh_str_appendf(&s, "%2000s", "");
    eh_status status = eh_str_check(&s, err);
    eh_str_clear(&s);
    return status;
}

static void a_failed_append_is_remembered_until_the_check(void **state)
{
    (void)state;
    assert_true(expect_survives_alloc_failure(build_text, NULL) > 3);
}

static void whole_numbers_are_strict(void **state)
{
    (void)state;
    int64_t value = 0;
    assert_true(eh_parse_int(&value, "-42"));
    assert_int_equal(value, -42);
    assert_true(eh_parse_int(&value, "+7"));
    assert_true(eh_parse_int(&value, "9223372036854775807"));
    assert_true(value == INT64_MAX);
    const char *wrong[] = {
        "", " 1", "1 ", "12abc", "1.0", "0x10", "+-1", "-", "9223372036854775808", "1e3"
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(eh_parse_int(&value, wrong[i]));
    assert_true(value == INT64_MAX); /* a failure leaves it alone */
}

static void real_numbers_are_strict_and_finite(void **state)
{
    (void)state;
    double value = 0;
    assert_true(eh_parse_float(&value, "1e-3"));
    assert_true(value == 1e-3);
    assert_true(eh_parse_float(&value, "-.5"));
    assert_true(value == -0.5);
    const char *wrong[] = { "",    "nan", "inf", "-infinity", "1e999", "0x1p3",
                            "1,5", " 1",  "1 ",  "1.2.3",     "e5",    "." };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(eh_parse_float(&value, wrong[i]));
}

static void numbers_do_not_depend_on_the_locale(void **state)
{
    (void)state;
    /* Where no such locale is installed this shows less, but never fails wrongly. */
    const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", NULL };
    for (size_t i = 0; locales[i] && !setlocale(LC_ALL, locales[i]); i++)
        continue;
    double value = 0;
    char text[EH_FLOAT_TEXT];
    assert_true(eh_parse_float(&value, "2.5"));
    assert_true(value == 2.5);
    eh_format_float(text, 2.5);
    assert_string_equal(text, "2.5");
    setlocale(LC_ALL, "C");
}

static void a_number_is_written_shortly_and_reads_back_the_same(void **state)
{
    (void)state;
    const double values[] = {
        0, 0.1, 1.0 / 3, 1e-5, 123456789, 6.02214076e23, -0.30000000000000004, 5e-324, 1.7976931348623157e308
    };
    char text[EH_FLOAT_TEXT];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        double back = -1;
        eh_format_float(text, values[i]);
        assert_true(eh_parse_float(&back, text));
        assert_true(back == values[i]);
    }
    eh_format_float(text, 0.1);
    assert_string_equal(text, "0.1");
    eh_format_float(text, NAN);
    assert_string_equal(text, "nan");
    eh_format_float(text, -INFINITY);
    assert_string_equal(text, "-inf");
}

static void switches_have_eight_words(void **state)
{
    (void)state;
    bool value = false;
    assert_true(eh_parse_bool(&value, "Yes") && value);
    assert_true(eh_parse_bool(&value, "off") && !value);
    assert_true(eh_parse_bool(&value, "1") && value);
    assert_true(eh_parse_bool(&value, "FALSE") && !value);
    assert_false(eh_parse_bool(&value, "2"));
    assert_false(eh_parse_bool(&value, ""));
}

static void the_nearest_word_is_found_unless_none_is_near(void **state)
{
    (void)state;
    const char *const words[] = { "epochs", "learning-rate", "batch-size", "seed", NULL };
    assert_string_equal(eh_nearest("epoch", words), "epochs");
    assert_string_equal(eh_nearest("sede", words), "seed"); /* neighbours swapped: one edit */
    assert_string_equal(eh_nearest("learningrate", words), "learning-rate");
    assert_null(eh_nearest("momentum", words));
    char huge[5000];
    memset(huge, 'x', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    assert_null(eh_nearest(huge, words));
    assert_null(eh_nearest("x", (const char *const[]){ NULL }));
}

static void utf8_is_checked_strictly(void **state)
{
    (void)state;
    const char *good[] = { "", "abc", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF" };
    const char *bad[] = { "\x80",
                          "\xC3",
                          "\xC0\x80",
                          "\xE0\x80\x80",
                          "\xED\xA0\x80",
                          "\xF4\x90\x80\x80",
                          "\xF8\x88\x80\x80",
                          "\xE2\x82",
                          "a\xFFz" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(eh_utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(eh_utf8_valid(bad[i], strlen(bad[i])));
}

static void width_counts_columns_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(eh_utf8_width("abc"), 3);
    assert_int_equal(eh_utf8_width("\xC3\xA9t\xC3\xA9"), 3);
    assert_int_equal(eh_utf8_width("e\xCC\x81"), 1);                /* e and a combining accent */
    assert_int_equal(eh_utf8_width("\xE6\xBC\xA2\xE5\xAD\x97"), 4); /* two Chinese characters */
    assert_int_equal(eh_utf8_width("a\xFF"), 2);
}

static void control_characters_are_replaced(void **state)
{
    (void)state;
    char text[] = "a\x1B[31mb\n\x7F\xC2\x9B"
                  "c\xC3\xA9";
    eh_replace_control(text);
    assert_string_equal(text, "a?[31mb????c\xC3\xA9");
}

static void long_text_is_shown_by_its_beginning(void **state)
{
    (void)state;
    eh_str out = { 0 };
    char text[3 * EH_SHOWN_COLUMNS + 1];
    eh_str_append(&out, "name: ");
    eh_str_append_shown(&out, "a\x1B[31mb");
    assert_string_equal(eh_str_text(&out), "name: a?[31mb");
    eh_str_clear(&out);
    memset(text, 'n', sizeof text);
    text[EH_SHOWN_COLUMNS] = '\0';
    eh_str_append_shown(&out, text);
    assert_string_equal(eh_str_text(&out), text);
    eh_str_clear(&out);
    text[EH_SHOWN_COLUMNS] = 'n';
    text[EH_SHOWN_COLUMNS + 1] = '\0';
    eh_str_append_shown(&out, text);
    assert_int_equal(out.size, EH_SHOWN_COLUMNS);
    assert_true(eh_ends_with(eh_str_text(&out), "nnn..."));
    eh_str_clear(&out);
    for (size_t i = 0; i < EH_SHOWN_COLUMNS; i++) /* Chinese characters take two columns and three bytes */
        memcpy(text + 3 * i, "\xE6\xBC\xA2", 3);
    text[sizeof text - 1] = '\0';
    eh_str_append_shown(&out, text);
    assert_int_equal(out.size, 3 * ((EH_SHOWN_COLUMNS - 3) / 2) + 3);
    assert_true(eh_utf8_valid(eh_str_text(&out), out.size));
    eh_str_clear(&out);
    eh_str_append_shown(&out, "");
    assert_string_equal(eh_str_text(&out), "");
    eh_str_clear(&out);
}

static void beginnings_ends_and_hexadecimal(void **state)
{
    (void)state;
    assert_true(eh_starts_with("abc", "ab") && eh_starts_with("abc", "") && !eh_starts_with("ab", "abc"));
    assert_true(eh_ends_with("a.jpg", ".jpg") && !eh_ends_with("jpg", ".jpg"));
    char text[9];
    eh_hex(text, (const uint8_t[]){ 0x00, 0x9F, 0xAB, 0xFF }, 4);
    assert_string_equal(text, "009fabff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_string_grows_by_text_bytes_and_formats),
        cmocka_unit_test(a_failed_append_is_remembered_until_the_check),
        cmocka_unit_test(whole_numbers_are_strict),
        cmocka_unit_test(real_numbers_are_strict_and_finite),
        cmocka_unit_test(numbers_do_not_depend_on_the_locale),
        cmocka_unit_test(a_number_is_written_shortly_and_reads_back_the_same),
        cmocka_unit_test(switches_have_eight_words),
        cmocka_unit_test(the_nearest_word_is_found_unless_none_is_near),
        cmocka_unit_test(utf8_is_checked_strictly),
        cmocka_unit_test(width_counts_columns_not_bytes),
        cmocka_unit_test(control_characters_are_replaced),
        cmocka_unit_test(long_text_is_shown_by_its_beginning),
        cmocka_unit_test(beginnings_ends_and_hexadecimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
