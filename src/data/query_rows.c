/* query_rows.c - asking a query of rows in memory.
 *
 * Numbers in memory are floats, so a number of the query is rounded to a float before it is compared: 0.1 is equal to the 0.1 of the column.
 */
#include "data/query_tree.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

typedef struct asker {
    const eh_query *query;
    const eh_bound_test *test;
    const eh_frame_column *column;
} asker;

static bool number_passes(const eh_bound_test *t, float x)
{
    if (isnan(x))
        return t->missing;
    for (size_t i = 0; i < t->count; i++) {
        const eh_bound_interval *range = &t->interval[i];
        float low = (float)range->low, high = (float)range->high;
        if ((x > low || (x == low && !range->low_open)) && (x < high || (x == high && !range->high_open)))
            return true;
    }
    return false;
}

static bool text_passes(const eh_bound_test *t, const char *text)
{
    if (!text)
        return t->missing;
    for (size_t i = 0; i < t->count; i++)
        if (t->text[i].pattern ? sqlite3_strglob(t->text[i].text, text) == 0
                               : strcmp(t->text[i].text, text) == 0)
            return true;
    return false;
}

static bool passes(const asker *a, const eh_bound_test *t, size_t row)
{
    const eh_frame_column *c = &a->column[t->column];
    bool in = c->kind == EH_COLUMN_CLASS    ? (c->cls[row] < 0 ? t->missing : t->cls[c->cls[row]] != 0)
              : c->kind == EH_COLUMN_NUMBER ? number_passes(t, c->number[row])
                                            : text_passes(t, c->text[row]);
    return in != t->negated;
}

static bool holds(const asker *a, const eh_query_node *node, size_t row)
{
    switch (node->kind) {
    case EH_QUERY_AND:
        return holds(a, node->left, row) && holds(a, node->right, row);
    case EH_QUERY_OR:
        return holds(a, node->left, row) || holds(a, node->right, row);
    case EH_QUERY_NOT:
        return !holds(a, node->left, row);
    default:
        return passes(a, &a->test[node->test], row);
    }
}

eh_status eh_query_rows(const eh_query *query, const eh_frame_column *column, size_t columns, size_t rows,
                        uint8_t *keep, size_t *kept, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    eh_bound_test *test = NULL;
    size_t count = 0;
    if (!arena)
        return eh_fail_memory(err, "a query", 1, 4096);
    eh_status status = eh_query_bind(&test, arena, query, column, columns, NULL, err);
    const asker a = { query, test, column };
    for (size_t row = 0; row < rows && status == EH_OK; row++)
        count += keep[row] = holds(&a, query->root, row);
    if (kept)
        *kept = count;
    eh_arena_free(arena);
    return status;
}
