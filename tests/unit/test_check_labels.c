/* test_check_labels.c - wrong labels as findings: planted ones on drawn faces come first, probabilities of a file give what they must, columns are
 * chosen and refused. */
#include "clean/check.h"

#include "base/csv.h"
#include "base/json.h"
#include "base/str.h"
#include "evenhand/faces.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static eh_status run_labels(eh_clean_result **out, eh_catalog *catalog, const char *word, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec *spec;
    size_t count;
    eh_str_list words = { .item = &word, .count = 1 };
    *out = NULL;
    eh_status status = eh_check_specs(&spec, &count, &words, arena, err);
    if (status == EH_OK)
        status = eh_clean_run(out, catalog, spec, count, 1, NULL, err);
    eh_arena_free(arena);
    return status;
}

static eh_clean_result *labels_of(eh_catalog *catalog, const char *word)
{
    eh_clean_result *out;
    eh_error err = { 0 };
    if (run_labels(&out, catalog, word, &err) != EH_OK)
        fail_msg("%s: %s", word, err.message);
    return out;
}

static const json_t *column_summary(const eh_clean_result *r, size_t i)
{
    return json_array_get(json_object_get(r->check[0].summary, "columns"), i);
}

static json_int_t count_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* ---- drawn faces ---- */

/* Truth of planted.csv: 1 at the row numbers of images with a wrong label. */
static size_t planted_rows(void *folder, bool *wrong, size_t rows)
{
    eh_arena *arena = eh_arena_new();
    eh_csv csv;
    size_t count = 0;
    assert_int_equal(eh_csv_read(&csv, arena, data_path(folder, "faces/planted.csv"), NULL), EH_OK);
    memset(wrong, 0, rows * sizeof *wrong);
    for (size_t i = 0; i < csv.rows; i++) {
        const char *file = csv.cell[i * csv.columns];
        size_t number = (size_t)strtoul(file + strlen("images/"), NULL, 10);
        assert_true(number >= 1 && number <= rows);
        wrong[number - 1] = true;
        count++;
    }
    eh_arena_free(arena);
    return count;
}

static void planted_wrong_labels_of_drawn_faces_come_first(void **state)
{
    enum { ROWS = 1200, WRONG = 60 };
    static bool wrong[ROWS];
    eh_arena *arena = eh_arena_new();
    eh_faces_opts faces;
    data_import import;
    assert_int_equal(eh_opts_defaults(eh_faces_options, &faces, arena, NULL), EH_OK);
    faces.train = ROWS;
    faces.valid = faces.test = 0;
    faces.size = 32;
    faces.plant_wrong = WRONG;
    assert_int_equal(eh_faces_write(NULL, data_path(*state, "faces"), &faces, NULL, NULL), EH_OK);
    data_import_run(&import, *state, "faces", NULL, true);
    assert_int_equal(import.status, EH_OK);
    assert_int_equal(planted_rows(*state, wrong, ROWS), WRONG);
    eh_catalog *catalog = data_open(*state);
    eh_clean_result *r = labels_of(catalog, "labels:columns=blond,note-at=0");
    assert_int_equal(r->findings->count, ROWS); /* every label has a score, the likeliest error first */
    size_t hits = 0, flagged = 0, right = 0;
    double precision = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const eh_finding *f = &r->findings->item[i];
        assert_true(i == 0 || f->score <= r->findings->item[i - 1].score);
        assert_string_equal(f->column, "blond");
        if (wrong[f->image - 1])
            precision += (double)++hits / (double)(i + 1);
        flagged += f->severity == EH_SEVERITY_WARNING;
        right += f->severity == EH_SEVERITY_WARNING && wrong[f->image - 1];
        assert_int_equal(f->action == EH_ACTION_RELABEL, f->suggestion != NULL);
    }
    precision /= WRONG;
    print_message("drawn faces, %d of %d labels wrong: area under the precision-recall curve %.3f; %zu "
                  "flagged, %zu of "
                  "them wrong\n",
                  WRONG, ROWS, precision, flagged, right);
    assert_true(precision > 0.7);
    assert_true(right > WRONG / 2 && flagged < 3 * WRONG);
    assert_int_equal(count_of(column_summary(r, 0), "labels"), ROWS);
    assert_int_equal(count_of(column_summary(r, 0), "flagged"), (json_int_t)flagged);
    eh_clean_result_free(r);
    eh_catalog_close(catalog);
    eh_arena_free(arena);
}

/* ---- probabilities from a file ---- */

enum { SMALL = 40 };

/* Images with kind x or y in turn, sign always plus but the last; p.csv says of all but number 7 what their kind is, but of 4 and 9 the other. */
static eh_catalog *make_small(void *folder)
{
    eh_str csv = { 0 }, p = { 0 };
    data_import import;
    eh_str_append(&csv, "file,kind,sign,only,note\n");
    eh_str_append(&p, "file,x,y\n");
    for (int i = 0; i < SMALL; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/%02d.png", i);
        data_write_image(folder, name, 8, 8, 1, i);
        bool x = i % 2 == 0, seen = x != (i == 4 || i == 9);
        eh_str_appendf(&csv, "%02d.png,%s,%s,one,\"text %d\"\n", i, x ? "x" : "y",
                       i + 1 < SMALL ? "plus" : "minus", i);
        if (i != 7)
            eh_str_appendf(&p, "%02d.png,%.2f,%.2f\n", i, seen ? 0.95 : 0.05, seen ? 0.05 : 0.95);
    }
    data_write_text(folder, "set/data.csv", eh_str_text(&csv));
    data_write_text(folder, "p.csv", eh_str_text(&p));
    eh_str_clear(&csv);
    eh_str_clear(&p);
    data_import_run(&import, folder, "set", "csv:label=kind,groups=sign\\,only", false);
    if (import.status != EH_OK)
        fail_msg("%s", import.error.message);
    return data_open(folder);
}

static void a_file_of_probabilities_gives_findings_with_evidence(void **state)
{
    eh_catalog *catalog = make_small(*state);
    char word[1024];
    snprintf(word, sizeof word, "labels:columns=kind,probabilities=%s", data_path(*state, "p.csv"));
    eh_clean_result *r = labels_of(catalog, word);
    assert_int_equal(r->findings->count, 2);
    for (size_t i = 0; i < 2; i++) {
        const eh_finding *f = &r->findings->item[i];
        assert_int_equal(f->image, i == 0 ? 5 : 10);
        assert_float_equal(f->score, 0.95, 1e-6);
        assert_int_equal(f->action, EH_ACTION_RELABEL);
        assert_string_equal(f->suggestion, i == 0 ? "y" : "x");
        json_t *evidence = json_loads(f->evidence, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(evidence, "given")), i == 0 ? "x" : "y");
        assert_float_equal(json_real_value(json_object_get(evidence, "with")), 0.95, 1e-6);
        json_decref(evidence);
    }
    const json_t *summary = column_summary(r, 0);
    assert_int_equal(count_of(summary, "labels"), SMALL - 1);
    assert_int_equal(count_of(summary, "not_in_file"), 1);
    assert_int_equal(count_of(summary, "estimated_wrong"), 2);
    assert_int_equal(json_array_size(json_object_get(summary, "confusions")), 2);
    eh_clean_result_free(r);

    snprintf(word, sizeof word, "labels:columns=kind,probabilities=%s,relabel-at=0.96,rank=margin",
             data_path(*state, "p.csv"));
    r = labels_of(catalog, word);
    assert_int_equal(r->findings->count, 2);
    assert_int_equal(r->findings->item[0].action, EH_ACTION_LOOK);
    assert_null(r->findings->item[0].suggestion);
    assert_float_equal(r->findings->item[0].score, 0.95, 1e-6);
    eh_clean_result_free(r);
    eh_catalog_close(catalog);
}

static void several_columns_are_judged_by_one_network_and_images_have_a_score_over_them(void **state)
{
    eh_catalog *catalog = make_small(*state);
    eh_clean_result *r = labels_of(catalog, "labels:note-at=0,folds=2,epochs=1,model=standard-cnn,size=16");
    assert_int_equal(json_array_size(json_object_get(r->check[0].summary, "columns")),
                     2); /* `only` is one class */
    assert_int_equal(r->findings->count, 2 * SMALL);
    double of_image[SMALL + 1] = { 0 }, confidence[SMALL + 1][2] = { 0 };
    int seen[SMALL + 1] = { 0 };
    for (size_t i = 0; i < r->findings->count; i++) {
        const eh_finding *f = &r->findings->item[i];
        json_t *evidence = json_loads(f->evidence, 0, NULL);
        double all = json_real_value(json_object_get(evidence, "all columns"));
        json_decref(evidence);
        if (seen[f->image])
            assert_float_equal(all, of_image[f->image], 1e-9);
        of_image[f->image] = all;
        confidence[f->image][seen[f->image]++] = 1 - f->score;
    }
    for (int i = 1; i <= SMALL; i++) { /* findings come with the lower confidence first */
        assert_int_equal(seen[i], 2);
        assert_float_equal(of_image[i], 1 - (0.8 * confidence[i][0] + 0.2 * confidence[i][1]), 1e-5);
    }
    eh_clean_result_free(r);
    eh_catalog_close(catalog);
}

static void what_cannot_be_judged_is_said(void **state)
{
    static const struct {
        const char *word, *part;
        eh_status status;
    } of[] = {
        { "labels:columns=kinds", "did you mean 'kind'", EH_ERR_USAGE },
        { "labels:columns=kind+kind", "named twice", EH_ERR_USAGE },
        { "labels:columns=only", "'only' has no classes", EH_ERR_USAGE },
        { "labels:columns=note", "'note' has no classes", EH_ERR_USAGE },
        { "labels:probabilities=p.csv", "of one column; name it", EH_ERR_USAGE },
        { "labels:columns=kind,probabilities=none.csv", "none.csv", EH_ERR_INPUT },
        { "labels:columns=kind,identity=who", "no column 'who'", EH_ERR_USAGE },
        { "labels:columns=kind,folds=30", "too few for 30 folds", EH_ERR_NOT_ENOUGH },
        { "labels:columns=kind,augment=flop", "did you mean \"flip\"", EH_ERR_USAGE },
        { "labels:columns=kind,rank=best", "self-confidence", EH_ERR_USAGE },
    };
    eh_catalog *catalog = make_small(*state);
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        eh_clean_result *r;
        eh_error err = { 0 };
        assert_int_equal(run_labels(&r, catalog, of[i].word, &err), of[i].status);
        assert_null(r);
        if (!strstr(err.message, of[i].part))
            fail_msg("%s: \"%s\" does not say \"%s\"", of[i].word, err.message, of[i].part);
    }
    eh_catalog_close(catalog);
}

#define LABELS_TEST(name) cmocka_unit_test_setup_teardown(name, data_folder_make, data_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LABELS_TEST(planted_wrong_labels_of_drawn_faces_come_first),
        LABELS_TEST(a_file_of_probabilities_gives_findings_with_evidence),
        LABELS_TEST(several_columns_are_judged_by_one_network_and_images_have_a_score_over_them),
        LABELS_TEST(what_cannot_be_judged_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
