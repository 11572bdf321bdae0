/* array_labels.c - see array_labels.h. */
#include "data/array_labels.h"

#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LABELS  1000
#define MOST_CLASSES 20

bool eh_array_is_label_name(const char *name)
{
    static const char *const words[] = { "label", "labels", "y", "class", "classes", "target", "targets" };
    char lower[16];
    size_t size = strlen(name);
    if (size >= sizeof lower)
        return false;
    for (size_t i = 0; i <= size; i++)
        lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(lower, words[i]) == 0)
            return true;
    return false;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The different values in ascending order, at most `most` of them; *whole: all are whole numbers that a class can be named by. */
static size_t find_values(double *found, size_t most, const eh_array_column *c, bool *whole)
{
    size_t count = 0;
    *whole = true;
    for (size_t row = 0; row < c->rows && *whole && count <= most; row++) {
        double value = c->value[row];
        if (isnan(value))
            continue;
        *whole = value == floor(value) && fabs(value) <= 1e9;
        if (bsearch(&value, found, count, sizeof *found, by_value) || !*whole)
            continue;
        if (count < most) {
            found[count] = value;
            qsort(found, count + 1, sizeof *found, by_value);
        }
        count++;
    }
    return count;
}

static void name_of(char out[32], double value)
{
    snprintf(out, 32, "%.0f", value == 0 ? 0.0 : value); /* no "-0" */
}

eh_status eh_array_column_declare(eh_array_column *c, eh_import *imp, eh_error *err)
{
    double found[MOST_LABELS];
    bool whole;
    size_t most = eh_array_is_label_name(c->name) ? MOST_LABELS : MOST_CLASSES;
    size_t count = find_values(found, most, c, &whole);
    c->is_class = whole && count <= most;
    EH_TRY(eh_import_column(imp, &c->column, c->name, c->is_class ? EH_COLUMN_CLASS : EH_COLUMN_NUMBER, NULL,
                            0, err));
    for (size_t i = 0; i < count && c->is_class; i++) {
        char name[32];
        int32_t cls;
        name_of(name, found[i]);
        EH_TRY(eh_import_class(imp, c->column, name, &cls, err));
    }
    return EH_OK;
}

eh_status eh_array_column_value(eh_label_value *out, const eh_array_column *c, eh_import *imp, size_t row,
                                eh_error *err)
{
    double value = c->value[row];
    *out = (eh_label_value){ .missing = isnan(value), .number = value };
    if (out->missing || !c->is_class)
        return EH_OK;
    char name[32];
    name_of(name, value);
    return eh_import_class(imp, c->column, name, &out->cls, err);
}
