/* The table of metrics: every row is complete, and agrees with published values. */
#include "metric/metric.h"
#include "base/csv.h"
#include "evenhand/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const eh_metric *find(const char *name)
{
    for (const eh_entry *const *entry = eh_metric_list; *entry; entry++)
        if (strcmp((*entry)->name, name) == 0)
            return (const eh_metric *)*entry;
    return NULL;
}

static void every_metric_is_described(void **state)
{
    (void)state;
    for (const eh_entry *const *entry = eh_metric_list; *entry; entry++) {
        const eh_metric *metric = (const eh_metric *)*entry;
        assert_non_null(metric->entry.name);
        assert_non_null(metric->entry.summary);
        assert_non_null(metric->entry.source);
        assert_non_null(metric->compute);
        assert_non_null(strstr(metric->definition, " / "));
        assert_ptr_equal(find(metric->entry.name), metric);
    }
}

static void the_worst_of_a_rate_of_mistakes_is_the_highest(void **state)
{
    (void)state;
    eh_estimate e[] = { eh_wilson(0, 0, 0.95), eh_wilson(3, 4, 0.95), eh_wilson(1, 4, 0.95),
                        eh_wilson(3, 4, 0.95), eh_wilson(1, 4, 0.95) };
    assert_int_equal(eh_worst_of(e, 5, EH_BETTER_LOWER), 1);
    assert_int_equal(eh_best_of(e, 5, EH_BETTER_LOWER), 2);
    assert_int_equal(eh_worst_of(e, 5, EH_BETTER_HIGHER), 2);
    assert_int_equal(eh_best_of(e, 5, EH_BETTER_HIGHER), 1);
    assert_int_equal(eh_worst_of(e, 1, EH_BETTER_HIGHER), -1);
}

/* The data set's 20 people: truth and prediction in the column income, groups by the column sex (1 = privileged). */
typedef struct known {
    eh_arena *arena;
    eh_csv actual, predicted, metric;
    size_t sex, truth;
} known;

static const char *metric_path(eh_arena *arena, const char *name)
{
    const char *folder = getenv("EVENHAND_DATA");
    return eh_arena_printf(arena, "%s/metrics/%s", folder ? folder : "../shared/data", name);
}

static void count(eh_confusion *out, const known *k, const char *sex)
{
    assert_int_equal(eh_confusion_make(out, k->arena, 2, NULL), EH_OK);
    for (size_t i = 0; i < k->actual.rows; i++) {
        size_t row = i * k->actual.columns;
        if (sex && strcmp(k->actual.cell[row + k->sex], sex) != 0)
            continue;
        eh_confusion_add(out, k->actual.cell[row + k->truth][0] - '0',
                         k->predicted.cell[row + k->truth][0] - '0');
    }
}

/* Our name for theirs; NULL for what is no proportion (indices, differences of generalized rates). */
static const eh_metric *ours(const char *name, size_t *cls)
{
    static const struct {
        const char *theirs, *mine;
        size_t cls;
    } table[] = {
        { "accuracy", "accuracy", 1 },
        { "precision", "precision", 1 },
        { "positive_predictive_value", "precision", 1 },
        { "negative_predictive_value", "precision", 0 },
        { "recall", "recall", 1 },
        { "sensitivity", "recall", 1 },
        { "true_positive_rate", "recall", 1 },
        { "true_negative_rate", "specificity", 1 },
        { "specificity", "specificity", 1 },
        { "false_positive_rate", "false-positive-rate", 1 },
        { "false_negative_rate", "false-negative-rate", 1 },
        { "selection_rate", "selection-rate", 1 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].theirs, name) == 0) {
            *cls = table[i].cls;
            return find(table[i].mine);
        }
    }
    return NULL;
}

static size_t compare_with_known(const known *k)
{
    size_t compared = 0;
    for (size_t i = 0; i < k->metric.rows; i++) {
        const char **cell = &k->metric.cell[i * k->metric.columns];
        size_t cls;
        const eh_metric *metric = ours(cell[0], &cls);
        if (!metric)
            continue;
        eh_confusion confusion;
        count(&confusion, k, strstr(cell[1], "TRUE") ? "1" : strstr(cell[1], "FALSE") ? "0" : NULL);
        double expected = strtod(cell[2], NULL), tolerance = strtod(cell[3], NULL);
        double value = metric->compute(&confusion, cls, 0.95).value;
        /* The file rounds its values and states how far; where it allows more than 0.001, that is allowed. */
        if (fabs(value - expected) > fmin(tolerance, 1e-3))
            fail_msg("%s %s is %.6f, known is %.6f", cell[0], cell[1], value, expected);
        compared++;
    }
    return compared;
}

static void proportions_agree_with_the_known_metrics(void **state)
{
    (void)state;
    known k = { .arena = eh_arena_new() };
    const char *actual = metric_path(k.arena, "actual_data.csv");
    if (access(actual, R_OK) != 0) {
        eh_arena_free(k.arena);
        print_message("no %s: skipped\n", "metrics/actual_data.csv");
        skip();
    }
    assert_int_equal(eh_csv_read(&k.actual, k.arena, actual, NULL), EH_OK);
    assert_int_equal(eh_csv_read(&k.predicted, k.arena, metric_path(k.arena, "predicted_data.csv"), NULL),
                     EH_OK);
    assert_int_equal(eh_csv_read(&k.metric, k.arena, metric_path(k.arena, "known_metrics.csv"), NULL), EH_OK);
    assert_int_equal(eh_csv_column(&k.sex, &k.actual, actual, "sex", NULL), EH_OK);
    assert_int_equal(eh_csv_column(&k.truth, &k.actual, actual, "income", NULL), EH_OK);
    size_t compared = compare_with_known(&k);
    eh_arena_free(k.arena);
    assert_int_equal(compared, 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_is_described),
        cmocka_unit_test(the_worst_of_a_rate_of_mistakes_is_the_highest),
        cmocka_unit_test(proportions_agree_with_the_known_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
