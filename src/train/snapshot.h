/* snapshot.h - a copy of a model's weights in memory: the best epoch so far. */
#ifndef EH_TRAIN_SNAPSHOT_H
#define EH_TRAIN_SNAPSHOT_H

#include "evenhand/params.h"

/* Values of every EH_TRAINABLE and EH_BUFFER variable, in the store's order. Zero-initialise. */
typedef struct eh_snapshot {
    eh_params *params; /* borrowed; NULL while empty */
    size_t *index;     /* [count] in params */
    float **value;     /* [count] row-major */
    size_t count;
} eh_snapshot;

/* Copies the present weights; memory is taken once and used again by later calls. */
eh_status eh_snapshot_take(eh_snapshot *s, eh_params *params, eh_error *err);

/* copy := copy + share * (present weights - copy); the first time, whatever the share, as eh_snapshot_take. */
eh_status eh_snapshot_blend(eh_snapshot *s, eh_params *params, double share, eh_error *err);

/* Writes the copied weights back into the store. */
eh_status eh_snapshot_restore(const eh_snapshot *s, eh_error *err);

/* To and from a safetensors file. Reading is strict: the file must hold exactly these variables. */
eh_status eh_snapshot_save(const eh_snapshot *s, const char *path, eh_error *err);
eh_status eh_snapshot_load(eh_snapshot *s, eh_params *params, const char *path, eh_error *err);

void eh_snapshot_clear(eh_snapshot *s);

#endif
