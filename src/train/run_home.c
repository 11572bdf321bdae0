/* run_home.c - the folder of a run.
 *
 * The lock is an advisory record lock on `.lock`: the system releases it when the process ends, however it ends, so a killed run leaves none.
 */
#include "train/run_home.h"

#include "base/config.h"
#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

const char *eh_run_home_file(const eh_run_home *folder, const char *format, ...)
{
    eh_str name = { 0 };
    va_list args;
    va_start(args, format);
    eh_str_appendv(&name, format, args);
    va_end(args);
    const char *path = name.failed ? NULL : eh_path_join(folder->arena, folder->path, eh_str_text(&name));
    eh_str_clear(&name);
    return path;
}

/* The recipe without what may change between a run and its continuation: places, and what has no influence on the result. */
static eh_status decisive_recipe(eh_str *out, const eh_train_opts *opts, eh_error *err)
{
    eh_train_opts o = *opts;
    o.out = o.data = NULL;
    o.resume = false;
    o.checkpoint_steps = 0;
    o.max_memory = 0;
    o.recompute_blocks = false;
    o.tensorboard = false;
    o.tune = EH_TUNE_OFF; /* a run goes on with the choices that it began with */
    eh_opts_write_yaml(out, eh_train_option_table, &o, 0);
    return eh_str_check(out, err);
}

static eh_status lock(eh_run_home *folder, eh_error *err)
{
    const char *path = eh_run_home_file(folder, ".lock");
    if (!path)
        return eh_fail_memory(err, folder->path, 1, 1);
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (folder->lock < 0)
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be opened for writing", path);
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(folder->lock, F_SETLK, &whole) == 0)
        return EH_OK;
    int errnum = errno;
    if (errnum != EACCES && errnum != EAGAIN)
        return eh_fail_errno(err, EH_ERR_IO, errnum, "%s: cannot be locked", path);
    struct flock holder = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    long process =
        fcntl(folder->lock, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK ? (long)holder.l_pid : 0;
    return eh_fail(err, EH_ERR_USAGE,
                   "another process (%ld) is training in %s; wait for it or choose another folder with --out",
                   process, folder->path);
}

eh_status eh_run_home_open(eh_run_home *out, const eh_train_opts *opts, eh_error *err)
{
    eh_str recipe = { 0 };
    uint8_t hash[32];
    *out = (eh_run_home){ .arena = eh_arena_new(), .lock = -1 };
    out->path = out->arena ? eh_arena_strdup(out->arena, opts->out) : NULL;
    if (!out->path)
        return eh_fail_memory(err, opts->out, 1, 1);
    out->log = eh_run_home_file(out, "log.jsonl");
    out->events = eh_run_home_file(out, "events.out.tfevents.evenhand");
    out->recipe = eh_run_home_file(out, "recipe.yaml");
    out->description = eh_run_home_file(out, "run.json");
    out->weights = eh_run_home_file(out, "weights.safetensors");
    out->tuning = eh_run_home_file(out, "tuning.json");
    out->checkpoints = eh_run_home_file(out, "checkpoints");
    if (!out->log || !out->events || !out->recipe || !out->description || !out->weights || !out->tuning ||
        !out->checkpoints)
        return eh_fail_memory(err, opts->out, 1, 1);
    eh_status status = decisive_recipe(&recipe, opts, err);
    if (status == EH_OK) {
        eh_sha256(hash, eh_str_text(&recipe), recipe.size);
        eh_hex(out->recipe_hash, hash, sizeof hash);
        status = eh_make_folder(out->checkpoints, err);
    }
    eh_str_clear(&recipe);
    return status == EH_OK ? lock(out, err) : status;
}

void eh_run_home_withdraw(const eh_run_home *folder)
{
    const char *const file[] = { folder->recipe,      folder->log,    folder->events,
                                 folder->description, folder->tuning, eh_run_home_file(folder, ".lock") };
    for (size_t i = 0; i < sizeof file / sizeof *file; i++)
        if (file[i])
            unlink(file[i]);
    rmdir(folder->checkpoints); /* not where it or the folder holds something else */
    rmdir(folder->path);
}

void eh_run_home_close(eh_run_home *folder)
{
    if (folder->lock >= 0)
        close(folder->lock);
    eh_arena_free(folder->arena);
    *folder = (eh_run_home){ .lock = -1 };
}

eh_status eh_run_home_write_recipe(const eh_run_home *folder, const eh_train_opts *opts, eh_error *err)
{
    eh_str text = { 0 };
    eh_train_opts o = *opts;
    o.resume = false; /* the recipe repeats the run; it does not continue it */
    eh_str_append(&text, "# Every option of this run. Repeat it: evenhand train --config recipe.yaml --out "
                         "OTHER-FOLDER\n");
    eh_opts_write_yaml(&text, eh_train_option_table, &o, 0);
    eh_status status = eh_str_check(&text, err);
    if (status == EH_OK)
        status = eh_file_write_atomic(folder->recipe, text.data, text.size, err);
    eh_str_clear(&text);
    return status;
}

/* The text of one member, as YAML, for comparison and for the message. */
static const char *option_as_text(const eh_opt *opt, const eh_train_opts *opts, eh_arena *arena)
{
    const char *text = eh_opt_text(opt, opts, arena);
    return text ? text : "(none)";
}

eh_status eh_run_home_other_recipe(const eh_run_home *folder, const eh_train_opts *opts, eh_error *err)
{
    static const char *const free_to_change[] = {
        "out", "data", "resume", "checkpoint-steps", "max-memory", "recompute-blocks", "tune", "tensorboard"
    };
    eh_train_opts before = { 0 };
    eh_config *config = NULL;
    if (eh_config_read(&config, folder->arena, folder->recipe, NULL) == EH_OK &&
        eh_opts_defaults(eh_train_option_table, &before, folder->arena, NULL) == EH_OK &&
        eh_opts_from_config(eh_train_option_table, &before, config, folder->arena, NULL) == EH_OK)
        for (const eh_opt *opt = eh_train_option_table; opt->name; opt++) {
            bool changeable = false;
            for (size_t i = 0; i < sizeof free_to_change / sizeof *free_to_change; i++)
                changeable = changeable || strcmp(opt->name, free_to_change[i]) == 0;
            const char *was = option_as_text(opt, &before, folder->arena),
                       *is = option_as_text(opt, opts, folder->arena);
            if (!changeable && strcmp(was, is) != 0)
                return eh_fail(err, EH_ERR_USAGE,
                               "the run in %s was begun with %s %s, not %s; continue it with the options in "
                               "%s, or choose another folder "
                               "with --out",
                               folder->path, opt->name, was, is, folder->recipe);
        }
    return eh_fail(err, EH_ERR_USAGE,
                   "the run in %s was begun with other options; continue it with those in %s, or choose "
                   "another folder with --out",
                   folder->path, folder->recipe);
}
