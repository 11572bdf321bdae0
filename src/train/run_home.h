/* run_home.h - the folder of a run (docs/run-folder.md): whose it is, and that only one process writes it. */
#ifndef EH_TRAIN_RUN_HOME_H
#define EH_TRAIN_RUN_HOME_H

#include "evenhand/train.h"

typedef struct eh_run_home {
    eh_arena *arena;
    const char *path;
    const char *log, *events, *recipe, *description, *weights, *tuning, *checkpoints;
    int lock;             /* descriptor of the locked file; -1 when not held */
    char recipe_hash[65]; /* of the options that decide the result */
} eh_run_home;

/* Makes the folder and locks it for this process. EH_ERR_USAGE with the process number when another process trains in it. */
eh_status eh_run_home_open(eh_run_home *out, const eh_train_opts *opts, eh_error *err);

/* Takes back what a run left that was refused before its first step: its description of itself, and the folder where nothing else is in it. */
void eh_run_home_withdraw(const eh_run_home *folder);

/* Releases the lock and memory. */
void eh_run_home_close(eh_run_home *folder);

/* Path of a file in the folder, in its arena; NULL when out of memory. */
const char *eh_run_home_file(const eh_run_home *folder, const char *format, ...) EH_PRINTF(2, 3);

/* Writes recipe.yaml. */
eh_status eh_run_home_write_recipe(const eh_run_home *folder, const eh_train_opts *opts, eh_error *err);

/* EH_ERR_USAGE that names the first option in which the recipe in the folder differs from `opts`. */
eh_status eh_run_home_other_recipe(const eh_run_home *folder, const eh_train_opts *opts, eh_error *err);

#endif
