/* Ctrl-C: the first is a request, the second ends the process with 130. Each test runs in a child process. */
#include "cli/signals.h"

#include "support/cmocka_all.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `body` in a child with stderr away; its exit code. */
static int in_child(void (*body)(void))
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(99);
        body();
        _exit(98);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void one_signal(void)
{
    eh_signals_install();
    if (eh_signals_stop_requested())
        _exit(1);
    raise(SIGINT);
    _exit(eh_signals_stop_requested() ? 0 : 2);
}

static void two_signals(void)
{
    eh_signals_install();
    raise(SIGTERM);
    raise(SIGINT);
}

static void ignored_signal(void)
{
    signal(SIGHUP, SIG_IGN); /* as nohup does */
    eh_signals_install();
    raise(SIGHUP);
    raise(SIGHUP);
    raise(SIGHUP);
    _exit(eh_signals_stop_requested() ? 1 : 0);
}

static void file_size_signal(void)
{
    eh_signals_install();
    raise(SIGXFSZ);
    _exit(0);
}

static void the_first_signal_is_a_request(void **state)
{
    (void)state;
    assert_int_equal(in_child(one_signal), 0);
}

static void the_second_signal_ends_the_process_with_130(void **state)
{
    (void)state;
    assert_int_equal(in_child(two_signals), 130);
}

static void what_was_ignored_stays_ignored(void **state)
{
    (void)state;
    assert_int_equal(in_child(ignored_signal), 0);
}

static void the_file_size_limit_does_not_kill(void **state)
{
    (void)state;
    assert_int_equal(in_child(file_size_signal), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_signal_is_a_request),
        cmocka_unit_test(the_second_signal_ends_the_process_with_130),
        cmocka_unit_test(what_was_ignored_stays_ignored),
        cmocka_unit_test(the_file_size_limit_does_not_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
