/* tuner.c - choices between implementations by trial, remembered.
 *
 * Idea    What is fastest depends on processor, shape and library; time decides, once. Choices are kept in tuning.json in the cache folder, by machine
 *         (processor, threads, library versions) and key, and in the run folder of every training, so that it resumes with the same.
 * Order   A choice of the loaded run wins, then one that is remembered, then the trial. The rule's way is kept unless another is faster by more than
 *         the noise of timing.
 * Bits    Ways differ in the order of additions, so another choice means other last bits. The first process that publishes a choice decides for all that
 *         use the same cache: who loses the race takes the winner's. Only when the cache is deleted may a new run choose otherwise.
 * Noise   Who else computes on the machine meets ways with more parallel sections harder: a trial on a busy machine may choose badly. So the rule is
 *         the default, and trials are for quiet machines of kinds that the rules were not made on.
 * Cost    Some runs of every way of every layer, once per machine; then one look at a small file per plan.
 * Easy to get wrong: a cache is no input. One that is damaged, of another format or cannot be written is passed over without a word, and
 *         replaced where that is possible.
 */
#include "backend/tuner.h"
#include "base/file.h"
#include "base/json.h"

#include <assert.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define FORMAT 1

struct eh_tuner {
    eh_tune level;
    json_t *given; /* {machine: {key: way}} of a loaded run */
    json_t *used;  /* ... of this tuner */
    json_t *cache; /* ... of the file, as it was last read; NULL: not yet */
    eh_arena *arena;
    const char *file, *lock; /* NULL: there is no cache folder */
};

/* Of this process: record locks do not keep its own threads apart. */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

eh_status eh_tuner_new(eh_tuner **out, eh_tune level, eh_error *err)
{
    eh_tuner *t = eh_alloc(1, sizeof *t);
    *out = NULL;
    if (!t)
        return eh_fail_memory(err, "a tuner", 1, sizeof *t);
    t->level = level;
    t->used = json_object();
    t->arena = eh_arena_new();
    const char *folder = NULL;
    if (!t->used || !t->arena) {
        eh_tuner_free(t);
        return eh_fail_memory(err, "a tuner", 1, sizeof *t);
    }
    if (level != EH_TUNE_OFF && eh_cache_folder(t->arena, &folder, NULL) == EH_OK) {
        t->file = eh_path_join(t->arena, folder, "tuning.json");
        t->lock = eh_path_join(t->arena, folder, "tuning.lock");
    }
    *out = t;
    return EH_OK;
}

void eh_tuner_free(eh_tuner *t)
{
    if (!t)
        return;
    json_decref(t->given);
    json_decref(t->used);
    json_decref(t->cache);
    eh_arena_free(t->arena);
    eh_free(t);
}

/* ---- files ---- */

/* The choices in a file; NULL for anything that is no file of this format. New reference. */
static json_t *read_choices(const char *path)
{
    json_t *root = NULL;
    if (!path || eh_json_read(&root, path, NULL) != EH_OK)
        return NULL;
    const json_t *format = json_object_get(root, "format");
    json_t *machines = json_object_get(root, "machines");
    json_t *found =
        json_is_integer(format) && json_integer_value(format) == FORMAT && json_is_object(machines)
            ? json_incref(machines)
            : NULL;
    json_decref(root);
    return found;
}

static eh_status write_choices(const json_t *machines, const char *path, eh_error *err)
{
    json_t *root = json_pack("{s:i, s:O}", "format", FORMAT, "machines", machines);
    if (!root)
        return eh_fail_memory(err, path, 1, 1);
    eh_status status = eh_json_write(root, path, err);
    json_decref(root);
    return status;
}

eh_status eh_tuner_load(eh_tuner *t, const char *path, eh_error *err)
{
    json_t *given = read_choices(path);
    if (!given)
        return eh_fail(err, EH_ERR_INPUT, "%s holds no choices of implementations", path);
    json_decref(t->given);
    t->given = given;
    return EH_OK;
}

eh_status eh_tuner_save(const eh_tuner *t, const char *path, eh_error *err)
{
    return write_choices(t->used, path, err);
}

/* ---- choices ---- */

/* The way that `machines` names for the trial; -1 when it names none of them. */
static int find(const json_t *machines, const eh_tuner_trial *trial)
{
    const char *name =
        json_string_value(json_object_get(json_object_get(machines, trial->machine), trial->key));
    for (int i = 0; name && i < trial->ways; i++)
        if (strcmp(name, trial->way[i]) == 0)
            return i;
    return -1;
}

/* Notes a choice; false when out of memory. */
static bool note(json_t *machines, const eh_tuner_trial *trial, int way)
{
    json_t *of_machine = json_object_get(machines, trial->machine);
    if (!json_is_object(of_machine)) {
        of_machine = json_object();
        if (!eh_json_set(machines, trial->machine, of_machine))
            return false;
    }
    return eh_json_set(of_machine, trial->key, json_string(trial->way[way]));
}

/* Adds the choice to the cache, or takes the one that another process has put there meanwhile. */
static void publish(eh_tuner *t, const eh_tuner_trial *trial, int *way)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (!t->file || !t->lock)
        return;
    pthread_mutex_lock(&writing);
    int lock = open(t->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock >= 0 && fcntl(lock, F_SETLKW, &whole) == 0) {
        json_t *now = read_choices(t->file);
        if (!now)
            now = json_object();
        int other = find(now, trial);
        if (other >= 0)
            *way = other;
        else if (now && note(now, trial, *way))
            (void)write_choices(now, t->file, NULL);
        json_decref(t->cache);
        t->cache = now;
    }
    if (lock >= 0)
        close(lock);
    pthread_mutex_unlock(&writing);
}

/* Times the ways in turn, in rounds, so that a disturbance does not meet one alone; who is far behind leaves. The fastest wins, or the rule's way when
 * none is clearly faster. */
static eh_status try_all(int *out, const eh_tuner *t, const eh_tuner_trial *trial, eh_error *err)
{
    const bool full = t->level == EH_TUNE_FULL;
    const double noise = full ? 0.95 : 0.9, behind = 1.25, limit = full ? 0.1 : 0.01;
    const int rounds = full ? 5 : 3, runs = full ? 5 : 2;
    double best[EH_TUNER_WAYS], least = HUGE_VAL;
    assert(trial->ways <= EH_TUNER_WAYS);
    for (int i = 0; i < trial->ways; i++)
        best[i] = 0; /* not yet known: nobody is ahead of it */
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < trial->ways; i++) {
            double seconds = 0;
            if (best[i] > behind * least)
                continue;
            EH_TRY(trial->seconds(&seconds, trial->user, i, runs, limit, err));
            seconds = seconds < 0 ? HUGE_VAL : seconds;
            best[i] = round == 0 || seconds < best[i] ? seconds : best[i];
        }
        for (int i = 0; i < trial->ways; i++)
            least = best[i] < least ? best[i] : least;
    }
    *out = trial->rule;
    double beat = best[trial->rule] * noise;
    for (int i = 0; i < trial->ways; i++)
        if (best[i] < beat) {
            beat = best[i];
            *out = i;
        }
    return EH_OK;
}

eh_status eh_tuner_choose(int *out, eh_tuner *t, const eh_tuner_trial *trial, eh_error *err)
{
    int way = trial->rule;
    if (!t) {
        *out = way;
        return EH_OK;
    }
    int known = find(t->given, trial);
    if (known < 0)
        known = find(t->used, trial);
    if (known < 0 && t->level != EH_TUNE_OFF) {
        if (!t->cache)
            t->cache = read_choices(t->file);
        known = find(t->cache, trial);
        if (known < 0) {
            EH_TRY(try_all(&way, t, trial, err));
            publish(t, trial, &way);
        }
    }
    way = known >= 0 ? known : way;
    if (!note(t->used, trial, way))
        return eh_fail_memory(err, "a choice of an implementation", 1, 1);
    *out = way;
    return EH_OK;
}
