/* sampler_cases.c - the candidates that all tests of samplers draw from; see sampler_cases.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/sampler_cases.h"

#include "base/config.h"
#include "evenhand/memory.h"

#include <string.h>

static uint32_t candidate[CASE_CANDIDATES];
static int32_t group[CASE_ROWS];

eh_sampler_input sampler_case(uint64_t seed, uint64_t epoch)
{
    static const int size[] = { 700, 200, 90, 10 };
    size_t n = 0;
    for (int row = 0; row < CASE_ROWS; row++) {
        if (row % 11 == 0) {
            group[row] = 4;
            continue;
        }
        int g = 0, within = (int)(n * 37 % CASE_CANDIDATES); /* groups are mixed */
        while (within >= size[g])
            within -= size[g++];
        group[row] = g;
        candidate[n++] = (uint32_t)row;
    }
    assert_int_equal(n, CASE_CANDIDATES);
    return (eh_sampler_input){
        .row = candidate, .rows = n, .group = group, .groups = CASE_GROUPS, .seed = seed, .epoch = epoch
    };
}

static eh_status run(const char *sampler, const eh_sampler_input *in, uint32_t **order, size_t *count,
                     eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec;
    assert_int_equal(eh_thing_parse(&spec, "sampler", sampler, "test", arena, NULL), EH_OK);
    eh_status status = ((const eh_sampler *)spec.entry)->order(spec.opts, in, order, count, err);
    eh_arena_free(arena);
    return status;
}

void sampler_run(const char *sampler, const eh_sampler_input *in, uint32_t **order, size_t *count)
{
    eh_error err = { 0 };
    if (run(sampler, in, order, count, &err) != EH_OK)
        fail_msg("%s", err.message);
}

void sampler_tally(const uint32_t *order, size_t count, uint32_t of_row[CASE_ROWS],
                   uint32_t of_group[CASE_GROUPS])
{
    memset(of_row, 0, CASE_ROWS * sizeof *of_row);
    memset(of_group, 0, CASE_GROUPS * sizeof *of_group);
    for (size_t i = 0; i < count; i++) {
        assert_true(order[i] < CASE_ROWS && order[i] % 11 != 0);
        of_row[order[i]]++;
        of_group[group[order[i]]]++;
    }
}

void sampler_expect_repeatable(const char *sampler)
{
    uint32_t *a, *b;
    size_t n, m;
    eh_sampler_input in = sampler_case(3, 8);
    sampler_run(sampler, &in, &a, &n);
    sampler_run(sampler, &in, &b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n * sizeof *a);
    eh_free(b);
    for (int k = 0; k < 2; k++) {
        in = sampler_case(k ? 4 : 3, k ? 8 : 9);
        sampler_run(sampler, &in, &b, &m);
        assert_int_equal(n, m);
        assert_memory_not_equal(a, b, n * sizeof *a);
        eh_free(b);
    }
    eh_free(a);
}

void sampler_expect_needs_groups(const char *sampler)
{
    eh_sampler_input in = sampler_case(1, 1);
    uint32_t *order = NULL;
    size_t count;
    eh_error err = { 0 };
    in.group = NULL;
    assert_int_equal(run(sampler, &in, &order, &count, &err), EH_ERR_USAGE);
    assert_null(order);
    assert_non_null(strstr(err.message, "--groups"));
}

void sampler_expect_needs_candidates(const char *sampler)
{
    eh_sampler_input in = sampler_case(1, 1);
    uint32_t *order = NULL;
    size_t count;
    eh_error err = { 0 };
    in.rows = 0;
    assert_int_equal(run(sampler, &in, &order, &count, &err), EH_ERR_NOT_ENOUGH);
    assert_null(order);
}
