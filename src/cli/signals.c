/* signals.c - see signals.h. */
#include "cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t requests;

static void on_signal(int number)
{
    (void)number;
    static const char text[] = "\nevenhand: stopping after this step; once more to stop at once.\n";
    int kept = errno;
    if (requests > 0)
        _exit(130);
    requests = 1;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    errno = kept;
}

void eh_signals_install(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        /* What nohup or a shell's background job ignores stays ignored. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
    action.sa_handler = SIG_IGN;
    sigaction(SIGXFSZ, &action, NULL);
}

bool eh_signals_stop_requested(void)
{
    return requests > 0;
}
