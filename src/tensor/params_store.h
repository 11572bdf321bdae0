/* params_store.h - the inside of eh_params, for plans.
 *
 * A variable is valid in exactly one place: `plain` (row-major f32) or `resident` (a block in some backend's layout). Whoever needs the
 * other form converts and flips `in_resident`.
 */
#ifndef EH_TENSOR_PARAMS_STORE_H
#define EH_TENSOR_PARAMS_STORE_H

#include "evenhand/params.h"

struct eh_backend;
struct eh_layout;

typedef struct eh_stored_param {
    char *name;
    eh_shape shape;
    eh_role role;
    float *plain;                      /* NULL while resident */
    const struct eh_backend *backend;  /* of `resident` */
    struct eh_layout *layout;          /* owned; how `resident` is laid out */
    void *resident;                    /* NULL while plain */
    uint64_t version;                  /* counts every change from outside a plan and every change of place */
} eh_stored_param;

struct eh_params {
    uint64_t seed;
    eh_stored_param *item;
    size_t count, capacity;
};

/* Finds or creates (initialised by init, seed and name). EH_ERR_USAGE when the shape or role differs. */
eh_status eh_params_require(eh_params *p, size_t *index, const char *name, eh_shape shape, eh_role role, eh_init init, eh_error *err);

#endif
