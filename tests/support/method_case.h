/* method_case.h - a method under test, with a made-up run around it: rows with groups, no images. */
#ifndef EH_TESTS_METHOD_CASE_H
#define EH_TESTS_METHOD_CASE_H

#include "train/hooks.h"

typedef struct method_case {
    eh_arena *arena;
    eh_frame frame;
    eh_groups groups;
    eh_frame_column label;
    eh_train_opts opts;
    eh_run run;
    const eh_method *method;
    void *state;
} method_case;

/* `size[g]` training rows in each of `groups` groups, row by row group 0 first; classes alternate. `method` is a thing text
 * ("gdro:step-size=0.5"). Calls the method's begin. */
void method_case_make(method_case *c, const char *method, const size_t *size, size_t groups);
void method_case_clear(method_case *c);

/* The order of an epoch as the trainer draws it: uniform, then the method's hook. */
eh_epoch_order method_case_epoch(method_case *c, uint64_t epoch);

/* How many rows of each group an order holds. */
void method_case_count(const method_case *c, eh_epoch_order order, size_t *count);

#endif
