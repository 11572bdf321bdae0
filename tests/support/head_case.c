/* head_case.c - see head_case.h. */
#include "support/head_case.h"

#include <math.h>
#include <string.h>

void head_case_begin(head_case *c, const char *spec, bool training, int64_t height, int64_t width)
{
    eh_thing_spec head = { 0 };
    eh_error err = { 0 };
    memset(c, 0, sizeof *c);
    c->f = engine_begin();
    c->arena = eh_arena_new();
    assert_non_null(c->arena);
    float map[HEAD_N * HEAD_C * HEAD_P];
    for (int i = 0; i < HEAD_N * HEAD_C * HEAD_P; i++) {
        map[i] = (float)cos(1.7 * i);
        c->map[i / HEAD_P / HEAD_C][i / HEAD_P % HEAD_C][i % HEAD_P] = (double)map[i];
    }
    c->features.map =
        eh_constant(c->f.g,
                    eh_shape_of(4, (int64_t)HEAD_N, (int64_t)HEAD_C, (int64_t)HEAD_H, (int64_t)HEAD_W), map);
    c->features.vector = eh_global_avg_pool(c->f.g, c->features.map);
    c->build =
        (eh_build){ .graph = c->f.g, .training = training, .step = eh_full(c->f.g, eh_shape_of(0), 1) };
    if (eh_thing_parse(&head, "head", spec, "test", c->arena, &err) != EH_OK)
        fail_msg("%s", err.message);
    c->output =
        ((const eh_head *)head.entry)->build(&c->build, head.opts, "fc", &c->features, HEAD_K, height, width);
    if (eh_graph_check(c->f.g, &err) != EH_OK)
        fail_msg("%s", err.message);
}

void head_case_end(head_case *c)
{
    engine_end(&c->f);
    eh_arena_free(c->arena);
}

const float *head_case_set(head_case *c, const char *name, double offset, double factor)
{
    int64_t i = eh_params_find(c->f.params, name);
    if (i < 0)
        fail_msg("there is no variable %s", name);
    size_t count = (size_t)eh_shape_elements(eh_params_info(c->f.params, (size_t)i).shape);
    float *value = eh_arena_alloc(c->arena, count, sizeof *value);
    assert_non_null(value);
    for (size_t k = 0; k < count; k++)
        value[k] = (float)(offset + factor * sin((double)k + 1));
    assert_int_equal(eh_params_write(c->f.params, (size_t)i, value, NULL), EH_OK);
    return value;
}

void head_case_expect_names(head_case *c, const char *const *name, size_t count)
{
    size_t seen = 0;
    for (size_t i = 0; i < eh_params_count(c->f.params); i++) {
        eh_param_info info = eh_params_info(c->f.params, i);
        if (info.role != EH_TRAINABLE)
            continue;
        assert_true(seen < count);
        assert_string_equal(info.name, name[seen++]);
    }
    assert_int_equal(seen, count);
}

void head_case_expect_refusal(const char *head, bool with_map)
{
    engine_fixture f = engine_begin();
    eh_build b = { .graph = f.g };
    eh_features features = { 0 };
    eh_thing_spec spec = { 0 };
    eh_arena *arena = eh_arena_new();
    assert_int_equal(eh_thing_parse(&spec, "head", head, "test", arena, NULL), EH_OK);
    if (with_map)
        features.map = eh_full(f.g, eh_shape_of(4, (int64_t)2, (int64_t)3, (int64_t)2, (int64_t)2), 1);
    else
        features.vector = eh_full(f.g, eh_shape_of(2, (int64_t)2, (int64_t)3), 1);
    assert_null(((const eh_head *)spec.entry)->build(&b, spec.opts, "fc", &features, 2, 4, 4));
    EXPECT_ERROR(f.g, "the head ", head, " needs ", "; use ");
    eh_arena_free(arena);
    engine_end(&f);
}
