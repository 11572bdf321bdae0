/* query_bind.c - what the tests of a query mean for given columns: names become columns, words become classes, numbers or patterns. */
#include "data/image_property.h"
#include "data/query_tree.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

typedef struct binder {
    eh_arena *arena;
    const eh_query *query;
    const eh_frame_column *column;
    size_t columns;
    const char *what;
    eh_error *err;
} binder;

#define FAIL(b, place, ...) eh_query_fail((b)->query->text, (place), (b)->err, __VA_ARGS__)

#define MISSING "(missing)"

/* ---------------------------------------------------------------- names */

/* ": a, b, c and 40 more". */
static void append_some(eh_str *out, const char *const *name, size_t count)
{
    enum { SHOWN = 20 };
    for (size_t i = 0; i < count && i < SHOWN; i++)
        eh_str_appendf(out, "%s%s", i ? ", " : "", name[i]);
    if (count > SHOWN)
        eh_str_appendf(out, " and %zu more", count - SHOWN);
}

/* "there is no column 'x' in the catalog a.eh; did you mean 'y'? There are: ..." */
static eh_status fail_unknown(const binder *b, const eh_query_word *word, const char *what, const char *where,
                              const char *const *name, size_t count)
{
    eh_str list = { 0 };
    append_some(&list, name, count);
    const char *near = eh_nearest(word->text, name);
    eh_status status = near ? FAIL(b, word->at, "there is no %s '%s'%s; did you mean '%s'? There are: %s",
                                   what, word->text, where, near, eh_str_text(&list))
                            : FAIL(b, word->at, "there is no %s '%s'%s; there are: %s", what, word->text,
                                   where, count ? eh_str_text(&list) : "none");
    eh_str_clear(&list);
    return status;
}

static eh_status find_column(const binder *b, const eh_query_word *word, size_t *out)
{
    for (size_t i = 0; i < b->columns; i++)
        if (strcmp(b->column[i].name, word->text) == 0) {
            *out = i;
            return EH_OK;
        }
    const char **name = eh_alloc(b->columns + 1, sizeof *name);
    const char *where = b->what ? eh_arena_printf(b->arena, " in %s", b->what) : "";
    eh_status status = EH_OK;
    if (name && where) {
        for (size_t i = 0; i < b->columns; i++)
            name[i] = b->column[i].name;
        status = fail_unknown(b, word, "column", where, name, b->columns);
    } else {
        status = eh_fail_memory(b->err, "column names", b->columns, sizeof *name);
    }
    eh_free((void *)name);
    return status;
}

static eh_status fail_order(const binder *b, const eh_query_word *word, const eh_frame_column *column)
{
    return column->kind == EH_COLUMN_CLASS
               ? FAIL(b, word->at,
                      "the classes of '%s' are no numbers and have no order; use =, in (...) or ~",
                      column->name)
               : FAIL(b, word->at, "'%s' holds text, which has no order; use =, in (...) or ~", column->name);
}

/* ---------------------------------------------------------------- numbers */

static eh_status number_of(const binder *b, const eh_query_word *word, const char *column, double *out)
{
    if (!eh_parse_float(out, word->text))
        return FAIL(b, word->at, "the column '%s' holds numbers, and '%s' is none", column, word->text);
    return EH_OK;
}

/* An item as an interval. */
static eh_status interval_of(const binder *b, const eh_query_item *item, const char *column,
                             eh_bound_interval *out)
{
    *out = (eh_bound_interval){ -INFINITY, INFINITY, item->low_open, item->high_open };
    if (item->low.text)
        EH_TRY(number_of(b, &item->low, column, &out->low));
    if (item->kind == EH_QUERY_EQUAL)
        out->high = out->low;
    else if (item->high.text)
        EH_TRY(number_of(b, &item->high, column, &out->high));
    if (out->low > out->high)
        return FAIL(b, item->low.at, "the range %s..%s holds nothing; the smaller number stands first",
                    item->low.text, item->high.text);
    return EH_OK;
}

static bool inside(const eh_bound_interval *i, double x)
{
    return (x > i->low || (x == i->low && !i->low_open)) && (x < i->high || (x == i->high && !i->high_open));
}

static eh_status bind_number(const binder *b, const eh_query_test *test, const eh_frame_column *column,
                             eh_bound_test *out)
{
    for (const eh_query_item *item = test->item; item; item = item->next) {
        if (item->kind == EH_QUERY_PATTERN)
            return FAIL(b, item->low.at,
                        "'%s' holds numbers, and patterns are for text; compare it with a number",
                        column->name);
        if (item->kind == EH_QUERY_MISSING ||
            (item->kind == EH_QUERY_EQUAL && strcmp(item->low.text, MISSING) == 0))
            out->missing = true;
        else
            EH_TRY(interval_of(b, item, column->name, &out->interval[out->count++]));
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- classes */

/* The classes whose names, as numbers, lie in the item. */
static eh_status bind_class_order(const binder *b, const eh_query_item *item, const eh_frame_column *column,
                                  eh_bound_test *out)
{
    eh_bound_interval interval;
    double value;
    const eh_query_word *word = item->low.text ? &item->low : &item->high;
    for (size_t k = 0; k < column->classes; k++)
        if (!eh_parse_float(&value, column->class_name[k]))
            return fail_order(b, word, column);
    EH_TRY(interval_of(b, item, column->name, &interval));
    for (size_t k = 0; k < column->classes; k++)
        out->cls[k] |= eh_parse_float(&value, column->class_name[k]) && inside(&interval, value);
    return EH_OK;
}

static eh_status bind_class_name(const binder *b, const eh_query_word *word, const eh_frame_column *column,
                                 eh_bound_test *out)
{
    eh_part part;
    double wanted, value;
    bool number = eh_parse_float(&wanted, word->text);
    for (size_t k = 0; k < column->classes; k++)
        if (strcmp(column->class_name[k], word->text) == 0) {
            out->cls[k] = 1;
            return EH_OK;
        }
    for (size_t k = 0; k < column->classes && number; k++)
        if (eh_parse_float(&value, column->class_name[k]) && value == wanted) {
            out->cls[k] = 1;
            return EH_OK;
        }
    int64_t meant = eh_yes_no_class(column->class_name, column->classes, word->text);
    if (meant >= 0) {
        out->cls[meant] = 1;
        return EH_OK;
    }
    if (column->class_name == eh_property_parts && eh_part_parse(&part, word->text)) {
        out->cls[part] = 1;
        return EH_OK;
    }
    if (strcmp(word->text, MISSING) == 0) {
        out->missing = true;
        return EH_OK;
    }
    const char *where = eh_arena_printf(b->arena, " in the column '%s'", column->name);
    const char **name = eh_alloc(column->classes + 1, sizeof *name);
    eh_status status;
    if (where && name) {
        for (size_t k = 0; k < column->classes; k++)
            name[k] = column->class_name[k];
        status = fail_unknown(b, word, "class", where, name, column->classes);
    } else {
        status = eh_fail_memory(b->err, "class names", column->classes, sizeof *name);
    }
    eh_free((void *)name);
    return status;
}

static eh_status bind_class(const binder *b, const eh_query_test *test, const eh_frame_column *column,
                            eh_bound_test *out)
{
    out->cls = eh_arena_alloc(b->arena, column->classes, 1);
    if (!out->cls)
        return eh_fail_memory(b->err, "a query", column->classes, 1);
    for (const eh_query_item *item = test->item; item; item = item->next) {
        if (item->kind == EH_QUERY_MISSING)
            out->missing = true;
        else if (item->kind == EH_QUERY_RANGE)
            EH_TRY(bind_class_order(b, item, column, out));
        else if (item->kind == EH_QUERY_EQUAL)
            EH_TRY(bind_class_name(b, &item->low, column, out));
        else
            for (size_t k = 0; k < column->classes; k++)
                out->cls[k] |= sqlite3_strglob(item->low.text, column->class_name[k]) == 0;
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- text */

static eh_status bind_text(const binder *b, const eh_query_test *test, const eh_frame_column *column,
                           eh_bound_test *out)
{
    for (const eh_query_item *item = test->item; item; item = item->next) {
        const eh_query_word *word = &item->low;
        bool pattern = item->kind == EH_QUERY_PATTERN;
        if (item->kind == EH_QUERY_RANGE)
            return fail_order(b, word->text ? word : &item->high, column);
        if (item->kind == EH_QUERY_EQUAL && !word->quoted && strpbrk(word->text, "*?"))
            return FAIL(b, word->at,
                        "'%s' looks like a pattern, which stands behind ~ (%s ~ %s); in quotes it is "
                        "compared letter by letter",
                        word->text, column->name, word->text);
        if (item->kind == EH_QUERY_MISSING || (!pattern && strcmp(word->text, MISSING) == 0))
            out->missing = true;
        else
            out->text[out->count++] = (eh_bound_text){ word->text, pattern };
    }
    return EH_OK;
}

eh_status eh_query_bind(eh_bound_test **out, eh_arena *arena, const eh_query *query,
                        const eh_frame_column *column, size_t columns, const char *what, eh_error *err)
{
    const binder b = { arena, query, column, columns, what, err };
    *out = eh_arena_alloc(arena, query->tests, sizeof **out);
    if (!*out)
        return eh_fail_memory(err, "a query", query->tests, sizeof **out);
    for (size_t i = 0; i < query->tests; i++) {
        const eh_query_test *test = &query->test[i];
        eh_bound_test *bound = &(*out)[i];
        size_t items = 0;
        EH_TRY(find_column(&b, &test->name, &bound->column));
        for (const eh_query_item *item = test->item; item; item = item->next)
            items++;
        bound->negated = test->negated;
        bound->interval = eh_arena_alloc(arena, items, sizeof *bound->interval);
        bound->text = eh_arena_alloc(arena, items, sizeof *bound->text);
        if (!bound->interval || !bound->text)
            return eh_fail_memory(err, "a query", items, sizeof *bound->interval);
        const eh_frame_column *c = &column[bound->column];
        EH_TRY(c->kind == EH_COLUMN_CLASS    ? bind_class(&b, test, c, bound)
               : c->kind == EH_COLUMN_NUMBER ? bind_number(&b, test, c, bound)
                                             : bind_text(&b, test, c, bound));
    }
    return EH_OK;
}
