/* The section of masks: one row a result, then every class. */
#include "metric/pixel_audit.h"
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <string.h>

static json_t *result(void)
{
    static const char *const classes[] = { "road", "sign" }, *const groups[] = { "all" };
    static const uint8_t truth[8] = { 0, 0, 0, 0, 0, 1, 1, 255 }, guess[8] = { 0, 0, 0, 0, 1, 1, 0, 0 };
    const eh_pixel_input in = {
        .class_name = classes, .classes = 2, .group_name = groups, .groups = 1, .precision = true
    };
    float probability[16];
    eh_pixel_audit *a;
    eh_pixel_image image;
    for (int i = 0; i < 8; i++) {
        probability[8 + i] = guess[i] ? 0.75f : 0.25f;
        probability[i] = 1 - probability[8 + i];
    }
    assert_int_equal(eh_pixel_audit_new(&a, &in, NULL), EH_OK);
    assert_int_equal(eh_pixel_audit_add(a, 0, truth, guess, probability, 8, &image, NULL), EH_OK);
    json_t *split = eh_pixel_audit_json(a, "test", 0, NULL);
    eh_pixel_audit_free(a);
    json_t *json =
        json_pack("{s:s, s:i, s:s, s:s, s:s, s:{s:s}, s:[{s:s, s:[]}], s:{s:[]}, s:[], s:[{s:s, s:n, s:[], "
                  "s:[o]}]}",
                  "format", "evenhand-results", "format_version", 1, "kind", "run", "id", "run", "name",
                  "unet", "data", "name", "streets", "groups", "name", "all", "values", "task", "heads",
                  "evaluation", "masks", "head", "mask", "loss", "classes", "splits", split);
    assert_non_null(json);
    return json;
}

static void results_are_compared_and_classes_listed(void **state)
{
    (void)state;
    json_t *two[] = { result(), result() };
    eh_str html = { 0 };
    report_section(&html, "masks", two, 2);
    const char *text = eh_str_text(&html);
    assert_non_null(strstr(text, "Masks of every result"));
    assert_non_null(strstr(text, "unet: every class of mask"));
    assert_non_null(strstr(text, ">sign<"));
    assert_non_null(strstr(text, "33.3%")); /* sign: 1 of 3 pixels that are or were said to be one */
    assert_non_null(strstr(text, "50.0%"));
    eh_str_clear(&html);
}

static void a_report_without_masks_has_no_such_section(void **state)
{
    (void)state;
    json_t *one[] = { report_sample("erm") };
    eh_str html = { 0 };
    report_section(&html, "masks", one, 1);
    assert_string_equal(eh_str_text(&html), "");
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_compared_and_classes_listed),
        cmocka_unit_test(a_report_without_masks_has_no_such_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
