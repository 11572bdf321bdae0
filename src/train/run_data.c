/* run_data.c - the data of a run. Checks that concern classes and groups are in run_checks.c, pixels in run_pixels.c. */
#include "train/run_data.h"

#include "evenhand/query.h"
#include "train/run_checks.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

void eh_remark(eh_remarks *remarks, const char *format, ...)
{
    eh_str text = { 0 };
    va_list args;
    va_start(args, format);
    eh_str_appendv(&text, format, args);
    va_end(args);
    char **grown = eh_realloc(remarks->text, remarks->count, remarks->count + 1, sizeof *grown);
    if (grown)
        remarks->text = grown;
    if (!grown || text.failed) {
        remarks->failed = true;
        eh_str_clear(&text);
        return;
    }
    remarks->text[remarks->count++] = text.data;
}

void eh_remarks_clear(eh_remarks *remarks)
{
    for (size_t i = 0; i < remarks->count; i++)
        eh_free(remarks->text[i]);
    eh_free(remarks->text);
    *remarks = (eh_remarks){ 0 };
}

/* The usable images for which the query holds. */
static eh_status load_rows(eh_run_data *d, const char *const *name, size_t count, const char *where,
                           eh_error *err)
{
    eh_query *query = NULL;
    if (where)
        EH_TRY(eh_query_parse(&query, where, err));
    for (size_t i = 0; query && i < eh_query_names(query); i++)
        if (strcmp(eh_query_name(query, i), "status") == 0 ||
            strcmp(eh_query_name(query, i), "image.status") == 0) {
            eh_query_free(query);
            return eh_fail(err, EH_ERR_USAGE,
                           "a training takes usable images only; leave status out of --where");
        }
    eh_status status = eh_frame_load_where(&d->frame, d->catalog, name, count, query, err);
    eh_query_free(query);
    return status;
}

/* False when the name is there already. */
static bool add_name(const char **name, size_t *count, const char *text)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(name[i], text) == 0)
            return false;
    name[(*count)++] = text;
    return true;
}

/* The labels and the group columns, each once. */
static eh_status load_frame(eh_run_data *d, const eh_train_opts *opts, eh_error *err)
{
    size_t most = opts->label.count + opts->groups.count, count = 0, masks = 0;
    const char **name = eh_arena_alloc(d->arena, most + 1, sizeof *name);
    if (!name)
        return eh_fail_memory(err, "column names", most, sizeof *name);
    if (opts->label.count > EH_HEADS)
        return eh_fail(err, EH_ERR_USAGE, "--label: %zu columns cannot be learned at once; at most %d can",
                       opts->label.count, EH_HEADS);
    for (size_t i = 0; i < opts->label.count; i++)
        if (!add_name(name, &count, opts->label.item[i]))
            return eh_fail(err, EH_ERR_USAGE, "--label: the column '%s' is named twice", opts->label.item[i]);
    for (size_t i = 0; i < opts->groups.count; i++)
        add_name(name, &count, opts->groups.item[i]);
    if (opts->fold) {
        const char *split = eh_arena_printf(d->arena, "fold-%lld", (long long)opts->fold);
        if (!split)
            return eh_fail_memory(err, "the name of a split", 1, 16);
        EH_TRY(eh_catalog_use_split(d->catalog, split, err));
    }
    EH_TRY(eh_catalog_split_info(&d->split, d->arena, d->catalog, err));
    EH_TRY(load_rows(d, name, count, opts->where, err));
    for (size_t i = 0; i < opts->label.count; i++) {
        EH_TRY(eh_frame_find(&d->head[i], d->frame, opts->label.item[i], err));
        eh_column_kind kind = d->head[i]->kind;
        if (kind == EH_COLUMN_TEXT)
            return eh_fail(err, EH_ERR_USAGE,
                           "the column '%s' holds free text; a label must be a column of classes, numbers or "
                           "masks. If its texts are classes, import the table again: --format csv:label=%s",
                           opts->label.item[i], opts->label.item[i]);
        masks += kind == EH_COLUMN_MASK;
        d->heads++;
    }
    if (masks > 1)
        return eh_fail(err, EH_ERR_USAGE,
                       "--label: %zu columns hold masks; one of them can be learned at a time", masks);
    /* The classes of the first label are groups; numbers and masks make one of all images. */
    const eh_str_list *groups = &opts->groups;
    if (groups->count)
        return eh_groups_make(&d->groups, d->frame, groups->item, groups->count, err);
    return eh_groups_make(&d->groups, d->frame, opts->label.item, d->head[0]->kind == EH_COLUMN_CLASS, err);
}

bool eh_run_has_value(const eh_frame_column *column, size_t row)
{
    if (column->kind == EH_COLUMN_MASK)
        return column->text[row] != NULL;
    return column->kind == EH_COLUMN_NUMBER ? !isnan(column->number[row]) : column->cls[row] >= 0;
}

static bool has_any_value(const eh_run_data *d, size_t row)
{
    for (size_t i = 0; i < d->heads; i++)
        if (eh_run_has_value(d->head[i], row))
            return true;
    return false;
}

/* Sorts rows into parts; rows without a label are counted. */
static eh_status list_rows(eh_run_data *d, eh_error *err)
{
    const eh_frame *f = d->frame;
    for (int p = 0; p < EH_PARTS; p++) {
        d->row[p] = eh_arena_alloc(d->arena, f->rows + 1, sizeof *d->row[p]);
        d->group_rows[p] = eh_arena_alloc(d->arena, d->groups->count + 1, sizeof *d->group_rows[p]);
        if (!d->row[p] || !d->group_rows[p])
            return eh_fail_memory(err, "the rows of a catalog", f->rows, sizeof *d->row[p]);
    }
    for (size_t row = 0; row < f->rows; row++) {
        int p = f->part[row];
        if (!has_any_value(d, row)) {
            d->without_label++;
            continue;
        }
        d->without_part += p == EH_PART_NONE;
        d->judged += p == EH_PART_VALID && eh_run_has_value(d->head[0], row);
        d->row[p][d->rows[p]++] = (uint32_t)row;
        d->group_rows[p][d->groups->of_row[row]]++;
    }
    return EH_OK;
}

eh_status eh_run_data_load(eh_run_data *out, const eh_train_opts *opts, eh_error *err)
{
    memset(out, 0, sizeof *out);
    out->arena = eh_arena_new();
    if (!out->arena)
        return eh_fail_memory(err, "the data of a run", 1, sizeof *out);
    out->normalise = opts->normalise;
    EH_TRY(eh_catalog_open(&out->catalog, opts->data, err));
    EH_TRY(load_frame(out, opts, err));
    EH_TRY(list_rows(out, err));
    EH_TRY(eh_run_check_rows(out, opts, err));
    EH_TRY(eh_run_check_classes(out, err));
    EH_TRY(eh_run_check_groups(out, opts, err));
    EH_TRY(eh_run_choose_shape(out, opts, err));
    EH_TRY(eh_catalog_hash(out->hash, out->catalog, err));
    return out->remarks.failed ? eh_fail_memory(err, "remarks about the data", 1, 1) : EH_OK;
}

void eh_run_data_clear(eh_run_data *data)
{
    eh_pack_close(data->pack);
    eh_pack_close(data->large);
    eh_pack_close(data->large_masks);
    eh_pack_close(data->masks);
    eh_groups_free(data->groups);
    eh_frame_free(data->frame);
    eh_catalog_close(data->catalog);
    eh_remarks_clear(&data->remarks);
    eh_arena_free(data->arena);
    memset(data, 0, sizeof *data);
}
