/* small_training.h - data sets and runs that train in a second: 16x16 pictures whose label is a bright half and whose tint is a shortcut. */
#ifndef EH_TESTS_SMALL_TRAINING_H
#define EH_TESTS_SMALL_TRAINING_H

#include "evenhand/train.h"

#include <jansson.h>

/* One picture. The side's half is bright, the picture is tinted, noise is added; all drawn from (seed of the set, row). */
typedef struct small_row {
    const char *side;  /* the label: "left", "right", anything else: no bright half; NULL: no value */
    const char *tint;  /* "red", "blue", anything else: no tint; NULL: no value */
    const char *part;  /* "train", "valid", "test", "" */
    int width, height; /* 0: 16 */
    int contrast;      /* how much brighter the side's half is, of 255; 0: 35 */
    bool no_amount;    /* the number "amount" (20 for right, else 10) has no value */
    int spread; /* each half is brighter or darker by up to this at random: the label cannot always be seen */
} small_row;

/* Writes `count` pictures and data.csv into the folder and imports them to data.eh. Fails the test when that fails. */
void small_catalog(void *folder, const small_row *row, size_t count);

/* `train` rows for training, then `train / 3` for validation and as many for testing: both sides equally often; the tint goes with the side
 * (left red, right blue) in all but every sixth row of each part. */
void small_catalog_biased(void *folder, size_t train);

/* Options of a training on folder/data.eh into folder/<run>: defaults of the table, label side, groups side and tint, model
 * "standard-cnn:width=2,hidden=8", 3 epochs, batch 16. Text settings "key=value" follow, NULL at the end. Memory: the arena. */
eh_train_opts small_options(void *folder, eh_arena *arena, const char *run, ...);

/* Trains; fails the test unless the status is the expected one. `err` may be NULL. */
void small_train(const eh_train_opts *opts, eh_status expected, eh_error *err);

/* Events of folder/<run>/log.jsonl as an array. Release with json_decref. */
json_t *small_log(void *folder, const char *run);

/* True when two files of the folder hold the same bytes. */
bool small_same_file(void *folder, const char *a, const char *b);

#endif
