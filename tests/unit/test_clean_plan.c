/* test_clean_plan.c - findings stored and ranked; plans made, applied and taken back, to the last value; old catalogs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"

#include "clean/check.h"
#include "clean/clean_plan.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static data_import result;

/* Eight images with a class, a number and a text; image 8 has no values. */
static eh_catalog *make_set(void *folder)
{
    char table[1024] = "file,hair,age,who\n";
    for (int i = 1; i <= 8; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/i%d.png", i);
        data_write_image(folder, name, 6, 5, 3, i);
        size_t used = strlen(table);
        if (i < 8)
            snprintf(table + used, sizeof table - used, "i%d.png,%s,%d.5,p%d\n", i, i % 3 ? "dark" : "blond",
                     20 + i, i);
        else
            snprintf(table + used, sizeof table - used, "i8.png,,,\n");
    }
    data_write_text(folder, "set/labels.csv", table);
    data_import_run(&result, folder, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    return data_open(folder);
}

/* Every table but the log of plans, as text. */
static char *dump(void *folder)
{
    static char text[65536];
    static const char *const query[] = {
        "SELECT * FROM image ORDER BY id",
        "SELECT * FROM label ORDER BY image",
        "SELECT * FROM \"column\"",
        "SELECT * FROM class",
        "SELECT * FROM split",
        "SELECT * FROM finding ORDER BY id",
        "SELECT * FROM meta ORDER BY key",
        "SELECT type, name, sql FROM sqlite_schema ORDER BY name",
    };
    sqlite3 *db;
    size_t used = 0;
    assert_int_equal(sqlite3_open(data_path(folder, "data.eh"), &db), SQLITE_OK);
    for (size_t q = 0; q < sizeof query / sizeof *query; q++) {
        sqlite3_stmt *stmt;
        assert_int_equal(sqlite3_prepare_v2(db, query[q], -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW)
            for (int i = 0; i < sqlite3_column_count(stmt); i++) {
                int type = sqlite3_column_type(stmt, i);
                const char *value = (const char *)sqlite3_column_text(stmt, i);
                used += (size_t)snprintf(text + used, sizeof text - used, "%d:%s|", type,
                                         type == SQLITE_BLOB ? "blob"
                                         : value             ? value
                                                             : "");
                assert_true(used < sizeof text);
            }
        sqlite3_finalize(stmt);
    }
    sqlite3_close(db);
    return text;
}

static void add(eh_findings *findings, int64_t image, eh_action action, double score, const char *column,
                const char *suggestion)
{
    eh_finding f = { .image = image,
                     .check = "copies",
                     .severity = EH_SEVERITY_WARNING,
                     .action = action,
                     .score = score,
                     .column = column,
                     .suggestion = suggestion };
    assert_int_equal(eh_findings_add(findings, &f, json_pack("{s:f}", "distance", 1.5), NULL), EH_OK);
}

static eh_findings *some_findings(void)
{
    eh_findings *f = eh_findings_new();
    add(f, 3, EH_ACTION_QUARANTINE, 0.5, NULL, NULL);
    add(f, 5, EH_ACTION_QUARANTINE, 0.9, NULL, NULL);
    add(f, 3, EH_ACTION_RELABEL, 0.7, "hair", "dark"); /* goes anyway */
    add(f, 1, EH_ACTION_RELABEL, 0.4, "hair", "blond");
    add(f, 1, EH_ACTION_RELABEL, 0.3, "hair", "dark"); /* outdone */
    add(f, 1, EH_ACTION_RELABEL, 0.3, "age", "44.25");
    add(f, 8, EH_ACTION_RELABEL, 0.3, "hair", "blond"); /* was missing */
    add(f, 2, EH_ACTION_LOOK, 1, NULL, NULL);
    add(f, 4, EH_ACTION_KEEP, 0, NULL, NULL);
    eh_findings_rank(f);
    return f;
}

static eh_clean_plan *make_plan(const eh_frame *frame, const eh_findings *f, bool relabel, eh_error *err)
{
    eh_clean_plan *plan = NULL;
    eh_clean_plan_make(&plan, frame, f, &(eh_clean_plan_opts){ .relabel = relabel }, err);
    return plan;
}

static void findings_come_back_ranked_and_replace_those_of_the_same_check(void **state)
{
    eh_catalog *c = make_set(*state);
    eh_findings *f = some_findings(), *back, *none = eh_findings_new();
    const char *copies = "copies", *other = "other";
    assert_int_equal(eh_findings_store(c, f, &copies, 1, NULL), EH_OK);
    assert_int_equal(eh_findings_store(c, f, &copies, 1, NULL), EH_OK); /* not doubled */
    assert_int_equal(eh_findings_store(c, none, &other, 1, NULL), EH_OK);
    assert_int_equal(eh_findings_load(&back, c, NULL, NULL), EH_OK);
    assert_int_equal(back->count, f->count);
    for (size_t i = 0; i < f->count; i++) {
        assert_int_equal(back->item[i].image, f->item[i].image);
        assert_int_equal(back->item[i].action, f->item[i].action);
        assert_string_equal(back->item[i].evidence, "{\"distance\":1.5}");
        assert_true(i == 0 || back->item[i].score <= back->item[i - 1].score);
    }
    eh_findings_free(back);
    assert_int_equal(eh_findings_load(&back, c, "other", NULL), EH_OK);
    assert_int_equal(back->count, 0);
    eh_findings_free(back);
    assert_int_equal(eh_findings_store(c, none, &copies, 1, NULL), EH_OK);
    assert_int_equal(eh_findings_load(&back, c, NULL, NULL), EH_OK);
    assert_int_equal(back->count, 0);
    eh_findings_free(back);
    eh_findings_free(none);
    eh_findings_free(f);
    eh_catalog_close(c);
}

static void a_plan_changes_each_thing_once_and_by_the_highest_score(void **state)
{
    eh_catalog *c = make_set(*state);
    eh_findings *f = some_findings();
    eh_frame *frame;
    eh_groups *groups;
    assert_int_equal(eh_frame_load(&frame, c, NULL, 0, NULL), EH_OK);
    eh_clean_plan *plan = make_plan(frame, f, true, NULL);
    assert_int_equal(plan->quarantined, 2);
    assert_int_equal(plan->relabelled, 3);
    assert_int_equal(plan->count, 5);
    assert_int_equal(plan->change[1].image, 1);
    assert_string_equal(plan->change[1].reason->column, "hair");
    assert_string_equal(plan->change[1].reason->suggestion, "blond");
    const char *hair = "hair";
    uint64_t before[8], after[8];
    assert_int_equal(eh_groups_make(&groups, frame, &hair, 1, NULL), EH_OK);
    eh_clean_plan_groups(plan, groups, before, after);
    assert_int_equal(groups->count, 3); /* dark, blond, (missing), in the order of the table */
    for (size_t g = 0; g < 3; g++) {
        bool dark = strcmp(groups->name[g], "dark") == 0, blond = strcmp(groups->name[g], "blond") == 0;
        assert_int_equal(before[g], dark ? 5 : blond ? 2 : 1);
        assert_int_equal(after[g], dark ? 4 : 1);
    }
    eh_groups_free(groups);
    eh_clean_plan_free(plan);
    plan = make_plan(frame, f, false, NULL);
    assert_int_equal(plan->count, 2);
    eh_clean_plan_free(plan);
    eh_frame_free(frame);
    eh_findings_free(f);
    eh_catalog_close(c);
}

static void undo_restores_every_table_to_the_last_value(void **state)
{
    eh_catalog *c = make_set(*state);
    eh_findings *f = some_findings();
    eh_frame *frame;
    const char *copies = "copies";
    char *before, *between, hash[65], hash_after[65];
    int64_t step;
    eh_clean_undone undone;
    assert_int_equal(eh_findings_store(c, f, &copies, 1, NULL), EH_OK);
    assert_int_equal(eh_catalog_hash(hash, c, NULL), EH_OK);
    before = strdup(dump(*state));
    assert_int_equal(eh_frame_load(&frame, c, NULL, 0, NULL), EH_OK);
    eh_clean_plan *plan = make_plan(frame, f, true, NULL);
    assert_int_equal(eh_clean_plan_apply(c, plan, &step, NULL), EH_OK);
    assert_int_equal(step, 1);
    assert_int_equal(eh_catalog_images(c), 6);
    assert_string_not_equal(dump(*state), before);
    between = strdup(dump(*state));
    eh_clean_plan_free(plan);
    eh_frame_free(frame);

    assert_int_equal(eh_frame_load(&frame, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(frame->rows, 6);
    assert_int_equal(frame->column[0].cls[5], frame->column[0].cls[0]); /* images 8 and 1 are blond now */
    assert_true(frame->column[1].number[0] == 44.25f);
    eh_findings *more = eh_findings_new();
    add(more, 7, EH_ACTION_QUARANTINE, 0.5, NULL, NULL);
    plan = make_plan(frame, more, true, NULL);
    assert_int_equal(eh_clean_plan_apply(c, plan, &step, NULL), EH_OK);
    assert_int_equal(step, 2);
    eh_clean_plan_free(plan);
    eh_frame_free(frame);

    assert_int_equal(eh_clean_undo(c, &undone, NULL), EH_OK);
    assert_int_equal(undone.step, 2);
    assert_int_equal(undone.restored, 1);
    assert_int_equal(undone.steps_left, 1);
    assert_string_equal(dump(*state), between);
    assert_int_equal(eh_clean_undo(c, &undone, NULL), EH_OK);
    assert_int_equal(undone.step, 1);
    assert_int_equal(undone.restored, 2);
    assert_int_equal(undone.relabelled, 3);
    assert_string_equal(dump(*state), before);
    assert_int_equal(eh_catalog_images(c), 8);
    assert_int_equal(eh_catalog_hash(hash_after, c, NULL), EH_OK);
    assert_string_equal(hash, hash_after);
    assert_int_equal(eh_clean_undo(c, &undone, NULL), EH_OK);
    assert_int_equal(undone.step, 0);
    eh_findings_free(more);
    eh_findings_free(f);
    free(before);
    free(between);
    eh_catalog_close(c);
}

static void a_plan_for_another_state_changes_nothing(void **state)
{
    eh_catalog *c = make_set(*state);
    eh_findings *f = some_findings();
    eh_frame *frame;
    eh_error err = { 0 };
    char *before;
    assert_int_equal(eh_frame_load(&frame, c, NULL, 0, NULL), EH_OK);
    eh_clean_plan *plan = make_plan(frame, f, false, NULL);
    assert_int_equal(eh_clean_plan_apply(c, plan, NULL, NULL), EH_OK);
    before = strdup(dump(*state));
    assert_int_equal(eh_clean_plan_apply(c, plan, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "no longer as it was"));
    assert_string_equal(dump(*state), before);
    assert_int_equal(eh_catalog_images(c), 6);
    eh_clean_plan_free(plan);
    eh_frame_free(frame);
    eh_findings_free(f);
    free(before);
    eh_catalog_close(c);
}

static void plans_that_make_no_sense_are_refused(void **state)
{
    static const struct {
        const char *column, *suggestion, *message;
    } wrong[] = {
        { "hair", "green", "no class 'green'" },
        { "hare", "dark", "did you mean 'hair'" },
        { "age", "old", "'old' is none" },
        { "age", NULL, "does not say to what" },
    };
    eh_catalog *c = make_set(*state);
    eh_frame *frame;
    assert_int_equal(eh_frame_load(&frame, c, NULL, 0, NULL), EH_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        eh_error err = { 0 };
        eh_findings *f = eh_findings_new();
        add(f, 1, EH_ACTION_RELABEL, 0.5, wrong[i].column, wrong[i].suggestion);
        assert_null(make_plan(frame, f, true, &err));
        if (!strstr(err.message, wrong[i].message))
            fail_msg("%s", err.message);
        eh_findings_free(f);
    }
    eh_error err = { 0 };
    eh_findings *f = eh_findings_new();
    add(f, 1, EH_ACTION_RELABEL, 0.5, "hair", "dark");
    add(f, 1, EH_ACTION_RELABEL, 0.5, "hair", "blond");
    assert_null(make_plan(frame, f, true, &err));
    assert_non_null(strstr(err.message, "different values"));
    eh_findings_free(f);

    f = eh_findings_new();
    for (int i = 1; i <= 8; i++)
        add(f, i, EH_ACTION_QUARANTINE, 0.5, NULL, NULL);
    eh_clean_plan *plan = make_plan(frame, f, false, NULL);
    assert_int_equal(eh_clean_plan_apply(c, plan, NULL, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "every image"));
    assert_int_equal(eh_catalog_images(c), 8);
    eh_clean_plan_free(plan);
    eh_findings_free(f);
    eh_frame_free(frame);
    eh_catalog_close(c);
}

static void run_sql(void *folder, const char *sql)
{
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(data_path(folder, "data.eh"), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

/* The two tables as version 1 had them. */
static void a_catalog_of_version_1_is_brought_up_by_the_first_change(void **state)
{
    eh_catalog_close(make_set(*state));
    run_sql(*state,
            "DROP TABLE finding; DROP TABLE plan; DROP TABLE look;"
            "CREATE TABLE finding (id INTEGER PRIMARY KEY, image INTEGER NOT NULL REFERENCES image (id),"
            " \"check\" TEXT NOT NULL, severity TEXT NOT NULL, score REAL, evidence TEXT);"
            "CREATE TABLE plan (id INTEGER PRIMARY KEY, image INTEGER NOT NULL REFERENCES image (id),"
            " finding INTEGER REFERENCES finding (id), rule TEXT NOT NULL, applied TEXT, undone TEXT);"
            "PRAGMA user_version = 1;");
    eh_catalog *c = data_open(*state);
    eh_findings *back, *f = some_findings();
    const char *copies = "copies";
    assert_int_equal(eh_findings_load(&back, c, NULL, NULL), EH_OK);
    assert_int_equal(back->count, 0);
    eh_findings_free(back);
    assert_int_equal(eh_findings_store(c, f, &copies, 1, NULL), EH_OK);
    eh_catalog_close(c);
    c = data_open(*state);
    assert_int_equal(eh_findings_load(&back, c, NULL, NULL), EH_OK);
    assert_int_equal(back->count, f->count);
    eh_findings_free(back);
    eh_findings_free(f);
    eh_catalog_close(c);
}

static void specs_join_options_to_their_check(void **state)
{
    (void)state;
    eh_arena *arena = eh_arena_new();
    eh_thing_spec *spec;
    size_t count;
    eh_error err = { 0 };
    eh_str_list none = { 0 };
    assert_int_equal(eh_check_specs(&spec, &count, &none, arena, &err), EH_OK);
    assert_true(count >= 1);
    static const struct {
        const char *word[3];
        const char *message;
    } wrong[] = {
        { { "copies", "copies", NULL }, "named twice" },
        { { "copis", NULL }, "no check \"copis\"" },
        { { "", NULL }, "a name is empty" },
        { { "copies", "colour=red", NULL }, "there is no option \"colour\"" },
        { { "x=1", NULL }, "no check" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        eh_str_list words = { .item = (const char **)wrong[i].word };
        while (wrong[i].word[words.count])
            words.count++;
        assert_int_equal(eh_check_specs(&spec, &count, &words, arena, &err), EH_ERR_USAGE);
        if (!strstr(err.message, wrong[i].message))
            fail_msg("%s", err.message);
    }
    eh_arena_free(arena);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(findings_come_back_ranked_and_replace_those_of_the_same_check),
        WITH_FOLDER(a_plan_changes_each_thing_once_and_by_the_highest_score),
        WITH_FOLDER(undo_restores_every_table_to_the_last_value),
        WITH_FOLDER(a_plan_for_another_state_changes_nothing),
        WITH_FOLDER(plans_that_make_no_sense_are_refused),
        WITH_FOLDER(a_catalog_of_version_1_is_brought_up_by_the_first_change),
        cmocka_unit_test(specs_join_options_to_their_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
