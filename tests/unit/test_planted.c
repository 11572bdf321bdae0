/* test_planted.c - findings against known truth: every kind counted by hand, both sides of a copy, and files that do not fit. */
#include "clean/planted.h"

#include "base/str.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <stdio.h>
#include <string.h>

enum { IMAGES = 12 };

/* Images 00.png .. 11.png with ids 1 .. 12, and a file that is no picture. */
static eh_catalog *make(void *folder)
{
    eh_str csv = { 0 };
    data_import import;
    eh_str_append(&csv, "file,kind\n");
    for (int i = 0; i < IMAGES; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/%02d.png", i);
        data_write_image(folder, name, 8, 8, 1, i);
        eh_str_appendf(&csv, "%02d.png,%s\n", i, i % 2 ? "y" : "x");
    }
    eh_str_append(&csv, "broken.png,x\n");
    data_write_text(folder, "set/broken.png", "no picture");
    data_write_text(folder, "set/data.csv", eh_str_text(&csv));
    eh_str_clear(&csv);
    data_import_run(&import, folder, "set", "csv:label=kind", false);
    if (import.status != EH_OK)
        fail_msg("%s", import.error.message);
    return data_open(folder);
}

static void add(eh_findings *all, const char *check, int64_t image, int64_t other, int64_t cluster,
                eh_severity severity, double score, const char *by)
{
    const eh_finding f = { .image = image,
                           .other = other,
                           .cluster = cluster,
                           .check = check,
                           .severity = severity,
                           .action = strcmp(by, "keeper") == 0 ? EH_ACTION_KEEP : EH_ACTION_LOOK,
                           .score = score,
                           .column = strcmp(check, "labels") == 0 ? by : NULL };
    assert_int_equal(eh_findings_add(all, &f, json_pack("{s:s}", "by", by), NULL), EH_OK);
}

static const eh_planted_kind *kind_of(const eh_planted *p, const char *defect)
{
    for (size_t i = 0; i < p->kinds; i++)
        if (strcmp(p->kind[i].defect, defect) == 0)
            return &p->kind[i];
    return NULL;
}

static void expect(const eh_planted *p, const char *defect, uint64_t planted, uint64_t reported,
                   uint64_t found, double area)
{
    const eh_planted_kind *k = kind_of(p, defect);
    if (!k)
        fail_msg("%s is not counted", defect);
    assert_int_equal(k->planted, planted);
    assert_int_equal(k->reported, reported);
    assert_int_equal(k->found, found);
    assert_float_equal(k->average_precision, area, 1e-12);
}

static const char truth[] = "file,kind,original,leaks_into,column\n"
                            "01.png,exact copy,00.png,test,\n"
                            "03.png,exact copy,02.png,,\n"
                            "05.png,near copy,04.png,,\n"
                            "06.png,wrong label,06.png,,kind\n"
                            "07.png,wrong label,07.png,,kind\n"
                            "08.png,poor image,08.png,,\n"
                            "09.png,names,,,\n"
                            "broken.png,broken file,00.png,,\n";

static void every_kind_is_counted(void **state)
{
    eh_catalog *catalog = make(*state);
    data_write_text(*state, "truth.csv", truth);
    eh_findings *all = eh_findings_new();
    /* The keeper of the first cluster is the planted copy; the second cluster holds a stranger beside both. */
    add(all, "copies", 2, 0, 1, EH_SEVERITY_NOTE, 0, "keeper");
    add(all, "copies", 1, 2, 1, EH_SEVERITY_ERROR, 1, "bytes");
    add(all, "copies", 10, 0, 2, EH_SEVERITY_NOTE, 0, "keeper");
    add(all, "copies", 3, 10, 2, EH_SEVERITY_ERROR, 0.99, "pixels");
    add(all, "copies", 4, 10, 2, EH_SEVERITY_ERROR, 0.98, "pixels");
    add(all, "copies", 11, 12, 3, EH_SEVERITY_WARNING, 0.9, "phash"); /* wrong */
    add(all, "copies", 5, 6, 4, EH_SEVERITY_WARNING, 0.8, "mirrored");
    add(all, "leaks", 2, 1, 0, EH_SEVERITY_ERROR, 1, "bytes");
    add(all, "leaks", 12, 3, 0, EH_SEVERITY_ERROR, 0.5, "bytes");
    add(all, "labels", 7, 0, 0, EH_SEVERITY_WARNING, 0.9, "kind");
    add(all, "labels", 1, 0, 0, EH_SEVERITY_WARNING, 0.8, "kind");
    add(all, "labels", 8, 0, 0, EH_SEVERITY_NOTE, 0.7, "kind");     /* ranked, not reported */
    add(all, "labels", 8, 0, 0, EH_SEVERITY_WARNING, 0.95, "sign"); /* another column */
    eh_findings_rank(all);
    eh_planted *p;
    eh_error err = { 0 };
    static const char *const run[] = { "copies", "leaks", "labels", "names" };
    if (eh_planted_count(&p, data_path(*state, "truth.csv"), catalog, all, run, 4, &err) != EH_OK)
        fail_msg("%s", err.message);
    expect(p, "exact copy", 2, 3, 2, 1);
    expect(p, "near copy", 1, 2, 1, 0.5);
    expect(p, "leak", 1, 2, 1, 1);
    expect(p, "wrong label", 2, 2, 1, (1 + 2.0 / 3) / 2);
    expect(p, "names", 1, 0, 0, 0); /* was run and has found nothing */
    expect(p, "broken file", 1, 1, 1, 1);
    assert_null(kind_of(p, "poor image")); /* its check was not run */
    eh_planted_free(p);
    assert_int_equal(eh_planted_count(&p, data_path(*state, "truth.csv"), catalog, all, NULL, 0, NULL),
                     EH_OK);
    assert_null(kind_of(p, "names"));
    expect(p, "leak", 1, 2, 1, 1);
    eh_planted_free(p);
    eh_findings_free(all);
    eh_catalog_close(catalog);
}

static void a_truth_that_does_not_fit_is_refused(void **state)
{
    static const struct {
        const char *text, *part;
    } of[] = {
        { "kind\nexact copy\n", "file" },
        { "file\n01.png\n", "kind" },
        { "file,kind\n01.png,odd copy\n", "line 2: \"odd copy\" is no kind of defect" },
        { "file,kind\nelsewhere.png,exact copy\n", "is it of another catalog?" },
    };
    eh_catalog *catalog = make(*state);
    eh_findings *none = eh_findings_new();
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        eh_planted *p;
        eh_error err = { 0 };
        data_write_text(*state, "truth.csv", of[i].text);
        assert_int_equal(eh_planted_count(&p, data_path(*state, "truth.csv"), catalog, none, NULL, 0, &err),
                         EH_ERR_INPUT);
        assert_null(p);
        if (!strstr(err.message, of[i].part))
            fail_msg("\"%s\" does not say \"%s\"", err.message, of[i].part);
    }
    eh_findings_free(none);
    eh_catalog_close(catalog);
}

#define PLANTED_TEST(name) cmocka_unit_test_setup_teardown(name, data_folder_make, data_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLANTED_TEST(every_kind_is_counted),
        PLANTED_TEST(a_truth_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
