/* rate_sweep.h - which learning rate? A short training whose rate grows from nothing until the loss runs away, and what the curve suggests. */
#ifndef EH_TRAIN_RATE_SWEEP_H
#define EH_TRAIN_RATE_SWEEP_H

#include "evenhand/train.h"

#include "base/str.h"

#include <jansson.h>

typedef struct eh_rate_point {
    double rate, loss, smooth; /* smooth: the mean of the losses so far, older ones counting less */
} eh_rate_point;

typedef enum eh_sweep_end { EH_SWEEP_ALL, EH_SWEEP_DIVERGED, EH_SWEEP_NOT_FINITE } eh_sweep_end;

/* What a curve suggests; NaN where too few points are left to say. */
typedef struct eh_rate_suggestions {
    double valley;  /* halfway into the second third of the longest fall: the one to begin with */
    double steep;   /* where the loss falls fastest over the logarithm of the rate */
    double minimum; /* a tenth of the rate with the lowest loss */
} eh_rate_suggestions;

typedef struct eh_rate_sweep {
    double from, to;
    size_t steps; /* asked for */
    eh_rate_point *point;
    size_t count; /* points: steps that were taken */
    eh_sweep_end end;
    eh_rate_suggestions suggestion;
    uint64_t batch, seed;
    char catalog_hash[65], data[512];
} eh_rate_sweep;

enum { EH_SWEEP_LEAST = 10 };

/* Trains as the options say, with rates from * (to / from)^(i / steps), and stops when the smooth loss is more than four times the best so far or not
 * finite. Nothing of the training is kept, no run folder is made. Needs 0 < from < to and at least EH_SWEEP_LEAST steps. Release with
 * eh_rate_sweep_clear in every case. */
eh_status eh_rate_sweep_make(eh_rate_sweep *out, const eh_train_opts *opts, double from, double to,
                             size_t steps, eh_progress *progress, eh_error *err);
void eh_rate_sweep_clear(eh_rate_sweep *sweep);

/* Of points with ascending rates. */
eh_rate_suggestions eh_rate_suggest(const eh_rate_point *point, size_t count);

/* All of it as JSON. New reference; NULL when out of memory. */
json_t *eh_rate_sweep_json(const eh_rate_sweep *sweep);

/* Writes find-lr.json, find-lr.csv and find-lr.svg into the folder, which is made when it is not there. */
eh_status eh_rate_sweep_write(const eh_rate_sweep *sweep, const char *folder, eh_error *err);

/* The curve as a picture: the loss over the rate, its axis logarithmic, with the suggestions (rate_plot.c). */
void eh_rate_plot(eh_str *svg, const eh_rate_sweep *sweep);

#endif
