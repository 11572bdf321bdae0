/* The report: results are arranged as the page arranges them, nothing in them becomes markup, and a file is written whole or not at all. */
#include "report/report.h"
#include "base/file.h"
#include "base/json.h"
#include "support/alloc_failure.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/report_cases.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const report_group two[] = { { "A", 100, NULL, 30 }, { "B", 100, NULL, 95 } };

/* The JSON that stands in the page, parsed. */
static json_t *embedded(const char *html)
{
    const char *begin = strstr(html, "id=\"evenhand-data\">");
    assert_non_null(begin);
    begin = strchr(begin, '>') + 1;
    const char *end = strstr(begin, "</script>");
    assert_non_null(end);
    json_t *data = json_loadb(begin, (size_t)(end - begin), 0, NULL);
    assert_non_null(data);
    return data;
}

static void write_results(void *folder, const char *name, json_t *result)
{
    assert_int_equal(eh_json_write(result, data_path(folder, "%s", name), NULL), EH_OK);
    json_decref(result);
}

static void the_page_holds_the_results_and_the_static_tables(void **state)
{
    write_results(*state, "a.json", report_sample("erm"));
    write_results(*state, "b.json", report_sample("gdro"));
    const char *inputs[] = { data_path(*state, "a.json"), data_path(*state, "b.json") };
    const char *path = data_path(*state, "r.html");
    eh_error err = { 0 };
    if (eh_report_write(path, inputs, 2, NULL, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    char *html = data_read_text(path);
    json_t *data = embedded(html), *erm = report_sample("erm"), *gdro = report_sample("gdro");
    assert_int_equal(json_array_size(data), 2);
    assert_true(json_equal(json_array_get(data, 0), erm));
    assert_true(json_equal(json_array_get(data, 1), gdro));
    assert_non_null(strstr(html, "<p class=\"verdict-sentence\">The model trained plainly is right on "));
    assert_null(strstr(html, "@@EVENHAND"));
    assert_non_null(strstr(html, "<title>drawn faces: hair</title>"));
    json_decref(data);
    json_decref(erm);
    json_decref(gdro);
    eh_free(html);
}

/* Names that try to break out of text, attributes and the script element, and one that is a mark of the template. */
static void hostile_names_stay_text(void **state)
{
    static const char *const name[] = { "<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>",
                                        "\"><svg onload=alert(3)>", "@@EVENHAND_DATA@@ @@EVENHAND_STATIC@@",
                                        "&lt;b&gt; \u2028\u2029 <!--" };
    report_group group[5];
    for (size_t i = 0; i < 5; i++)
        group[i] = (report_group){ name[i], 40, NULL, 8 * i };
    json_t *result = report_result("x", "<i>method", 1, group, 5), *kept = json_deep_copy(result);
    write_results(*state, "a.json", result);
    const char *inputs[] = { data_path(*state, "a.json") }, *path = data_path(*state, "r.html");
    const eh_report_opts opts = { .title = "</title><b>@@EVENHAND_DATA@@" };
    assert_int_equal(eh_report_write(path, inputs, 1, &opts, NULL, NULL), EH_OK);
    char *html = data_read_text(path);
    static const char *const never[] = { "<img src",  "<script>alert", "<svg onload",
                                         "<i>method", "<b>",           "<!--" };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        /* The page's own script may hold such texts, but it stands behind the data. */
        char *found = strstr(html, never[i]);
        if (found && found < strstr(html, "id=\"evenhand-data\">"))
            fail_msg("%s stands in the page", never[i]);
    }
    assert_non_null(strstr(html, "&lt;img src=x onerror=alert(1)&gt;"));
    assert_non_null(strstr(html, "&lt;/title&gt;&lt;b&gt;@@EVENHAND_DATA@@"));
    json_t *data = embedded(html);
    assert_true(json_equal(json_array_get(data, 0), kept));
    json_decref(data);
    json_decref(kept);
    eh_free(html);
}

static void no_images_removes_every_thumbnail(void **state)
{
    json_t *result = report_sample("erm");
    char *before = json_dumps(result, 0);
    assert_non_null(strstr(before, "data:image"));
    free(before);
    write_results(*state, "a.json", result);
    const char *inputs[] = { data_path(*state, "a.json") }, *path = data_path(*state, "r.html");
    const eh_report_opts opts = { .no_images = true };
    assert_int_equal(eh_report_write(path, inputs, 1, &opts, NULL, NULL), EH_OK);
    char *html = data_read_text(path);
    assert_null(strstr(html, "data:image/jpeg"));
    assert_null(strstr(html, "data:image/png"));
    eh_free(html);
}

static void expect_refused(void *folder, const char *text, const char *part)
{
    data_write_text(folder, "bad.json", text);
    const char *inputs[] = { data_path(folder, "bad.json") };
    eh_error err = { 0 };
    eh_status status = eh_report_write(data_path(folder, "r.html"), inputs, 1, NULL, NULL, &err);
    if (status != EH_ERR_INPUT || !strstr(err.message, part))
        fail_msg("%s: \"%s\" does not say \"%s\"", eh_status_name(status), err.message, part);
    assert_false(eh_path_exists(data_path(folder, "r.html")));
}

static void what_is_no_result_is_refused(void **state)
{
    expect_refused(*state, "{", "JSON");
    expect_refused(*state, "{}", "not a results.json");
    expect_refused(*state, "[1]", "not a results.json");
    expect_refused(*state, "{\"format\": \"evenhand-results\", \"format_version\": 2}", "version 2");
    expect_refused(*state, "{\"format\": \"evenhand-results\", \"format_version\": 1}", "damaged");
    expect_refused(*state,
                   "{\"format\": \"evenhand-results\", \"format_version\": 1, \"groups\": [{}, {}], "
                   "\"evaluation\": "
                   "[{\"splits\": [{\"groups\": [{}]}]}]}",
                   "damaged");
    eh_error err = { 0 };
    const char *nowhere[] = { "/nowhere/results.json" };
    assert_int_equal(eh_report_write(data_path(*state, "r.html"), nowhere, 1, NULL, NULL, &err),
                     EH_ERR_INPUT);
    const char *folder[] = { *state };
    assert_int_equal(eh_report_write(data_path(*state, "r.html"), folder, 1, NULL, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "run.json"));
}

/* A well-formed file with every number and list left out must not crash a section. */
static void a_sparse_result_is_shown_as_far_as_it_goes(void **state)
{
    data_write_text(*state, "sparse.json",
                    "{\"format\": \"evenhand-results\", \"format_version\": 1, \"groups\": [{}, {}], "
                    "\"evaluation\": "
                    "[{\"splits\": [{\"groups\": [{}, {}]}]}]}");
    const char *inputs[] = { data_path(*state, "sparse.json"), data_path(*state, "sparse.json") };
    assert_int_equal(eh_report_write(data_path(*state, "r.html"), inputs, 2, NULL, NULL, NULL), EH_OK);
}

static void a_full_disk_leaves_nothing_behind(void **state)
{
    write_results(*state, "a.json", report_sample("erm"));
    const char *inputs[] = { data_path(*state, "a.json") }, *path = data_path(*state, "r.html");
    int before = data_count_entries(*state);
    struct rlimit limit, small;
    getrlimit(RLIMIT_FSIZE, &limit);
    small = (struct rlimit){ 20000, limit.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    eh_error err = { 0 };
    eh_status status = eh_report_write(path, inputs, 1, NULL, NULL, &err);
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(status, EH_ERR_IO);
    assert_non_null(strstr(err.message, "r.html"));
    assert_int_equal(data_count_entries(*state), before);
}

static void arrange(eh_report *report, eh_arena *arena, json_t **result, size_t count)
{
    eh_error err = { 0 };
    if (eh_report_arrange(report, arena, result, NULL, count, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
}

static void release(eh_arena *arena, json_t **result, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_decref(result[i]);
    eh_arena_free(arena);
}

static void the_baseline_is_erm_and_the_best_has_the_highest_worst_group(void **state)
{
    (void)state;
    const report_group better[] = { { "A", 100, NULL, 80 }, { "B", 100, NULL, 90 } };
    const report_group worse[] = { { "A", 100, NULL, 95 }, { "B", 100, NULL, 60 } };
    json_t *result[] = { report_result("w", "reweight", 1, worse, 2), report_result("e", "erm", 1, two, 2),
                         report_result("g", "gdro", 1, better, 2) };
    eh_arena *arena = eh_arena_new();
    eh_report report;
    arrange(&report, arena, result, 3);
    assert_int_equal(report.entries, 3);
    assert_string_equal(report.entry[0].label, "erm");
    assert_string_equal(report.entry[report.best].label, "gdro");
    release(arena, result, 3);
}

static void runs_that_differ_by_their_seed_are_one_entry(void **state)
{
    (void)state;
    json_t *result[] = { report_result("e1", "erm", 1, two, 2), report_result("e2", "erm", 2, two, 2),
                         report_result("e2b", "erm", 2, two, 2), report_result("g", "gdro", 1, two, 2) };
    eh_arena *arena = eh_arena_new();
    eh_report report;
    arrange(&report, arena, result, 4);
    /* A seed that occurs twice is another run: a label of its own. */
    assert_int_equal(report.entries, 3);
    assert_int_equal(report.entry[0].count, 2);
    assert_string_equal(report.entry[0].label, "erm (e1)");
    assert_string_equal(report.entry[1].label, "erm (e2b)");
    release(arena, result, 4);
}

static void results_of_another_question_are_not_compared(void **state)
{
    (void)state;
    const report_group other[] = { { "A", 100, NULL, 99 }, { "C", 100, NULL, 99 } };
    json_t *result[] = { report_result("e", "erm", 1, two, 2), report_result("o", "gdro", 1, other, 2) };
    eh_arena *arena = eh_arena_new();
    eh_report report;
    arrange(&report, arena, result, 2);
    assert_int_equal(report.entries, 1);
    assert_int_equal(report.best, -1);
    assert_false(report.comparable[1]);
    release(arena, result, 2);
}

static eh_status render(void *user, eh_error *err)
{
    json_t **result = user;
    eh_arena *arena = eh_arena_new();
    eh_report report;
    eh_str html = { 0 };
    eh_status status = arena ? EH_OK : eh_fail_memory(err, "an arena", 1, 1);
    if (status == EH_OK)
        status = eh_report_arrange(&report, arena, result, NULL, 2, NULL, err);
    if (status == EH_OK)
        status = eh_report_html(&html, &report, NULL, err);
    eh_str_clear(&html);
    eh_arena_free(arena);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const report_group few[] = { { "A", 3, "110", 0 }, { "B", 2, "11", 0 } };
    json_t *result[] = { report_result("e", "erm", 1, few, 2), report_result("g", "gdro", 1, few, 2) };
    assert_true(expect_survives_alloc_failure(render, result) > 10);
    json_decref(result[0]);
    json_decref(result[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, data_folder_make, data_folder_remove)
        IN_FOLDER(the_page_holds_the_results_and_the_static_tables),
        IN_FOLDER(hostile_names_stay_text),
        IN_FOLDER(no_images_removes_every_thumbnail),
        IN_FOLDER(what_is_no_result_is_refused),
        IN_FOLDER(a_sparse_result_is_shown_as_far_as_it_goes),
        IN_FOLDER(a_full_disk_leaves_nothing_behind),
        cmocka_unit_test(the_baseline_is_erm_and_the_best_has_the_highest_worst_group),
        cmocka_unit_test(runs_that_differ_by_their_seed_are_one_entry),
        cmocka_unit_test(results_of_another_question_are_not_compared),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
