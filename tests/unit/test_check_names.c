/* test_check_names.c - what a file's name says is learned from the data, and the images whose label says otherwise are named. */
#include "support/check_case.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 60 };

/* Folder cats or dogs, name <age>_<0|1>_<running number>; labels kind, age, sex agree with them but in rows 7 (kind), 20 (age) and 33 (sex). The part
 * "train" or "test" says nothing about `rare`, which is "no" in all but every 20th. */
static void line(char *out, size_t size, int i)
{
    bool cat = i % 2, male = i / 2 % 2;
    int age = 20 + i % 7;
    snprintf(out, size, "%s/%s/%03d_%d_%04d.png,%s,%d,%s,%s", i % 5 ? "train" : "test", cat ? "Cats" : "dogs",
             age, male, 1000 + i, cat != (i == 7) ? "cat" : "dog", age + (i == 20 ? 3 : 0),
             male != (i == 33) ? "male" : "female", i % 20 == 3 ? "yes" : "no");
}

static eh_catalog *make(void *folder)
{
    return check_case_set(folder, "csv:file=file,label=kind,numbers=age,groups=sex\\,rare",
                          "file,kind,age,sex,rare", ROWS, line);
}

static void labels_that_contradict_the_name_are_found(void **state)
{
    eh_catalog *c = make(*state);
    eh_clean_result *r = check_case_run(c, "names");
    assert_int_equal(r->findings->count, 3);
    const eh_finding *kind = check_case_finding(r, 8, "kind"), *age = check_case_finding(r, 21, "age"),
                     *sex = check_case_finding(r, 34, "sex");
    assert_true(kind && age && sex);
    assert_string_equal(check_case_evidence(kind, "at"), "folder");
    assert_string_equal(check_case_evidence(kind, "reads"), "cats");
    assert_string_equal(check_case_evidence(kind, "means"), "cat");
    assert_string_equal(check_case_evidence(kind, "label"), "dog");
    assert_string_equal(check_case_evidence(age, "at"), "part 1 of the name");
    assert_string_equal(check_case_evidence(age, "reads"), "26"); /* 020: leading zeros do not count */
    assert_string_equal(check_case_evidence(age, "label"), "29");
    assert_string_equal(check_case_evidence(sex, "at"), "part 2 of the name");
    assert_string_equal(check_case_evidence(sex, "means"), "female");
    assert_float_equal(kind->score, 30.0 / 32, 1e-9); /* 29 of 30 cats, by the rule of succession */
    assert_int_equal(kind->action, EH_ACTION_LOOK);
    assert_int_equal(json_array_size(json_object_get(r->check[0].summary, "names_speak_of")), 3);
    eh_clean_result_free(r);

    r = check_case_run(c, "names:agreement=0.99"); /* 59 of 60 are not enough */
    assert_int_equal(r->findings->count, 0);
    eh_clean_result_free(r);
    check_case_refused(c, "names:agreement=0.2", EH_ERR_USAGE, "agreement");
    eh_catalog_close(c);
}

/* Names that only count, and a folder for each person of whom one is labelled in two ways: nothing to learn from. */
static void silent(char *out, size_t size, int i)
{
    snprintf(out, size, "person%c/img_%04d.png,%s,%d", "abcdefghijkl"[i / 5], i,
             i / 5 % 2 == (i != 3) ? "left" : "right", i);
}

static void names_that_say_nothing_are_left_alone(void **state)
{
    eh_catalog *c =
        check_case_set(*state, "csv:file=file,label=side,numbers=size", "file,side,size", ROWS, silent);
    eh_clean_result *r = check_case_run(c, "names");
    for (size_t i = 0; i < r->findings->count; i++) /* the running number is the size, in every image */
        assert_string_not_equal(r->findings->item[i].column, "side");
    assert_int_equal(r->findings->count, 0);
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(labels_that_contradict_the_name_are_found, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(names_that_say_nothing_are_left_alone, data_folder_make,
                                        data_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
