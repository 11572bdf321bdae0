/* report_cases.c - see report_cases.h. */
#include "support/report_cases.h"

#include "base/json.h"
#include "metric/audit.h"
#include "report/predictions.h"
#include "report/results_parts.h"
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *report_sample(const char *name)
{
    char path[512];
    const char *root = getenv("EVENHAND_ROOT");
    snprintf(path, sizeof path, "%s/web/samples/%s.results.json", root ? root : ".", name);
    json_t *json;
    eh_error err = { 0 };
    if (eh_json_read(&json, path, &err) != EH_OK)
        fail_msg("%s", err.message);
    return json;
}

/* Rows of the groups, as if read from a file. */
static void fill(eh_predictions *p, const report_group *group, size_t groups)
{
    static const char *const classes[] = { "no", "yes" };
    static const char *const column[] = { "who" };
    const char **name = eh_arena_alloc(p->arena, groups, sizeof *name);
    bool told = true;
    for (size_t g = 0; g < groups; g++) {
        name[g] = group[g].name;
        p->rows += group[g].n;
        told = told && (group[g].right || group[g].n == 0);
    }
    p->class_name = classes;
    p->classes = 2;
    p->positive = 1;
    p->groups = groups;
    p->group_columns = 1;
    p->group_name = p->group_value = name;
    p->group_column = column;
    p->truth = eh_arena_alloc(p->arena, p->rows + 1, sizeof *p->truth);
    p->predicted = eh_arena_alloc(p->arena, p->rows + 1, sizeof *p->predicted);
    p->group = eh_arena_alloc(p->arena, p->rows + 1, sizeof *p->group);
    p->loss = eh_arena_alloc(p->arena, p->rows + 1, sizeof *p->loss);
    p->key = told ? eh_arena_alloc(p->arena, p->rows + 1, sizeof *p->key) : NULL;
    size_t row = 0;
    for (size_t g = 0; g < groups; g++) {
        for (size_t i = 0; i < group[g].n; i++, row++) {
            p->truth[row] = 1;
            p->predicted[row] = group[g].right ? group[g].right[i] == '1' : i < group[g].correct;
            p->group[row] = (int32_t)g;
            p->loss[row] = (double)i;
            if (told)
                p->key[row] = eh_arena_printf(p->arena, "%04zu.jpg", i);
        }
    }
}

json_t *report_result(const char *id, const char *method, int seed, const report_group *group, size_t groups)
{
    eh_predictions p = { .arena = eh_arena_new() };
    fill(&p, group, groups);
    eh_audit_input in = eh_predictions_input(&p);
    eh_audit *audit;
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    const eh_pixels none = { 0 };
    json_t *split;
    assert_int_equal(eh_results_split(&split, &p, audit, "test", "", eh_results_errors(&p, 60, &none, NULL),
                                      NULL),
                     EH_OK);
    json_t *json =
        json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:[s], s:i, s:{}, s:{s:s, s:i, s:[{s:s, s:i}], s:[], "
                  "s:[]}, s:o, "
                  "s:{s:[o]}, s:o, s:[{s:s, s:[o]}]}",
                  "format", "evenhand-results", "format_version", 1, "kind", method ? "run" : "audit", "id",
                  id, "name", method ? method : id, "created", "2026-01-01T00:00:00Z", "evenhand_version",
                  "0.1.0", "command", "evenhand", "seed", seed, "hashes", "data", "name", "little", "images",
                  (int)p.rows, "splits", "name", "test", "n", (int)p.rows, "counts", "skipped", "groups",
                  eh_results_groups(groups, 1, p.group_name, p.group_value, p.group_column), "task", "heads",
                  eh_results_head("label", p.class_name, 2, 1, NULL), "method",
                  method ? json_pack("{s:s, s:s, s:{}}", "name", method, "summary", "a method", "options")
                         : json_null(),
                  "evaluation", "head", "label", "splits", split);
    assert_non_null(json);
    eh_audit_free(audit);
    eh_arena_free(p.arena);
    return json;
}

void report_section(eh_str *html, const char *section, json_t **result, size_t count)
{
    eh_arena *arena = eh_arena_new();
    eh_report report;
    eh_error err = { 0 };
    if (eh_report_arrange(&report, arena, result, NULL, count, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    const eh_section *found = NULL;
    for (const eh_entry *const *entry = eh_section_list; *entry; entry++)
        if (strcmp((*entry)->name, section) == 0)
            found = (const eh_section *)*entry;
    assert_non_null(found);
    if (found->applies(&report))
        found->write(html, &report);
    assert_false(html->failed);
    for (size_t i = 0; i < count; i++)
        json_decref(result[i]);
    eh_arena_free(arena);
}
