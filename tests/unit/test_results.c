/* results.json: what a real small run and given predictions become, and what happens when something is missing or damaged. */
#include "report/results.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "report/base64.h"
#include "support/alloc_failure.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/small_training.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A folder with data.eh and a run "run" of it; made once, as training takes a second. */
static int make_run(void **state)
{
    data_folder_make(state);
    eh_arena *arena = eh_arena_new();
    small_catalog_biased(*state, 96);
    eh_train_opts opts = small_options(*state, arena, "run", "epochs=2", "augment=flip", NULL);
    small_train(&opts, EH_OK, NULL);
    eh_arena_free(arena);
    return 0;
}

static char warnings[4096];

static void warn(void *user, const char *message)
{
    (void)user;
    size_t used = strlen(warnings);
    snprintf(warnings + used, sizeof warnings - used, "%s\n", message);
}

static eh_progress listening = { .warn = warn };

static eh_results *measure(void *folder, const eh_results_opts *opts)
{
    eh_results *results;
    eh_error err = { 0 };
    warnings[0] = '\0';
    if (eh_results_from_run(&results, data_path(folder, "run"), opts, &listening, &err) != EH_OK)
        fail_msg("%s", err.message);
    return results;
}

static const json_t *at(const json_t *json, const char *key, size_t index)
{
    return json_array_get(json_object_get(json, key), index);
}

static const json_t *first_split(const json_t *json)
{
    return at(at(json, "evaluation", 0), "splits", 0);
}

/* Images of the file whose cells are these; "" for any. */
static json_int_t count_rows(void *folder, const char *side, const char *tint, bool right)
{
    eh_csv csv;
    eh_arena *arena = eh_arena_new();
    size_t truth, predicted, s, t;
    json_int_t count = 0;
    assert_int_equal(eh_csv_read(&csv, arena, data_path(folder, "run/predictions-test.csv"), NULL), EH_OK);
    assert_int_equal(eh_csv_column(&truth, &csv, "", "truth", NULL), EH_OK);
    assert_int_equal(eh_csv_column(&predicted, &csv, "", "predicted", NULL), EH_OK);
    assert_int_equal(eh_csv_column(&s, &csv, "", "side", NULL), EH_OK);
    assert_int_equal(eh_csv_column(&t, &csv, "", "tint", NULL), EH_OK);
    for (size_t i = 0; i < csv.rows; i++) {
        const char **cell = &csv.cell[i * csv.columns];
        count += strcmp(cell[s], side) == 0 && strcmp(cell[t], tint) == 0 &&
                 (!right || strcmp(cell[truth], cell[predicted]) == 0);
    }
    eh_arena_free(arena);
    return count;
}

static void every_group_agrees_with_the_predictions_file(void **state)
{
    eh_results *results = measure(*state, NULL);
    const json_t *groups = json_object_get(first_split(results->json), "groups");
    assert_int_equal(json_array_size(groups), 4);
    for (size_t g = 0; g < 4; g++) {
        const json_t *group = json_array_get(groups, g);
        const char *side, *tint;
        json_int_t n, correct;
        assert_int_equal(json_unpack((json_t *)(uintptr_t)group, "{s:I, s:I, s:[{s:s}, {s:s}]}", "n", &n,
                                     "correct", &correct, "values", "value", &side, "value", &tint),
                         0);
        assert_int_equal(n, count_rows(*state, side, tint, false));
        assert_int_equal(correct, count_rows(*state, side, tint, true));
    }
    assert_int_equal(json_array_size(json_object_get(at(results->json, "evaluation", 0), "splits")), 2);
    assert_string_equal(json_string_value(json_object_get(first_split(results->json), "split")), "test");
    eh_results_free(results);
}

static void the_record_names_seed_hashes_and_epochs(void **state)
{
    eh_results *results = measure(*state, NULL);
    const json_t *hashes = json_object_get(results->json, "hashes");
    static const char *const key[] = { "catalog", "predictions", "recipe", "weights" };
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(strlen(json_string_value(json_object_get(hashes, key[i]))), 64);
    int seed, planned, batch, epoch, flip;
    const char *method, *id, *data, *metric;
    double loss;
    assert_int_equal(json_unpack(results->json,
                                 "{s:i, s:s, s:{s:s}, s:{s:s}, s:{s:i, s:s}, s:{s:i, s:i, s:{s:b}}}", "seed",
                                 &seed, "id", &id, "data", "name", &data, "method", "name", &method,
                                 "selection", "epoch", &epoch, "metric", &metric, "training",
                                 "epochs_planned", &planned, "batch_size", &batch, "augmentation", "flip",
                                 &flip),
                     0);
    assert_string_equal(id, "run");
    assert_string_equal(data, "data");
    assert_string_equal(method, "erm");
    assert_int_equal(planned, 2);
    assert_int_equal(batch, 16);
    assert_true(flip && seed >= 0 && (epoch == 1 || epoch == 2));
    assert_string_equal(metric, "worst_group_accuracy");
    const json_t *first = at(json_object_get(results->json, "training"), "epochs", 0);
    assert_int_equal(json_array_size(json_object_get(json_object_get(results->json, "training"), "epochs")),
                     2);
    assert_int_equal(json_unpack((json_t *)(uintptr_t)first, "{s:F}", "loss", &loss), 0);
    assert_true(isfinite(loss));
    assert_int_equal(json_array_size(json_object_get(at(first, "evaluations", 0), "group_accuracies")), 4);
    eh_results_free(results);
}

/* Wrong predictions: those of highest loss, each with a small picture. */
static void errors_have_thumbnails_of_their_images(void **state)
{
    eh_results *results = measure(*state, NULL);
    const json_t *errors = json_object_get(first_split(results->json), "errors");
    const json_t *items = json_object_get(errors, "items");
    size_t count = json_array_size(items);
    assert_true(count > 0);
    double last = INFINITY;
    for (size_t i = 0; i < count; i++) {
        const char *uri = json_string_value(json_object_get(json_array_get(items, i), "thumbnail"));
        double loss = json_number_value(json_object_get(json_array_get(items, i), "loss"));
        static uint8_t bytes[16384];
        size_t size;
        eh_image image;
        assert_non_null(uri);
        assert_true(eh_starts_with(uri, "data:image/jpeg;base64,"));
        assert_true(eh_base64_decode(bytes, sizeof bytes, &size, strchr(uri, ',') + 1));
        assert_int_equal(eh_image_decode(&image, bytes, size, NULL, NULL), EH_OK);
        assert_true(image.width == 16 && image.height == 16);
        assert_true(loss <= last);
        last = loss;
        eh_image_clear(&image);
    }
    eh_results_free(results);
}

static void thumbnails_can_be_left_out(void **state)
{
    const eh_results_opts opts = { .no_images = true };
    eh_results *results = measure(*state, &opts);
    assert_true(json_is_null(
        json_object_get(at(json_object_get(first_split(results->json), "errors"), "items", 0), "thumbnail")));
    assert_string_equal(warnings, "");
    eh_results_free(results);
}

static void without_the_catalog_there_are_no_thumbnails_but_a_warning(void **state)
{
    const eh_results_opts opts = { .catalog = "/nowhere/data.eh" };
    eh_results *results = measure(*state, &opts);
    assert_true(json_is_null(
        json_object_get(at(json_object_get(first_split(results->json), "errors"), "items", 0), "thumbnail")));
    assert_non_null(strstr(warnings, "no thumbnails"));
    eh_results_free(results);
}

static void as_many_errors_are_listed_as_asked_for(void **state)
{
    const eh_results_opts opts = { .no_images = true, .max_errors = 3, .level = 0.9, .few = 5, .name = "n" };
    eh_results *results = measure(*state, &opts);
    const json_t *split = first_split(results->json), *errors = json_object_get(split, "errors");
    assert_int_equal(json_array_size(json_object_get(errors, "items")), 3);
    assert_true(json_integer_value(json_object_get(errors, "total")) >= 3);
    assert_int_equal(json_integer_value(json_object_get(split, "few_below")), 5);
    assert_true(results->audit->level == 0.9);
    assert_string_equal(json_string_value(json_object_get(results->json, "name")), "n");
    eh_results_free(results);
}

static void rules_are_judged_and_recorded(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_rule rule[2];
    assert_int_equal(eh_rule_parse(&rule[0], arena, "overall(accuracy)<=1", NULL), EH_OK);
    assert_int_equal(eh_rule_parse(&rule[1], arena, "gap(accuracy)>1", NULL), EH_OK);
    const eh_results_opts opts = { .no_images = true, .rule = rule, .rules = 2, .few = 1 };
    eh_results *results = measure(*state, &opts);
    assert_int_equal(results->rule_result[0].outcome, EH_RULE_FAIL);
    assert_int_equal(results->rule_result[1].outcome, EH_RULE_PASS);
    assert_string_equal(json_string_value(json_object_get(at(results->json, "rules", 1), "outcome")), "pass");
    eh_results_free(results);
    eh_arena_free(arena);
}

static void results_are_written_into_the_folder(void **state)
{
    const char *path = data_path(*state, "run/results.json");
    assert_int_equal(eh_results_write_run(data_path(*state, "run"), NULL, NULL), EH_OK);
    json_t *json;
    assert_int_equal(eh_json_read(&json, path, NULL), EH_OK);
    assert_string_equal(json_string_value(json_object_get(json, "format")), "evenhand-results");
    json_decref(json);
    unlink(path);
}

static void a_full_disk_leaves_the_folder_as_it_was(void **state)
{
    int before = data_count_entries(data_path(*state, "run"));
    struct rlimit limit, small;
    getrlimit(RLIMIT_FSIZE, &limit);
    small = (struct rlimit){ 4096, limit.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    eh_error err = { 0 };
    eh_status status = eh_results_write_run(data_path(*state, "run"), NULL, &err);
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(status, EH_ERR_IO);
    assert_non_null(strstr(err.message, "results.json"));
    assert_int_equal(data_count_entries(data_path(*state, "run")), before);
}

static void expect_refused(void *folder, const char *run, eh_status status, const char *part)
{
    eh_error err = { 0 };
    eh_results *results;
    eh_status got = eh_results_from_run(&results, data_path(folder, "%s", run), NULL, NULL, &err);
    if (got != status || !strstr(err.message, part))
        fail_msg("%s: \"%s\" does not say \"%s\"", eh_status_name(got), err.message, part);
    assert_null(results);
}

static void a_folder_that_is_no_run_is_refused(void **state)
{
    expect_refused(*state, "nowhere", EH_ERR_INPUT, "run.json");
    eh_make_folder(data_path(*state, "empty"), NULL);
    expect_refused(*state, "empty", EH_ERR_INPUT, "run.json");
}

/* Each a run.json that lacks or spoils one thing. */
static void a_damaged_run_is_refused_with_what_is_wrong(void **state)
{
    static const char *const bad[][2] = {
        { "{", "not valid JSON" },
        { "{}", "\"label\"" },
        { "{\"label\": {\"column\": \"x\", \"classes\": []}}", "classes is empty" },
        { "{\"label\": {\"column\": \"x\", \"classes\": [1]}}", "list of classes" },
        { "{\"label\": {\"column\": \"x\", \"classes\": [\"a\"]}}", "\"groups\"" },
        { "{\"label\": {\"column\": \"x\", \"classes\": [\"a\"]}, \"groups\": {\"columns\": [\"g\"], "
          "\"names\": [\"G\"], "
          "\"values\": []}}",
          "as many values" },
        { "{\"label\": {\"column\": \"x\", \"classes\": [\"a\"]}, \"groups\": {\"columns\": [\"g\"], "
          "\"names\": [\"G\"], "
          "\"values\": [[\"1\", \"2\"]]}}",
          "one value per group column" },
        { "{\"label\": {\"column\": \"x\", \"classes\": [\"a\"]}, \"groups\": {\"columns\": [], \"names\": "
          "[], "
          "\"values\": []}}",
          "no predictions-test.csv" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        data_write_text(*state, "damaged/run.json", bad[i][0]);
        data_write_text(*state, "damaged/log.jsonl", "");
        expect_refused(*state, "damaged", EH_ERR_INPUT, bad[i][1]);
    }
    data_write_text(*state, "damaged/log.jsonl", "{\"event\": \"epoch\"}\n{\"event\n{}\n");
    expect_refused(*state, "damaged", EH_ERR_INPUT, "log.jsonl:2");
}

/* A run of one class and no groups: as little as is legal. */
#define LITTLE                                                                                            \
    "{\"label\": {\"column\": \"x\", \"classes\": [\"a\", \"b\"]}, \"groups\": {\"columns\": [\"g\"], "   \
    "\"names\": "                                                                                         \
    "[\"G\", \"H\"], \"values\": [[\"1\"], [null]], \"counts\": {\"test\": [2, 0], \"train\": [1, 5]}}, " \
    "\"epochs\": 1, "                                                                                     \
    "\"batch\": 4, \"image\": {\"width\": 1, \"height\": 1, \"channels\": 3}}"

static void a_group_without_test_images_stays_in_the_list(void **state)
{
    data_write_text(*state, "little/run.json", LITTLE);
    data_write_text(*state, "little/log.jsonl", "");
    data_write_text(*state, "little/predictions-test.csv",
                    "image,file,truth,predicted,loss,p:a,p:b,g\n1,1.png,a,a,0.1,0.9,0.1,1\n2,2.png,a,b,2,0.2,"
                    "0.8,1\n");
    eh_results *results;
    eh_error err = { 0 };
    if (eh_results_from_run(&results, data_path(*state, "little"), NULL, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    const json_t *group = at(first_split(results->json), "groups", 1);
    assert_string_equal(json_string_value(json_object_get(group, "verdict")), "none");
    assert_true(json_is_null(json_object_get(group, "accuracy")));
    assert_true(json_is_null(json_object_get(at(group, "values", 0), "value")));
    assert_int_equal(results->audit->worst, 0);
    eh_results_free(results);
}

static void of_a_resumed_run_the_last_account_of_an_epoch_counts(void **state)
{
    data_write_text(*state, "little/run.json", LITTLE);
    data_write_text(*state, "little/predictions-test.csv",
                    "image,file,truth,predicted,loss,p:a,p:b,g\n1,1.png,a,a,0.1,0.9,0.1,1\n");
    data_write_text(*state, "little/log.jsonl",
                    "{\"event\":\"epoch\",\"epoch\":1,\"loss\":3,\"seconds\":1}\n"
                    "{\"event\":\"epoch\",\"epoch\":2,\"loss\":2,\"seconds\":1}\n"
                    "{\"event\":\"resumed\",\"step\":5}\n"
                    "{\"event\":\"epoch\",\"epoch\":2,\"loss\":1.5,\"seconds\":1}\n"
                    "{\"event\":\"epoch\",\"epoch\":3,\"lo");
    eh_results *results;
    warnings[0] = '\0';
    assert_int_equal(eh_results_from_run(&results, data_path(*state, "little"), NULL, &listening, NULL),
                     EH_OK);
    const json_t *training = json_object_get(results->json, "training");
    assert_int_equal(json_array_size(json_object_get(training, "epochs")), 2);
    assert_true(json_number_value(json_object_get(at(training, "epochs", 1), "loss")) == 1.5);
    assert_non_null(strstr(warnings, "half a line"));
    eh_results_free(results);
}

/* ---------------------------------------------------------------- given predictions */

static eh_results *audit_text(void *folder, const char *text, const eh_results_opts *opts)
{
    eh_results *results;
    eh_error err = { 0 };
    data_write_text(folder, "p.csv", text);
    warnings[0] = '\0';
    if (eh_results_from_predictions(&results, data_path(folder, "p.csv"), NULL, opts, &listening, &err) !=
        EH_OK)
        fail_msg("%s", err.message);
    return results;
}

static void each_group_has_its_places_among_the_listed_errors(void **state)
{
    const eh_results_opts opts = { .max_errors = 4 };
    eh_results *results =
        audit_text(*state,
                   "file,truth,predicted,loss,group\na,1,0,9,A\nb,1,0,8,A\nc,1,0,7,A\nd,0,1,1,B\n"
                   "e,0,1,2,B\nf,0,0,0,B\ng,1,0,6,A\n",
                   &opts);
    const json_t *errors = json_object_get(first_split(results->json), "errors");
    static const char *const file[] = { "a", "b", "e", "d" };
    assert_int_equal(json_array_size(json_object_get(errors, "items")), 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(json_string_value(json_object_get(at(errors, "items", i), "file")), file[i]);
    assert_int_equal(json_integer_value(json_object_get(errors, "total")), 6);
    assert_string_equal(json_string_value(json_object_get(errors, "definition")),
                        "the wrong predictions of highest loss, at most 2 a group and 4 in all");
    eh_results_free(results);
}

static void pictures_of_predictions_come_from_their_folder_alone(void **state)
{
    data_write_image(*state, "pictures/a.png", 200, 100, 3, 1);
    data_write_image(*state, "secret.png", 10, 10, 3, 2);
    data_write_text(*state, "pictures/b.png", "no picture");
    const char *folder = data_path(*state, "pictures");
    const eh_results_opts opts = { .images = folder };
    eh_results *results = audit_text(*state,
                                     "file,truth,predicted,loss,group\na.png,1,0,9,A\nb.png,0,1,8,A\n"
                                     "../secret.png,1,0,7,A\n/etc/hostname,1,0,6,A\n",
                                     &opts);
    const json_t *errors = json_object_get(first_split(results->json), "errors");
    const char *uri = json_string_value(json_object_get(at(errors, "items", 0), "thumbnail"));
    static uint8_t bytes[16384];
    size_t size;
    eh_image image;
    assert_non_null(uri);
    assert_true(eh_base64_decode(bytes, sizeof bytes, &size, strchr(uri, ',') + 1));
    assert_true(size <= 8192);
    assert_int_equal(eh_image_decode(&image, bytes, size, NULL, NULL), EH_OK);
    assert_true(image.width == 96 && image.height == 48);
    eh_image_clear(&image);
    for (size_t i = 1; i < 4; i++)
        assert_true(json_is_null(json_object_get(at(errors, "items", i), "thumbnail")));
    assert_non_null(strstr(warnings, "secret.png lies outside"));
    eh_results_free(results);
}

static void missing_values_are_counted_in_the_record(void **state)
{
    eh_results *results =
        audit_text(*state, "truth,predicted,group\n1,1,A\n,1,A\n0,,A\n0,0,\n1,0,(missing)\n", NULL);
    const json_t *split = first_split(results->json);
    assert_int_equal(json_integer_value(json_object_get(split, "n")), 3);
    assert_int_equal(json_integer_value(json_object_get(split, "unlabelled")), 1);
    assert_int_equal(json_integer_value(json_object_get(split, "unpredicted")), 1);
    const json_t *data = json_object_get(results->json, "data");
    assert_int_equal(json_integer_value(json_object_get(at(data, "columns", 0), "missing")), 1);
    assert_int_equal(json_integer_value(json_object_get(at(data, "columns", 1), "missing")), 2);
    assert_true(json_is_null(json_object_get(results->json, "seed")));
    eh_results_free(results);
}

static eh_status audit_file(void *user, eh_error *err)
{
    eh_results *results;
    eh_status status = eh_results_from_predictions(&results, user, NULL, NULL, NULL, err);
    eh_results_free(results);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    data_write_text(*state, "few.csv", "file,truth,predicted,p_0,p_1,group\na,1,0,0.5,0.5,A\nb,0,0,1,0,B\n");
    assert_true(expect_survives_alloc_failure(audit_file, (void *)(uintptr_t)data_path(*state, "few.csv")) >
                20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_agrees_with_the_predictions_file),
        cmocka_unit_test(the_record_names_seed_hashes_and_epochs),
        cmocka_unit_test(errors_have_thumbnails_of_their_images),
        cmocka_unit_test(thumbnails_can_be_left_out),
        cmocka_unit_test(without_the_catalog_there_are_no_thumbnails_but_a_warning),
        cmocka_unit_test(as_many_errors_are_listed_as_asked_for),
        cmocka_unit_test(rules_are_judged_and_recorded),
        cmocka_unit_test(results_are_written_into_the_folder),
        cmocka_unit_test(a_full_disk_leaves_the_folder_as_it_was),
        cmocka_unit_test(a_folder_that_is_no_run_is_refused),
        cmocka_unit_test(a_damaged_run_is_refused_with_what_is_wrong),
        cmocka_unit_test(a_group_without_test_images_stays_in_the_list),
        cmocka_unit_test(of_a_resumed_run_the_last_account_of_an_epoch_counts),
        cmocka_unit_test(each_group_has_its_places_among_the_listed_errors),
        cmocka_unit_test(pictures_of_predictions_come_from_their_folder_alone),
        cmocka_unit_test(missing_values_are_counted_in_the_record),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, make_run, data_folder_remove);
}
