/* model_dbvae.c - a classifier that also learns to draw what it sees: the network of the debiasing variational autoencoder.
 *
 * Idea    beside the class the encoder gives mean and log-variance of latent variables, and a decoder draws the image from a sample of them. How
 *         rare an image is in latent space then tells how much a fair training should see of it (the resampling is a method's work).
 * Math    z = mu + e^(s/2) eps; own loss of an image = kl-weight * 1/2 sum(e^s + mu^2 - 1 - s) + mean |x - x^| (or squared).
 *         In inference z = mu.
 * Source  Amini, Soleimany, Schwarting, Bhatia and Rus 2019, "Uncovering and mitigating algorithmic bias through learned latent structure"; widths,
 *         kernels and kl-weight 5e-4 of MIT 6.S191, lab 2. Kingma and Welling 2014.
 * Differs class, mu and s are layers of their own rather than one layer of 2 * latent + 1 outputs (the same function and number of parameters); the
 *         last layer is linear, since images are normalised and not in [0, 1]; padding as in standard-cnn.
 * Easy to get wrong: s is the logarithm of the variance although the lab calls it log sigma; DB-VAE counts this loss for faces only
 *         (--own-loss-class, and the method dbvae by itself). A plain autoencoder is --heads LABEL:weight=0.
 */
#include "nn/layer.h"
#include "nn/standard_cnn.h"

#include <stddef.h>

typedef struct options {
    int64_t width, hidden, latent;
    double kl_weight;
    int reconstruction;
} options;

enum { ABSOLUTE, SQUARED };
static const char *const reconstruction_names[] = { "l1", "l2", NULL };

static const eh_opt option_table[] = {
    { .name = "width",
      .help = "filters of the first convolution, as in standard-cnn",
      .type = EH_OPT_INT,
      .offset = offsetof(options, width),
      .def = "12",
      .min = 1,
      .max = 512 },
    { .name = "hidden",
      .help = "width of the encoder's last hidden layer",
      .type = EH_OPT_INT,
      .offset = offsetof(options, hidden),
      .def = "512",
      .min = 1,
      .max = 65536 },
    { .name = "latent",
      .help = "latent variables",
      .type = EH_OPT_INT,
      .offset = offsetof(options, latent),
      .def = "100",
      .min = 1,
      .max = 65536 },
    { .name = "kl-weight",
      .help = "weight of the divergence from the standard normal",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, kl_weight),
      .def = "0.0005",
      .min = 0,
      .max = 1e6 },
    { .name = "reconstruction",
      .help = "absolute or squared error of the drawn image",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, reconstruction),
      .def = "l1",
      .choices = reconstruction_names },
    { 0 },
};

/* z [N,latent] -> image [N,C,H,W]; the encoder's stages in reverse. */
static eh_tensor *decode(eh_build *b, const options *o, eh_tensor *z, eh_shape map, int channels)
{
    static const struct {
        const char *name;
        int times, kernel;
    } stage[] = {
        { "decoder.up1", 4, 3 }, { "decoder.up2", 2, 3 }, { "decoder.up3", 1, 5 }, { "decoder.up4", 0, 5 }
    };
    eh_graph *g = b->graph;
    eh_tensor *x =
        eh_relu(g, eh_layer_linear(b, "decoder.hidden", z, map.dim[1] * map.dim[2] * map.dim[3], true));
    x = eh_reshape(g, x, map);
    for (int i = 0; i < 4; i++) {
        eh_conv_transpose_spec spec = { .out = stage[i].times ? (int)o->width * stage[i].times : channels,
                                        .kernel = stage[i].kernel,
                                        .stride = 2,
                                        .pad = stage[i].kernel / 2,
                                        .extra = 1 };
        x = eh_layer_conv_transpose2d(b, stage[i].name, x, spec);
        x = i < 3 ? eh_relu(g, x) : x;
    }
    return x;
}

/* z [N,latent] */
static eh_tensor *sample(eh_build *b, eh_tensor *mean, eh_tensor *log_variance)
{
    eh_graph *g = b->graph;
    if (!b->training)
        return mean;
    if (!b->noise)
        return eh_gaussian_sample(g, mean, log_variance, b->step);
    return eh_add(g, mean, eh_mul(g, eh_exp(g, eh_affine(g, log_variance, 0.5, 0)), b->noise));
}

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    const options *o = opts;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(images);
    if (in.dim[2] % 16 || in.dim[3] % 16) {
        eh_graph_fail(g, EH_ERR_USAGE,
                      "dbvae halves the image four times and draws it again, so its sides must be multiples "
                      "of 16, not %dx%d; set --size",
                      (int)in.dim[3], (int)in.dim[2]);
        return (eh_features){ 0 };
    }
    eh_features f = eh_standard_cnn_features(b, images, o->width, o->hidden);
    if (!f.vector)
        return f;
    eh_tensor *mean = eh_expose(g, "latent", eh_layer_linear(b, "latent_mean", f.vector, o->latent, true));
    eh_tensor *log_variance = eh_expose(g, "latent_log_variance",
                                        eh_layer_linear(b, "latent_log_variance", f.vector, o->latent, true));
    if (b->training && !b->step && !b->noise) {
        eh_graph_fail(g, EH_ERR_USAGE,
                      "dbvae draws a sample in training, which needs the number of the step (eh_build.step)");
        return (eh_features){ 0 };
    }
    eh_tensor *z = sample(b, mean, log_variance);
    eh_tensor *drawn =
        eh_expose(g, "reconstruction", decode(b, o, z, eh_tensor_shape(f.map), (int)in.dim[1]));
    eh_tensor *error = o->reconstruction == ABSOLUTE ? eh_absolute_error(g, drawn, images)
                                                     : eh_squared_error(g, drawn, images);
    eh_tensor *divergence = eh_gaussian_kl(g, mean, log_variance);
    f.own_loss = eh_add(g, eh_affine(g, divergence, o->kl_weight, 0), error);
    f.own_part[0].name = "reconstruction error";
    f.own_part[0].value = error;
    f.own_part[1].name = "divergence";
    f.own_part[1].value = divergence;
    return f;
}

const eh_model eh_model_dbvae = {
    .entry = { .name = "dbvae",
               .summary = "standard-cnn with latent variables and a decoder that draws the image",
               .source =
                   "Amini et al. 2019, Uncovering and mitigating algorithmic bias through learned latent "
                   "structure; MIT 6.S191",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .head_name = "fc",
    .features = features,
};
