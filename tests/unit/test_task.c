/* Several heads: what each learns, what the run says of it, and what cannot be learned together. */
#include "base/file.h"
#include "base/json.h"
#include "evenhand/memory.h"
#include "nn/safetensors.h"
#include "report/results.h"
#include "report/run_record.h"

#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/small_training.h"

#include <math.h>
#include <string.h>

/* `setting`: one more, "key=value"; NULL for none. */
static void run_heads(void *folder, const char *label, const char *setting)
{
    eh_arena *arena = eh_arena_new();
    eh_train_opts opts = small_options(folder, arena, "run", label, "epochs=12", "lr=0.01", setting, NULL);
    small_train(&opts, EH_OK, NULL);
    eh_arena_free(arena);
}

static double of_last_epoch(void *folder, const char *run, const char *head, const char *key)
{
    json_t *log = small_log(folder, run);
    double found = NAN;
    for (size_t i = 0; i < json_array_size(log); i++) {
        const json_t *valid = json_object_get(json_array_get(log, i), "valid");
        const json_t *score = head ? json_object_get(json_object_get(valid, "heads"), head) : valid;
        if (json_object_get(score, key))
            found = json_number_value(json_object_get(score, key));
    }
    json_decref(log);
    return found;
}

static void classes_and_a_number_are_learned_together(void **state)
{
    small_catalog_biased(*state, 96);
    run_heads(*state, "label=side,tint,amount", NULL);
    assert_true(of_last_epoch(*state, "run", NULL, "accuracy") > 0.8);
    assert_true(of_last_epoch(*state, "run", "tint", "accuracy") > 0.9);
    /* 10 or 20: always saying 15 would be off by 5. */
    assert_true(of_last_epoch(*state, "run", "amount", "mae") < 2.5);
}

static void the_folder_tells_of_every_head(void **state)
{
    small_catalog_biased(*state, 48);
    run_heads(*state, "label=side,tint,amount", "heads=amount:loss=huber:delta=2\\,weight=0.5");
    json_t *run = NULL;
    assert_int_equal(eh_json_read(&run, data_path(*state, "run/run.json"), NULL), EH_OK);
    const json_t *heads = json_object_get(run, "heads"), *amount = json_array_get(heads, 2);
    assert_int_equal(json_array_size(heads), 3);
    assert_string_equal(json_string_value(json_object_get(amount, "kind")), "number");
    assert_string_equal(json_string_value(json_object_get(amount, "loss")), "huber:delta=2");
    assert_true(json_number_value(json_object_get(amount, "weight")) == 0.5);
    assert_true(json_number_value(json_object_get(amount, "mean")) == 15);
    json_decref(run);
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_file_read(&bytes, &size, data_path(*state, "run/predictions-test.csv"), 0, NULL),
                     EH_OK);
    static const char header[] =
        "image,file,tint.truth,tint.predicted,tint.loss,tint.p:blue,tint.p:red,amount.truth,"
        "amount.predicted,amount.loss,truth,predicted,loss,p:left,p:right,side,tint\n";
    assert_memory_equal(bytes, header, sizeof header - 1);
    eh_free(bytes);
}

static void every_head_is_read_back(void **state)
{
    small_catalog_biased(*state, 48);
    run_heads(*state, "label=side,tint,amount", NULL);
    eh_run_record *run = NULL;
    eh_run_head *head = NULL;
    size_t heads = 0;
    assert_int_equal(eh_run_record_open(&run, data_path(*state, "run"), NULL, NULL), EH_OK);
    assert_int_equal(eh_run_record_heads(&head, &heads, run, NULL), EH_OK);
    assert_int_equal(heads, 3);
    assert_string_equal(head[2].kind, "number");
    assert_string_equal(head[2].column, "amount");
    assert_string_equal(head[1].column, "tint");
    assert_string_equal(head[1].loss, "cross-entropy");
    eh_predictions *p = NULL;
    assert_int_equal(eh_run_record_predictions(&p, run, &head[1], "test", NULL, NULL, NULL), EH_OK);
    assert_string_equal(p->class_name[1], "red");
    assert_int_equal(p->rows, 16);
    for (size_t i = 0; i < p->rows; i++) {
        double sum = (double)p->probability[2 * i] + (double)p->probability[2 * i + 1];
        assert_true(fabs(sum - 1) < 1e-5);
        assert_int_equal(p->predicted[i], p->probability[2 * i + 1] > p->probability[2 * i]);
    }
    eh_predictions_free(p);
    assert_int_equal(eh_run_record_predictions(&p, run, &head[2], "test", NULL, NULL, NULL), EH_OK);
    assert_null(p->truth);
    for (size_t i = 0; i < p->rows; i++)
        assert_true(p->number_truth[i] == 10 || p->number_truth[i] == 20);
    eh_predictions_free(p);
    eh_run_record_close(run);
}

static void every_head_of_classes_is_measured_and_shown(void **state)
{
    small_catalog_biased(*state, 48);
    run_heads(*state, "label=amount,side,tint", NULL);
    const eh_results_opts quiet = { .no_images = true };
    eh_results *results = NULL;
    eh_str text = { 0 };
    assert_int_equal(eh_results_from_run(&results, data_path(*state, "run"), &quiet, NULL, NULL), EH_OK);
    assert_int_equal(results->furthers, 1);
    assert_string_equal(results->further[0].head, "tint");
    const eh_audit *audit = results->further[0].audit;
    assert_int_equal(audit->overall.counts.n, 16);
    const json_t *head = json_array_get(json_object_get(results->json, "evaluation"), 1);
    assert_int_equal(json_array_size(json_object_get(head, "splits")), 2);
    assert_int_equal(eh_results_table(&text, results, EH_AUDIT_SORT_WORST, NULL), EH_OK);
    assert_non_null(strstr(eh_str_text(&text), "\ntint\n"));
    assert_non_null(strstr(eh_str_text(&text), "\namount\n"));
    eh_str_clear(&text);
    eh_results_free(results);
}

/* The first head decides: by its error the epoch is chosen, and without --groups all images are one. */
static void a_number_can_be_learned_alone(void **state)
{
    small_catalog_biased(*state, 96);
    run_heads(*state, "label=amount", "groups=");
    double mae = of_last_epoch(*state, "run", NULL, "mae");
    assert_true(mae < 2.5);
    eh_results *results = NULL;
    eh_error err = { 0 };
    if (eh_results_from_run(&results, data_path(*state, "run"), NULL, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    const char *group, *metric, *kind;
    double value, best;
    int n;
    assert_int_equal(json_unpack(results->json,
                                 "{s:[{s:s}], s:[{s:[{s:i, s:{s:{s:F}}}]}], s:{s:s, s:F}, s:[], "
                                 "s:{s:[{s:s}]}}",
                                 "groups", "name", &group, "numbers", "splits", "n", &n, "overall", "mae",
                                 "value", &value, "selection", "metric", &metric, "value", &best,
                                 "evaluation", "data", "columns", "kind", &kind),
                     0);
    assert_string_equal(group, "all");
    assert_string_equal(kind, "number");
    assert_string_equal(metric, "worst_group_mae");
    assert_int_equal(n, 32);
    assert_true(value < 3 && best <= mae);
    const json_t *scores =
        json_object_get(json_array_get(json_object_get(json_object_get(results->json, "training"), "epochs"),
                                       11),
                        "scores");
    assert_true(fabs(json_number_value(json_object_get(json_array_get(scores, 0), "overall")) - mae) < 1e-9);
    eh_results_free(results);
}

/* Half of the numbers and some classes are missing; every image teaches what it can. */
static void an_image_without_one_value_teaches_the_others(void **state)
{
    enum { N = 72 };
    small_row row[N] = { 0 };
    for (int i = 0; i < N; i++) {
        row[i].side = i % 2 ? "right" : "left";
        row[i].tint = i % 3 == 0 ? NULL : i % 4 < 2 ? "red" : "blue";
        row[i].part = i < 48 ? "train" : "valid";
        row[i].no_amount = i % 5 < 2;
    }
    small_catalog(*state, row, N);
    run_heads(*state, "label=side,tint,amount", "groups=side");
    assert_true(of_last_epoch(*state, "run", NULL, "n") == 24);
    assert_true(of_last_epoch(*state, "run", "tint", "n") == 16);
    assert_true(of_last_epoch(*state, "run", "amount", "n") == 14);
    assert_true(of_last_epoch(*state, "run", "amount", "mae") < 4);
    json_t *log = small_log(*state, "run");
    bool said = false;
    for (size_t i = 0; i < json_array_size(log); i++) {
        const char *message = json_string_value(json_object_get(json_array_get(log, i), "message"));
        said = said || (message && strstr(message, "have no value of 'amount' and are used for the other"));
    }
    json_decref(log);
    assert_true(said);
}

/* Each head has maps of its own, so their names must differ. */
static void several_heads_can_have_maps_of_attention(void **state)
{
    small_catalog_biased(*state, 48);
    eh_arena *arena = eh_arena_new();
    eh_train_opts opts =
        small_options(*state, arena, "run", "label=side,tint", "head=class-attention", "epochs=1", NULL);
    small_train(&opts, EH_OK, NULL);
    eh_arena_free(arena);
}

static void the_factors_of_the_losses_can_be_learned(void **state)
{
    small_catalog_biased(*state, 96);
    run_heads(*state, "label=side,amount", "uncertainty=true");
    assert_true(of_last_epoch(*state, "run", "amount", "mae") < 2.5);
    assert_true(of_last_epoch(*state, "run", NULL, "accuracy") > 0.8);
}

/* A number of a run's weights. */
static double weight_of(void *folder, const char *name)
{
    eh_safetensors *file;
    float value;
    assert_int_equal(eh_safetensors_open(&file, data_path(folder, "run/weights.safetensors"), NULL), EH_OK);
    int64_t at = eh_safetensors_find(file, name);
    assert_true(at >= 0);
    assert_int_equal(eh_safetensors_read_float(file, (size_t)at, &value, NULL), EH_OK);
    eh_safetensors_close(file);
    return (double)value;
}

/* One step over all training images: the gradient of s is the mean over them of p (1/2 - c l), l the loss where there is a value. */
static void an_image_without_a_value_says_nothing_of_the_uncertainty(void **state)
{
    enum { N = 72 };
    small_row row[N] = { 0 };
    for (int i = 0; i < N; i++) {
        row[i].side = i % 2 ? "right" : "left";
        row[i].part = i < 48 ? "train" : "valid";
        row[i].no_amount = i % 4 < 2; /* half of them */
    }
    small_catalog(*state, row, N);
    static const char *const augment[] = { "augment=", "augment=mixup" };
    for (int mixed = 0; mixed < 2; mixed++) {
        eh_arena *arena = eh_arena_new();
        eh_train_opts opts =
            small_options(*state, arena, mixed ? "mixed" : "run", "label=side,amount", "groups=side",
                          "uncertainty=true", "epochs=1", "batch=48", "select=last", "optim=sgd:momentum=0",
                          "lr=0.1", augment[mixed], NULL);
        small_train(&opts, EH_OK, NULL);
        eh_arena_free(arena);
    }
    json_t *log = small_log(*state, "run");
    const json_t *shown = NULL;
    for (size_t i = 0; i < json_array_size(log) && !shown; i++)
        shown = json_object_get(json_array_get(log, i), "shown");
    double side = json_number_value(json_object_get(shown, "loss: side")),
           amount = json_number_value(json_object_get(shown, "loss: amount"));
    assert_true(side > 0.1 && amount > 0.1);
    assert_true(fabs(weight_of(*state, "uncertainty.side") + 0.1 * (0.5 - side)) < 1e-5);
    assert_true(fabs(weight_of(*state, "uncertainty.amount") + 0.1 * 0.5 * (0.5 - 0.5 * amount)) < 1e-5);
    json_decref(log);
}

static void expect_refusal(void *folder, const char *label, const char *setting, const char *part)
{
    eh_arena *arena = eh_arena_new();
    eh_error err = { 0 };
    eh_train_opts opts = small_options(folder, arena, "refused", label, setting, NULL);
    small_train(&opts, EH_ERR_USAGE, &err);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
    eh_arena_free(arena);
}

static void what_does_not_fit_is_refused_with_a_sentence(void **state)
{
    small_catalog_biased(*state, 48);
    expect_refusal(*state, "label=side,side", NULL, "'side' is named twice");
    expect_refusal(*state, "label=side,amount", "heads=amuont:loss=l1",
                   "does not begin with a column of --label");
    expect_refusal(*state, "label=side,amount", "heads=amount:los=l1", "los");
    expect_refusal(*state, "label=side,amount", "heads=amount:loss=l1,weight=2",
                   "'amount:loss=l1\\,weight=2'");
    expect_refusal(*state, "label=side,amount", "heads=amount:loss=cross-entropy",
                   "does not fit the label 'amount', which holds numbers");
    expect_refusal(*state, "label=side", "loss=mse", "does not fit the label 'side', which has 2 classes");
    expect_refusal(*state, "label=side,tint", "loss=mse", "fits none of the labels");
    expect_refusal(*state, "label=side", "head=pixels", "answers for every pixel");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(classes_and_a_number_are_learned_together, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(the_folder_tells_of_every_head, data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(every_head_of_classes_is_measured_and_shown, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(every_head_is_read_back, data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(a_number_can_be_learned_alone, data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(an_image_without_one_value_teaches_the_others, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(several_heads_can_have_maps_of_attention, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(the_factors_of_the_losses_can_be_learned, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(an_image_without_a_value_says_nothing_of_the_uncertainty,
                                        data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_refused_with_a_sentence, data_folder_make,
                                        data_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
