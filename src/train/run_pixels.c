/* run_pixels.c - the pack of a run, and the scale of its images.
 *
 * Math    per channel: mean = sum v / n, variance = sum v^2 / n - mean^2, over every pixel of every training image, v in 0..255.
 * Cost    one pass over the training part's pack, on all threads. Sums are of whole numbers, so the order of addition does not matter: the result
 *         is the same with any number of threads.
 */
#include "train/run_data.h"

#include "base/threads.h"

#include <math.h>

typedef struct channel_sums {
    uint64_t sum[3], squares[3];
} channel_sums;

enum { PIECES = 64 };

typedef struct measuring {
    const eh_run_data *data;
    channel_sums piece[PIECES];
} measuring;

static void add_image(channel_sums *s, const uint8_t *pixel, size_t count, int channels)
{
    for (int c = 0; c < channels; c++) {
        uint64_t sum = 0, squares = 0;
        for (size_t i = 0; i < count; i++) {
            uint32_t v = pixel[i * (size_t)channels + (size_t)c];
            sum += v;
            squares += v * v;
        }
        s->sum[c] += sum;
        s->squares[c] += squares;
    }
}

static void measure_piece(void *user, size_t index)
{
    measuring *m = user;
    const eh_run_data *d = m->data;
    size_t rows = d->rows[EH_PART_TRAIN], first = rows * index / PIECES, end = rows * (index + 1) / PIECES;
    for (size_t i = first; i < end; i++)
        add_image(&m->piece[index], eh_pack_image(d->pack, d->row[EH_PART_TRAIN][i]),
                  (size_t)d->width * (size_t)d->height, d->channels);
}

static void measure(eh_run_data *d)
{
    measuring m = { .data = d };
    eh_parallel_for(PIECES, measure_piece, &m);
    double n = (double)d->rows[EH_PART_TRAIN] * d->width * d->height;
    for (int c = 0; c < d->channels; c++) {
        uint64_t sum = 0, squares = 0;
        for (size_t i = 0; i < PIECES; i++) {
            sum += m.piece[i].sum[c];
            squares += m.piece[i].squares[c];
        }
        double mean = (double)sum / n, variance = (double)squares / n - mean * mean;
        d->mean[c] = (float)(mean / 255);
        d->std[c] = variance > 1e-6 ? (float)(sqrt(variance) / 255)
                                    : 1.0f; /* without contrast nothing is to be scaled */
    }
}

static void choose_scale(eh_run_data *d)
{
    static const float mean[3] = { 0.485f, 0.456f, 0.406f }, std[3] = { 0.229f, 0.224f, 0.225f };
    if (d->normalise == EH_NORMALISE_DATASET) {
        measure(d);
        return;
    }
    for (int c = 0; c < d->channels; c++) {
        bool whole = d->normalise == EH_NORMALISE_NONE;
        d->mean[c] = whole ? 0 : d->channels == 3 ? mean[c] : 0.449f; /* of grey: the mean of the three */
        d->std[c] = whole ? 1 : d->channels == 3 ? std[c] : 0.226f;
    }
}

eh_status eh_run_data_pixels(eh_run_data *data, eh_progress *progress, eh_error *err)
{
    eh_pack_opts opts = { .width = data->width, .height = data->height, .channels = data->channels };
    EH_TRY(eh_pack_open(&data->pack, data->catalog, data->frame, &opts, progress, err));
    choose_scale(data);
    for (size_t k = 0; k < data->heads; k++)
        if (data->head[k]->kind == EH_COLUMN_MASK) {
            opts.mask_column = data->head[k]->name;
            return eh_pack_open(&data->masks, data->catalog, data->frame, &opts, progress, err);
        }
    return EH_OK;
}
