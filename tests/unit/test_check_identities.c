/* test_check_identities.c - people whose constant attributes contradict each other; what changes within people, or is merely rare, is left alone. */
#include "support/check_case.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 80 };

/* Twenty people with four images each. sex is constant but in row 5 (person 1) and rows 8 and 9 (person 2, two of four); smile changes; hat is rare and
 * changes. The images of person 3 are not labelled but for two, which differ. */
static void line(char *out, size_t size, int i)
{
    int person = i / 4;
    bool male = person % 2 != (i == 5 || i == 8 || i == 9 || i == 12);
    snprintf(out, size, "%02d.png,p%d,%s,%s,%s,%d", i, person,
             i == 13 || i == 14 ? ""
             : male             ? "male"
                                : "female",
             i % 3 ? "no" : "yes", i % 19 == 7 ? "hat" : "none", person);
}

static eh_catalog *make(void *folder)
{
    return check_case_set(folder, "csv:file=file,identity=who,label=sex,groups=smile\\,hat,numbers=code",
                          "file,who,sex,smile,hat,code", ROWS, line);
}

static void people_with_two_values_of_a_constant_attribute_are_found(void **state)
{
    eh_catalog *c = make(*state);
    eh_clean_result *r = check_case_run(c, "identities:column=who,constant=0.7");
    const eh_finding *one = check_case_finding(r, 6, "sex");
    assert_non_null(one);
    assert_string_equal(check_case_evidence(one, "person"), "p1");
    assert_string_equal(check_case_evidence(one, "here"), "female");
    assert_string_equal(check_case_evidence(one, "elsewhere"), "male");
    assert_string_equal(check_case_evidence(one, "images with it"), "3");
    assert_int_equal(one->severity, EH_SEVERITY_WARNING);
    assert_int_equal(one->other, 5);
    for (int64_t image = 9; image <= 12; image++) { /* two against two: nobody knows which */
        const eh_finding *f = check_case_finding(r, image, "sex");
        assert_non_null(f);
        assert_int_equal(f->severity, EH_SEVERITY_NOTE);
        assert_true(f->score < one->score);
        assert_true(f->cluster > 0 && f->cluster != one->cluster);
    }
    assert_non_null(check_case_finding(r, 13, "sex"));
    assert_non_null(check_case_finding(r, 16, "sex"));
    assert_int_equal(r->findings->count, 1 + 4 + 2); /* nothing about smiles and hats */
    const json_t *constant = json_object_get(r->check[0].summary, "constant_columns");
    assert_int_equal(json_array_size(constant), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(constant, 0), "column")), "sex");
    eh_clean_result_free(r);

    r = check_case_run(c, "identities:column=code,constant=0.7"); /* numbers tell people apart as well */
    assert_int_equal(r->findings->count, 1 + 4 + 2);
    eh_clean_result_free(r);
    r = check_case_run(c, "identities:column=who,constant=0.99");
    assert_int_equal(r->findings->count, 0);
    eh_clean_result_free(r);
    r = check_case_run(c, "identities:column=who,constant=0.7,people=21");
    assert_int_equal(r->findings->count, 0);
    eh_clean_result_free(r);
    r = check_case_run(c, "identities"); /* no column is called identity or the like; "who" is */
    assert_string_equal(json_string_value(json_object_get(r->check[0].summary, "identity")), "who");
    eh_clean_result_free(r);
    check_case_refused(c, "identities:column=whom", EH_ERR_USAGE, "did you mean 'who'");
    eh_catalog_close(c);
}

/* Krippendorff's alpha by hand: persons {a,a}, {a,b}, {b,b}: observed 2/6, expected 6 - (3*2 + 3*2)/5 = 3.6 of 6. */
static void tiny(char *out, size_t size, int i)
{
    snprintf(out, size, "%d.png,p%d,%s", i, i / 2, i < 3 ? "a" : "b");
}

static void alpha_is_krippendorffs(void **state)
{
    eh_catalog *c =
        check_case_set(*state, "csv:file=file,identity=person,label=kind", "file,person,kind", 6, tiny);
    eh_clean_result *r = check_case_run(c, "identities:constant=0.1,people=1");
    const json_t *one = json_array_get(json_object_get(r->check[0].summary, "constant_columns"), 0);
    assert_float_equal(json_real_value(json_object_get(one, "alpha")), 1 - 2 / 3.6, 1e-12);
    assert_int_equal(r->findings->count, 2);
    assert_float_equal(r->findings->item[0].score, (1 - 2 / 3.6) * 2 / 3, 1e-12);
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(people_with_two_values_of_a_constant_attribute_are_found,
                                        data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(alpha_is_krippendorffs, data_folder_make, data_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
