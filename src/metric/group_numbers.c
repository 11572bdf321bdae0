/* group_numbers.c - mean, spread and range of numbers in every group. Welford's running mean and sum of squares (Technometrics 4, 1962). */
#include "metric/group_numbers.h"

#include <math.h>

static void add(eh_group_number *s, double x)
{
    if (isnan(x)) {
        s->missing++;
        return;
    }
    s->n++;
    double before = x - s->mean;
    s->mean += before / (double)s->n;
    s->deviation += before * (x - s->mean);
    s->smallest = s->n == 1 ? x : fmin(s->smallest, x);
    s->largest = s->n == 1 ? x : fmax(s->largest, x);
}

static void finish(eh_group_number *s)
{
    double n = (double)s->n;
    if (s->n == 0)
        s->mean = s->smallest = s->largest = NAN;
    s->deviation = s->n > 1 ? sqrt(s->deviation / (n - 1)) : (double)NAN;
    s->low = s->mean - 1.959963984540054 * s->deviation / sqrt(n);
    s->high = s->mean + 1.959963984540054 * s->deviation / sqrt(n);
}

eh_status eh_group_numbers_make(eh_group_number **out, eh_arena *arena, const eh_frame *frame,
                                const eh_groups *groups, const char *const *column, size_t columns,
                                eh_error *err)
{
    size_t count = groups ? groups->count : 1;
    *out = eh_arena_alloc(arena, columns * count, sizeof **out);
    if (!*out)
        return eh_fail_memory(err, "numbers of groups", columns * count, sizeof **out);
    for (size_t c = 0; c < columns; c++) {
        const eh_frame_column *numbers;
        EH_TRY(eh_frame_find(&numbers, frame, column[c], err));
        if (numbers->kind != EH_COLUMN_NUMBER)
            return eh_fail(err, EH_ERR_USAGE, "the column '%s' holds no numbers", column[c]);
        for (size_t row = 0; row < frame->rows; row++)
            add(&(*out)[c * count + (groups ? (size_t)groups->of_row[row] : 0)],
                (double)numbers->number[row]);
        for (size_t g = 0; g < count; g++)
            finish(&(*out)[c * count + g]);
    }
    return EH_OK;
}
