/* clean_print.c - what `evenhand clean` found and did. */
#include "cli/clean_print.h"

#include "base/json.h"
#include "base/table.h"

#include <math.h>
#include <string.h>

/* "archive.idx#17" of an image; "" for id 0. */
static eh_status image_name(char *out, size_t size, eh_catalog *catalog, int64_t id, eh_error *err)
{
    out[0] = '\0';
    return id ? eh_catalog_image_name(catalog, id, out, size, err) : EH_OK;
}

/* ---------------------------------------------------------------- JSON */

static json_t *finding_json(eh_catalog *catalog, const eh_finding *f, eh_error *err)
{
    char name[4096], other[4096];
    if (image_name(name, sizeof name, catalog, f->image, err) != EH_OK ||
        image_name(other, sizeof other, catalog, f->other, err) != EH_OK)
        return NULL;
    json_t *one = json_object();
    bool complete = one && eh_json_set(one, "check", json_string(f->check)) &&
                    eh_json_set(one, "id", json_integer(f->image)) &&
                    eh_json_set(one, "image", json_string(name)) &&
                    eh_json_set(one, "severity", json_string(eh_severity_name(f->severity))) &&
                    eh_json_set(one, "action", json_string(eh_action_name(f->action))) &&
                    eh_json_set(one, "score", eh_json_number(f->score));
    if (f->other)
        complete = complete && eh_json_set(one, "other_id", json_integer(f->other)) &&
                   eh_json_set(one, "other", json_string(other));
    if (f->cluster)
        complete = complete && eh_json_set(one, "cluster", json_integer(f->cluster));
    if (f->column)
        complete = complete && eh_json_set(one, "column", json_string(f->column));
    if (f->suggestion)
        complete = complete && eh_json_set(one, "suggestion", json_string(f->suggestion));
    complete = complete && eh_json_set(one, "evidence", json_loads(f->evidence, 0, NULL));
    if (complete)
        return one;
    json_decref(one);
    eh_fail_memory(err, "a list of findings", 1, 256);
    return NULL;
}

static json_t *check_json(const eh_check_result *r)
{
    json_t *one = json_object(), *findings = json_object();
    bool complete = one && findings;
    for (int s = 2; s >= 0 && complete; s--)
        complete =
            eh_json_set(findings, eh_severity_name((eh_severity)s), json_integer((json_int_t)r->findings[s]));
    complete = complete && eh_json_set(one, "check", json_string(r->check->entry.name)) &&
               eh_json_set(one, "seconds", eh_json_number(r->seconds)) &&
               eh_json_set(one, "images", json_integer((json_int_t)r->images)) &&
               eh_json_set(one, "findings", json_incref(findings)) &&
               eh_json_set(one, "summary", json_deep_copy(r->summary));
    json_decref(findings);
    if (complete)
        return one;
    json_decref(one);
    return NULL;
}

static double share(uint64_t n, uint64_t of)
{
    return of ? (double)n / (double)of : NAN;
}

static json_t *groups_json(const eh_groups *groups, const uint64_t *before, const uint64_t *after,
                           uint64_t all, uint64_t left)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (size_t g = 0; g < groups->count && complete; g++) {
        json_t *one = json_object();
        complete = one && eh_json_set(one, "group", json_string(groups->name[g])) &&
                   eh_json_set(one, "before", json_integer((json_int_t)before[g])) &&
                   eh_json_set(one, "after", json_integer((json_int_t)after[g])) &&
                   eh_json_set(one, "share_before", eh_json_number(share(before[g], all))) &&
                   eh_json_set(one, "share_after", eh_json_number(share(after[g], left)));
        complete = json_array_append_new(list, one) == 0 && complete;
    }
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

/* counts[2 * groups->count]: before, then after. */
static eh_status group_counts(uint64_t **out, const eh_clean_view *view, eh_arena *arena, eh_error *err)
{
    *out = eh_arena_alloc(arena, 2 * view->groups->count, sizeof **out);
    if (!*out)
        return eh_fail_memory(err, "counts", 2 * view->groups->count, sizeof **out);
    eh_clean_plan_groups(view->plan, view->groups, *out, *out + view->groups->count);
    return EH_OK;
}

static json_t *plan_json(const eh_clean_view *view, const uint64_t *count)
{
    json_t *one = json_object();
    uint64_t all = view->result->frame->rows, left = all - view->plan->quarantined;
    bool complete = one && eh_json_set(one, "applied", json_boolean(view->applied)) &&
                    eh_json_set(one, "step", view->step ? json_integer(view->step) : json_null()) &&
                    eh_json_set(one, "quarantine", json_integer((json_int_t)view->plan->quarantined)) &&
                    eh_json_set(one, "relabel", json_integer((json_int_t)view->plan->relabelled)) &&
                    eh_json_set(one, "images_before", json_integer((json_int_t)all)) &&
                    eh_json_set(one, "images_after", json_integer((json_int_t)left));
    if (complete && view->groups->columns)
        complete = eh_json_set(one, "groups",
                               groups_json(view->groups, count, count + view->groups->count, all, left));
    if (complete)
        return one;
    json_decref(one);
    return NULL;
}

/* group[groups + 1] when leaks between parts were looked for, else NULL. */
static eh_status leak_groups(eh_leak_group **out, const eh_clean_view *view, eh_arena *arena, eh_error *err)
{
    const eh_clean_result *r = view->result;
    bool asked = r->checks == 0 && view->right;
    *out = NULL;
    for (size_t i = 0; i < r->checks; i++) {
        const char *across = json_string_value(json_object_get(r->check[i].summary, "across"));
        asked |= strcmp(r->check[i].check->entry.name, "leaks") == 0 && across && strcmp(across, "part") == 0;
    }
    if (!asked)
        return EH_OK;
    *out = eh_arena_alloc(arena, view->groups->count + 1, sizeof **out);
    if (!*out)
        return eh_fail_memory(err, "counts", view->groups->count, sizeof **out);
    return eh_leak_effect(*out, r->findings, r->frame, view->groups, view->right, err);
}

static eh_status print_json(eh_arena *arena, const eh_clean_view *view, eh_error *err)
{
    const eh_clean_result *r = view->result;
    json_t *object = json_object(), *checks = json_array(), *findings = json_array();
    uint64_t *count = NULL;
    eh_leak_group *leaks = NULL;
    eh_status status = EH_OK;
    bool complete = object && checks && findings;
    for (size_t i = 0; i < r->checks && complete; i++)
        complete = json_array_append_new(checks, check_json(&r->check[i])) == 0;
    for (size_t i = 0; i < r->findings->count && i < view->top && complete; i++) {
        json_t *one = finding_json(view->catalog, &r->findings->item[i], err);
        if (!one) {
            status = err ? err->status : EH_ERR_MEMORY;
            goto done;
        }
        complete = json_array_append_new(findings, one) == 0;
    }
    complete = complete && eh_json_set(object, "catalog", json_string(eh_catalog_path(view->catalog))) &&
               eh_json_set(object, "images", json_integer((json_int_t)r->frame->rows)) &&
               eh_json_set(object, "checks", json_incref(checks)) &&
               eh_json_set(object, "findings_total", json_integer((json_int_t)r->findings->count)) &&
               eh_json_set(object, "findings", json_incref(findings));
    EH_TRY_GOTO(status, leak_groups(&leaks, view, arena, err));
    if (complete && leaks)
        complete = eh_json_set(object, "leaks", eh_clean_leaks_json(view, leaks));
    if (complete && view->planted)
        complete = eh_json_set(object, "planted", eh_clean_planted_json(view->planted));
    if (complete && view->plan) {
        EH_TRY_GOTO(status, group_counts(&count, view, arena, err));
        complete = eh_json_set(object, "plan", plan_json(view, count));
    }
    if (complete) {
        status = eh_command_write_json(object, err);
        object = NULL;
    } else {
        status = eh_fail_memory(err, "the result", 1, 1024);
    }
done:
    json_decref(object);
    json_decref(checks);
    json_decref(findings);
    return status;
}

/* ---------------------------------------------------------------- text */

static eh_status checks_table(eh_str *out, const eh_clean_result *r, eh_error *err)
{
    static const char *const titles[] = { "check", ">images", ">errors", ">warnings", ">notes", ">seconds" };
    eh_text_table *t = eh_text_table_new(titles, 6);
    if (!t)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t i = 0; i < r->checks; i++) {
        const eh_check_result *c = &r->check[i];
        eh_text_table_cell(t, "%s", c->check->entry.name);
        eh_text_table_cell(t, "%llu", (unsigned long long)c->images);
        for (int s = 2; s >= 0; s--)
            eh_text_table_cell(t, "%llu", (unsigned long long)c->findings[s]);
        eh_text_table_cell(t, "%.2f", c->seconds);
    }
    eh_text_table_render(t, out);
    eh_text_table_free(t);
    return EH_OK;
}

static void append_members(eh_str *out, json_t *object, bool lists);

/* "columns (column hair, labels 60), (column gender, labels 60)"; nothing for other arrays. */
static void append_objects(eh_str *out, const char *key, json_t *array, const char *between)
{
    json_t *object;
    size_t i;
    json_array_foreach(array, i, object)
    {
        if (!json_is_object(object))
            return;
        if (i == 0)
            eh_str_appendf(out, "%s%s (", between, key);
        else
            eh_str_append(out, ", (");
        append_members(out, object, false);
        eh_str_append(out, ")");
    }
}

/* "by phash, distance 3": the members of an object; those of objects in it stand in brackets, empty ones nowhere. lists: those of objects too. */
static void append_members(eh_str *out, json_t *object, bool lists)
{
    json_t *value;
    const char *key, *between = "";
    json_object_foreach(object, key, value)
    {
        if (json_is_object(value)) {
            eh_str inner = { 0 };
            append_members(&inner, value, false);
            bool empty = inner.size == 0;
            if (!empty)
                eh_str_appendf(out, "%s%s (%s)", between, key, eh_str_text(&inner));
            out->failed = out->failed || inner.failed;
            eh_str_clear(&inner);
            if (empty)
                continue;
        } else if (json_is_array(value)) {
            if (lists)
                append_objects(out, key, value, between);
            if (!lists || !json_is_object(json_array_get(value, 0)))
                continue;
        } else if (json_is_string(value))
            eh_str_appendf(out, "%s%s %s", between, key, json_string_value(value));
        else if (json_is_integer(value))
            eh_str_appendf(out, "%s%s %lld", between, key, (long long)json_integer_value(value));
        else if (json_is_real(value))
            eh_str_appendf(out, "%s%s %.4g", between, key, json_real_value(value));
        else if (json_is_boolean(value))
            eh_str_appendf(out, "%s%s %s", between, key, json_is_true(value) ? "yes" : "no");
        else
            continue;
        between = ", ";
    }
}

static void append_evidence(eh_str *out, const char *evidence)
{
    json_t *object = json_loads(evidence, 0, NULL), *value;
    json_t *words = json_object();
    const char *key;
    json_object_foreach(object, key, value)
    {
        eh_str word = { 0 };
        eh_str_append(&word, key);
        for (size_t k = 0; k < word.size; k++)
            if (word.data[k] == '_')
                word.data[k] = ' ';
        eh_json_set(words, eh_str_text(&word), json_incref(value));
        eh_str_clear(&word);
    }
    append_members(out, words, false);
    json_decref(words);
    json_decref(object);
}

/* What every check counted, a line each: "copies: same bytes (groups 375, images 765), pairs 561 ...". */
static void summary_lines(eh_str *out, const eh_clean_result *r)
{
    for (size_t i = 0; i < r->checks; i++) {
        eh_str line = { 0 };
        append_members(&line, r->check[i].summary, true);
        for (size_t k = 0; k < line.size; k++)
            if (line.data[k] == '_')
                line.data[k] = ' ';
        if (line.size)
            eh_str_appendf(out, "%s%s: %s\n", i ? "" : "\n", r->check[i].check->entry.name, line.data);
        eh_str_clear(&line);
    }
}

/* What a person must decide about copies: which of their labels is right. */
static void conflict_line(eh_str *out, const eh_clean_result *r)
{
    for (size_t i = 0; i < r->checks; i++) {
        const json_t *summary = r->check[i].summary;
        long long undecided =
            json_integer_value(json_object_get(json_object_get(summary, "conflicts"), "undecided"));
        if (!undecided)
            continue;
        eh_str_appendf(out, "\n%lld of %lld clusters of copies contradict each other in their labels",
                       undecided, (long long)json_integer_value(json_object_get(summary, "clusters")));
        json_t *columns = json_object_get(json_object_get(summary, "conflicts"), "columns"), *count;
        const char *column, *between = " (";
        json_object_foreach(columns, column, count)
        {
            eh_str_appendf(out, "%s%s %lld", between, column, (long long)json_integer_value(count));
            between = ", ";
        }
        eh_str_appendf(out,
                       "%s and are left alone; --conflicts drop-all or keep-majority decides, and --checks "
                       "copies:labels=COLUMNS says which columns copies must agree on.\n",
                       *between == ',' ? ")" : "");
    }
}

static eh_status finding_row(eh_text_table *t, eh_catalog *catalog, const eh_finding *f, eh_error *err)
{
    char name[4096], other[4096];
    eh_str evidence = { 0 };
    EH_TRY(image_name(name, sizeof name, catalog, f->image, err));
    EH_TRY(image_name(other, sizeof other, catalog, f->other, err));
    append_evidence(&evidence, f->evidence);
    if (f->column)
        eh_str_appendf(&evidence, "%s%s", evidence.size ? ", " : "", f->column);
    if (f->suggestion)
        eh_str_appendf(&evidence, " rather %s", f->suggestion);
    eh_text_table_cell(t, "%.3f", f->score);
    eh_text_table_cell(t, "%s", f->check);
    eh_text_table_cell(t, "%s", eh_action_name(f->action));
    eh_text_table_cell(t, "%s", name);
    eh_text_table_cell(t, "%s", other);
    eh_text_table_cell(t, "%s", eh_str_text(&evidence));
    eh_str_clear(&evidence);
    return EH_OK;
}

/* The findings that ask for something, the highest score first. */
static eh_status findings_table(eh_str *out, const eh_clean_view *view, eh_error *err)
{
    static const char *const titles[] = { ">score", "check", "action", "image", "other", "evidence" };
    const eh_findings *findings = view->result->findings;
    size_t shown = 0, all = 0;
    eh_status status = EH_OK;
    eh_text_table *t = eh_text_table_new(titles, 6);
    if (!t)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t i = 0; i < findings->count && status == EH_OK; i++) {
        if (findings->item[i].action == EH_ACTION_KEEP)
            continue;
        all++;
        if (shown < view->top) {
            status = finding_row(t, view->catalog, &findings->item[i], err);
            shown++;
        }
    }
    if (shown) {
        eh_str_append(out, "\n");
        eh_text_table_render(t, out);
    }
    if (shown < all)
        eh_str_appendf(out, "... and %zu more; --top 0 lists all\n", all - shown);
    eh_text_table_free(t);
    return status;
}

static void percent_cell(eh_text_table *t, uint64_t n, uint64_t of)
{
    if (of)
        eh_text_table_cell(t, "%.2f %%", 100.0 * (double)n / (double)of);
    else
        eh_text_table_cell(t, "-");
}

static eh_status groups_table(eh_str *out, const eh_clean_view *view, eh_arena *arena, eh_error *err)
{
    static const char *const titles[] = {
        "group", ">before", ">go", ">after", ">share before", ">share after"
    };
    const eh_groups *groups = view->groups;
    uint64_t *count, all = view->result->frame->rows, left = all - view->plan->quarantined;
    EH_TRY(group_counts(&count, view, arena, err));
    eh_text_table *t = eh_text_table_new(titles, 6);
    if (!t)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t g = 0; g < groups->count; g++) {
        uint64_t before = count[g], after = count[groups->count + g];
        eh_text_table_cell(t, "%s", groups->name[g]);
        eh_text_table_cell(t, "%llu", (unsigned long long)before);
        eh_text_table_cell(t, "%llu", (unsigned long long)(before - after));
        eh_text_table_cell(t, "%llu", (unsigned long long)after);
        percent_cell(t, before, all);
        percent_cell(t, after, left);
    }
    eh_str_append(out, "\n");
    eh_text_table_render(t, out);
    eh_text_table_free(t);
    return EH_OK;
}

static void plan_lines(eh_str *out, const eh_clean_view *view)
{
    const eh_clean_plan *plan = view->plan;
    size_t left = view->result->frame->rows - plan->quarantined;
    if (view->applied && !plan->count)
        eh_str_append(out, "\nThere was nothing to do.\n");
    else if (view->applied)
        eh_str_appendf(out,
                       "\nQuarantined %zu images, corrected %zu labels; %zu images are left. --undo takes it "
                       "back.\n",
                       plan->quarantined, plan->relabelled, left);
    else
        eh_str_appendf(out,
                       "\n--apply would quarantine %zu images and correct %zu labels; %zu images would be "
                       "left.\n",
                       plan->quarantined, plan->relabelled, left);
}

static eh_status print_text(eh_arena *arena, const eh_clean_view *view, eh_error *err)
{
    eh_str out = { 0 };
    eh_leak_group *leaks = NULL;
    eh_status status = EH_OK;
    if (view->result->checks)
        EH_TRY_GOTO(status, checks_table(&out, view->result, err));
    summary_lines(&out, view->result);
    conflict_line(&out, view->result);
    EH_TRY_GOTO(status, findings_table(&out, view, err));
    EH_TRY_GOTO(status, leak_groups(&leaks, view, arena, err));
    if (leaks && leaks[view->groups->count].held_out)
        EH_TRY_GOTO(status, eh_clean_leaks_text(&out, view, leaks, err));
    if (view->planted)
        EH_TRY_GOTO(status, eh_clean_planted_text(&out, view->planted, err));
    if (view->plan) {
        plan_lines(&out, view);
        if (view->groups->columns)
            EH_TRY_GOTO(status, groups_table(&out, view, arena, err));
    }
    status = eh_command_write(&out, err);
done:
    eh_str_clear(&out);
    return status;
}

eh_status eh_clean_print(eh_command_context *context, const eh_clean_view *view, eh_error *err)
{
    return context->json ? print_json(context->arena, view, err) : print_text(context->arena, view, err);
}

eh_status eh_clean_print_undone(eh_command_context *context, eh_catalog *catalog,
                                const eh_clean_undone *undone, eh_error *err)
{
    eh_str out = { 0 };
    if (context->json)
        return eh_command_write_json(json_pack("{s:s, s:o, s:I, s:I, s:I, s:I}", "catalog",
                                               eh_catalog_path(catalog), "step",
                                               undone->step ? json_integer(undone->step) : json_null(),
                                               "restored", (json_int_t)undone->restored, "relabelled",
                                               (json_int_t)undone->relabelled, "steps_left",
                                               (json_int_t)undone->steps_left, "images",
                                               (json_int_t)eh_catalog_images(catalog)),
                                     err);
    if (!undone->step)
        eh_str_append(&out, "There is nothing to take back.\n");
    else
        eh_str_appendf(&out,
                       "Step %lld was taken back: %llu images are usable again, %llu labels as they were; "
                       "%lld earlier "
                       "steps are in force.\n",
                       (long long)undone->step, (unsigned long long)undone->restored,
                       (unsigned long long)undone->relabelled, (long long)undone->steps_left);
    eh_status status = eh_command_write(&out, err);
    eh_str_clear(&out);
    return status;
}
