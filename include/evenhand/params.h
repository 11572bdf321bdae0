/* params.h - the variables of a model: named arrays shared by all graphs and plans of one model.
 *
 * A variable's value lives either in plain row-major f32 or in the layout of the plan that last wrote it; reading,
 * writing and other plans convert when they must. Not for use while a plan of this store runs.
 */
#ifndef EVENHAND_PARAMS_H
#define EVENHAND_PARAMS_H

#include "evenhand/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is known of a variable. */
typedef struct eh_param_info {
    const char *name; /* "layer1.0.conv1.weight" */
    eh_shape shape;
    eh_role role;
} eh_param_info;

/* An empty store; `seed` drives initialisation. */
EH_API eh_status eh_params_new(eh_params **out, uint64_t seed, eh_error *err);
EH_API void eh_params_free(eh_params *p); /* after every plan and graph that uses it */

/* Number of variables, in order of creation, and the i-th. */
EH_API size_t eh_params_count(const eh_params *p);
EH_API eh_param_info eh_params_info(const eh_params *p, size_t i);

/* Index of a name, or -1. */
EH_API int64_t eh_params_find(const eh_params *p, const char *name);

/* Copies the value out of / into variable i, row-major f32, exactly the shape's elements. */
EH_API eh_status eh_params_read(eh_params *p, size_t i, float *out, eh_error *err);
EH_API eh_status eh_params_write(eh_params *p, size_t i, const float *values, eh_error *err);

/* Sum of elements over variables of that role (11,689,512 for resnet18's EH_TRAINABLE with 1,000 classes). */
EH_API int64_t eh_params_elements(const eh_params *p, eh_role role);

#ifdef __cplusplus
}
#endif
#endif
