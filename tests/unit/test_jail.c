/* test_jail.c - what a jailed child can do, what it cannot, and what is said when it dies. */
#include "base/jail.h"

#include "base/file.h"
#include "evenhand/memory.h"
#include "support/cmocka_all.h"
#include "support/temp_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static eh_error err;

static eh_jail *start(eh_jail_work work, void *user)
{
    static const eh_jail_limits limits = { .memory = 64 << 20, .processor = 0.5, .silence = 1 };
    eh_jail *jail;
    err = (eh_error){ 0 };
    assert_int_equal(eh_jail_start(&jail, "the test", &limits, work, user, NULL, &err), EH_OK);
    return jail;
}

/* Runs it and expects this end, with `part` in the sentence. */
static void expect_end(eh_jail_work work, void *user, eh_status status, const char *part)
{
    eh_jail *jail = start(work, user);
    eh_status got = eh_jail_finish(jail, &err);
    eh_jail_end(jail);
    if (got != status || !strstr(err.message, part))
        fail_msg("status %d, '%s' instead of %d, '%s'", got, err.message, status, part);
}

static eh_status send_numbers(void *user, eh_jail *jail, eh_error *e)
{
    uint32_t count = *(uint32_t *)user;
    for (uint32_t i = 0; i < count; i++)
        EH_TRY(eh_jail_write(jail, &i, sizeof i, e));
    return EH_OK;
}

static void what_the_child_writes_arrives(void **state)
{
    (void)state;
    uint32_t count = 100000, got;
    eh_jail *jail = start(send_numbers, &count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(eh_jail_read(jail, &got, sizeof got, &err), EH_OK);
        assert_int_equal(got, i);
    }
    assert_int_equal(eh_jail_finish(jail, &err), EH_OK);
    eh_jail_end(jail);
    jail = start(send_numbers, &count); /* left in the middle: it is killed */
    assert_int_equal(eh_jail_read(jail, &got, sizeof got, &err), EH_OK);
    eh_jail_end(jail);
    count = 1; /* less than is asked for */
    uint32_t two[2];
    jail = start(send_numbers, &count);
    assert_int_equal(eh_jail_read(jail, two, sizeof two, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "the test ended too early"));
    eh_jail_end(jail);
}

static eh_status fail_so(void *user, eh_jail *jail, eh_error *e)
{
    (void)user;
    (void)jail;
    return eh_fail(e, EH_ERR_LIMIT, "it is too large by %d", 7);
}

static void its_own_error_is_told(void **state)
{
    (void)state;
    expect_end(fail_so, NULL, EH_ERR_LIMIT, "it is too large by 7");
}

static eh_status fault(void *user, eh_jail *jail, eh_error *e)
{
    volatile int *nowhere = user;
    (void)jail;
    (void)e;
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    *nowhere = 1;
    return EH_OK;
}

static void a_fault_ends_only_the_child(void **state)
{
    (void)state;
    const char *page = "this text lies where nobody may write";
    expect_end(fault, (void *)(uintptr_t)page, EH_ERR_INPUT, "crashed (signal");
}

/* Waits for ever without using the processor: a lock that it holds itself. */
static eh_status hang(void *user, eh_jail *jail, eh_error *e)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    (void)user;
    (void)jail;
    (void)e;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    return EH_OK;
}

/* Works for ever, but is not silent. */
static eh_status chatter(void *user, eh_jail *jail, eh_error *e)
{
    for (;;)
        EH_TRY(eh_jail_write(jail, user, 4096, e));
}

static void silence_and_endless_work_are_ended(void **state)
{
    static char piece[4096];
    (void)state;
    expect_end(hang, NULL, EH_ERR_INPUT, "was stopped: nothing came for 1 seconds");
    eh_jail *jail = start(chatter, piece);
    eh_status status;
    while ((status = eh_jail_read(jail, piece, sizeof piece, &err)) == EH_OK)
        ;
    assert_int_equal(status, EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "seconds of processor time"));
    eh_jail_end(jail);
}

static eh_status take_memory(void *user, eh_jail *jail, eh_error *e)
{
    (void)user;
    (void)jail;
    /* Not by an allocator: the sanitizers' one ends the process when there is no memory. */
    void *block = mmap(NULL, (size_t)1 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? eh_fail_memory(e, "a gigabyte", 1 << 30, 1) : EH_OK;
}

static void memory_has_a_limit(void **state)
{
    (void)state;
    expect_end(take_memory, NULL, EH_ERR_MEMORY, "a gigabyte");
}

/* Tries everything that it must not; says what it could. */
static eh_status break_out(void *user, eh_jail *jail, eh_error *e)
{
    const char *path = user;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
        return eh_fail(e, EH_ERR_INTERNAL, "it has a socket");
    if (open(path, O_WRONLY) >= 0 || open(path, O_RDWR) >= 0)
        return eh_fail(e, EH_ERR_INTERNAL, "it can write to a file");
    if (open("/tmp/evenhand-jail-test", O_CREAT | O_WRONLY, 0600) >= 0)
        return eh_fail(e, EH_ERR_INTERNAL, "it can make a file");
    if (unlink(path) == 0 || rename(path, "/tmp/evenhand-jail-test") == 0)
        return eh_fail(e, EH_ERR_INTERNAL, "it can remove a file");
    char *const arguments[] = { "true", NULL };
    execv("/bin/true", arguments);
    if (kill(getppid(), 0) == 0)
        return eh_fail(e, EH_ERR_INTERNAL, "it can send signals");
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return eh_fail(e, EH_ERR_INTERNAL, "it cannot read a file");
    close(fd);
    eh_jail_seal(jail);
    if (open(path, O_RDONLY) >= 0)
        return eh_fail(e, EH_ERR_INTERNAL, "it can open a file after the seal");
    return EH_OK;
}

static void it_can_read_until_it_is_sealed_and_nothing_else(void **state)
{
    const char *path = temp_file(state, "file", "x", 1);
    eh_jail *jail = start(break_out, (void *)(uintptr_t)path);
    eh_status status = eh_jail_finish(jail, &err);
    eh_jail_end(jail);
    if (status != EH_OK)
        fail_msg("%s", err.message);
    assert_true(eh_path_exists(path));
}

static eh_status write_everywhere(void *user, eh_jail *jail, eh_error *e)
{
    (void)user;
    (void)jail;
    for (int fd = 5; fd < 64; fd++)
        if (write(fd, "x", 1) == 1)
            return eh_fail(e, EH_ERR_INTERNAL, "descriptor %d is open", fd);
    return EH_OK;
}

static void files_that_the_parent_has_open_are_closed_in_it(void **state)
{
    int fd = open(temp_path(state, "catalog"), O_CREAT | O_RDWR, 0600);
    assert_true(fd >= 0);
    eh_jail *jail = start(write_everywhere, NULL);
    assert_int_equal(eh_jail_finish(jail, &err), EH_OK);
    eh_jail_end(jail);
    assert_int_equal(lseek(fd, 0, SEEK_END), 0);
    close(fd);
}

static bool stop_now(void *user)
{
    (void)user;
    return true;
}

static void a_stop_is_obeyed(void **state)
{
    (void)state;
    eh_progress stop = { .stop_requested = stop_now };
    eh_jail_limits limits = { .memory = 64 << 20, .processor = 5, .silence = 60 };
    eh_jail *jail;
    char byte;
    assert_int_equal(eh_jail_start(&jail, "the test", &limits, hang, NULL, &stop, &err), EH_OK);
    assert_int_equal(eh_jail_read(jail, &byte, 1, &err), EH_ERR_INTERRUPTED);
    eh_jail_end(jail);
    int code;
    assert_int_equal(waitpid(-1, &code, WNOHANG), -1); /* no child is left */
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, temp_folder_setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        ROW(what_the_child_writes_arrives),
        ROW(its_own_error_is_told),
        ROW(a_fault_ends_only_the_child),
        ROW(silence_and_endless_work_are_ended),
        ROW(memory_has_a_limit),
        ROW(it_can_read_until_it_is_sealed_and_nothing_else),
        ROW(files_that_the_parent_has_open_are_closed_in_it),
        ROW(a_stop_is_obeyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
