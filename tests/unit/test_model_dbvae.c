/* dbvae: classes, drawn image and gradients of both losses: where the sample is the mean, and as DB-VAE trains it, with given noise and faces only. */
#include "nn/own_loss.h"
#include "support/cmocka_all.h"
#include "support/golden.h"

extern const eh_model eh_model_dbvae;
extern const eh_head eh_head_linear;

/* ---- the masked sum, with noise ---- */

enum { BATCH = 4, LATENT = 6, CLASSES = 2 };

static eh_features faces_features;

static eh_tensor *faces_build(eh_build *b, eh_tensor *images)
{
    float noise[BATCH * LATENT];
    eh_arena *arena = eh_arena_new();
    eh_thing_spec model;
    for (size_t i = 0; i < BATCH * LATENT; i++)
        noise[i] = (float)golden_value("noise", i);
    assert_int_equal(eh_thing_parse(&model, "model", "dbvae:width=3,hidden=20,latent=6,reconstruction=l2",
                                    "test", arena, NULL),
                     EH_OK);
    b->noise = eh_constant(b->graph, eh_shape_of(2, BATCH, LATENT), noise);
    faces_features = eh_model_dbvae.features(b, model.opts, images);
    eh_arena_free(arena);
    return eh_head_linear.build(b, NULL, "fc", &faces_features, CLASSES, 32, 32);
}

static eh_tensor *faces_loss(eh_graph *g, eh_tensor *output, eh_tensor *labels, eh_tensor *numbers)
{
    (void)numbers;
    eh_cross_entropy_opts smoothed = { .smoothing = 0.1 };
    eh_tensor *classes = eh_weighted_cross_entropy(g, output, labels, smoothed),
              *mask = eh_own_loss_mask(g, labels, CLASSES, 1);
    return eh_mean(g, eh_own_loss_add(g, classes, faces_features.own_loss, mask), 0, false);
}

static const golden_network faces = {
    .file = "dbvae_faces", .labels = { .rank = 1, .dim = { BATCH } }, .build = faces_build, .loss = faces_loss
};

static void the_masked_sum_equals_torch_on_the_reference_backend(void **state)
{
    (void)state;
    golden_check_network(&faces, GOLDEN_FORWARD, "ref", EH_PRECISION_F64, 1e-5);
    golden_check_network(&faces, GOLDEN_GRADIENTS, "ref", EH_PRECISION_F64, 1e-5);
}

static void the_masked_sum_equals_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_network(&faces, GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32, 1e-4);
}

/* ---- the sample is the mean ---- */

static void it_has_the_size_of_the_lab(void **state)
{
    (void)state;
    /* Encoder, 2 * 100 + 1 outputs in all, decoder. */
    golden_check_parameters("dbvae", 64, 1, 909500);
}

static void outputs_equal_torch_on_the_reference_backend(void **state)
{
    (void)state;
    golden_check_model("dbvae", "dbvae:width=3,hidden=20,latent=6", GOLDEN_FORWARD, "ref", EH_PRECISION_F64,
                       1e-5);
}

static void outputs_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("dbvae", "dbvae:width=3,hidden=20,latent=6", GOLDEN_FORWARD, "cpu", EH_PRECISION_F32,
                       1e-4);
}

static void gradients_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("dbvae", "dbvae:width=3,hidden=20,latent=6", GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32,
                       1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_the_size_of_the_lab),
        cmocka_unit_test(outputs_equal_torch_on_the_reference_backend),
        cmocka_unit_test(outputs_equal_torch_on_the_cpu_backend),
        cmocka_unit_test(gradients_equal_torch_on_the_cpu_backend),
        cmocka_unit_test(the_masked_sum_equals_torch_on_the_reference_backend),
        cmocka_unit_test(the_masked_sum_equals_torch_on_the_cpu_backend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
