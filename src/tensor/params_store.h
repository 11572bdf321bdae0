/* params_store.h - the inside of eh_params, for plans.
 *
 * A variable is valid in exactly one place: `plain` (row-major f32) or `resident` (a block in some backend's layout). Whoever needs the
 * other form converts: eh_params_make_plain, or the plan that takes the value into its own layout and frees `plain`.
 */
#ifndef EH_TENSOR_PARAMS_STORE_H
#define EH_TENSOR_PARAMS_STORE_H

#include "evenhand/params.h"

struct eh_backend;
struct eh_layout;
typedef struct eh_stored_param eh_stored_param;

/* How a resident value is read and released; set by the plan that takes it (this layer knows no backend). */
typedef struct eh_residence {
    eh_status (*to_plain)(const eh_stored_param *item, float *out,
                          eh_error *err);   /* copies the value out, row-major f32 */
    void (*release)(eh_stored_param *item); /* frees `resident` and `layout` */
} eh_residence;

struct eh_stored_param {
    char *name;
    eh_shape shape;
    eh_role role;
    float *plain;                     /* NULL while resident */
    const struct eh_backend *backend; /* of `resident` */
    struct eh_layout *layout;         /* owned; how `resident` is laid out */
    void *resident;                   /* NULL while plain */
    const eh_residence *residence;    /* NULL while plain */
    uint64_t version; /* counts every change of value or place, by a plan's run or from outside */
};

struct eh_params {
    uint64_t seed;
    eh_stored_param *item;
    size_t count, capacity;
};

/* Finds or creates (initialised by init, seed and name). EH_ERR_USAGE when the shape or role differs. */
eh_status eh_params_require(eh_params *p, size_t *index, const char *name, eh_shape shape, eh_role role,
                            eh_init init, eh_error *err);

/* Brings variable i back to its plain form (allocates `plain`, releases the resident block, counts a version). EH_OK when it is plain. */
eh_status eh_params_make_plain(eh_params *p, size_t i, eh_error *err);

#endif
