/* Layers by the names of variables: what --layer-decay makes of networks, heads and what is no part of the network. */
#include "train/layer_rates.h"

#include "base/config.h"
#include "support/cmocka_all.h"

#include <math.h>
#include <string.h>

typedef struct fixture {
    eh_arena *arena;
    eh_params *params;
    eh_task task;
    size_t model_variables;
    double *rate;
} fixture;

static eh_thing_spec thing(fixture *f, const char *kind, const char *text)
{
    eh_thing_spec spec;
    assert_int_equal(eh_thing_parse(&spec, kind, text, text, f->arena, NULL), EH_OK);
    return spec;
}

/* Rates with --layer-decay 0.5 of a model whose columns have this head. */
static void make(fixture *f, const char *model, const char *head, const char *const *column, int side)
{
    *f = (fixture){ .arena = eh_arena_new() };
    eh_thing_spec body = thing(f, "model", model), top = thing(f, "head", head);
    const eh_model *m = (const eh_model *)body.entry;
    const eh_head *h = (const eh_head *)top.entry;
    eh_graph *g;
    size_t heads = 0;
    while (column[heads])
        heads++;
    assert_int_equal(eh_params_new(&f->params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, f->params, NULL), EH_OK);
    eh_build b = { .graph = g };
    eh_tensor *images =
        eh_input(g, "images", eh_shape_of(4, (int64_t)2, (int64_t)3, (int64_t)side, (int64_t)side), EH_F32);
    eh_features features = m->features(&b, body.opts, images);
    f->task.uncertainty = true;
    for (; f->task.heads < heads; f->task.heads++) {
        const char *name = eh_task_variable(m, column[f->task.heads], heads, f->arena);
        f->task.head[f->task.heads].variable = name;
        h->build(&b, top.opts, name, &features, 4, side, side);
        eh_variable(g, eh_arena_printf(f->arena, "uncertainty.%s", column[f->task.heads]),
                    eh_shape_of(1, (int64_t)1), EH_TRAINABLE, (eh_init){ .kind = EH_INIT_CONSTANT });
    }
    f->model_variables = eh_params_count(f->params);
    eh_variable(g, "adversary.weight", eh_shape_of(2, (int64_t)3, (int64_t)3), EH_TRAINABLE,
                (eh_init){ .kind = EH_INIT_CONSTANT });
    assert_int_equal(eh_graph_check(g, NULL), EH_OK);
    eh_graph_free(g);
    const eh_train_opts opts = { .layer_decay = 0.5 };
    assert_int_equal(eh_layer_rates(&f->rate, &opts, &f->task, f->params, f->model_variables, f->arena, NULL),
                     EH_OK);
}

static void clear(fixture *f)
{
    eh_params_free(f->params);
    eh_arena_free(f->arena);
}

/* Halvings of the rate of a variable. */
static void expect(const fixture *f, const char *name, int halvings)
{
    int64_t i = eh_params_find(f->params, name);
    if (i < 0)
        fail_msg("there is no %s", name);
    if (fabs(log2(f->rate[i]) + halvings) > 1e-9)
        fail_msg("%s has the rate %g, not 2^-%d", name, f->rate[i], halvings);
}

static void every_head_has_the_whole_rate_however_many_layers_it_has(void **state)
{
    (void)state;
    fixture f;
    make(&f, "resnet20", "concat-pool:hidden=4", (const char *const[]){ "age", "gender", "hair", NULL }, 16);
    static const char *const whole[] = { "linear.age.2.weight",  "linear.age.4.weight",
                                         "linear.age.8.weight",  "linear.gender.8.weight",
                                         "linear.hair.4.weight", "uncertainty.age",
                                         "uncertainty.hair" };
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        expect(&f, whole[i], 0);
    expect(&f, "layer3.2.conv2.weight", 1);
    expect(&f, "layer3.2.bn2.bias", 1);
    expect(&f, "layer3.1.conv1.weight", 2);
    expect(&f, "layer1.0.conv1.weight", 9);
    expect(&f, "conv1.weight", 10);
    clear(&f);
}

static void a_methods_variables_are_no_layer_of_the_network(void **state)
{
    (void)state;
    fixture f;
    make(&f, "standard-cnn:width=2,hidden=8", "linear", (const char *const[]){ "age", NULL }, 16);
    expect(&f, "adversary.weight", 0);
    expect(&f, "fc.weight", 0);
    expect(&f, "hidden.weight", 1);
    expect(&f, "conv1.weight", 5);
    clear(&f);
}

static void a_block_of_a_transformer_is_one_layer(void **state)
{
    (void)state;
    fixture f;
    make(&f, "vit-tiny:depth=3,width=24", "linear", (const char *const[]){ "age", NULL }, 16);
    expect(&f, "heads.head.weight", 0);
    expect(&f, "encoder.ln.weight", 1);
    for (int i = 0; i < 3; i++) {
        static const char *const part[] = { "ln_1.weight",
                                            "self_attention.in_proj_weight",
                                            "self_attention.out_proj.weight",
                                            "ln_2.bias",
                                            "mlp.0.weight",
                                            "mlp.3.bias" };
        for (size_t k = 0; k < sizeof part / sizeof *part; k++)
            expect(&f, eh_arena_printf(f.arena, "encoder.layers.encoder_layer_%d.%s", i, part[k]), 3 - i);
    }
    expect(&f, "encoder.pos_embedding", 4);
    expect(&f, "class_token", 4);
    expect(&f, "conv_proj.weight", 4);
    clear(&f);
    make(&f, "vgg-resnet:width=8,transformer=true", "linear", (const char *const[]){ "age", NULL }, 16);
    expect(&f, "stage3.block2.mlp.3.weight", 1);
    expect(&f, "stage3.block1.self_attention.in_proj_weight", 1);
    expect(&f, "stage3.conv.weight", 1);
    expect(&f, "stage2.block1.conv1.weight", 2);
    expect(&f, "stage1.conv.weight", 3);
    clear(&f);
}

static void stages_of_efficientnet_are_its_layers(void **state)
{
    (void)state;
    fixture f;
    make(&f, "efficientnetv2", "linear", (const char *const[]){ "age", "gender", NULL }, 32);
    expect(&f, "classifier.1.age.weight", 0);
    expect(&f, "features.7.0.weight", 1);
    expect(&f, "features.6.0.block.0.0.weight", 2);
    expect(&f, "features.6.7.block.3.1.bias", 2);
    expect(&f, "features.0.0.weight", 8);
    clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_head_has_the_whole_rate_however_many_layers_it_has),
        cmocka_unit_test(a_methods_variables_are_no_layer_of_the_network),
        cmocka_unit_test(a_block_of_a_transformer_is_one_layer),
        cmocka_unit_test(stages_of_efficientnet_are_its_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
