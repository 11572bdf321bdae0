/* cmd_split.c - `evenhand split`: every image of a catalog goes to training, validation or test. */
#include "cli/command.h"

#include "base/json.h"
#include "base/table.h"
#include "evenhand/dataset.h"

#include <string.h>

typedef struct options {
    const char *catalog, *identity;
    eh_str_list ratios, stratify;
    bool keep_test;
} options;

static const eh_opt positional_table[] = {
    { .name = "catalog",
      .help = "the catalog to split",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, catalog),
      .metavar = "CATALOG",
      .required = true },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "ratios",
      .help = "shares of training, validation and test; any numbers, only their proportions count",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, ratios),
      .def = "70,15,15",
      .metavar = "A,B,C" },
    { .name = "stratify",
      .help = "columns whose crossing keeps its proportions in every part",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, stratify),
      .metavar = "COLUMNS" },
    { .name = "by",
      .help = "column with people (or other things) that must not be in two parts",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, identity),
      .metavar = "COLUMN" },
    { .name = "keep-test",
      .help = "leave the given test part as it is and split the rest into training and validation",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, keep_test),
      .def = "false" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand split faces.eh --stratify hair,gender --by person",
    "70 / 15 / 15, every group in every part, nobody in two of them",
    "evenhand split fm.eh --keep-test --ratios 90,10,0",
    "the official test part stays; a validation part is taken from the training part",
    NULL,
};

static const char details[] = "The split is random but repeatable: the same catalog, options and --seed give "
                              "the same parts. It is written to the catalog all or "
                              "nothing, and replaces an earlier one; a split that came with the data set is "
                              "kept beside it, so that --keep-test always finds the "
                              "official test part.";

/* Three numbers, not negative, as shares that sum to 1. */
static eh_status parse_ratios(const eh_str_list *list, double share[3], eh_error *err)
{
    double sum = 0;
    if (list->count != 3)
        return eh_fail(err, EH_ERR_USAGE,
                       "--ratios needs three numbers for training, validation and test, such as 70,15,15; "
                       "%zu were given",
                       list->count);
    for (int i = 0; i < 3; i++) {
        if (!eh_parse_float(&share[i], list->item[i]) || share[i] < 0)
            return eh_fail(err, EH_ERR_USAGE, "--ratios: '%s' is no number of 0 or more", list->item[i]);
        sum += share[i];
    }
    if (!(sum > 0) || sum > 1e300)
        return eh_fail(err, EH_ERR_USAGE, "--ratios: the three numbers must have a sum above 0");
    for (int i = 0; i < 3; i++)
        share[i] /= sum;
    return EH_OK;
}

/* counts[part * groups + group]. */
static eh_status count_groups(uint64_t **counts, const eh_groups *groups, const eh_frame *frame,
                              eh_arena *arena, eh_error *err)
{
    *counts = eh_arena_alloc(arena, 4 * (groups->count + 1), sizeof **counts);
    if (!*counts)
        return eh_fail_memory(err, "counts", 4 * groups->count, sizeof **counts);
    for (int p = EH_PART_TRAIN; p <= EH_PART_TEST; p++)
        eh_groups_counts(groups, frame, (eh_part)p, *counts + (size_t)p * groups->count);
    return EH_OK;
}

static json_t *result_json(const options *o, const eh_groups *groups, const eh_frame *frame,
                           const uint64_t *counts)
{
    json_t *object = json_object(), *list = json_array();
    bool complete = object && list;
    for (size_t g = 0; complete && g < groups->count; g++) {
        json_t *one = json_object();
        complete = one && eh_json_set(one, "group", json_string(groups->name[g]));
        for (int p = EH_PART_TRAIN; complete && p <= EH_PART_TEST; p++)
            complete = eh_json_set(one, eh_part_name((eh_part)p),
                                   json_integer((json_int_t)counts[(size_t)p * groups->count + g]));
        complete = json_array_append_new(list, one) == 0 && complete;
    }
    complete = complete && eh_json_set(object, "catalog", json_string(o->catalog)) &&
               eh_json_set(object, "images", json_integer((json_int_t)frame->rows)) &&
               eh_json_set(object, "groups", json_incref(list));
    json_decref(list);
    if (!complete) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static eh_status result_text(eh_str *out, const eh_groups *groups, const uint64_t *counts, eh_error *err)
{
    static const char *const titles[] = { "group", ">train", ">valid", ">test" };
    eh_text_table *table = eh_text_table_new(titles, 4);
    if (!table)
        return eh_fail_memory(err, "a table", 1, 1);
    uint64_t all[4] = { 0 };
    for (size_t g = 0; g < groups->count; g++) {
        if (groups->columns)
            eh_text_table_cell(table, "%s", groups->name[g]);
        for (int p = EH_PART_TRAIN; p <= EH_PART_TEST; p++) {
            uint64_t n = counts[(size_t)p * groups->count + g];
            all[p] += n;
            if (groups->columns)
                eh_text_table_cell(table, "%llu", (unsigned long long)n);
        }
    }
    if (groups->columns)
        eh_text_table_rule(table);
    eh_text_table_cell(table, "all");
    for (int p = EH_PART_TRAIN; p <= EH_PART_TEST; p++)
        eh_text_table_cell(table, "%llu", (unsigned long long)all[p]);
    eh_text_table_render(table, out);
    eh_text_table_free(table);
    return EH_OK;
}

static eh_status print_result(eh_command_context *context, const options *o, eh_catalog *catalog,
                              eh_error *err)
{
    eh_frame *frame = NULL;
    eh_groups *groups = NULL;
    uint64_t *counts;
    eh_str text = { 0 };
    eh_status status;
    const char *first = eh_catalog_columns(catalog) ? eh_catalog_column(catalog, 0).name : NULL;
    if (o->stratify.count)
        EH_TRY_GOTO(status, eh_frame_load(&frame, catalog, o->stratify.item, o->stratify.count, err));
    else
        EH_TRY_GOTO(status, eh_frame_load(&frame, catalog, &first, first ? 1 : 0, err));
    EH_TRY_GOTO(status, eh_groups_make(&groups, frame, o->stratify.item, o->stratify.count, err));
    EH_TRY_GOTO(status, count_groups(&counts, groups, frame, context->arena, err));
    if (context->json) {
        status = eh_command_write_json(result_json(o, groups, frame, counts), err);
    } else {
        EH_TRY_GOTO(status, result_text(&text, groups, counts, err));
        status = eh_command_write(&text, err);
    }
done:
    eh_str_clear(&text);
    eh_groups_free(groups);
    eh_frame_free(frame);
    return status;
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    double share[3];
    eh_catalog *catalog = NULL;
    EH_TRY(parse_ratios(&o->ratios, share, err));
    EH_TRY(eh_catalog_open(&catalog, o->catalog, err));
    eh_split_opts split = { .train = share[0],
                            .valid = share[1],
                            .test = share[2],
                            .stratify = o->stratify,
                            .identity = o->identity,
                            .seed = context->seed,
                            .keep_test = o->keep_test };
    eh_status status = eh_catalog_split(catalog, &split, context->progress, err);
    if (status == EH_OK)
        status = print_result(context, o, catalog, err);
    eh_catalog_close(catalog);
    return status;
}

const eh_command eh_cmd_split = {
    .entry = { .name = "split",
               .summary = "divide a catalog into training, validation and test",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details = details,
    .examples = examples,
    .run = run,
};
