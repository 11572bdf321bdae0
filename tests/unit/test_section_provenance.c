/* The provenance section: command, seed and hashes. */
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <string.h>

static const report_group before[] = {
    { "A<b>", 100, NULL, 30 }, { "B", 100, NULL, 95 }, { "none", 0, NULL, 0 }, { "few", 4, NULL, 4 }
};

static void expect_parts(const eh_str *html, const char *const *part, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strstr(eh_str_text(html), part[i]))
            fail_msg("the section lacks \"%s\":\n%s", part[i], eh_str_text(html));
    assert_null(strstr(eh_str_text(html), "<b>"));
    assert_null(strstr(eh_str_text(html), "style="));
}

static void what_is_needed_to_repeat_the_run_is_there(void **state)
{
    (void)state;
    json_t *one = report_result("a", "erm", 7, before, 4);
    json_object_set_new(one, "command", json_pack("[s, s, s]", "evenhand", "train", "<b>.eh"));
    json_object_set_new(json_object_get(one, "hashes"), "weights", json_string("abc123"));
    json_t *result[] = { one };
    static const char *const part[] = { "evenhand train &lt;b&gt;.eh",
                                        "Seed</bdi></th><td class=\"text\">7</td>",
                                        "SHA-256 of the weights</bdi></th><td class=\"text\">abc123</td>",
                                        "SHA-256 of the recipe</bdi></th><td class=\"text\">\u2013</td>" };
    eh_str html = { 0 };
    report_section(&html, "provenance", result, 1);
    expect_parts(&html, part, sizeof part / sizeof *part);
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_needed_to_repeat_the_run_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
