/* jail.c - a child process with limits; see jail.h.
 *
 * Idea     fork without exec; in the child every descriptor but two pipes is closed, limits are set (setrlimit), and a filter (seccomp) refuses every system call
 *          that reading and computing do not need. The second pipe brings the status and the sentence; where it stays empty the child died, and how it
 *          died says why.
 * Source   Linux, seccomp(2), setrlimit(2). Where there is no seccomp for the machine the limits still hold.
 * Easy to get wrong: RLIMIT_AS counts what was mapped before, so it is set relative to that; descriptors that the parent has open for writing would stay
 * open; a child that ends by exit() would flush the parent's streams a second time.
 */
#include "base/jail.h"

#include "base/file.h"
#include "evenhand/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#define HAS_FILTER 1
#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif
#endif

enum { DATA_FD = 3, RESULT_FD = 4 };

struct eh_jail {
    const char *what;
    eh_jail_limits limits;
    eh_progress *progress;
    pid_t child;      /* 0: has been waited for */
    int data, result; /* the parent's ends */
    bool killed_for_silence;
};

/* ---------------------------------------------------------------- the child */

#ifdef HAS_FILTER
/* What reading, computing and ending need. */
static const int allowed[] = {
    SYS_read,
    SYS_pread64,
    SYS_readv,
    SYS_preadv,
    SYS_write,
    SYS_writev,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_brk,
    SYS_exit,
    SYS_exit_group,
    SYS_rt_sigreturn,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_sigaltstack,
    SYS_futex,
    SYS_getpid,
    SYS_gettid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_clock_gettime,
    SYS_gettimeofday,
    SYS_getrandom,
    SYS_uname,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_getrlimit,
    SYS_prlimit64,
    SYS_sysinfo,
    SYS_fcntl,
    SYS_flock,
    SYS_fadvise64,
    SYS_newfstatat,
    SYS_getcwd,
    SYS_readlinkat,
    SYS_faccessat,
    SYS_set_robust_list,
    SYS_restart_syscall,
    SYS_getrusage,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_stat
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
#endif
#ifdef SYS_statx
    SYS_statx,
#endif
};

enum { ALLOWED = sizeof allowed / sizeof *allowed, MOST_STEPS = 8 + 2 * ALLOWED + 12 };

typedef struct program {
    struct sock_filter step[MOST_STEPS];
    unsigned short count;
} program;

static void add(program *p, unsigned short code, uint32_t value, uint8_t if_true, uint8_t if_false)
{
    p->step[p->count++] = (struct sock_filter){ code, if_true, if_false, value };
}

static void add_result(program *p, uint32_t result)
{
    add(p, BPF_RET | BPF_K, result, 0, 0);
}

/* Where the number of the call is `number`: allowed if its argument `flags_at` has none of the bits of writing; `never`: refused. */
static void add_open(program *p, uint32_t number, unsigned flags_at)
{
    const uint32_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
    add(p, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4);
    add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offsetof(struct seccomp_data, args) + 8 * flags_at), 0, 0);
    add(p, BPF_JMP | BPF_JSET | BPF_K, writing, 0, 1);
    add_result(p, SECCOMP_RET_ERRNO | EPERM);
    add_result(p, SECCOMP_RET_ALLOW);
}

/* Installs the filter; another one later can only take more away. */
static void install_filter(bool may_open)
{
    program p = { .count = 0 };
    add(&p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    add(&p, BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0);
    add_result(&p, SECCOMP_RET_KILL);
    add(&p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    for (size_t i = 0; i < ALLOWED; i++) {
        add(&p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i], 0, 1);
        add_result(&p, SECCOMP_RET_ALLOW);
    }
    if (may_open) {
        add(&p, BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 1); /* to install the next filter */
        add_result(&p, SECCOMP_RET_ALLOW);
        add_open(&p, SYS_openat, 2);
#ifdef SYS_open
        add_open(&p, SYS_open, 1);
#endif
    }
    add_result(&p, SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog filter = { .len = p.count, .filter = p.step };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0,
                    0); /* an old kernel has none; the limits hold */
}
#else
static void install_filter(bool may_open)
{
    (void)may_open;
}
#endif

/* Bytes that are mapped now, as RLIMIT_AS counts them. */
static uint64_t mapped_bytes(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%lu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit(int resource, uint64_t most)
{
    struct rlimit now;
    if (getrlimit(resource, &now) != 0)
        return;
    if (now.rlim_max == RLIM_INFINITY || now.rlim_max > most)
        now.rlim_cur = now.rlim_max = (rlim_t)most;
    (void)setrlimit(resource, &now);
}

static void close_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, UINT_MAX, 0) == 0)
        return;
#endif
    long most = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < (most > 0 && most < 65536 ? (int)most : 65536); fd++)
        close(fd);
}

/* Everything between the fork and the end of the child. */
static void run_child(eh_jail *jail, int data, int result, eh_jail_work work, void *user)
{
    eh_error err = { 0 };
    uint64_t mapped = mapped_bytes();
    /* Above the places that they go to first, so that neither is closed by the other's coming. */
    data = fcntl(data, F_DUPFD, RESULT_FD + 1);
    result = fcntl(result, F_DUPFD, RESULT_FD + 1);
    int nothing = open("/dev/null", O_RDWR);
    if (data < 0 || result < 0 || nothing < 0 || dup2(data, DATA_FD) < 0 || dup2(result, RESULT_FD) < 0 ||
        dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0)
        _exit(1);
    close_from(RESULT_FD + 1);
    signal(SIGINT, SIG_IGN); /* the parent hears it too, and kills */
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CPU, (uint64_t)(jail->limits.processor + 1));
    if (mapped)
        limit(RLIMIT_AS, mapped + jail->limits.memory);
    install_filter(true);
    eh_status status = work(user, jail, &err);
    if (status != EH_OK && !err.message[0])
        eh_fail(&err, status, "%s failed", jail->what);
    err.status = status;
    const char *at = (const char *)&err;
    for (size_t left = sizeof err; left > 0;) { /* a pipe takes so little at once */
        ssize_t put = write(RESULT_FD, at, left);
        if (put <= 0)
            break;
        at += put;
        left -= (size_t)put;
    }
    _exit(0);
}

eh_status eh_jail_write(eh_jail *jail, const void *bytes, size_t size, eh_error *err)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t put = write(DATA_FD, at, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return eh_fail(err, EH_ERR_IO, "%s: nobody reads its output any more", jail->what);
        at += put;
        size -= (size_t)put;
    }
    return EH_OK;
}

void eh_jail_seal(eh_jail *jail)
{
    (void)jail;
    install_filter(false);
}

/* ---------------------------------------------------------------- the parent */

eh_status eh_jail_start(eh_jail **out, const char *what, const eh_jail_limits *limits, eh_jail_work work,
                        void *user, eh_progress *progress, eh_error *err)
{
    int data[2] = { -1, -1 }, result[2] = { -1, -1 };
    eh_jail *jail = eh_alloc(1, sizeof *jail);
    *out = NULL;
    if (!jail)
        return eh_fail_memory(err, what, 1, sizeof *jail);
    *jail = (eh_jail){ .what = what, .limits = *limits, .progress = progress, .data = -1, .result = -1 };
    pid_t child = -1;
    if (pipe(data) == 0 && pipe(result) == 0)
        child = fork();
    if (child == 0)
        run_child(jail, data[1], result[1], work, user);
    int errnum = errno;
    if (data[1] >= 0)
        close(data[1]);
    if (result[1] >= 0)
        close(result[1]);
    jail->data = data[0];
    jail->result = result[0];
    if (child < 0) {
        eh_jail_end(jail);
        return eh_fail_errno(err, EH_ERR_IO, errnum, "%s needs a process of its own, which cannot be made",
                             what);
    }
    jail->child = child;
    (void)fcntl(jail->data, F_SETFD, FD_CLOEXEC);
    (void)fcntl(jail->result, F_SETFD, FD_CLOEXEC);
    *out = jail;
    return EH_OK;
}

/* Waits for the child; its wait status. */
static int reap(eh_jail *jail)
{
    int code = 0;
    while (jail->child > 0 && waitpid(jail->child, &code, 0) < 0 && errno == EINTR)
        ;
    jail->child = 0;
    return code;
}

/* What became of a child that said nothing. */
static eh_status fail_death(const eh_jail *jail, int code, eh_error *err)
{
    int sign = WIFSIGNALED(code) ? WTERMSIG(code) : 0;
    if (jail->killed_for_silence)
        return eh_fail(err, EH_ERR_INPUT, "%s was stopped: nothing came for %g seconds", jail->what,
                       jail->limits.silence);
    if (sign == SIGXCPU || sign == SIGKILL)
        return eh_fail(err, EH_ERR_INPUT, "%s was stopped: it took more than %g seconds of processor time",
                       jail->what, jail->limits.processor);
    if (sign)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s crashed (signal %d) inside the library that reads it; the file is damaged",
                       jail->what, sign);
    return eh_fail(err, EH_ERR_INPUT, "%s ended without a word; the file is damaged", jail->what);
}

/* Up to `size` bytes from one of the pipes; *got is less only at its end. Kills the child when it is silent for too long. */
static eh_status read_pipe(eh_jail *jail, int fd, void *bytes, size_t size, size_t *got, eh_error *err)
{
    double heard = eh_seconds();
    *got = 0;
    while (*got < size) {
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        int ready = poll(&wait, 1, 100);
        if (eh_progress_stop(jail->progress))
            return eh_fail(err, EH_ERR_INTERRUPTED, "%s was stopped", jail->what);
        if (ready == 0 && eh_seconds() - heard > jail->limits.silence) {
            jail->killed_for_silence = true;
            kill(jail->child, SIGKILL);
            heard = eh_seconds();
        }
        if (ready <= 0)
            continue;
        ssize_t n = read(fd, (char *)bytes + *got, size - *got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return EH_OK;
        heard = eh_seconds();
        *got += (size_t)n;
    }
    return EH_OK;
}

eh_status eh_jail_finish(eh_jail *jail, eh_error *err)
{
    eh_error told = { 0 };
    size_t got;
    close(jail->data); /* a child that still writes ends */
    jail->data = -1;
    EH_TRY(read_pipe(jail, jail->result, &told, sizeof told, &got, err));
    int code = reap(jail);
    if (got != sizeof told)
        return fail_death(jail, code, err);
    told.message[sizeof told.message - 1] = '\0';
    if (told.status == EH_OK)
        return EH_OK;
    bool known = told.status > EH_OK && told.status <= EH_ERR_INTERNAL;
    return eh_fail(err, known ? told.status : EH_ERR_INPUT, "%s", told.message);
}

eh_status eh_jail_read(eh_jail *jail, void *bytes, size_t size, eh_error *err)
{
    size_t got;
    EH_TRY(read_pipe(jail, jail->data, bytes, size, &got, err));
    if (got == size)
        return EH_OK;
    EH_TRY(eh_jail_finish(jail, err));
    return eh_fail(err, EH_ERR_INPUT, "%s ended too early; the file is damaged", jail->what);
}

void eh_jail_end(eh_jail *jail)
{
    if (!jail)
        return;
    if (jail->child > 0) {
        kill(jail->child, SIGKILL);
        reap(jail);
    }
    if (jail->data >= 0)
        close(jail->data);
    if (jail->result >= 0)
        close(jail->result);
    eh_free(jail);
}
