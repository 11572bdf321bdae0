/* split_print.c - the table of a split and the comparison of its parts; see split_print.h. */
#include "cli/split_print.h"

#include "base/json.h"
#include "base/table.h"
#include "cli/help.h"
#include "metric/split_check_text.h"

#include <string.h>

#define MOST_TESTS 12 /* rows of the table; --json has all */

/* Images by group and part. */
typedef struct counted {
    eh_frame *frame;
    eh_groups *groups;
    const char *part_name[EH_MOST_FOLDS + 1];
    size_t parts;
    uint64_t *count; /* [groups * parts] */
} counted;

static void free_counted(counted *c)
{
    eh_groups_free(c->groups);
    eh_frame_free(c->frame);
    eh_free(c->count);
}

static eh_status count_groups(counted *c, const eh_split_print *p, eh_arena *arena, eh_error *err)
{
    static const char *const part[] = { "part" };
    const char *const *names = p->groups.count ? p->groups.item : part;
    EH_TRY(eh_frame_load_where(&c->frame, p->catalog, names, p->groups.count ? p->groups.count : 1, p->where,
                               err));
    EH_TRY(eh_groups_make(&c->groups, c->frame, p->groups.item, p->groups.count, err));
    int32_t *of_row = eh_arena_alloc(arena, c->frame->rows, sizeof *of_row);
    if (!of_row)
        return eh_fail_memory(err, "the parts of a split", c->frame->rows, sizeof *of_row);
    EH_TRY(eh_split_parts(of_row, c->part_name, &c->parts, c->frame, p->catalog, p->folds, p->keep_test,
                          arena, err));
    c->count = eh_alloc(c->groups->count * c->parts, sizeof *c->count);
    if (!c->count)
        return eh_fail_memory(err, "counts", c->groups->count * c->parts, sizeof *c->count);
    for (size_t row = 0; row < c->frame->rows; row++)
        if (of_row[row] >= 0)
            c->count[(size_t)c->groups->of_row[row] * c->parts + (size_t)of_row[row]]++;
    return EH_OK;
}

static json_t *groups_json(const counted *c)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (size_t g = 0; complete && g < c->groups->count; g++) {
        json_t *one = json_object();
        complete = one && eh_json_set(one, "group", json_string(c->groups->name[g]));
        for (size_t p = 0; complete && p < c->parts; p++)
            complete =
                eh_json_set(one, c->part_name[p], json_integer((json_int_t)c->count[g * c->parts + p]));
        complete = json_array_append_new(list, one) == 0 && complete;
    }
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *result_json(const eh_split_print *p, const counted *c, const eh_split_info *info,
                           const eh_split_check *check)
{
    return json_pack("{s:s, s:{s:s, s:s}, s:I, s:o, s:o}", "catalog", eh_catalog_path(p->catalog), "split",
                     "name", p->folds ? "folds" : info->name, "description", info->description, "images",
                     (json_int_t)c->frame->rows, "groups", groups_json(c), "check",
                     check ? eh_split_check_json(check) : json_null());
}

static eh_status group_table(eh_str *out, const counted *c, eh_error *err)
{
    const char *titles[EH_MOST_FOLDS + 2] = { "group" };
    char text[EH_MOST_FOLDS + 1][24];
    for (size_t p = 0; p < c->parts; p++) {
        snprintf(text[p], sizeof text[p], ">%s", c->part_name[p]);
        titles[p + 1] = text[p];
    }
    eh_text_table *table = eh_text_table_new(titles, c->parts + 1);
    if (!table)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t g = 0; g < c->groups->count && c->groups->columns; g++) {
        eh_text_table_cell(table, "%s", c->groups->name[g]);
        for (size_t p = 0; p < c->parts; p++)
            eh_text_table_cell(table, "%llu", (unsigned long long)c->count[g * c->parts + p]);
    }
    if (c->groups->columns)
        eh_text_table_rule(table);
    eh_text_table_cell(table, "all");
    for (size_t p = 0; p < c->parts; p++) {
        uint64_t all = 0;
        for (size_t g = 0; g < c->groups->count; g++)
            all += c->count[g * c->parts + p];
        eh_text_table_cell(table, "%llu", (unsigned long long)all);
    }
    eh_text_table_render(table, out);
    eh_text_table_free(table);
    return EH_OK;
}

/* Sentences, wrapped, one below the other. */
static void append_sentences(eh_str *out, const eh_split_check *check)
{
    eh_str text = { 0 };
    eh_split_check_sentences(&text, check);
    out->failed |= text.failed;
    for (char *line = text.data; line && *line;) {
        char *end = strchr(line, '\n');
        *end = '\0';
        eh_replace_control(line);
        eh_help_paragraphs(out, line, 0);
        line = end + 1;
    }
    eh_str_clear(&text);
}

static eh_status print_text(const counted *c, const eh_split_check *check, eh_error *err)
{
    eh_str text = { 0 };
    eh_status status = group_table(&text, c, err);
    eh_str_append(&text, check ? "\n" : "");
    if (status == EH_OK && check && check->tests) {
        status = eh_split_check_table(&text, check, MOST_TESTS, err);
        eh_str_append(&text, "\n");
    }
    if (check)
        append_sentences(&text, check);
    if (status == EH_OK)
        return eh_command_write(&text, err);
    eh_str_clear(&text);
    return status;
}

/* The gate of --check: the first sentence that says what is wrong. */
static eh_status judge(const eh_split_check *check, eh_error *err)
{
    if (check->crossing)
        return eh_fail(err, EH_ERR_GATE, "%llu of %llu different values of %s are in several parts",
                       (unsigned long long)check->crossing, (unsigned long long)check->identities,
                       check->identity);
    if (!check->alike)
        return eh_fail(err, EH_ERR_GATE, "the parts differ more than chance explains");
    return EH_OK;
}

eh_status eh_split_print_result(eh_command_context *context, const eh_split_print *print, eh_error *err)
{
    counted c = { 0 };
    eh_split_check *check = NULL;
    eh_split_info info;
    eh_status status;
    EH_TRY_GOTO(status, eh_catalog_split_info(&info, context->arena, print->catalog, err));
    if (!info.name) {
        status = eh_fail(err, EH_ERR_NOT_ENOUGH, "%s was never split; leave --check away to do it",
                         eh_catalog_path(print->catalog));
        goto done;
    }
    EH_TRY_GOTO(status, count_groups(&c, print, context->arena, err));
    status = eh_split_check_catalog(&check, print->catalog, print->where, &print->by, print->folds,
                                    print->keep_test, err);
    if (status == EH_ERR_NOT_ENOUGH && !print->gate) /* one part holds all, and that was asked for */
        eh_progress_warn(context->progress, "%s", err->message);
    else if (status != EH_OK)
        goto done;
    if (context->json)
        status = eh_command_write_json(result_json(print, &c, &info, check), err);
    else
        status = print_text(&c, check, err);
    if (status == EH_OK && print->gate)
        status = judge(check, err);
done:
    eh_split_check_free(check);
    free_counted(&c);
    return status;
}
