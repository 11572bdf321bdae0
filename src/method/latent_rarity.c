/* latent_rarity.c - how rare images are among their like, by histograms of their latent variables.
 *
 * Idea    where few images lie in latent space, each of them is to be drawn more often.
 * Math    for each latent variable i a histogram of B equal bins from its least to its greatest value; Q_i = share of the images in the bin, and
 *         q_i = (Q_i + a) / sum over bins (Q + a).
 *         max:     w(x) ~ max_i r_i(x), r_i(x) = 1 / q_i(x), divided by its sum over the images
 *         product: w(x) ~ prod_i 1 / q_i(x)
 * Source  product: Amini et al. 2019, equation 5 and algorithm 1; max, B = 10 and the normalisation: MIT 6.S191, lab 2.
 * Cost    O(count * width) each time.
 * Differs the lab takes the density in place of the share, so that its a means another thing in each variable; here a is a share. A variable
 *         that has one value only says nothing and is passed over.
 * Easy to get wrong: the product over a hundred variables overflows, and its largest weights outgrow all others: it is summed as logarithms. A great a
 *         makes all alike.
 */
#include "method/latent_rarity.h"

#include "evenhand/memory.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef struct histogram {
    double low, high;
    size_t bins;
    double *value; /* [bins] */
} histogram;

static size_t bin_of(const histogram *h, double x)
{
    double at = (x - h->low) / (h->high - h->low) * (double)h->bins;
    return at >= (double)h->bins ? h->bins - 1 : (size_t)at; /* the greatest value belongs to the last bin */
}

/* Smoothed shares of variable `i`; false where it has one value only. */
static bool make_histogram(histogram *h, const float *latent, size_t count, size_t width, size_t i,
                           double smoothing)
{
    h->low = h->high = (double)latent[i];
    for (size_t k = 1; k < count; k++) {
        double x = (double)latent[k * width + i];
        h->low = x < h->low ? x : h->low;
        h->high = x > h->high ? x : h->high;
    }
    if (!(h->high > h->low))
        return false;
    memset(h->value, 0, h->bins * sizeof *h->value);
    for (size_t k = 0; k < count; k++)
        h->value[bin_of(h, (double)latent[k * width + i])] += 1.0 / (double)count;
    for (size_t b = 0; b < h->bins; b++)
        h->value[b] = (h->value[b] + smoothing) / (1 + smoothing * (double)h->bins);
    return true;
}

/* Takes one variable into the rarity: [count], of the rule max as it is, of the product as logarithm. */
static void add_variable(double *rarity, const histogram *h, const float *latent, size_t count, size_t width,
                         size_t i, eh_rarity_rule rule)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += 1 / h->value[bin_of(h, (double)latent[k * width + i])];
    for (size_t k = 0; k < count; k++) {
        double q = h->value[bin_of(h, (double)latent[k * width + i])];
        if (rule == EH_RARITY_PRODUCT)
            rarity[k] -= log(q);
        else
            rarity[k] = fmax(rarity[k], 1 / q / sum);
    }
}

/* To weights that sum to 1. Without any variable that says something all are alike. */
static void normalise(float *weight, double *rarity, size_t count, eh_rarity_rule rule)
{
    double greatest = rarity[0], sum = 0;
    for (size_t k = 1; k < count; k++)
        greatest = fmax(greatest, rarity[k]);
    for (size_t k = 0; k < count; k++) {
        if (rule == EH_RARITY_PRODUCT || greatest == 0)
            rarity[k] = fmax(exp(rarity[k] - greatest), 1e-30);
        sum += rarity[k];
    }
    for (size_t k = 0; k < count; k++)
        weight[k] = (float)(rarity[k] / sum);
}

eh_status eh_latent_rarity(float *weight, const float *latent, size_t count, size_t width, size_t bins,
                           double smoothing, eh_rarity_rule rule, eh_error *err)
{
    histogram h = { .bins = bins, .value = eh_alloc(bins, sizeof *h.value) };
    double *rarity = eh_alloc(count + 1, sizeof *rarity);
    eh_status status = h.value && rarity ? EH_OK
                                         : eh_fail_memory(err, "the histograms of latent variables",
                                                          count + bins, sizeof *rarity);
    for (size_t k = 0; k < count * width && status == EH_OK; k++)
        if (!isfinite(latent[k]))
            status = eh_fail(err, EH_ERR_NUMERIC,
                             "a latent variable is NaN or infinite; the model's weights have run away. Lower "
                             "the learning rate (--lr)");
    if (status == EH_OK && count) {
        for (size_t i = 0; i < width; i++)
            if (make_histogram(&h, latent, count, width, i, smoothing))
                add_variable(rarity, &h, latent, count, width, i, rule);
        normalise(weight, rarity, count, rule);
    }
    eh_free(h.value);
    eh_free(rarity);
    return status;
}
