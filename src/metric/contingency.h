/* contingency.h - how strongly two columns of classes go together, from the table of their counts. */
#ifndef EH_METRIC_CONTINGENCY_H
#define EH_METRIC_CONTINGENCY_H

#include "evenhand/error.h"

#include <stddef.h>
#include <stdint.h>

/* A number with its interval; all NaN where nothing can be said. */
typedef struct eh_range {
    double value, low, high;
} eh_range;

/* Rows and columns without a count are left out of everything. NaN where fewer than two rows or columns are left. */
typedef struct eh_contingency {
    uint64_t n;
    size_t rows, columns;                 /* that hold counts */
    double chi_square, df, p;             /* Pearson's test of independence, without continuity correction */
    double smallest_expected;             /* below about 5 the test is rough */
    double cramers_v;                     /* as measured; too high in small tables */
    double mutual_information;            /* bits, as measured; too high likewise */
    double entropy_rows, entropy_columns; /* bits */
    eh_range corrected_v, corrected_information; /* bias removed, with intervals */
} eh_contingency;

/* From count[rows * columns], row-major. With `repeats` > 0 the two corrected measures get intervals at `level` from so many bootstrap tables,
 * deterministic in the seed; with 0 they have their value alone. */
eh_status eh_contingency_measure(eh_contingency *out, const uint64_t *count, size_t rows, size_t columns,
                                 double level, size_t repeats, uint64_t seed, eh_error *err);

#endif
