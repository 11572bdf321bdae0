/* Files of predictions: every usual shape is read, and what is wrong is said with its line. */
#include "report/predictions.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void write_file(const char *text)
{
    snprintf(path, sizeof path, "/tmp/test_predictions_%ld.csv", (long)getpid());
    assert_int_equal(eh_file_write_atomic(path, text, strlen(text), NULL), EH_OK);
}

static eh_predictions *read_text(const char *text, const eh_predictions_opts *opts)
{
    write_file(text);
    eh_error err = { 0 };
    eh_predictions *p;
    if (eh_predictions_read(&p, path, opts, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    unlink(path);
    return p;
}

static void expect_refused(const char *text, const eh_predictions_opts *opts, eh_status status,
                           const char *part)
{
    write_file(text);
    eh_error err = { 0 };
    eh_predictions *p;
    eh_status got = eh_predictions_read(&p, path, opts, NULL, &err);
    unlink(path);
    if (got != status)
        fail_msg("status %s instead of %s: %s", eh_status_name(got), eh_status_name(status), err.message);
    assert_null(p);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
}

static eh_str_list list(const char **item, size_t count)
{
    return (eh_str_list){ item, count };
}

static void our_own_format_needs_no_option(void **state)
{
    (void)state;
    eh_predictions *p = read_text("image,file,truth,predicted,loss,p:other,p:blond,hair,gender\n"
                                  "7,a.jpg,blond,other,1.5,0.75,0.25,blond,man\n"
                                  "9,b.jpg,other,other,0.25,0.875,0.125,other,(missing)\n",
                                  NULL);
    assert_int_equal(p->rows, 2);
    assert_int_equal(p->classes, 2);
    assert_string_equal(p->class_name[1], "blond");
    assert_int_equal(p->truth[0], 1);
    assert_int_equal(p->predicted[0], 0);
    assert_true(p->loss[0] == 1.5 && p->probability[1] == 0.25f);
    assert_string_equal(p->file[1], "b.jpg");
    assert_string_equal(p->key[1], "9");
    assert_int_equal(p->groups, 2);
    assert_int_equal(p->group_columns, 2);
    assert_string_equal(p->group_value[p->group[1] * 2 + 1], "(missing)");
    assert_string_equal(p->group_name[p->group[0]], "blond man");
    assert_int_equal(p->positive, 1);
    eh_predictions_free(p);
}

/* What predict writes of a model with several heads: the truth's column says which is measured. */
static void each_head_of_several_can_be_measured(void **state)
{
    (void)state;
    static const char text[] =
        "image,file,age.truth,age.predicted,tall.truth,tall.predicted,tall.p:no,tall.p:yes,truth,predicted,"
        "p:round,p:square,p:other,site\n"
        "1,a.jpg,36.2,35.1,yes,no,0.75,0.25,round,round,0.5,0.25,0.25,north\n"
        "2,b.jpg,20.5,22,no,no,0.875,0.125,other,square,0.25,0.5,0.25,south\n"
        "3,c.jpg,31,30.5,yes,yes,0.25,0.75,round,round,0.5,0.25,0.25,south\n";
    const eh_predictions_opts tall = { .truth = "tall.truth", .predicted = "tall.predicted" },
                              age = { .truth = "age.truth" };
    eh_predictions *p = read_text(text, &tall);
    assert_int_equal(p->classes, 2);
    assert_string_equal(p->class_name[1], "yes");
    assert_true(p->truth[0] == 1 && p->predicted[0] == 0 && p->probability[1] == 0.25f);
    assert_int_equal(p->groups, 2);
    eh_predictions_free(p);
    p = read_text(text, &age);
    assert_non_null(p->number_truth);
    assert_true(p->number_truth[0] == 36.2 && p->number_predicted[1] == 22);
    eh_predictions_free(p);
    p = read_text(text, NULL);
    assert_int_equal(p->classes, 3);
    eh_predictions_free(p);
}

static void usual_column_names_of_other_programs_are_found(void **state)
{
    (void)state;
    static const char *const header[] = { "y_true,y_pred,group", "Label,Prediction,GROUP",
                                          "truth,predicted,group", "label_value,pred,group",
                                          "target,yhat,group" };
    for (size_t i = 0; i < sizeof header / sizeof *header; i++) {
        char text[128];
        snprintf(text, sizeof text, "%s\n1,0,a\n0,0,b\n", header[i]);
        eh_predictions *p = read_text(text, NULL);
        assert_int_equal(p->truth[0], 1);
        assert_int_equal(p->predicted[0], 0);
        assert_int_equal(p->groups, 2);
        assert_null(p->probability);
        assert_true(isnan(p->loss[0]));
        eh_predictions_free(p);
    }
}

static void columns_can_be_named(void **state)
{
    (void)state;
    const char *groups[] = { "sex", "age" };
    eh_predictions_opts opts = {
        .truth = "really", .predicted = "said", .groups = list(groups, 2), .positive = "no"
    };
    eh_predictions *p =
        read_text("really;said;age;sex\nyes;no;old;f\nno;no;young;m\nno;yes;young;m\n", &opts);
    assert_int_equal(p->groups, 2);
    assert_string_equal(p->group_column[0], "sex");
    assert_string_equal(p->group_name[0], "f old");
    assert_string_equal(p->class_name[p->positive], "no");
    eh_predictions_free(p);
}

static void classes_that_are_numbers_keep_the_order_of_numbers(void **state)
{
    (void)state;
    eh_predictions *p = read_text("truth,predicted\n10,9\n9,10\n2,2\n", NULL);
    assert_int_equal(p->classes, 3);
    assert_string_equal(p->class_name[0], "2");
    assert_string_equal(p->class_name[2], "10");
    assert_int_equal(p->positive, -1);
    assert_int_equal(p->groups, 0);
    eh_predictions_free(p);
}

static void a_score_is_a_probability_of_the_positive_class(void **state)
{
    (void)state;
    eh_predictions *p = read_text("score,label_value\n0.5,1\n0.25,1\n,0\n0.75,0\n", NULL);
    assert_int_equal(p->predicted[0], 1);
    assert_int_equal(p->predicted[1], 0);
    assert_int_equal(p->predicted[2], -1);
    assert_true(p->probability[2] == 0.75f && p->probability[3] == 0.25f);
    assert_true(fabs(p->loss[1] - log(4)) < 1e-6);
    eh_predictions_free(p);
}

static void a_score_with_a_threshold_may_be_any_number(void **state)
{
    (void)state;
    double threshold = -2;
    eh_predictions_opts opts = { .threshold = &threshold, .score = "logit" };
    eh_predictions *p = read_text("logit,label,predicted\n-2,1,x\n-2.5,0,x\n30,1,x\n", &opts);
    assert_int_equal(p->predicted[0], 1);
    assert_int_equal(p->predicted[1], 0);
    assert_null(p->probability);
    eh_predictions_free(p);
    expect_refused("score,label\n-2,1\n0.5,0\n", NULL, EH_ERR_INPUT, "--threshold");
}

static void missing_values_stay_in_the_list(void **state)
{
    (void)state;
    eh_predictions *p =
        read_text("truth,predicted,group\n,a,x\na,nan,x\nNA,a,\nb,b,(missing)\nnull,,y\n", NULL);
    const int32_t truth[] = { -1, 0, -1, 1, -1 }, predicted[] = { 0, -1, 0, 1, -1 };
    assert_memory_equal(p->truth, truth, sizeof truth);
    assert_memory_equal(p->predicted, predicted, sizeof predicted);
    assert_int_equal(p->groups, 3);
    assert_int_equal(p->group[2], p->group[3]);
    assert_string_equal(p->group_name[p->group[2]], "group=(missing)");
    eh_predictions_free(p);
}

static void a_missing_column_is_named_with_the_remedy(void **state)
{
    (void)state;
    expect_refused("a,b\n1,2\n", NULL, EH_ERR_INPUT, "--truth");
    expect_refused("truth,b\n1,2\n", NULL, EH_ERR_INPUT, "--predicted");
    eh_predictions_opts opts = { .truth = "treuth" };
    expect_refused("truth,predicted\n1,2\n", &opts, EH_ERR_INPUT, "treuth");
    const char *groups[] = { "gendr" };
    opts = (eh_predictions_opts){ .groups = list(groups, 1) };
    expect_refused("truth,predicted,gender\n1,1,m\n", &opts, EH_ERR_INPUT, "gender");
    const char *twice[] = { "gender", "gender" };
    opts.groups = list(twice, 2);
    expect_refused("truth,predicted,gender\n1,1,m\n", &opts, EH_ERR_USAGE, "twice");
}

static void an_empty_file_and_one_without_rows_are_refused(void **state)
{
    (void)state;
    expect_refused("", NULL, EH_ERR_INPUT, path);
    expect_refused("truth,predicted\n", NULL, EH_ERR_INPUT, "no predictions");
    expect_refused("truth,predicted\n,\n,\n", NULL, EH_ERR_INPUT, "no class");
    eh_predictions *p;
    eh_error err = { 0 };
    assert_int_equal(eh_predictions_read(&p, "/nowhere/p.csv", NULL, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "/nowhere/p.csv"));
}

static void a_class_that_the_header_does_not_name_is_refused(void **state)
{
    (void)state;
    expect_refused("truth,predicted,p:cat,p:dog\ncat,dog,0.5,0.5\ncat,dgo,0.5,0.5\n", NULL, EH_ERR_INPUT,
                   ":3: \"dgo\" in the column \"predicted\" is none of the 2 classes, of which the nearest "
                   "is \"dog\"");
}

static void a_probability_that_is_none_is_refused(void **state)
{
    (void)state;
    expect_refused("truth,predicted,p:a,p:b\na,b,0.5,0.5\na,b,nan,0.5\n", NULL, EH_ERR_INPUT, ":3: \"nan\"");
    expect_refused("truth,predicted,p:a,p:b\na,b,,0.5\n", NULL, EH_ERR_INPUT, "\"p:a\"");
    expect_refused("truth,predicted,p:a,p:b\na,b,1.25,0.5\n", NULL, EH_ERR_INPUT, "from 0 to 1");
    expect_refused("truth,predicted,p:a,p:b\na,b,x,0.5\n", NULL, EH_ERR_INPUT, "not a number");
    /* Where nothing was predicted, no probability is needed. */
    eh_predictions_free(read_text("truth,predicted,p:a,p:b\na,,,\na,b,0.5,0.5\n", NULL));
}

static void an_image_that_is_listed_twice_is_refused(void **state)
{
    (void)state;
    const char *text = "file,truth,predicted\na.jpg,1,1\nb.jpg,0,0\na.jpg,1,0\nb.jpg,0,0\n";
    expect_refused(text, NULL, EH_ERR_INPUT,
                   "\"a.jpg\" stands in line 2 and again in line 4; 2 rows repeat an image");
    eh_predictions_opts opts = { .allow_duplicates = true };
    eh_predictions *p = read_text(text, &opts);
    assert_int_equal(p->rows, 4);
    eh_predictions_free(p);
}

static void classes_written_in_other_words_are_refused(void **state)
{
    (void)state;
    expect_refused("truth,predicted\n0,no\n1,yes\n", NULL, EH_ERR_INPUT, "same words");
}

static void a_run_knows_its_classes_and_groups(void **state)
{
    (void)state;
    static const char *const classes[] = { "dark", "blond" };
    static const char *const name[] = { "f", "m", "?" };
    static const char *const value[] = { "female", "male", "(missing)" };
    const char *column[] = { "sex" };
    eh_predictions_opts opts = { .class_name = classes,
                                 .classes = 2,
                                 .group_name = name,
                                 .group_value = value,
                                 .known_groups = 3,
                                 .groups = list(column, 1) };
    eh_predictions *p =
        read_text("truth,predicted,p:dark,p:blond,sex\nblond,dark,0.5,0.5,male\ndark,dark,1,0,\n", &opts);
    assert_int_equal(p->groups, 3);
    assert_int_equal(p->group[0], 1);
    assert_int_equal(p->group[1], 2);
    eh_predictions_free(p);
    expect_refused("truth,predicted,p:dark,p:blond,sex\nblond,dark,0.5,0.5,men\n", &opts, EH_ERR_INPUT,
                   ":2: the run knows no group sex=men");
    expect_refused("truth,predicted,p:dark,p:red,sex\ndark,dark,0.5,0.5,male\n", &opts, EH_ERR_INPUT,
                   "2 classes");
    expect_refused("truth,predicted,sex\nred,dark,male\n", &opts, EH_ERR_INPUT, "none of the 2 classes");
}

static void too_many_groups_are_refused_at_once(void **state)
{
    (void)state;
    size_t rows = 20000, size = 0;
    char *text = malloc(rows * 32);
    size += (size_t)snprintf(text, 32, "truth,predicted,id,group\n");
    for (size_t i = 0; i < rows; i++)
        size += (size_t)snprintf(text + size, 32, "1,1,%zu,g%zu\n", i, i);
    expect_refused(text, NULL, EH_ERR_LIMIT, "20000 groups");
    free(text);
}

/* Counted with awk from the file: right by (y_true, attr_true). */
static void waterbirds_are_counted_as_awk_counts_them(void **state)
{
    (void)state;
    const char *folder = getenv("EVENHAND_DATA");
    char file[512];
    snprintf(file, sizeof file, "%s/predictions/resnet_waterbirds_avg_results.csv",
             folder ? folder : "../shared/data");
    if (access(file, R_OK) != 0) {
        print_message("no %s: skipped\n", file);
        skip();
    }
    const char *groups[] = { "y_true", "attr_true" };
    eh_predictions_opts opts = { .groups = list(groups, 2) };
    eh_predictions *p;
    eh_error err = { 0 };
    if (eh_predictions_read(&p, file, &opts, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(p->rows, 534);
    assert_non_null(p->probability);
    eh_audit_input in = eh_predictions_input(p);
    eh_audit *audit;
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    const uint64_t n[] = { 123, 124, 144, 143 }, right[] = { 121, 88, 92, 137 };
    assert_int_equal(audit->groups, 4);
    for (size_t g = 0; g < 4; g++) {
        assert_int_equal(audit->group[g].accuracy.n, n[g]);
        assert_int_equal(audit->group[g].accuracy.count, right[g]);
    }
    assert_string_equal(audit->group[1].name, "y_true=0 attr_true=1");
    assert_true(fabs(audit->log_loss - 0.8557887363) < 1e-6);
    eh_audit_free(audit);
    eh_predictions_free(p);
}

/* Ages with fractions are numbers by themselves; whole ones where it is said; 0 and 1 with scores never. */
static void numbers_are_known_by_their_fractions_or_by_name(void **state)
{
    (void)state;
    eh_predictions *p = read_text("file,age,guess,group\na,30,31.5,x\nb,40,,y\nc,5,7,x\nd,NA,8,y\n",
                                  &(eh_predictions_opts){ .truth = "age", .predicted = "guess" });
    assert_null(p->truth);
    assert_int_equal(p->classes, 0);
    assert_int_equal(p->groups, 2);
    assert_true(p->number_truth[0] == 30 && p->number_predicted[0] == 31.5 && p->loss[0] == 1.5);
    assert_true(isnan(p->number_predicted[1]) && isnan(p->number_truth[3]));
    eh_predictions_free(p);
    static const char whole[] = "truth,predicted\n30,31\n40,44\n5,5\n";
    p = read_text(whole, NULL);
    assert_null(p->number_truth);
    assert_int_equal(p->classes, 5);
    eh_predictions_free(p);
    p = read_text(whole, &(eh_predictions_opts){ .kind = EH_PREDICTIONS_NUMBERS });
    assert_true(p->number_predicted[1] == 44);
    eh_predictions_free(p);
    p = read_text("truth,predicted\n30.5,31.5\n40,44\n5,5\n",
                  &(eh_predictions_opts){ .kind = EH_PREDICTIONS_CLASSES });
    assert_null(p->number_truth);
    eh_predictions_free(p);
    expect_refused("truth,predicted\n0,0.3\n1,0.9\n0,0.2\n", NULL, EH_ERR_INPUT, "no class in the column");
    expect_refused("truth,predicted\n3,0.3\nmany,0.9\n",
                   &(eh_predictions_opts){ .kind = EH_PREDICTIONS_NUMBERS }, EH_ERR_INPUT,
                   ":3: \"many\" in the column \"truth\" is not a number");
    expect_refused("truth,score\n3,0.3\n", &(eh_predictions_opts){ .kind = EH_PREDICTIONS_NUMBERS },
                   EH_ERR_USAGE, "--predicted");
    expect_refused("truth,predicted\n,0.3\n", &(eh_predictions_opts){ .kind = EH_PREDICTIONS_NUMBERS },
                   EH_ERR_INPUT, "holds no number at all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_format_needs_no_option),
        cmocka_unit_test(each_head_of_several_can_be_measured),
        cmocka_unit_test(usual_column_names_of_other_programs_are_found),
        cmocka_unit_test(columns_can_be_named),
        cmocka_unit_test(classes_that_are_numbers_keep_the_order_of_numbers),
        cmocka_unit_test(a_score_is_a_probability_of_the_positive_class),
        cmocka_unit_test(a_score_with_a_threshold_may_be_any_number),
        cmocka_unit_test(numbers_are_known_by_their_fractions_or_by_name),
        cmocka_unit_test(missing_values_stay_in_the_list),
        cmocka_unit_test(a_missing_column_is_named_with_the_remedy),
        cmocka_unit_test(an_empty_file_and_one_without_rows_are_refused),
        cmocka_unit_test(a_class_that_the_header_does_not_name_is_refused),
        cmocka_unit_test(a_probability_that_is_none_is_refused),
        cmocka_unit_test(an_image_that_is_listed_twice_is_refused),
        cmocka_unit_test(classes_written_in_other_words_are_refused),
        cmocka_unit_test(a_run_knows_its_classes_and_groups),
        cmocka_unit_test(too_many_groups_are_refused_at_once),
        cmocka_unit_test(waterbirds_are_counted_as_awk_counts_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
