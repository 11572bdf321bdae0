/* split_assign.c - random splits that keep the proportions of every stratum, row by row or person by person.
 *
 * Idea     Rows alone: inside each stratum the rows are ordered by a random number that belongs to the row, and cut at the shares. What
 *          rounding leaves over goes to the parts that are furthest behind over all strata, at most one row per part and stratum.
 *          Persons: people are taken in the order of how many images they have, the largest first (random among equals), and each goes
 *          to the part where it lowers
 *
 *              D = sum over parts p, strata s of (a[p][s] - t[p][s])^2 / t[p][s]      t = share * size of the stratum, a = assigned
 *
 *          most; the whole data set counts as one more stratum. This is the greedy rule for multi-way number partitioning.
 * Source   Iterative stratification: Sechidis, Tsoumakas, Vlahavas, ECML PKDD 2011 (the idea of giving to the neediest part); largest
 *          first: Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Appl. Math. 17 (1969).
 * Cost     O(n log n) in rows; persons cost parts * (number of strata that the person touches) each. One table of parts * strata numbers.
 * Deviates from Sechidis: units are people, not single images, and the score is a chi-square distance, not the largest need.
 * Easy to get wrong: the random number must belong to the row (its id), not to its place in the list, so that removing an image
 *          leaves the others where they are, up to the cut.
 */
#include "data/split_assign.h"

#include "base/rng.h"
#include "evenhand/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row or a person in the order of treatment. */
typedef struct unit {
    uint64_t random;
    uint32_t index;
    int32_t stratum; /* rows */
    uint32_t size;   /* persons: number of images */
} unit;

static int by_stratum_and_chance(const void *a, const void *b)
{
    const unit *x = a, *y = b;
    if (x->stratum != y->stratum)
        return x->stratum < y->stratum ? -1 : 1;
    if (x->random != y->random)
        return x->random < y->random ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int by_size_and_chance(const void *a, const void *b)
{
    const unit *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    if (x->random != y->random)
        return x->random < y->random ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static uint64_t chance(uint64_t seed, uint64_t key)
{
    eh_rng rng = eh_rng_at(seed, EH_DRAW_SPLIT, key, 0);
    return eh_rng_u64(&rng);
}

/* ---------------------------------------------------------------- rows alone */

/* How many rows of a stratum of `n` each part gets. `due` is what each part should have had so far, less what it got. */
static void quotas(const eh_split_input *in, size_t n, double *due, size_t *quota)
{
    size_t given = 0;
    double rest[EH_MOST_FOLDS] = { 0 };
    for (size_t p = 0; p < in->parts; p++) {
        double ideal = in->share[p] * (double)n;
        quota[p] = (size_t)floor(ideal + 1e-9);
        rest[p] = ideal - (double)quota[p];
        due[p] += rest[p];
        given += quota[p];
    }
    while (given < n) {
        size_t best = in->parts;
        for (size_t p = 0; p < in->parts; p++)
            if (rest[p] > 1e-9 && (best == in->parts || due[p] > due[best] + 1e-12))
                best = p;
        if (best == in->parts) /* the shares sum to 1 only up to rounding */
            for (best = 0; in->share[best] <= 0;)
                best++;
        quota[best]++;
        due[best] -= 1;
        rest[best] = 0;
        given++;
    }
}

static eh_status assign_rows(const eh_split_input *in, uint8_t *part, eh_error *err)
{
    unit *order = eh_alloc(in->rows, sizeof *order);
    if (!order)
        return eh_fail_memory(err, "a split", in->rows, sizeof *order);
    for (size_t i = 0; i < in->rows; i++)
        order[i] = (unit){ .random = chance(in->seed, (uint64_t)in->key[i]),
                           .index = (uint32_t)i,
                           .stratum = in->stratum[i] };
    qsort(order, in->rows, sizeof *order, by_stratum_and_chance);
    double due[EH_MOST_FOLDS] = { 0 };
    for (size_t first = 0; first < in->rows;) {
        size_t n = 0, quota[EH_MOST_FOLDS] = { 0 };
        while (first + n < in->rows && order[first + n].stratum == order[first].stratum)
            n++;
        quotas(in, n, due, quota);
        for (size_t p = 0; p < in->parts; p++)
            for (size_t k = 0; k < quota[p]; k++)
                part[order[first++].index] = (uint8_t)p;
    }
    eh_free(order);
    return EH_OK;
}

/* ---------------------------------------------------------------- persons */

typedef struct person_state {
    const eh_split_input *in;
    unit *person;     /* [identities] in the order of treatment */
    uint32_t *row;    /* [rows] rows of person 0, then of person 1 ... */
    size_t *first;    /* [identities + 1] where a person's rows begin in `row` */
    double *target;   /* [parts][strata + 1]; the last one is the whole data set */
    double *assigned; /* likewise */
    uint32_t *count;  /* [strata + 1] of the person at hand, zero between persons */
    int32_t *touched; /* [strata + 1] strata that the person at hand has images in */
} person_state;

static void free_persons(person_state *s)
{
    eh_free(s->person);
    eh_free(s->row);
    eh_free(s->first);
    eh_free(s->target);
    eh_free(s->assigned);
    eh_free(s->count);
    eh_free(s->touched);
}

static eh_status prepare_persons(person_state *s, const eh_split_input *in, eh_error *err)
{
    size_t strata = in->strata + 1;
    *s = (person_state){ .in = in };
    s->person = eh_alloc(in->identities, sizeof *s->person);
    s->row = eh_alloc(in->rows, sizeof *s->row);
    s->first = eh_alloc(in->identities + 1, sizeof *s->first);
    s->target = eh_alloc(in->parts * strata, sizeof *s->target);
    s->assigned = eh_alloc(in->parts * strata, sizeof *s->assigned);
    s->count = eh_alloc(strata, sizeof *s->count);
    s->touched = eh_alloc(strata, sizeof *s->touched);
    if (!s->person || !s->row || !s->first || !s->target || !s->assigned || !s->count || !s->touched)
        return eh_fail_memory(err, "a split by identity", in->rows + in->identities, 32);
    for (size_t i = 0; i < in->rows; i++) {
        s->first[in->identity[i] + 1]++;
        for (size_t p = 0; p < in->parts; p++) {
            s->target[p * strata + (size_t)in->stratum[i]] += in->share[p];
            s->target[p * strata + in->strata] += in->share[p];
        }
    }
    for (size_t k = 0; k < in->identities; k++)
        s->first[k + 1] += s->first[k];
    /* A person's randomness comes from its first row, which has the lowest id. */
    for (size_t i = in->rows; i-- > 0;) {
        unit *u = &s->person[in->identity[i]];
        s->row[s->first[in->identity[i]] + u->size++] = (uint32_t)i;
        u->random = chance(in->seed, (uint64_t)in->key[i]);
        u->index = (uint32_t)in->identity[i];
    }
    qsort(s->person, in->identities, sizeof *s->person, by_size_and_chance);
    return EH_OK;
}

/* By how much D changes when the person at hand goes to part p. */
static double change(const person_state *s, size_t p, size_t touched)
{
    const double *target = s->target + p * (s->in->strata + 1),
                 *assigned = s->assigned + p * (s->in->strata + 1);
    double sum = 0;
    for (size_t k = 0; k < touched; k++) {
        int32_t stratum = s->touched[k];
        double c = s->count[stratum], off = assigned[stratum] - target[stratum];
        sum += c * (c + 2 * off) / target[stratum];
    }
    return sum;
}

static void assign_person(person_state *s, const unit *u, uint8_t *part)
{
    const eh_split_input *in = s->in;
    size_t touched = 0, strata = in->strata + 1;
    const uint32_t *row = s->row + s->first[u->index];
    for (uint32_t k = 0; k < u->size; k++) {
        int32_t stratum = in->stratum[row[k]];
        if (s->count[stratum]++ == 0)
            s->touched[touched++] = stratum;
    }
    s->touched[touched++] = (int32_t)in->strata;
    s->count[in->strata] = u->size;
    size_t best = in->parts;
    double lowest = 0;
    for (size_t p = 0; p < in->parts; p++) {
        if (in->share[p] <= 0)
            continue;
        double d = change(s, p, touched);
        if (best == in->parts || d < lowest) {
            best = p;
            lowest = d;
        }
    }
    for (size_t k = 0; k < touched; k++) {
        s->assigned[best * strata + (size_t)s->touched[k]] += s->count[s->touched[k]];
        s->count[s->touched[k]] = 0;
    }
    for (uint32_t k = 0; k < u->size; k++)
        part[row[k]] = (uint8_t)best;
}

static eh_status assign_persons(const eh_split_input *in, uint8_t *part, eh_error *err)
{
    person_state s;
    eh_status status = prepare_persons(&s, in, err);
    for (size_t k = 0; k < in->identities && status == EH_OK; k++)
        assign_person(&s, &s.person[k], part);
    free_persons(&s);
    return status;
}

/* ---------------------------------------------------------------- both */

eh_status eh_split_assign(const eh_split_input *in, uint8_t *part, eh_error *err)
{
    size_t wanted = 0, count[EH_MOST_FOLDS] = { 0 }, units = in->identity ? in->identities : in->rows;
    assert(in->parts <= EH_MOST_FOLDS);
    for (size_t p = 0; p < in->parts; p++)
        wanted += in->share[p] > 0;
    if (in->rows > UINT32_MAX)
        return eh_fail(err, EH_ERR_LIMIT, "more than 4,294,967,295 images cannot be split");
    if (units < wanted)
        return eh_fail(
            err, EH_ERR_NOT_ENOUGH,
            "%zu %s cannot be split into %zu parts; ask for fewer, or set the share of a part to 0", units,
            in->identity ? (units == 1 ? "identity" : "identities") : (units == 1 ? "image" : "images"),
            wanted);
    EH_TRY(in->identity ? assign_persons(in, part, err) : assign_rows(in, part, err));
    for (size_t i = 0; i < in->rows; i++)
        count[part[i]]++;
    for (size_t p = 0; p < in->parts; p++)
        if (in->share[p] > 0 && count[p] == 0)
            return eh_fail(err, EH_ERR_NOT_ENOUGH,
                           "%s would get no image: %.4g %% of %zu images%s leaves nothing for it; "
                           "give it a larger share, or 0",
                           in->part_name[p], 100 * in->share[p], in->rows,
                           in->identity ? " by identity" : "");
    return EH_OK;
}
