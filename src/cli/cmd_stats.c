/* cmd_stats.c - `evenhand stats`: who is in a catalog. What is measured stands in metric/data_stats.h, how it is shown in stats_text.c and stats_json.c. */
#include "cli/command.h"
#include "cli/command_words.h"
#include "cli/stats_print.h"

#include "base/file.h"
#include "base/json.h"
#include "base/table.h"
#include "data/slice_sheet.h"
#include "report/results_data.h"

#include <string.h>

typedef struct options {
    const char *catalog, *where, *show, *output, *results;
    eh_str_list groups, label, bins;
    double accuracy, gap;
    int64_t most, tile;
    bool split, skipped, pictures;
} options;

static const eh_opt positional_table[] = {
    { .name = "catalog",
      .help = "the catalog to look into",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, catalog),
      .metavar = "CATALOG",
      .required = true },
    { 0 },
};

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "groups",
      .help = "columns whose crossing makes groups; each group is counted",
      .type = EH_OPT_LIST,
      AT(groups),
      .metavar = "COLUMNS" },
    { .name = "label",
      .help = "columns with classes; they are counted in every group, and their association with every group "
              "column is measured",
      .type = EH_OPT_LIST,
      AT(label),
      .metavar = "COLUMNS" },
    { .name = "bins",
      .help = "histograms of numbers, group by group: age:10 in steps of ten, age:0/18/65 by edges, age by "
              "steps that suit",
      .type = EH_OPT_LIST,
      AT(bins),
      .metavar = "COLUMN:STEP,..." },
    { .name = "pictures",
      .help = "sizes and quality of the pictures, group by group",
      .type = EH_OPT_BOOL,
      AT(pictures),
      .def = "false" },
    { .name = "where",
      .help = "count only the images for which this holds, such as 'age in 10..14 and gender=male'",
      .type = EH_OPT_STRING,
      AT(where),
      .metavar = "QUERY" },
    { .name = "accuracy",
      .help = "accuracy of the others, for what the test part can tell about a group",
      .type = EH_OPT_FLOAT,
      AT(accuracy),
      .def = "0.9",
      .min = 0.01,
      .max = 0.9999 },
    { .name = "gap",
      .help = "drop in accuracy of a group; shown is how many test images it would take to find it",
      .type = EH_OPT_FLOAT,
      AT(gap),
      .def = "0.05",
      .min = 0.0001,
      .max = 0.99 },
    { .name = "split",
      .help = "show the counts in training, validation and test beside the whole",
      .type = EH_OPT_BOOL,
      AT(split),
      .def = "true" },
    { .name = "skipped",
      .help = "list what the import could not take, with the reasons, and nothing else",
      .type = EH_OPT_BOOL,
      AT(skipped),
      .def = "false" },
    { .name = "show",
      .help = "write the images for which this holds as one picture with their values below them, and "
              "nothing else",
      .type = EH_OPT_STRING,
      AT(show),
      .metavar = "QUERY" },
    { .name = "results",
      .help = "write results.json here, for a report; without --groups it says which it takes",
      .type = EH_OPT_STRING,
      AT(results),
      .metavar = "FILE" },
    { .name = "output",
      .short_name = 'o',
      .help = "the picture that --show writes (PNG)",
      .type = EH_OPT_STRING,
      AT(output),
      .def = "sheet.png",
      .metavar = "FILE" },
    { .name = "most",
      .help = "images on that picture; of more as many are drawn by chance (--seed)",
      .type = EH_OPT_INT,
      AT(most),
      .def = "60",
      .min = 1,
      .max = 2000 },
    { .name = "tile",
      .help = "side of each image on it, in pixels",
      .type = EH_OPT_INT,
      AT(tile),
      .def = "112",
      .min = 16,
      .max = 512 },
    { 0 },
};

static const char *const examples[] = {
    "evenhand stats faces.eh",
    "every column: its values, their counts and shares",
    "evenhand stats faces.eh --groups gender --label hair,smiling",
    "labels in each group, how strongly the two go together, and what the test part can tell",
    "evenhand stats faces.eh --groups gender,skin --bins age:10,age:0/18/65",
    "ages in every group, by decades and by three steps",
    "evenhand stats faces.eh --where 'age in 10..14 and not gender missing'",
    "a part of the images; docs/queries.md describes the language",
    "evenhand stats faces.eh --show 'age in 10..14 and gender=male' -o boys.png",
    "look at them, with their values",
    "evenhand stats faces.eh --groups gender --results data.json",
    "for a report beside the results of runs: evenhand report data.json runs/erm",
    "evenhand stats faces.eh --skipped",
    "what could not be imported",
    NULL,
};

static const char details[] = "A missing value is a value of its own, \"(missing)\". Shares are of all "
                              "counted images; in a table of groups and a label they are "
                              "shares of the group. Without --groups, --label and --bins every column of the "
                              "catalog is shown, else only those that are named.\n\n"
                              "Association is Cramer's V with its bias removed (Bergsma 2013) and mutual "
                              "information likewise, with bootstrap intervals. What the "
                              "test part can tell: a two-sided z test of a group's accuracy against that of "
                              "all other test images (Fleiss, Levin and Paik 2003); "
                              "a group in which even the smallest drop found is large needs more test images "
                              "before anything can be said about it.";

/* ---------------------------------------------------------------- skipped items */

typedef struct skipped_list {
    json_t *json;         /* with --json */
    eh_text_table *table; /* else */
    size_t count;
    bool failed;
} skipped_list;

static int add_skipped(void *user, const char *item, const char *reason)
{
    skipped_list *list = user;
    list->count++;
    if (list->table) {
        eh_text_table_cell(list->table, "%s", item);
        eh_text_table_cell(list->table, "%s", reason);
        return 0;
    }
    json_t *one = json_object();
    bool complete =
        one && eh_json_set(one, "item", json_string(item)) && eh_json_set(one, "reason", json_string(reason));
    if (!complete)
        json_decref(one);
    list->failed = !complete || json_array_append_new(list->json, one) != 0;
    return list->failed;
}

static eh_status print_skipped(eh_command_context *context, eh_catalog *catalog, eh_error *err)
{
    static const char *const titles[] = { "item", "reason" };
    skipped_list list = { .json = context->json ? json_array() : NULL,
                          .table = context->json ? NULL : eh_text_table_new(titles, 2) };
    eh_str text = { 0 };
    if (!list.json && !list.table)
        return eh_fail_memory(err, "a list", 1, 1);
    eh_status status = eh_catalog_each_skipped(catalog, add_skipped, &list, err);
    if (status != EH_OK || list.failed) {
        json_decref(list.json);
        status = status != EH_OK ? status : eh_fail_memory(err, "a list", list.count, 64);
    } else if (context->json) {
        status = eh_command_write_json(list.json, err);
    } else {
        if (list.count)
            eh_text_table_render(list.table, &text);
        else
            eh_str_append(&text, "Nothing was skipped.\n");
        status = eh_command_write(&text, err);
    }
    eh_text_table_free(list.table);
    eh_str_clear(&text);
    return status;
}

/* ---------------------------------------------------------------- a slice as a picture */

static eh_status report_sheet(eh_command_context *context, const options *o, const eh_slice_sheet *sheet,
                              eh_error *err)
{
    if (sheet->broken)
        eh_progress_warn(context->progress,
                         "%llu of the images on %s can no longer be decoded; their places are empty",
                         (unsigned long long)sheet->broken, o->output);
    if (context->json)
        return eh_command_write_json(json_pack("{s:s, s:s, s:I, s:I, s:I}", "show", o->show, "sheet",
                                               o->output, "images", (json_int_t)sheet->selected, "shown",
                                               (json_int_t)sheet->shown, "broken", (json_int_t)sheet->broken),
                                     err);
    eh_str text = { 0 };
    eh_str_appendf(&text, "%s: %llu images, %llu of them on %s\n", o->show,
                   (unsigned long long)sheet->selected, (unsigned long long)sheet->shown, o->output);
    return eh_command_write(&text, err);
}

static eh_status show(eh_command_context *context, const options *o, eh_catalog *catalog, eh_error *err)
{
    eh_query *query;
    eh_slice_sheet sheet = { 0 };
    uint8_t *bytes = NULL;
    size_t size;
    if (o->where)
        return eh_fail(err, EH_ERR_USAGE, "--show has a query of its own; join it and --where with 'and'");
    EH_TRY(eh_query_parse(&query, o->show, err));
    eh_str_list captions = { .item = eh_arena_alloc(context->arena, o->groups.count + o->label.count,
                                                    sizeof *captions.item) };
    eh_status status =
        captions.item ? EH_OK : eh_fail_memory(err, "captions", o->groups.count, sizeof *captions.item);
    for (size_t i = 0; i < o->groups.count && status == EH_OK; i++)
        captions.item[captions.count++] = o->groups.item[i];
    for (size_t i = 0; i < o->label.count && status == EH_OK; i++)
        captions.item[captions.count++] = o->label.item[i];
    const eh_slice_sheet_opts opts = { .where = query,
                                       .captions = captions,
                                       .most = (size_t)o->most,
                                       .tile = (int)o->tile,
                                       .seed = context->seed };
    if (status == EH_OK)
        status = eh_slice_sheet_make(&sheet, catalog, &opts, context->progress, err);
    if (status == EH_OK)
        status = eh_image_encode_png(&bytes, &size, &sheet.image, err);
    if (status == EH_OK)
        status = eh_file_write_atomic(o->output, bytes, size, err);
    if (status == EH_OK)
        status = report_sheet(context, o, &sheet, err);
    eh_free(bytes);
    eh_image_clear(&sheet.image);
    eh_query_free(query);
    return status;
}

/* ---------------------------------------------------------------- counting */

static eh_status count(eh_command_context *context, const options *o, eh_catalog *catalog,
                       const eh_query *where, eh_error *err)
{
    eh_data_stats *stats = NULL;
    eh_str text = { 0 };
    char hash[65];
    const eh_data_stats_opts opts = { .where = where,
                                      .groups = o->groups,
                                      .labels = o->label,
                                      .bins = o->bins,
                                      .all_columns = !o->groups.count && !o->label.count && !o->bins.count,
                                      .pictures = o->pictures,
                                      .power = { o->accuracy, o->gap, 0.05, 0.8 },
                                      .seed = context->seed };
    EH_TRY(eh_data_stats_make(&stats, catalog, &opts, err));
    eh_status status;
    if (context->json) {
        EH_TRY_GOTO(status, eh_catalog_hash(hash, catalog, err));
        status = eh_command_write_json(eh_stats_json(o->catalog, hash, stats, o->split), err);
    } else {
        EH_TRY_GOTO(status, eh_stats_text(&text, o->catalog, stats, o->split, err));
        status = eh_command_write(&text, err);
    }
done:
    eh_str_clear(&text);
    eh_data_stats_free(stats);
    return status;
}

extern const eh_command eh_cmd_stats;

/* The same as `evenhand report CATALOG` would show. */
static eh_status write_results(eh_command_context *context, const options *o, const eh_query *where,
                               eh_error *err)
{
    json_t *json = NULL;
    eh_data_results_opts opts = { .where = where,
                                  .groups = o->groups,
                                  .labels = o->label,
                                  .bins = o->bins,
                                  .galleries = EH_DATA_GALLERIES,
                                  .seed = context->seed };
    EH_TRY(eh_command_words(&opts.command, &opts.command_words, &eh_cmd_stats, o, context->arena, err));
    EH_TRY(eh_results_from_catalog(&json, o->catalog, &opts, context->progress, err));
    eh_status status = eh_json_write(json, o->results, err);
    json_decref(json);
    return status;
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_catalog *catalog = NULL;
    eh_query *where = NULL;
    eh_status status;
    if (o->where)
        EH_TRY_GOTO(status, eh_query_parse(&where, o->where, err));
    if (o->results && (o->skipped || o->show)) {
        status = eh_fail(err, EH_ERR_USAGE, "--results counts; leave it away with --skipped and --show");
        goto done;
    }
    EH_TRY_GOTO(status, eh_catalog_open(&catalog, o->catalog, err));
    if (o->skipped)
        status = print_skipped(context, catalog, err);
    else if (o->show)
        status = show(context, o, catalog, err);
    else
        status = count(context, o, catalog, where, err);
    if (status == EH_OK && o->results)
        status = write_results(context, o, where, err);
done:
    eh_query_free(where);
    eh_catalog_close(catalog);
    return status;
}

const eh_command eh_cmd_stats = {
    .entry = { .name = "stats",
               .summary =
                   "count who is in a catalog: columns, groups, labels, parts; and look at a slice of it",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details = details,
    .examples = examples,
    .run = run,
};
