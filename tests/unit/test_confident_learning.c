/* test_confident_learning.c - wrong labels found as NumPy finds them by the same rules (tests/tools/make_label_goldens.py), on made-up data and,
 * where it is there, on MNIST; files larger than a piece; what is no probability. */
#include "clean/confident_learning.h"

#include "base/json.h"
#include "base/npy.h"
#include "base/rng.h"
#include "base/str.h"
#include "support/alloc_failure.h"
#include "support/cmocka_all.h"
#include "support/real_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct table {
    double *p;
    int32_t *label;
    size_t rows, columns;
} table;

static eh_status read_table(void *user, size_t first, size_t count, double *out, eh_error *err)
{
    const table *t = user;
    (void)err;
    assert_true(first + count <= t->rows);
    memcpy(out, t->p + first * t->columns, count * t->columns * sizeof *out);
    return EH_OK;
}

static eh_row_source source_of(table *t)
{
    return (eh_row_source){
        .user = t, .name = "p.npy", .rows = t->rows, .columns = t->columns, .read = read_table
    };
}

static double number(const json_t *array, size_t i)
{
    return json_number_value(json_array_get(array, i));
}

static table table_of(const json_t *c)
{
    const json_t *label = json_object_get(c, "labels"), *weight = json_object_get(c, "weights");
    table t = { .rows = json_array_size(label), .columns = json_array_size(json_array_get(weight, 0)) };
    t.p = calloc(t.rows * t.columns, sizeof *t.p);
    t.label = calloc(t.rows, sizeof *t.label);
    for (size_t i = 0; i < t.rows; i++) {
        const json_t *row = json_array_get(weight, i);
        double sum = 0;
        t.label[i] = (int32_t)number(label, i);
        for (size_t k = 0; k < t.columns; k++)
            sum += number(row, k);
        for (size_t k = 0; k < t.columns; k++)
            t.p[i * t.columns + k] = number(row, k) / sum;
    }
    return t;
}

static void free_table(table *t)
{
    free(t->p);
    free(t->label);
}

/* Thresholds, joint and issues of `out` are those of the golden object. */
static void expect_golden(const eh_label_issues *out, const json_t *golden, const char *name)
{
    const json_t *threshold = json_object_get(golden, "threshold"), *joint = json_object_get(golden, "joint"),
                 *issues = json_object_get(golden, "issues");
    for (size_t k = 0; k < out->classes; k++) {
        assert_float_equal(out->threshold[k], number(threshold, k), 1e-9);
        for (size_t j = 0; j < out->classes; j++)
            if (out->joint[k * out->classes + j] != (int64_t)number(json_array_get(joint, k), j))
                fail_msg("%s: joint[%zu][%zu] is %lld", name, k, j,
                         (long long)out->joint[k * out->classes + j]);
    }
    size_t next = 0;
    for (size_t i = 0; i < out->rows; i++) {
        bool expected = next < json_array_size(issues) && (size_t)number(issues, next) == i;
        if (out->issue[i] != expected)
            fail_msg("%s: row %zu is %san issue", name, i, out->issue[i] ? "" : "not ");
        next += expected;
    }
    assert_int_equal(out->issues, json_array_size(issues));
}

static json_t *goldens(void)
{
    json_t *golden;
    assert_int_equal(eh_json_read(&golden, "tests/golden/confident_learning.json", NULL), EH_OK);
    return golden;
}

static void issues_and_rankings_are_those_of_numpy(void **state)
{
    (void)state;
    json_t *golden = goldens(), *c;
    size_t at, ranked = 0;
    json_array_foreach(json_object_get(golden, "cases"), at, c)
    {
        table t = table_of(c);
        eh_row_source source = source_of(&t);
        eh_label_issues *out;
        assert_int_equal(eh_confident_learning(&out, &source, t.label, NULL), EH_OK);
        expect_golden(out, c, json_string_value(json_object_get(c, "name")));
        const json_t *confidence = json_object_get(c, "self_confidence");
        for (size_t i = 0; confidence && i < t.rows; i++, ranked++) {
            assert_float_equal(out->self_confidence[i], number(confidence, i), 1e-6);
            assert_float_equal(out->margin[i], number(json_object_get(c, "margin"), i), 1e-6);
            assert_float_equal(out->entropy[i], number(json_object_get(c, "entropy"), i), 1e-5);
            assert_float_equal(eh_label_issue_score(out, i, EH_RANK_SELF_CONFIDENCE),
                               1 - (double)out->self_confidence[i], 1e-6);
        }
        eh_label_issues_free(out);
        free_table(&t);
    }
    assert_true(ranked > 500);
    json_decref(golden);
}

static eh_status read_npy(void *user, size_t first, size_t count, double *out, eh_error *err)
{
    const eh_npy *npy = user;
    size_t columns = (size_t)eh_npy_shape(npy)->size[1];
    return eh_npy_read(out, npy, first * columns, count * columns, err);
}

/* True when the people asked said that the given label is wrong: fewer than three of five chose it. */
static bool people_say_wrong(const json_t *item)
{
    return json_integer_value(json_object_get(json_object_get(item, "mturk"), "given")) < 3;
}

static void the_issues_of_mnist_are_those_of_numpy_and_people_agree_with_the_ranking(void **state)
{
    (void)state;
    char path[3][1024];
    if (!real_data_path(path[0], sizeof path[0], "label-errors/mnist_test_set_pyx.npy") ||
        !real_data_path(path[1], sizeof path[1], "label-errors/mnist_test_set_original_labels.npy") ||
        !real_data_path(path[2], sizeof path[2], "label-errors/mnist_mturk.json"))
        skip();
    eh_npy *p, *y;
    assert_int_equal(eh_npy_open(&p, path[0], NULL), EH_OK);
    assert_int_equal(eh_npy_open(&y, path[1], NULL), EH_OK);
    enum { ROWS = 10000 };
    static double value[ROWS];
    static int32_t label[ROWS];
    assert_int_equal(eh_npy_shape(y)->elements, ROWS);
    assert_int_equal(eh_npy_read(value, y, 0, ROWS, NULL), EH_OK);
    for (size_t i = 0; i < ROWS; i++)
        label[i] = (int32_t)value[i];
    eh_row_source source = { .user = p, .name = path[0], .rows = ROWS, .columns = 10, .read = read_npy };
    eh_label_issues *out;
    assert_int_equal(eh_confident_learning(&out, &source, label, NULL), EH_OK);
    json_t *golden = goldens(), *verdicts;
    expect_golden(out, json_object_get(golden, "mnist"), "MNIST");

    /* Of the images that people were asked about, those they call wrong have the lower self-confidence more often than not. */
    assert_int_equal(eh_json_read(&verdicts, path[2], NULL), EH_OK);
    size_t above = 0, pairs = 0, wrong = 0, found = 0;
    for (size_t a = 0; a < json_array_size(verdicts); a++) {
        const json_t *one = json_array_get(verdicts, a);
        size_t row = (size_t)json_integer_value(json_object_get(one, "id"));
        if (!people_say_wrong(one))
            continue;
        wrong++;
        found += out->issue[row];
        for (size_t b = 0; b < json_array_size(verdicts); b++) {
            const json_t *other = json_array_get(verdicts, b);
            if (people_say_wrong(other))
                continue;
            pairs++;
            above += out->self_confidence[row] <
                     out->self_confidence[json_integer_value(json_object_get(other, "id"))];
        }
    }
    print_message("MNIST: %zu issues; of %zu labels that people call wrong %zu are among them; of %zu pairs "
                  "with one that "
                  "they call right, %.1f %% are in the right order\n",
                  out->issues, wrong, found, pairs, 100.0 * (double)above / (double)pairs);
    assert_int_equal(wrong, 15);
    assert_true(above * 2 > pairs);
    json_decref(golden);
    json_decref(verdicts);
    eh_label_issues_free(out);
    eh_npy_close(p);
    eh_npy_close(y);
}

/* 90,000 rows of three classes: more than one piece. Label errors planted at every 50th row are found, and nearly nothing else. */
static void planted_errors_are_found_in_many_rows(void **state)
{
    (void)state;
    enum { ROWS = 90000 };
    table t = {
        .rows = ROWS, .columns = 3, .p = calloc(ROWS * 3, sizeof *t.p), .label = calloc(ROWS, sizeof *t.label)
    };
    eh_rng rng = eh_rng_at(5, EH_DRAW_TEST, 0, 0);
    size_t planted = 0, hit = 0;
    for (size_t i = 0; i < ROWS; i++) {
        size_t truth = eh_rng_below(&rng, 3);
        double own = eh_rng_range(&rng, 0.6, 0.98), share = eh_rng_uniform(&rng);
        for (size_t k = 0; k < 3; k++)
            t.p[i * 3 + k] = k == truth ? own : (1 - own) * (k == (truth + 1) % 3 ? share : 1 - share);
        t.label[i] = (int32_t)(i % 50 == 0 ? (truth + 1) % 3 : truth);
        planted += i % 50 == 0;
    }
    eh_row_source source = source_of(&t);
    eh_label_issues *out;
    assert_int_equal(eh_confident_learning(&out, &source, t.label, NULL), EH_OK);
    for (size_t i = 0; i < ROWS; i += 50)
        hit += out->issue[i];
    assert_true(hit > planted * 95 / 100);
    assert_true(out->issues < planted * 105 / 100);
    eh_label_issues_free(out);
    free_table(&t);
}

static void one_class_or_one_label_has_no_issue(void **state)
{
    (void)state;
    double p[6] = { 1, 1, 1, 1, 1, 1 };
    int32_t label[6] = { 0, 0, 0, -1, -1, -1 };
    table t = { .p = p, .label = label, .rows = 6, .columns = 1 };
    eh_row_source source = source_of(&t);
    eh_label_issues *out;
    assert_int_equal(eh_confident_learning(&out, &source, label, NULL), EH_OK);
    assert_int_equal(out->issues, 0);
    eh_label_issues_free(out);
}

static void expect_refused(double *p, int32_t *label, eh_status status, const char *part)
{
    table t = { .p = p, .label = label, .rows = 2, .columns = 2 };
    eh_row_source source = source_of(&t);
    eh_label_issues *out;
    eh_error err = { 0 };
    assert_int_equal(eh_confident_learning(&out, &source, label, &err), status);
    assert_null(out);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
}

static void what_is_no_probability_is_refused_with_its_row(void **state)
{
    (void)state;
    int32_t label[2] = { 0, 1 }, high[2] = { 0, 2 }, none[2] = { -1, -1 };
    expect_refused((double[]){ 0.5, 0.5, (double)NAN, 0.5 }, label, EH_ERR_INPUT, "row 2");
    expect_refused((double[]){ 0.5, 0.5, -3, 4 }, label, EH_ERR_INPUT, "softmax");
    expect_refused((double[]){ 0.5, 0.2, 1, 0 }, label, EH_ERR_INPUT,
                   "p.npy: the probabilities in row 1 sum to 0.7");
    expect_refused((double[]){ 0.5, 0.5, 1, 0 }, high, EH_ERR_USAGE, "row 2 cannot have the label 2");
    expect_refused((double[]){ 0.5, 0.5, 1, 0 }, none, EH_ERR_NOT_ENOUGH, "no label");
    eh_row_source wide = { .name = "p.npy", .rows = 1, .columns = 5000 };
    eh_label_issues *out;
    assert_int_equal(eh_confident_learning(&out, &wide, label, NULL), EH_ERR_LIMIT);
}

static eh_status learn_once(void *user, eh_error *err)
{
    table *t = user;
    eh_row_source source = source_of(t);
    eh_label_issues *out;
    eh_status status = eh_confident_learning(&out, &source, t->label, err);
    eh_label_issues_free(out);
    return status;
}

static void failing_allocations_are_reported(void **state)
{
    (void)state;
    double p[8] = { 0.9, 0.1, 0.2, 0.8, 0.4, 0.6, 0.7, 0.3 };
    int32_t label[4] = { 0, 1, 0, 0 };
    table t = { .p = p, .label = label, .rows = 4, .columns = 2 };
    assert_true(expect_survives_alloc_failure(learn_once, &t) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(issues_and_rankings_are_those_of_numpy),
        cmocka_unit_test(the_issues_of_mnist_are_those_of_numpy_and_people_agree_with_the_ranking),
        cmocka_unit_test(planted_errors_are_found_in_many_rows),
        cmocka_unit_test(one_class_or_one_label_has_no_issue),
        cmocka_unit_test(what_is_no_probability_is_refused_with_its_row),
        cmocka_unit_test(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
