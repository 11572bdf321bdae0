/* contingency.c - Pearson's chi-square, Cramer's V, mutual information, and their bootstrap intervals.
 *
 * Equation  X2 = sum (O - E)^2 / E,  E = row * column / n,  df = (r-1)(c-1);  V = sqrt(X2/n / min(r-1, c-1))
 *           I = sum O/n log2(n O / (row * column))
 *           corrected V: phi~2 = max(0, X2/n - df/(n-1)), r~ = r - (r-1)^2/(n-1), c~ likewise, V~ = sqrt(phi~2 / min(r~-1, c~-1))
 *           corrected I: max(0, I - df / (2 n ln 2))
 * Interval  Percentile bootstrap of the table. A table drawn from the measured one is biased a second time, so from every drawn table twice the bias is
 *           removed. Counts are drawn as independent Poisson numbers (the Poisson bootstrap), so a repetition costs one draw a cell, whatever n.
 * Source    Bergsma 2013, J. Korean Stat. Soc. 42:323 (V). Miller 1955, Information Theory in Psychology (I). Efron, Tibshirani 1993, ch. 13.
 *           Poisson numbers: Knuth's product below 30; above, transformed rejection: Hoermann 1993, Insurance: Mathematics and Economics 12:39 (PTRS).
 * Cost      O(cells) for the measures, O(cells * repeats) for the intervals.
 * Easy to get wrong: an empty row would add a degree of freedom; V of an independent table is not 0 but about sqrt(df/n/min(..)).
 */
#include "metric/contingency.h"

#include "base/rng.h"
#include "evenhand/memory.h"
#include "metric/distribution.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* A table of real counts with its margins. */
typedef struct table {
    double *cell, *row, *column; /* [rows * columns], [rows], [columns] */
    size_t rows, columns;
} table;

/* What a table says, before any correction. */
typedef struct reading {
    double n, x2, information, entropy_rows, entropy_columns, smallest_expected;
    size_t rows, columns; /* that hold counts */
} reading;

static double entropy(const double *count, size_t size, double n, size_t *used)
{
    double sum = 0;
    *used = 0;
    for (size_t i = 0; i < size; i++)
        if (count[i] > 0) {
            sum -= count[i] / n * log2(count[i] / n);
            (*used)++;
        }
    return sum;
}

static reading read_table(table *t)
{
    reading r = { .smallest_expected = INFINITY };
    for (size_t i = 0; i < t->rows; i++)
        t->row[i] = 0;
    for (size_t j = 0; j < t->columns; j++)
        t->column[j] = 0;
    for (size_t i = 0; i < t->rows; i++)
        for (size_t j = 0; j < t->columns; j++) {
            double count = t->cell[i * t->columns + j];
            t->row[i] += count;
            t->column[j] += count;
            r.n += count;
        }
    r.entropy_rows = entropy(t->row, t->rows, r.n, &r.rows);
    r.entropy_columns = entropy(t->column, t->columns, r.n, &r.columns);
    for (size_t i = 0; i < t->rows; i++)
        for (size_t j = 0; j < t->columns; j++) {
            if (t->row[i] <= 0 || t->column[j] <= 0)
                continue;
            double count = t->cell[i * t->columns + j], expected = t->row[i] * t->column[j] / r.n;
            r.x2 += (count - expected) * (count - expected) / expected;
            r.smallest_expected = fmin(r.smallest_expected, expected);
            if (count > 0)
                r.information += count / r.n * log2(count / expected);
        }
    r.information = fmax(0, r.information);
    return r;
}

/* Removes the bias `times` times. */
static double corrected_v(const reading *r, double times)
{
    if (r->rows < 2 || r->columns < 2 || r->n <= 1)
        return NAN;
    double rows = (double)r->rows, columns = (double)r->columns, rest = r->n - 1;
    double phi = r->x2 / r->n - times * (rows - 1) * (columns - 1) / rest;
    double wide = rows - (rows - 1) * (rows - 1) / rest,
           high = columns - (columns - 1) * (columns - 1) / rest;
    double most = fmin(wide, high) - 1;
    return phi <= 0 || most <= 0 ? 0 : fmin(1, sqrt(phi / most));
}

static double corrected_information(const reading *r, double times)
{
    if (r->rows < 2 || r->columns < 2)
        return NAN;
    double df = ((double)r->rows - 1) * ((double)r->columns - 1);
    return fmax(0, r->information - times * df / (2 * r->n * M_LN2));
}

/* A Poisson number of mean `mean`. */
static double draw_poisson(eh_rng *rng, double mean)
{
    if (mean <= 0)
        return 0;
    if (mean < 30) {
        double limit = exp(-mean), product = eh_rng_uniform(rng);
        int k = 0;
        for (; product > limit; k++)
            product *= eh_rng_uniform(rng);
        return k;
    }
    /* PTRS */
    double root = sqrt(mean), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        int sign;
        double u = eh_rng_uniform(rng) - 0.5, v = 1 - eh_rng_uniform(rng), us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r)
            return k;
        if (k < 0 || (us < 0.013 && v > us))
            continue;
        if (log(v * inverse_alpha / (a / (us * us) + b)) <= k * log(mean) - mean - lgamma_r(k + 1, &sign))
            return k;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The quantile of sorted values, linear between two of them. */
static double quantile(const double *sorted, size_t count, double q)
{
    double at = q * (double)(count - 1);
    size_t below = (size_t)at, above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

static void take_interval(eh_range *out, double *drawn, size_t count, double level)
{
    if (count == 0)
        return;
    qsort(drawn, count, sizeof *drawn, by_value);
    out->low = quantile(drawn, count, (1 - level) / 2);
    out->high = quantile(drawn, count, (1 + level) / 2);
}

/* Intervals of the two corrected measures; `drawn` is a second table of the same size, `v` and `information` hold `repeats` numbers. */
static void bootstrap(eh_contingency *out, const table *measured, table *drawn, double *v,
                      double *information, double level, size_t repeats, uint64_t seed)
{
    size_t cells = measured->rows * measured->columns, count = 0;
    for (size_t k = 0; k < repeats; k++) {
        eh_rng rng = eh_rng_at(seed, EH_DRAW_BOOTSTRAP, k, 0);
        for (size_t i = 0; i < cells; i++)
            drawn->cell[i] = draw_poisson(&rng, measured->cell[i]);
        reading r = read_table(drawn);
        v[count] = corrected_v(&r, 2);
        information[count] = corrected_information(&r, 2);
        count += !isnan(v[count]); /* a draw that lost a row or column of a tiny table says nothing */
    }
    take_interval(&out->corrected_v, v, count, level);
    take_interval(&out->corrected_information, information, count, level);
}

static void free_table(table *t)
{
    eh_free(t->cell);
    eh_free(t->row);
    eh_free(t->column);
}

static bool make_table(table *t, size_t rows, size_t columns)
{
    *t = (table){ .cell = eh_alloc(rows * columns, sizeof(double)),
                  .row = eh_alloc(rows, sizeof(double)),
                  .column = eh_alloc(columns, sizeof(double)),
                  .rows = rows,
                  .columns = columns };
    return t->cell && t->row && t->column;
}

eh_status eh_contingency_measure(eh_contingency *out, const uint64_t *count, size_t rows, size_t columns,
                                 double level, size_t repeats, uint64_t seed, eh_error *err)
{
    const eh_range unknown = { NAN, NAN, NAN };
    table measured, drawn;
    eh_status status = EH_OK;
    *out = (eh_contingency){ 0 };
    bool complete = make_table(&measured, rows, columns);
    complete = make_table(&drawn, rows, columns) && complete;
    double *v = eh_alloc(repeats, sizeof *v), *information = eh_alloc(repeats, sizeof *information);
    if (!complete || !v || !information) {
        status = eh_fail_memory(err, "a table of counts", rows * columns + repeats, 2 * sizeof *v);
        goto done;
    }
    for (size_t i = 0; i < rows * columns; i++)
        measured.cell[i] = (double)count[i];
    reading r = read_table(&measured);
    bool two = r.rows > 1 && r.columns > 1;
    *out = (eh_contingency){ .n = (uint64_t)r.n,
                             .rows = r.rows,
                             .columns = r.columns,
                             .chi_square = two ? r.x2 : (double)NAN,
                             .df = two ? ((double)r.rows - 1) * ((double)r.columns - 1) : 0,
                             .smallest_expected = two ? r.smallest_expected : (double)NAN,
                             .mutual_information = two ? r.information : (double)NAN,
                             .entropy_rows = r.entropy_rows,
                             .entropy_columns = r.entropy_columns,
                             .corrected_v = unknown,
                             .corrected_information = unknown };
    out->p = eh_chi_square_tail(out->chi_square, out->df);
    out->cramers_v =
        two ? fmin(1, sqrt(r.x2 / r.n / (fmin((double)r.rows, (double)r.columns) - 1))) : (double)NAN;
    out->corrected_v.value = corrected_v(&r, 1);
    out->corrected_information.value = corrected_information(&r, 1);
    if (two)
        bootstrap(out, &measured, &drawn, v, information, level, repeats, seed);
done:
    free_table(&measured);
    free_table(&drawn);
    eh_free(v);
    eh_free(information);
    return status;
}
