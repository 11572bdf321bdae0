/* A thousand training steps with their loader, augmentation, method and clipping allocate nothing, on any thread, and the run releases all that it took. Without the
 * event file, whose twenty records an epoch are made in memory of their own. */
#include "support/small_training.h"

#include "base/threads.h"
#include "evenhand/memory.h"
#include "evenhand/progress.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <assert.h>
#include <string.h>

enum { ROWS = 300, BATCH = 2, EPOCHS = 7, STEPS = ROWS / BATCH * EPOCHS };

typedef struct watch {
    bool training; /* an epoch's steps, and no evaluation */
    uint64_t last; /* allocations at the end of the step before this one */
    uint64_t steps, made;
} watch;

static void on_begin(void *user, const char *step, uint64_t total, const char *unit)
{
    watch *w = user;
    (void)total;
    w->training = strncmp(step, "epoch ", 6) == 0 && strcmp(unit, "steps") == 0;
}

/* From the end of one step to the end of the next: waiting for the batch, the hooks, the run. */
static void on_update(void *user, uint64_t done, const char *note)
{
    watch *w = user;
    uint64_t count = eh_alloc_count();
    (void)note;
    if (!w->training)
        return;
    if (done > 1)
        w->made += count - w->last;
    w->steps++;
    w->last = count;
}

static void a_thousand_steps_allocate_nothing_and_leave_nothing(void **state)
{
    static_assert(STEPS >= 1000, "a thousand");
    eh_arena *arena = eh_arena_new();
    watch w = { 0 };
    eh_progress progress = { .user = &w, .begin = on_begin, .update = on_update };
    eh_error err = { 0 };
    small_catalog_biased(*state, ROWS);
    eh_train_opts opts =
        small_options(*state, arena, "run", "epochs=7", "batch=2", "checkpoint-steps=1000000",
                      "tensorboard=false", "method=gdro", "augment=flip,shift-crop", "clip=1", NULL);
    uint64_t live = eh_alloc_live_bytes();
    if (eh_train(&opts, &progress, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(w.steps, STEPS);
    if (w.made)
        fail_msg("%d steps made %d allocations", STEPS, (int)w.made);
    if (eh_alloc_live_bytes() != live)
        fail_msg("%lld bytes were not released", (long long)(eh_alloc_live_bytes() - live));
    eh_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_thousand_steps_allocate_nothing_and_leave_nothing, data_folder_make,
                                        data_folder_remove),
    };
    eh_threads_set(1); /* so little work is done faster alone; the loader has a thread of its own */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
