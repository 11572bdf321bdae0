/* tuner.h - the inside of eh_tuner, for kernels that can be made in several ways.
 *
 * A kernel calls eh_tuner_choose in prepare: with a key that says all that decides the speed (op, shapes, types), the names of its ways, and a
 * function that times one. The names go into files, so a way whose results or speed change gets a new name.
 */
#ifndef EH_BACKEND_TUNER_H
#define EH_BACKEND_TUNER_H

#include "evenhand/plan.h"

#define EH_TUNER_WAYS 16 /* at most */

/* What is to be chosen. */
typedef struct eh_tuner_trial {
    const char *machine; /* processor, threads, libraries: choices of one are none for another */
    const char *key;     /* "conv2d f32 n64 ...": among all trials of all kernels */
    const char *const *way;
    int ways;
    int rule; /* the way that is taken when nothing is timed, and unless another is clearly faster */
    /* Seconds of one run of a way, the best of several: at least `runs`, and more until `limit` seconds are over. *out negative: this way does not exist
     * here. An error (memory) ends the choice. */
    eh_status (*seconds)(double *out, void *user, int way, int runs, double limit, eh_error *err);
    void *user;
} eh_tuner_trial;

/* *out: the way to take: that of the loaded run, else the remembered one, else the fastest; by rule when the tuner is off or NULL. */
eh_status eh_tuner_choose(int *out, eh_tuner *tuner, const eh_tuner_trial *trial, eh_error *err);

#endif
