/* predictions_names.c - lists of names: in order, and found quickly. */
#include "report/predictions_reader.h"

#include <stdlib.h>
#include <string.h>

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_number(const void *a, const void *b)
{
    double x = 0, y = 0;
    eh_parse_float(&x, *(const char *const *)a);
    eh_parse_float(&y, *(const char *const *)b);
    return x < y ? -1 : x > y ? 1 : compare_text(a, b);
}

size_t eh_prediction_sort_names(const char **name, size_t count)
{
    size_t kept = 0;
    double number;
    bool numbers = true;
    qsort(name, count, sizeof *name, compare_text);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && strcmp(name[kept - 1], name[i]) == 0)
            continue;
        name[kept++] = name[i];
        numbers = numbers && eh_parse_float(&number, name[kept - 1]);
    }
    if (numbers)
        qsort(name, kept, sizeof *name, compare_number);
    return kept;
}

static int compare_indexed(const void *a, const void *b)
{
    const eh_indexed_name *left = a, *right = b;
    return strcmp(left->name, right->name);
}

eh_status eh_name_index_make(eh_name_index *out, eh_arena *arena, const char *const *name, size_t count,
                             eh_error *err)
{
    out->count = count;
    out->sorted = eh_arena_alloc(arena, count ? count : 1, sizeof *out->sorted);
    if (!out->sorted)
        return eh_fail_memory(err, "an index of names", count, sizeof *out->sorted);
    for (size_t i = 0; i < count; i++)
        out->sorted[i] = (eh_indexed_name){ name[i], (int32_t)i };
    qsort(out->sorted, count, sizeof *out->sorted, compare_indexed);
    return EH_OK;
}

int32_t eh_name_find(const eh_name_index *index, const char *name)
{
    eh_indexed_name wanted = { name, 0 };
    const eh_indexed_name *found =
        bsearch(&wanted, index->sorted, index->count, sizeof wanted, compare_indexed);
    return found ? found->index : -1;
}
