/* main.c - the program `evenhand`: reads the command line, runs the command, reports its error, sets the exit code. */
#include "cli/args.h"
#include "cli/console.h"
#include "cli/help.h"
#include "cli/signals.h"
#include "base/json.h"
#include "base/threads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wants_color(const eh_common_options *common)
{
    if (common->color != EH_COLOR_AUTO)
        return common->color == EH_COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (no_color && *no_color)
        return false;
    return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

static const char *own_path(const char *argument, eh_arena *arena)
{
    enum { LONGEST = 4096 };
    char path[LONGEST];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return argument;
    path[length] = '\0';
    const char *copy = eh_arena_strdup(arena, path);
    return copy ? copy : argument;
}

static eh_status show_version(bool json, eh_error *err)
{
    if (json)
        return eh_command_write_json(json_pack("{s:s, s:s}", "name", "evenhand", "version", eh_version()),
                                     err);
    eh_str text = { 0 };
    eh_str_appendf(&text, "evenhand %s\n", eh_version());
    return eh_command_write(&text, err);
}

static eh_status run_command(const eh_args *args, eh_console *console, const char *argv0, eh_arena *arena,
                             eh_error *err)
{
    eh_threads_set((int)args->common.threads);
    eh_signals_install();
    eh_command_context context = { .progress = &console->progress,
                                   .console = console,
                                   .arena = arena,
                                   .seed = (uint64_t)args->common.seed,
                                   .json = args->common.json,
                                   .quiet = args->common.quiet,
                                   .color = wants_color(&args->common),
                                   .program = own_path(argv0, arena) };
    return args->command->run(&context, args->opts, err);
}

/* What the command line asks for. */
static eh_status run(const eh_args *args, eh_console *console, const char *argv0, eh_arena *arena,
                     eh_error *err)
{
    if (args->common.version)
        return show_version(args->common.json, err);
    if (args->common.help) {
        eh_str text = { 0 };
        if (args->command)
            eh_help_command(&text, args->command);
        else
            eh_help_program(&text);
        return eh_command_write(&text, err);
    }
    if (!args->command)
        return eh_fail(err, EH_ERR_USAGE, "A command is needed; 'evenhand help' lists the commands.");
    return run_command(args, console, argv0, arena, err);
}

/* GCC's OpenMP lets threads that wait for others spin for milliseconds; where another program holds a processor, that makes a training several times slower.
 * The limit is read when the library is loaded, so the program begins anew with a lower one, under its own path. What the user has set stays. */
static void limit_spinning(char **argv)
{
    char path[4096];
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT"))
        return;
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    if (size <= 0 || (size_t)size >= sizeof path - 1 || setenv("GOMP_SPINCOUNT", "5000", 1) != 0)
        return;
    path[size] = '\0';
    execv(path, argv); /* where it fails, the program goes on as it is */
}

int main(int argc, char **argv)
{
    limit_spinning(argv);
    eh_error err = { 0 };
    eh_args args = { 0 };
    eh_console console;
    eh_arena *arena = eh_arena_new();
    eh_status status = arena ? eh_args_parse(&args, argc, argv, arena, &err)
                             : eh_fail_memory(&err, "the command line", 1, 1);
    eh_console_init(&console, &args.common, stderr);
    if (status == EH_OK)
        status = run(&args, &console, argv[0], arena, &err);
    errno = 0;
    if (fflush(stdout) != 0 && status == EH_OK)
        status = eh_fail_errno(&err, EH_ERR_IO, errno, "The standard output cannot be written");
    if (status != EH_OK) {
        err.status = status;
        eh_console_error(&console, &err);
    }
    eh_arena_free(arena);
    return eh_exit_code(status);
}
