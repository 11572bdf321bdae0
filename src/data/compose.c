/* compose.c - a data set with a planted bias, made of two others; see compose.h. The steps: rules (compose_rules.c), plan (compose_plan.c),
 * pictures and catalog (compose_write.c). */
#include "data/compose_job.h"

#include "base/config.h"
#include "base/json.h"
#include "base/str.h"

#include <math.h>
#include <string.h>

/* The column to use as label: the one named, or the only class column. */
static eh_status choose_label(const char **out, const eh_catalog *catalog, const char *column,
                              const char *option, eh_error *err)
{
    eh_str list = { 0 };
    size_t classes = 0;
    eh_status status = EH_OK;
    *out = column;
    for (size_t i = 0; i < eh_catalog_columns(catalog); i++) {
        eh_column_info info = eh_catalog_column(catalog, i);
        if (info.kind != EH_COLUMN_CLASS)
            continue;
        eh_str_appendf(&list, "%s%s", classes++ ? ", " : "", info.name);
        if (!*out)
            *out = info.name;
        else if (column && strcmp(info.name, column) == 0)
            column = NULL; /* found */
    }
    if (classes == 0)
        status = eh_fail(err, EH_ERR_INPUT, "%s has no column of classes, so no bias can be tied to any",
                         eh_catalog_path(catalog));
    else if (column)
        status = eh_fail(err, EH_ERR_USAGE, "%s=%s: %s has no such column of classes; it has: %s", option,
                         column, eh_catalog_path(catalog), eh_str_text(&list));
    eh_str_clear(&list);
    return status;
}

static eh_status open_set(eh_catalog **catalog, eh_frame **frame, const eh_frame_column **label,
                          const char *path, const char *column, const char *option, eh_error *err)
{
    size_t classes = 0;
    EH_TRY(eh_catalog_open(catalog, path, err));
    for (size_t i = 0; i < eh_catalog_columns(*catalog); i++)
        classes += eh_catalog_column(*catalog, i).kind == EH_COLUMN_CLASS;
    if (!column && classes > 1)
        return eh_fail(err, EH_ERR_USAGE, "%s has %zu columns of classes; say which one counts with %s", path,
                       classes, option);
    EH_TRY(choose_label(&column, *catalog, column, option, err));
    EH_TRY(eh_frame_load(frame, *catalog, &column, 1, err));
    *label = &(*frame)->column[0];
    return EH_OK;
}

static eh_status open_sets(eh_compose_job *job, eh_error *err)
{
    const eh_compose_opts *o = job->opts;
    eh_catalog_shapes a, b;
    EH_TRY(open_set(&job->first, &job->first_frame, &job->first_label, o->first, o->first_label,
                    "--first-label", err));
    EH_TRY(open_set(&job->second, &job->second_frame, &job->second_label, o->second, o->second_label,
                    "--second-label", err));
    for (size_t i = 0; i < job->first_frame->rows; i++)
        job->parts |= job->first_frame->part[i] != EH_PART_NONE;
    EH_TRY(eh_catalog_image_shapes(&a, job->first, err));
    EH_TRY(eh_catalog_image_shapes(&b, job->second, err));
    job->grey = a.max_channels == 1 && b.max_channels == 1 && o->colours.count == 0;
    return EH_OK;
}

/* ---------------------------------------------------------------- what was asked and what came of it */

static eh_status note_rule(eh_compose_report *r, size_t capacity, const eh_compose_job *job, eh_part part,
                           size_t cls, eh_planted planted, size_t value, eh_error *err)
{
    const eh_compose_attribute *a = &job->attribute[planted];
    double asked = a->asked[cls * a->values + value];
    if (isnan(asked))
        return EH_OK;
    eh_compose_rule_result *rule = &r->rule[r->rules];
    *rule = (eh_compose_rule_result){ .part = part,
                                      .planted = planted,
                                      .cls = eh_arena_strdup(r->arena, job->first_label->class_name[cls]),
                                      .value = eh_arena_strdup(r->arena, a->value[value]),
                                      .asked = job->holds[part] ? asked : 1 / (double)a->values };
    if (!rule->cls || !rule->value || r->rules == capacity)
        return eh_fail_memory(err, "a report", 1, 64);
    for (size_t i = 0; i < job->rows; i++) {
        const eh_compose_row *row = &job->row[i];
        bool counts = row->part == part && job->first_label->cls[row->first] == (int32_t)cls;
        rule->images += counts;
        rule->with += counts && row->value[planted] == (int32_t)value;
    }
    r->rules++;
    return EH_OK;
}

static eh_status fill_report(eh_compose_report *r, const eh_compose_job *job, eh_error *err)
{
    size_t cells = 0;
    r->images = job->rows;
    r->left_out = job->left_out;
    r->partners = job->partners;
    r->most_used = job->most_used;
    for (size_t i = 0; i < job->rows; i++) {
        const eh_compose_row *row = &job->row[i];
        r->of_part[row->part]++;
        r->aligned[row->part] += row->aligned == 1;
        r->conflicting[row->part] += row->aligned == 0;
    }
    for (int i = 0; i < EH_PLANTED_COUNT; i++)
        for (size_t k = 0; k < job->first_label->classes * job->attribute[i].values; k++)
            cells += !isnan(job->attribute[i].asked[k]);
    r->rule = eh_arena_alloc(r->arena, 4 * cells + 1, sizeof *r->rule);
    if (!r->rule)
        return eh_fail_memory(err, "a report", 4 * cells, sizeof *r->rule);
    for (int part = 0; part < 4; part++)
        for (int i = 0; i < EH_PLANTED_COUNT && r->of_part[part]; i++)
            for (size_t k = 0; k < job->first_label->classes; k++)
                for (size_t v = 0; v < job->attribute[i].values; v++)
                    EH_TRY(note_rule(r, 4 * cells, job, (eh_part)part, k, (eh_planted)i, v, err));
    return EH_OK;
}

/* ---------------------------------------------------------------- provenance */

static json_t *set_json(const char *path, const char *hash, const eh_frame_column *label)
{
    return json_pack("{s:s, s:s, s:s}", "catalog", path, "hash", hash, "label", label->name);
}

static json_t *rules_json(const eh_compose_job *job)
{
    json_t *list = json_array();
    for (int i = 0; i < EH_PLANTED_COUNT; i++) {
        const eh_compose_attribute *a = &job->attribute[i];
        for (size_t k = 0; k < job->first_label->classes; k++)
            for (size_t v = 0; v < a->values; v++)
                if (!isnan(a->asked[k * a->values + v]))
                    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:f}", "class",
                                                          job->first_label->class_name[k], "attribute",
                                                          eh_planted_name((eh_planted)i), "value",
                                                          a->value[v], "ratio", a->asked[k * a->values + v]));
    }
    return list;
}

/* Every option of the layout, as text. */
static json_t *layout_json(const eh_compose_job *job)
{
    const eh_entry *entry = &job->layout->entry;
    json_t *options = json_object();
    for (const eh_opt *opt = entry->opts; opt && opt->name; opt++) {
        const char *text = eh_opt_text(opt, job->opts->layout.opts, job->arena);
        json_object_set_new(options, opt->name, json_string(text ? text : ""));
    }
    return json_pack("{s:s, s:o}", "name", entry->name, "options", options);
}

/* Everything that the composition depends on, as JSON text. */
static eh_status write_provenance(eh_str *out, const eh_compose_job *job, const eh_compose_report *r,
                                  eh_error *err)
{
    const eh_compose_opts *o = job->opts;
    json_t *parts = json_array(), *values = json_object();
    for (size_t i = 0; i < o->biased.count; i++)
        json_array_append_new(parts, json_string(o->biased.item[i]));
    for (int i = EH_PLANTED_POSITION; i < EH_PLANTED_COUNT; i++) {
        json_t *list = json_array();
        for (size_t v = 0; v < job->attribute[i].values; v++)
            json_array_append_new(list, json_string(job->attribute[i].value[v]));
        json_object_set_new(values, eh_planted_name((eh_planted)i), list);
    }
    json_t *json =
        json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:o}", "evenhand", eh_version(), "seed",
                  (json_int_t)o->seed, "first", set_json(o->first, r->first_hash, job->first_label), "second",
                  set_json(o->second, r->second_hash, job->second_label), "layout", layout_json(job),
                  "values", values, "coloured", o->tint ? "first" : "second", "biased", parts, "limit",
                  (json_int_t)o->limit, "rules", rules_json(job));
    if (!json)
        return eh_fail_memory(err, "the provenance of a composition", 1, 4096);
    eh_json_append(out, json, true);
    eh_str_append(out, "\n");
    json_decref(json);
    return eh_str_check(out, err);
}

static eh_status keep_hash(const char **out, eh_arena *arena, eh_catalog *catalog, eh_error *err)
{
    char hash[65];
    EH_TRY(eh_catalog_hash(hash, catalog, err));
    *out = eh_arena_strdup(arena, hash);
    return *out ? EH_OK : eh_fail_memory(err, "a hash", 1, 65);
}

static void close_job(eh_compose_job *job)
{
    eh_frame_free(job->first_frame);
    eh_frame_free(job->second_frame);
    eh_catalog_close(job->first);
    eh_catalog_close(job->second);
    eh_arena_free(job->arena);
}

eh_status eh_compose(eh_compose_report *report, const char *folder, const eh_compose_opts *opts,
                     eh_progress *progress, eh_error *err)
{
    eh_compose_job job = { .opts = opts,
                           .layout = (const eh_layout *)opts->layout.entry,
                           .arena = eh_arena_new() };
    eh_str provenance = { 0 };
    eh_status status;
    *report = (eh_compose_report){ .arena = eh_arena_new() };
    if (!job.arena || !report->arena) {
        status = eh_fail_memory(err, "a composition", 1, 4096);
        goto done;
    }
    if (job.layout->check)
        EH_TRY_GOTO(status, job.layout->check(opts->layout.opts, err));
    EH_TRY_GOTO(status, open_sets(&job, err));
    EH_TRY_GOTO(status, eh_compose_read_rules(&job, err));
    EH_TRY_GOTO(status, eh_compose_plan(&job, err));
    EH_TRY_GOTO(status, keep_hash(&report->first_hash, report->arena, job.first, err));
    EH_TRY_GOTO(status, keep_hash(&report->second_hash, report->arena, job.second, err));
    EH_TRY_GOTO(status, write_provenance(&provenance, &job, report, err));
    EH_TRY_GOTO(status, fill_report(report, &job, err));
    EH_TRY_GOTO(status, eh_compose_write(&job, folder, provenance.data, progress, err));
    report->catalog = eh_arena_printf(report->arena, "%s/data.eh", folder);
    status = report->catalog ? EH_OK : eh_fail_memory(err, "a path", 1, 4096);
done:
    eh_str_clear(&provenance);
    close_job(&job);
    if (status != EH_OK)
        eh_compose_report_clear(report);
    return status;
}

void eh_compose_report_clear(eh_compose_report *report)
{
    eh_arena_free(report->arena);
    *report = (eh_compose_report){ 0 };
}
