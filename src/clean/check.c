/* check.c - running checks over a catalog. */
#include "clean/check.h"

#include "base/config.h"
#include "base/file.h"
#include "base/str.h"

#include <string.h>

eh_status eh_check_add(eh_check_context *context, eh_finding finding, json_t *evidence, eh_error *err)
{
    finding.check = context->name;
    return eh_findings_add(context->findings, &finding, evidence, err);
}

/* True for a word such as "mirrored=no", which belongs to the word before it. */
static bool is_option(const char *word)
{
    size_t name = strcspn(word, ":=");
    return word[name] == '=';
}

static const eh_entry *find_check(const char *name, size_t length)
{
    for (const eh_entry *const *e = eh_check_list; *e; e++)
        if (strlen((*e)->name) == length && memcmp((*e)->name, name, length) == 0)
            return *e;
    return NULL;
}

/* True for a word that belongs to the list at the end of `text`: "gender" behind "copies:labels=hair". */
static bool goes_on(const char *text, const char *word)
{
    const char *colon = strchr(text, ':');
    const eh_entry *check = colon ? find_check(text, (size_t)(colon - text)) : NULL;
    return check && !find_check(word, strcspn(word, ":")) && eh_opts_end_in_list(check->opts, colon + 1);
}

static eh_status default_specs(eh_thing_spec *spec, size_t *count, eh_arena *arena, eh_error *err)
{
    for (const eh_entry *const *e = eh_check_list; *e; e++)
        if (((const eh_check *)*e)->by_default)
            EH_TRY(eh_thing_parse(&spec[(*count)++], "check", (*e)->name, "--checks", arena, err));
    return EH_OK;
}

eh_status eh_check_specs(eh_thing_spec **out, size_t *count, const eh_str_list *words, eh_arena *arena,
                         eh_error *err)
{
    size_t most = words->count;
    *count = 0;
    for (const eh_entry *const *e = eh_check_list; *e; e++)
        most++;
    *out = eh_arena_alloc(arena, most, sizeof **out);
    if (!*out)
        return eh_fail_memory(err, "checks", most, sizeof **out);
    if (words->count == 0)
        return default_specs(*out, count, arena, err);
    for (size_t i = 0; i < words->count;) {
        char *text = eh_arena_strdup(arena, words->item[i++]);
        while (text && i < words->count && (is_option(words->item[i]) || goes_on(text, words->item[i])))
            text = eh_arena_printf(arena, "%s%c%s", text, strchr(text, ':') ? ',' : ':', words->item[i]), i++;
        if (!text)
            return eh_fail_memory(err, "checks", words->count, 64);
        eh_thing_spec *spec = &(*out)[*count];
        EH_TRY(eh_thing_parse(spec, "check", text, "--checks", arena, err));
        if (!spec->entry)
            return eh_fail(err, EH_ERR_USAGE, "--checks: a name is empty; see 'evenhand list checks'");
        for (size_t k = 0; k < *count; k++)
            if ((*out)[k].entry == spec->entry)
                return eh_fail(err, EH_ERR_USAGE, "--checks: '%s' is named twice", spec->entry->name);
        ++*count;
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- a run */

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Counts the findings of the check from `first` on into `result`. */
static eh_status count_findings(eh_check_result *result, const eh_findings *findings, size_t first,
                                eh_error *err)
{
    size_t count = findings->count - first, n = 0;
    int64_t *id = eh_alloc(count, sizeof *id);
    if (!id)
        return eh_fail_memory(err, "findings", count, sizeof *id);
    for (size_t i = first; i < findings->count; i++) {
        if (strcmp(findings->item[i].check, result->check->entry.name) != 0)
            continue;
        result->findings[findings->item[i].severity]++;
        if (findings->item[i].action != EH_ACTION_KEEP)
            id[n++] = findings->item[i].image;
    }
    if (n)
        qsort(id, n, sizeof *id, by_id);
    for (size_t i = 0; i < n; i++)
        result->images += i == 0 || id[i] != id[i - 1];
    eh_free(id);
    return EH_OK;
}

/* Loads what the images look like, once, when a check needs it. */
static eh_status load_looks(eh_clean_result *r, eh_check_context *context, eh_error *err)
{
    const eh_frame *frame = r->frame;
    size_t unread = 0;
    if (!r->look) {
        r->look = eh_alloc(frame->rows, sizeof *r->look);
        if (!r->look)
            return eh_fail_memory(err, "image hashes", frame->rows, sizeof *r->look);
        EH_TRY(
            eh_catalog_looks(context->catalog, frame->image, frame->rows, r->look, context->progress, err));
        for (size_t row = 0; row < frame->rows; row++)
            unread += !r->look[row].known;
        if (unread)
            eh_progress_warn(context->progress,
                             "%zu images can no longer be decoded; only their bytes were compared", unread);
    }
    context->look = r->look;
    return EH_OK;
}

static eh_status run_check(eh_clean_result *r, eh_check_result *result, eh_check_context *context,
                           const eh_thing_spec *spec, eh_error *err)
{
    size_t first = r->findings->count;
    double begin = eh_seconds();
    result->check = (const eh_check *)spec->entry;
    result->summary = json_object();
    if (!result->summary)
        return eh_fail_memory(err, "the summary of a check", 1, 64);
    context->name = spec->entry->name;
    context->summary = result->summary;
    context->look = NULL;
    if (result->check->looks)
        EH_TRY(load_looks(r, context, err));
    EH_TRY(result->check->run(context, spec->opts, err));
    result->seconds = eh_seconds() - begin;
    return count_findings(result, r->findings, first, err);
}

/* Runs in the order of the list of checks, whatever the order in which they were named. */
static eh_status run_checks(eh_clean_result *r, eh_catalog *catalog, const eh_thing_spec *specs, size_t count,
                            uint64_t seed, eh_progress *progress, eh_error *err)
{
    eh_check_context context = { .catalog = catalog,
                                 .frame = r->frame,
                                 .progress = progress,
                                 .arena = r->arena,
                                 .seed = seed,
                                 .findings = r->findings };
    const char **name = eh_arena_alloc(r->arena, count, sizeof *name);
    r->check = eh_arena_alloc(r->arena, count, sizeof *r->check);
    if (!name || !r->check)
        return eh_fail_memory(err, "checks", count, sizeof *r->check);
    for (const eh_entry *const *e = eh_check_list; *e; e++)
        for (size_t i = 0; i < count; i++)
            if (specs[i].entry == *e) {
                name[r->checks] = (*e)->name;
                EH_TRY(run_check(r, &r->check[r->checks++], &context, &specs[i], err));
            }
    eh_findings_rank(r->findings);
    return eh_findings_store(catalog, r->findings, name, r->checks, err);
}

eh_status eh_clean_run(eh_clean_result **out, eh_catalog *catalog, const eh_thing_spec *specs, size_t count,
                       uint64_t seed, eh_progress *progress, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_clean_result *r = arena ? eh_arena_alloc(arena, 1, sizeof *r) : NULL;
    if (!r) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "checks", 1, sizeof *r);
    }
    eh_status status;
    r->arena = arena;
    r->findings = eh_findings_new();
    if (!r->findings) {
        status = eh_fail_memory(err, "findings", 1, sizeof *r->findings);
        goto done;
    }
    EH_TRY_GOTO(status, eh_frame_load(&r->frame, catalog, NULL, 0, err));
    EH_TRY_GOTO(status, run_checks(r, catalog, specs, count, seed, progress, err));
    *out = r;
    r = NULL;
done:
    eh_clean_result_free(r);
    return status;
}

eh_status eh_clean_limit(eh_clean_result *result, const int64_t *id, size_t count, eh_error *err)
{
    eh_findings *f = result->findings;
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++)
        if (count && bsearch(&f->item[i].image, id, count, sizeof *id, by_id))
            f->item[kept++] = f->item[i];
    f->count = kept;
    for (size_t i = 0; i < result->checks; i++) {
        memset(result->check[i].findings, 0, sizeof result->check[i].findings);
        result->check[i].images = 0;
        EH_TRY(count_findings(&result->check[i], f, 0, err));
    }
    return EH_OK;
}

void eh_clean_result_free(eh_clean_result *result)
{
    if (!result)
        return;
    for (size_t i = 0; i < result->checks; i++)
        json_decref(result->check[i].summary);
    eh_findings_free(result->findings);
    eh_free(result->look);
    eh_frame_free(result->frame);
    eh_arena_free(result->arena);
}
