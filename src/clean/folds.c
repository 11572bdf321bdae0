/* folds.c - rows dealt to folds; see folds.h.
 *
 * Idea    Rows (or units of rows that belong together) are shuffled and dealt to the folds, largest unit first to the smallest fold.
 * Easy to get wrong: copies and pictures of one person in two folds: what judges them has then seen them, and wrong labels agree with themselves.
 */
#include "clean/folds.h"

#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

typedef struct unit_size {
    uint32_t unit, order, rows;
} unit_size;

static int by_size(const void *a, const void *b)
{
    const unit_size *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

eh_status eh_deal_folds(uint32_t *fold, size_t rows, const uint32_t *unit, size_t folds, uint64_t seed,
                        eh_error *err)
{
    unit_size *size = eh_alloc(rows, sizeof *size);
    uint32_t *order = eh_alloc(rows, sizeof *order), *of_unit = eh_alloc(rows, sizeof *of_unit);
    uint64_t *filled = eh_alloc(folds, sizeof *filled);
    eh_status status = EH_OK;
    size_t units = 0;
    if (!size || !order || !of_unit || !filled) {
        status = eh_fail_memory(err, "folds", rows, sizeof *size);
        goto done;
    }
    for (size_t i = 0; i < rows; i++)
        order[i] = (uint32_t)i;
    eh_rng rng = eh_rng_at(seed, EH_DRAW_SPLIT, 0, 0xf01d);
    eh_rng_shuffle(&rng, order, rows);
    for (size_t i = 0; i < rows; i++)
        size[i] = (unit_size){ .unit = (uint32_t)i, .order = order[i] };
    for (size_t i = 0; i < rows; i++) {
        uint32_t own = unit ? unit[i] : (uint32_t)i;
        units += size[own].rows == 0;
        size[own].rows++;
    }
    if (units < 2 * folds) {
        status = eh_fail(err, EH_ERR_NOT_ENOUGH,
                         "%zu images (copies and one person's pictures count once) are too few for %zu folds",
                         units, folds);
        goto done;
    }
    qsort(size, rows, sizeof *size, by_size);
    for (size_t i = 0; i < units; i++) {
        size_t least = 0;
        for (size_t f = 1; f < folds; f++)
            if (filled[f] < filled[least])
                least = f;
        filled[least] += size[i].rows;
        of_unit[size[i].unit] = (uint32_t)least;
    }
    for (size_t i = 0; i < rows; i++)
        fold[i] = of_unit[unit ? unit[i] : i];
done:
    eh_free(size);
    eh_free(order);
    eh_free(of_unit);
    eh_free(filled);
    return status;
}

/* ---------------------------------------------------------------- predictions */

static eh_status take_columns(eh_fold_predictions *out, const eh_frame_column *const *columns, eh_error *err)
{
    out->column = eh_arena_alloc(out->arena, out->columns, sizeof *out->column);
    out->fold = eh_arena_alloc(out->arena, out->rows, sizeof *out->fold);
    if (!out->column || !out->fold)
        return eh_fail_memory(err, "predictions", out->rows, sizeof *out->fold);
    for (size_t c = 0; c < out->columns; c++) {
        const eh_frame_column *column = columns[c];
        bool mask = column->kind == EH_COLUMN_MASK;
        if ((column->kind != EH_COLUMN_CLASS && !mask) || column->classes < 2)
            return eh_fail(err, EH_ERR_USAGE,
                           "the column '%s' cannot be learned: it is no class column with two or more "
                           "classes",
                           column->name);
        if (mask && out->columns > 1)
            return eh_fail(err, EH_ERR_USAGE, "the masks of '%s' are judged alone, without other columns",
                           column->name);
        out->column[c].column = column;
        if (mask)
            continue;
        out->column[c].probability =
            eh_arena_alloc(out->arena, out->rows * column->classes, sizeof *out->column[c].probability);
        if (!out->column[c].probability)
            return eh_fail_memory(err, "predictions", out->rows * column->classes, sizeof(float));
    }
    return EH_OK;
}

eh_status eh_fold_predictions_new(eh_fold_predictions **out, const eh_frame *frame,
                                  const eh_frame_column *const *columns, size_t count, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_fold_predictions *p = arena ? eh_arena_alloc(arena, 1, sizeof *p) : NULL;
    if (!p) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "predictions", 1, sizeof *p);
    }
    *p = (eh_fold_predictions){ .arena = arena, .rows = frame->rows, .columns = count };
    eh_status status = take_columns(p, columns, err);
    if (status == EH_OK)
        *out = p;
    else
        eh_fold_predictions_free(p);
    return status;
}

static void measure_accuracy(eh_fold_column *column, size_t rows)
{
    size_t classes = column->column->classes, known = 0, right = 0;
    for (size_t i = 0; i < rows; i++) {
        const float *p = column->probability + i * classes;
        size_t best = 0;
        for (size_t k = 1; k < classes; k++)
            if (p[k] > p[best])
                best = k;
        known += column->column->cls[i] >= 0;
        right += column->column->cls[i] == (int32_t)best;
    }
    column->accuracy = known ? (double)right / (double)known : (double)NAN;
}

void eh_fold_predictions_measure(eh_fold_predictions *predictions)
{
    for (size_t c = 0; c < predictions->columns; c++)
        if (predictions->column[c].probability)
            measure_accuracy(&predictions->column[c], predictions->rows);
}

void eh_fold_predictions_free(eh_fold_predictions *predictions)
{
    if (predictions)
        eh_arena_free(predictions->arena);
}
