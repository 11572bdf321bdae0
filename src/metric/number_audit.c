/* number_audit.c - errors of predicted numbers, group by group; see number_audit.h.
 *
 * Idea      One pass keeps mean and sum of squares of the error and of its size in every group; everything else is read off them.
 * Equation  mean:          m -+ t(n - 1) s / sqrt(n)
 *           gap:           (a - b) -+ t(v) sqrt(A + B), A = s_a^2 / n_a, B likewise, v = (A + B)^2 / (A^2 / (n_a - 1) + B^2 / (n_b - 1))
 *           mean of k:     m -+ t(v) sqrt(sum A_g) / k, v in the same way
 *           within k:      Wilson's interval of the share with |error| <= k
 * Source    Student 1908, Biometrika 6:1. Welch 1947, Biometrika 34:28. Welford 1962, Technometrics 4:419 (running sums).
 * Cost      O(rows + groups * withins).
 * Deviates  Sizes of errors are skewed, so with few images the interval of their mean is rough; groups below `few` are marked.
 * Easy to get wrong: a group of one image has a mean and no interval; a group without images is neither worst nor part of the mean; rounding in
 *           the file must not push an error of exactly k out of "within k".
 */
#include "metric/number_audit.h"
#include "metric/distribution.h"

#include <math.h>
#include <string.h>

#define DEFAULT_FEW   30
#define DEFAULT_LEVEL 0.95

const double eh_within_default[EH_WITHIN_COUNT] = { 1, 3, 5, 8 };

/* Running mean and sum of squared distances from it. */
typedef struct running {
    uint64_t n;
    double mean, squares;
} running;

static void add(running *r, double x)
{
    r->n++;
    double before = x - r->mean;
    r->mean += before / (double)r->n;
    r->squares += before * (x - r->mean);
}

eh_mean_estimate eh_mean_estimate_of(double mean, double squares, uint64_t count, double level)
{
    eh_mean_estimate m = { NAN, NAN, NAN, NAN, count };
    if (count == 0)
        return m;
    m.value = mean;
    if (count < 2)
        return m;
    double n = (double)count;
    m.deviation = sqrt(squares / (n - 1));
    double half = eh_student_two_sided(level, n - 1) * m.deviation / sqrt(n);
    m.low = m.value - half;
    m.high = m.value + half;
    return m;
}

static eh_mean_estimate mean_of(const running *r, double level)
{
    return eh_mean_estimate_of(r->mean, r->squares, r->n, level);
}

/* What is gathered of one group while the rows are read. */
typedef struct gathered {
    running size, error;
    double squares; /* of the errors */
    uint64_t *within;
} gathered;

static eh_status copy_names(const char *const **out, eh_arena *arena, const char *const *name, size_t count,
                            eh_error *err)
{
    const char **copy = eh_arena_alloc(arena, count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        if (!(copy[i] = eh_arena_strdup(arena, name[i])))
            copy = NULL;
    *out = copy;
    return copy ? EH_OK : eh_fail_memory(err, "the names of an audit", count, sizeof *copy);
}

static eh_status prepare(eh_number_audit *audit, const eh_number_input *in, gathered **gather, eh_error *err)
{
    static const char *const whole[] = { "all images" };
    eh_arena *arena = audit->arena;
    const char *const *name, *const *value;
    size_t groups = in->groups ? in->groups : 1, columns = in->groups ? in->group_columns : 0;
    EH_TRY(copy_names(&audit->group_column, arena, in->group_column, columns, err));
    EH_TRY(copy_names(&name, arena, in->groups ? in->group_name : whole, groups, err));
    EH_TRY(copy_names(&value, arena, in->group_value, groups * columns, err));
    audit->groups = groups;
    audit->group_columns = columns;
    audit->level = in->level > 0 ? in->level : DEFAULT_LEVEL;
    audit->few = in->few ? in->few : DEFAULT_FEW;
    audit->withins = in->within ? in->withins : EH_WITHIN_COUNT;
    audit->within = eh_arena_alloc(arena, audit->withins + 1, sizeof *audit->within);
    audit->group = eh_arena_alloc(arena, groups, sizeof *audit->group);
    *gather = eh_arena_alloc(arena, groups + 1, sizeof **gather);
    if (!audit->within || !audit->group || !*gather)
        return eh_fail_memory(err, "the groups of an audit", groups, sizeof *audit->group);
    memcpy(audit->within, in->within ? in->within : eh_within_default,
           audit->withins * sizeof *audit->within);
    for (size_t g = 0; g <= groups; g++) {
        eh_number_result *r = g < groups ? &audit->group[g] : &audit->overall;
        r->name = g < groups ? name[g] : whole[0];
        r->value = g < groups ? value + g * columns : NULL;
        r->within = eh_arena_alloc(arena, audit->withins + 1, sizeof *r->within);
        (*gather)[g].within = eh_arena_alloc(arena, audit->withins + 1, sizeof *(*gather)[g].within);
        if (!r->within || !(*gather)[g].within)
            return eh_fail_memory(err, "the shares of an audit", audit->withins, sizeof *r->within);
    }
    return EH_OK;
}

static void gather_error(gathered *g, const eh_number_audit *audit, double error)
{
    double size = fabs(error);
    add(&g->size, size);
    add(&g->error, error);
    g->squares += error * error;
    for (size_t k = 0; k < audit->withins; k++)
        g->within[k] += size <= audit->within[k] * (1 + 1e-12);
}

static eh_status read_rows(eh_number_audit *audit, const eh_number_input *in, gathered *gather, eh_error *err)
{
    for (size_t i = 0; i < in->rows; i++) {
        int32_t group = in->groups ? in->group[i] : 0;
        if (group < 0 || (size_t)group >= audit->groups)
            return eh_fail(err, EH_ERR_INPUT, "Row %zu has the group %d, but there are %zu, counted from 0.",
                           i + 1, (int)group, audit->groups);
        if (isinf(in->truth[i]) || isinf(in->predicted[i]))
            return eh_fail(err, EH_ERR_INPUT, "Row %zu holds an infinite number.", i + 1);
        if (isnan(in->truth[i])) {
            audit->missing_truth++;
        } else if (isnan(in->predicted[i])) {
            audit->missing_prediction++;
        } else {
            double error = in->predicted[i] - in->truth[i];
            gather_error(&gather[group], audit, error);
            gather_error(&gather[audit->groups], audit, error);
        }
    }
    return EH_OK;
}

static void measure(eh_number_result *r, const eh_number_audit *audit, const gathered *g)
{
    r->n = g->size.n;
    r->verdict = r->n == 0 ? EH_VERDICT_NONE : r->n < audit->few ? EH_VERDICT_FEW : EH_VERDICT_OK;
    r->mae = mean_of(&g->size, audit->level);
    if (r->mae.low < 0) /* the size of an error is not; a few images can bring Student there */
        r->mae.low = 0;
    r->bias = mean_of(&g->error, audit->level);
    r->rmse = r->n ? sqrt(g->squares / (double)r->n) : (double)NAN;
    for (size_t k = 0; k < audit->withins; k++)
        r->within[k] = eh_wilson(g->within[k], r->n, audit->level);
}

/* Sum of the variances of means, and the degrees of freedom that it has by Welch and Satterthwaite. */
typedef struct welch {
    double variance, below;
    bool known;
} welch;

static void welch_add(welch *w, const eh_mean_estimate *m)
{
    w->known = w->known && m->n > 1;
    if (m->n < 2)
        return;
    double a = m->deviation * m->deviation / (double)m->n;
    w->variance += a;
    w->below += a * a / (double)(m->n - 1);
}

static eh_difference interval_of(double value, double factor, const welch *w, double level)
{
    if (!w->known)
        return (eh_difference){ value, NAN, NAN };
    double half = 0;
    if (w->variance > 0)
        half = factor * sqrt(w->variance) * eh_student_two_sided(level, w->variance * w->variance / w->below);
    return (eh_difference){ value, value - half, value + half };
}

static void summarize(eh_number_audit *audit)
{
    double sum = 0;
    welch all = { .known = true };
    audit->worst = audit->best = -1;
    audit->gap = audit->group_mean = (eh_difference){ NAN, NAN, NAN };
    for (size_t g = 0; g < audit->groups; g++) {
        const eh_mean_estimate *m = &audit->group[g].mae;
        if (m->n == 0)
            continue;
        sum += m->value;
        welch_add(&all, m);
        audit->group_mean_groups++;
        if (audit->worst < 0 || m->value > audit->group[audit->worst].mae.value)
            audit->worst = (int64_t)g;
        if (audit->best < 0 || m->value < audit->group[audit->best].mae.value)
            audit->best = (int64_t)g;
    }
    if (audit->group_mean_groups == 0)
        return;
    double k = (double)audit->group_mean_groups;
    audit->group_mean = interval_of(sum / k, 1 / k, &all, audit->level);
    if (audit->group_mean.low < 0)
        audit->group_mean.low = 0;
    if (audit->group_mean_groups < 2)
        return;
    const eh_mean_estimate *a = &audit->group[audit->worst].mae, *b = &audit->group[audit->best].mae;
    welch two = { .known = true };
    welch_add(&two, a);
    welch_add(&two, b);
    audit->gap = interval_of(a->value - b->value, 1, &two, audit->level);
}

eh_status eh_number_audit_make(eh_number_audit **out, const eh_number_input *in, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_number_audit *audit = arena ? eh_arena_alloc(arena, 1, sizeof *audit) : NULL;
    gathered *gather;
    if (!audit) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "an audit", 1, sizeof *audit);
    }
    audit->arena = arena;
    eh_status status;
    EH_TRY_GOTO(status, prepare(audit, in, &gather, err));
    EH_TRY_GOTO(status, read_rows(audit, in, gather, err));
    for (size_t g = 0; g < audit->groups; g++)
        measure(&audit->group[g], audit, &gather[g]);
    measure(&audit->overall, audit, &gather[audit->groups]);
    summarize(audit);
    *out = audit;
done:
    if (status != EH_OK)
        eh_number_audit_free(audit);
    return status;
}

void eh_number_audit_free(eh_number_audit *audit)
{
    if (audit)
        eh_arena_free(audit->arena);
}
