/* finding.c - findings in memory. */
#include "clean/finding.h"

#include "base/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const severity_word[] = { "note", "warning", "error" };
static const char *const action_word[] = { "keep", "quarantine", "relabel", "look" };

const char *eh_severity_name(eh_severity severity)
{
    return severity_word[severity];
}

const char *eh_action_name(eh_action action)
{
    return action_word[action];
}

bool eh_severity_parse(eh_severity *out, const char *word)
{
    for (int i = 0; i < 3; i++)
        if (word && strcmp(word, severity_word[i]) == 0) {
            *out = (eh_severity)i;
            return true;
        }
    return false;
}

bool eh_action_parse(eh_action *out, const char *word)
{
    for (int i = 0; i < 4; i++)
        if (word && strcmp(word, action_word[i]) == 0) {
            *out = (eh_action)i;
            return true;
        }
    return false;
}

eh_findings *eh_findings_new(void)
{
    eh_arena *arena = eh_arena_new();
    eh_findings *findings = arena ? eh_arena_alloc(arena, 1, sizeof *findings) : NULL;
    if (findings)
        findings->arena = arena;
    else
        eh_arena_free(arena);
    return findings;
}

void eh_findings_free(eh_findings *findings)
{
    if (!findings)
        return;
    eh_free(findings->item);
    eh_arena_free(findings->arena);
}

static eh_status grow(eh_findings *findings, eh_error *err)
{
    if (findings->count < findings->capacity)
        return EH_OK;
    size_t next = findings->capacity ? findings->capacity * 2 : 64;
    eh_finding *wider = eh_realloc(findings->item, findings->capacity, next, sizeof *wider);
    if (!wider)
        return eh_fail_memory(err, "findings", next, sizeof *wider);
    findings->item = wider;
    findings->capacity = next;
    return EH_OK;
}

eh_status eh_findings_add(eh_findings *findings, const eh_finding *finding, json_t *evidence, eh_error *err)
{
    assert(finding->score >= 0 && finding->score <= 1 && finding->check && finding->image > 0);
    eh_str text = { 0 };
    eh_status status = grow(findings, err);
    if (status == EH_OK) {
        eh_finding *item = &findings->item[findings->count];
        *item = *finding;
        if (evidence)
            eh_json_append(&text, evidence, false);
        else
            eh_str_append(&text, finding->evidence ? finding->evidence : "{}");
        item->check = eh_arena_strdup(findings->arena, finding->check);
        item->column = eh_arena_strdup(findings->arena, finding->column);
        item->suggestion = eh_arena_strdup(findings->arena, finding->suggestion);
        item->evidence = text.failed ? NULL : eh_arena_strdup(findings->arena, eh_str_text(&text));
        if (!item->check || !item->evidence || (finding->column && !item->column) ||
            (finding->suggestion && !item->suggestion))
            status = eh_fail_memory(err, "findings", findings->count, 128);
        else
            findings->count++;
    }
    eh_str_clear(&text);
    json_decref(evidence);
    return status;
}

static int compare_id(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_rank(const void *a, const void *b)
{
    const eh_finding *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    int order = strcmp(x->check, y->check);
    if (!order)
        order = compare_id(x->image, y->image);
    if (!order)
        order = compare_id(x->other, y->other);
    if (!order)
        order = strcmp(x->column ? x->column : "", y->column ? y->column : "");
    return order;
}

void eh_findings_rank(eh_findings *findings)
{
    if (findings->count)
        qsort(findings->item, findings->count, sizeof *findings->item, by_rank);
}
