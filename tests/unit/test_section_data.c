/* The data section: images by group, label and split. */
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

static void cells_are_counted_by_group_label_and_split(void **state)
{
    (void)state;
    json_t *one = report_result("a", "erm", 1, before, 4), *data = json_object_get(one, "data");
    json_object_set_new(data, "splits",
                        json_pack("[{s:s, s:i}, {s:s, s:i}]", "name", "train", "n", 9, "name", "te<b>st", "n",
                                  4));
    json_object_set_new(
        data, "counts",
        json_pack("[{s:s, s:[{s:s, s:i, s:s, s:i}, {s:s, s:i, s:s, s:i}, {s:s, s:i, s:n, s:i}]}]", "column",
                  "hair", "cells", "split", "train", "group", 0, "label", "yes", "n", 9, "split", "te<b>st",
                  "group", 0, "label", "yes", "n", 3, "split", "te<b>st", "group", 1, "label", "n", 1));
    json_object_set_new(data, "skipped", json_pack("[{s:s, s:i}]", "reason", "cut <b> off", "n", 2));
    json_t *result[] = { one };
    static const char *const part[] = { "<bdi>A&lt;b&gt;</bdi></th><td class=\"text\">yes</td><td "
                                        "class=\"number\">9</td><td class=\"number\">3</td>",
                                        "<bdi>B</bdi></th><td class=\"text\">(missing)</td><td "
                                        "class=\"number\">0</td><td class=\"number\">1</td>",
                                        "te&lt;b&gt;st</th>", "Not used: 2 (cut &lt;b&gt; off)." };
    eh_str html = { 0 };
    report_section(&html, "data", result, 1);
    expect_parts(&html, part, sizeof part / sizeof *part);
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_counted_by_group_label_and_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
