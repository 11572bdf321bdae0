/* download.c - resumable downloads over libcurl; see download.h. All of libcurl is in this file.
 *
 * Idea    Bytes are appended to a partial file. A request asks for the rest of it (Range), and for the whole file if that has changed
 *         meanwhile (If-Range with the ETag, or the date, of the answer that the partial file began with). Only the SHA-256 of the whole
 *         decides: so a partial file from one address may be completed from another, and when such a joined file turns out wrong it
 *         is fetched once more from its beginning before the address is given up.
 * Source  RFC 9110, sections 13.1.5 (If-Range), 14.2 (Range), 15.3.7 (206 Partial Content).
 * Easy to get wrong: a server without ranges answers 200 with the whole file, which must replace the partial file, not be appended; a weak
 * ETag (W/"...") may not be used with If-Range; a server that sends more than expected must not fill the disk.
 */
#include "base/download.h"

#include "base/file.h"
#include "base/str.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Requests to one address that may end early without a single byte, before the next address is tried. */
#define FRUITLESS_REQUESTS 3

/* A download under way. */
typedef struct download {
    const eh_download *wanted;
    eh_download_report *report;
    eh_progress *progress;
    eh_arena *arena;
    const char *part, *from; /* names of the partial file and of the file that says where it comes from */
    int fd;                  /* the partial file */
    uint64_t have;           /* its size */
    bool joined;             /* its bytes come from more than one request */
    CURL *curl;
    const char *url;
    char validator[256]; /* of the answer being read: its ETag, else its Last-Modified */
    char weak[256];      /* its Last-Modified, until an ETag is seen */
    int64_t range_begin; /* of the answer, by its Content-Range; -1: it has none */
    bool answered;       /* the answer's first bytes were looked at */
    char refusal[256];   /* why the answer is of no use; "" while it is */
    eh_status fatal;     /* the disk refused: no other address can help */
    int fatal_errnum;
} download;

/* ---------------------------------------------------------------- the partial file */

static eh_status fail_write(const download *d, int errnum, eh_error *err)
{
    return eh_fail_errno(err, EH_ERR_IO, errnum,
                         "%s could not be written after %llu of %llu bytes; they are kept, and the same "
                         "command goes on from "
                         "there when there is room",
                         d->part, (unsigned long long)d->have, (unsigned long long)d->wanted->bytes);
}

/* Cuts the partial file to nothing. */
static bool restart(download *d)
{
    d->have = 0;
    d->joined = false;
    return ftruncate(d->fd, 0) == 0 && lseek(d->fd, 0, SEEK_SET) == 0;
}

/* Opens or creates the partial file and keeps other processes off it. */
static eh_status open_part(download *d, eh_error *err)
{
    struct stat info;
    d->fd = open(d->part, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (d->fd < 0)
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be written", d->part);
    if (flock(d->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return eh_fail(err, EH_ERR_IO,
                       "another process is downloading %s; wait until that has ended, then run the command "
                       "again",
                       d->wanted->path);
    if (fstat(d->fd, &info) != 0 || lseek(d->fd, 0, SEEK_END) < 0)
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be read", d->part);
    d->have = (uint64_t)info.st_size;
    if (d->have > d->wanted->bytes && !restart(d))
        return fail_write(d, errno, err);
    return EH_OK;
}

/* The validator of the partial file if it comes from this address; "" when that is not known. In the arena. */
static const char *known_validator(const download *d)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    const char *found = "";
    if (eh_file_read(&bytes, &size, d->from, 65536, NULL) != EH_OK)
        return found;
    char *text = eh_arena_strdup(d->arena, (const char *)bytes);
    char *second = text ? strchr(text, '\n') : NULL;
    if (second) {
        *second++ = '\0';
        second[strcspn(second, "\r\n")] = '\0';
        if (strcmp(text, d->url) == 0)
            found = second;
    }
    eh_free(bytes);
    return found;
}

/* Notes where the partial file begins to come from. Losing this note costs nothing but a check, so failures are let pass. */
static void note_origin(const download *d)
{
    eh_str text = { 0 };
    eh_str_appendf(&text, "%s\n%s\n", d->url, d->validator[0] ? d->validator : d->weak);
    if (text.failed || eh_file_write_atomic(d->from, text.data, text.size, NULL) != EH_OK)
        unlink(d->from);
    eh_str_clear(&text);
}

/* ---------------------------------------------------------------- one answer */

/* Value of the header `name` if the line is that header, trimmed into out. */
static bool header_value(char out[256], const char *line, size_t size, const char *name)
{
    size_t length = strlen(name), used = 0;
    if (size <= length || line[length] != ':')
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = line[i] >= 'A' && line[i] <= 'Z' ? (char)(line[i] + 32) : line[i];
        if (c != name[i])
            return false;
    }
    size_t begin = length + 1;
    while (begin < size && (line[begin] == ' ' || line[begin] == '\t'))
        begin++;
    while (size > begin && (line[size - 1] == '\r' || line[size - 1] == '\n' || line[size - 1] == ' '))
        size--;
    for (size_t i = begin; i < size && used < 255; i++)
        out[used++] = line[i];
    out[used] = '\0';
    return true;
}

static void forget_answer(download *d)
{
    d->validator[0] = d->weak[0] = '\0';
    d->range_begin = -1;
}

static size_t on_header(char *line, size_t size, size_t count, void *user)
{
    download *d = user;
    char value[256];
    if (count >= 5 && strncmp(line, "HTTP/", 5) == 0) /* a further answer, after a redirection */
        forget_answer(d);
    if (header_value(value, line, count, "content-range") && strncmp(value, "bytes ", 6) == 0) {
        value[6 + strspn(value + 6, "0123456789")] = '\0';
        if (!eh_parse_int(&d->range_begin, value + 6))
            d->range_begin = -1;
    }
    if (header_value(value, line, count, "etag") && strncmp(value, "W/", 2) != 0)
        memcpy(d->validator, value, sizeof value);
    if (header_value(value, line, count, "last-modified"))
        memcpy(d->weak, value, sizeof value);
    return size * count;
}

/* Looks at status and size before the first byte is kept; false with a refusal when the answer is of no use. */
static bool judge_answer(download *d)
{
    long code = 0;
    curl_off_t length = -1;
    d->answered = true;
    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(d->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    uint64_t begin = code == 206 ? d->have : 0;
    if (code == 206 && d->range_begin != (int64_t)d->have) {
        snprintf(d->refusal, sizeof d->refusal, "sends another part of the file than was asked for");
        return false;
    }
    if (length >= 0 && begin + (uint64_t)length != d->wanted->bytes) {
        snprintf(d->refusal, sizeof d->refusal, "offers a file of %llu bytes, but the data set's has %llu",
                 (unsigned long long)begin + (unsigned long long)length,
                 (unsigned long long)d->wanted->bytes);
        return false;
    }
    if (begin == 0 &&
        d->have > 0) { /* the server has no ranges, or the file has changed: it sends the whole */
        if (!restart(d)) {
            d->fatal = EH_ERR_IO;
            d->fatal_errnum = errno;
            return false;
        }
        eh_progress_warn(d->progress,
                         "%s sends the whole file again; it has no ranges, or its file has changed", d->url);
    }
    if (begin == 0)
        note_origin(d);
    else if (d->report->resumed_from == 0)
        d->report->resumed_from = begin;
    d->joined = begin > 0;
    return true;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    download *d = user;
    size_t left = size * count, all = left;
    if (!d->answered && !judge_answer(d))
        return CURL_WRITEFUNC_ERROR;
    if (d->have + left > d->wanted->bytes) {
        snprintf(d->refusal, sizeof d->refusal, "sends more than the %llu bytes of the data set's file",
                 (unsigned long long)d->wanted->bytes);
        return CURL_WRITEFUNC_ERROR;
    }
    while (left > 0) {
        ssize_t put = write(d->fd, bytes, left);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            d->fatal = EH_ERR_IO;
            d->fatal_errnum = put < 0 ? errno : ENOSPC;
            return CURL_WRITEFUNC_ERROR;
        }
        bytes += put;
        left -= (size_t)put;
        d->have += (uint64_t)put;
        d->report->received += (uint64_t)put;
    }
    eh_progress_update(d->progress, d->have / 1000, NULL);
    return eh_progress_stop(d->progress) ? CURL_WRITEFUNC_ERROR : all;
}

static int on_tick(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    download *d = user;
    (void)total, (void)now, (void)up_total, (void)up;
    return eh_progress_stop(d->progress);
}

/* ---------------------------------------------------------------- one address */

static void set_up(download *d, struct curl_slist *headers)
{
    CURL *c = d->curl;
    char range[64];
    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_URL, d->url);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "evenhand/" EH_VERSION);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 30L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L); /* a line that is silent for a minute is broken */
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, 60L);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, d);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, d);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_tick);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, d);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    if (d->have > 0) { /* CURLOPT_RESUME_FROM would take an answer 200 for an error */
        snprintf(range, sizeof range, "%llu-", (unsigned long long)d->have);
        curl_easy_setopt(c, CURLOPT_RANGE, range);
    }
}

/* One request for what is missing; d->refusal and d->fatal say what libcurl does not know. */
static CURLcode request(download *d)
{
    struct curl_slist *headers = NULL;
    char condition[300];
    const char *validator = d->have > 0 ? known_validator(d) : "";
    d->answered = false;
    d->refusal[0] = '\0';
    forget_answer(d);
    if (validator[0]) {
        snprintf(condition, sizeof condition, "If-Range: %s", validator);
        headers = curl_slist_append(headers, condition);
    }
    set_up(d, headers);
    CURLcode code = curl_easy_perform(d->curl);
    curl_slist_free_all(headers);
    return code;
}

/* True when the file has the right contents; its hash, or "" where it cannot be read. */
static bool has_right_contents(const download *d, const char *path, char hex[65])
{
    uint8_t hash[32];
    hex[0] = '\0';
    if (eh_sha256_file(hash, path, NULL) != EH_OK)
        return false;
    eh_hex(hex, hash, 32);
    return strcmp(hex, d->wanted->sha256) == 0;
}

static void pause_briefly(int tenths)
{
    struct timespec time = { .tv_sec = tenths / 10, .tv_nsec = tenths % 10 * 100000000L };
    nanosleep(&time, NULL);
}

/* Requests the rest from d->url until all is there, or the address has nothing to give: then EH_ERR_INPUT with its reason in `why`. */
static eh_status read_all(download *d, char why[320], eh_error *err)
{
    int fruitless = 0;
    while (d->have < d->wanted->bytes) {
        uint64_t before = d->have;
        CURLcode code = request(d);
        long http = 0;
        curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &http);
        if (d->fatal != EH_OK)
            return fail_write(d, d->fatal_errnum, err);
        if (code == CURLE_ABORTED_BY_CALLBACK || eh_progress_stop(d->progress))
            return eh_fail(err, EH_ERR_INTERRUPTED,
                           "stopped with %llu of %llu bytes of %s; the same command goes on from there",
                           (unsigned long long)d->have, (unsigned long long)d->wanted->bytes,
                           d->wanted->path);
        if (d->refusal[0]) {
            snprintf(why, 320, "%s", d->refusal);
            return EH_ERR_INPUT;
        }
        if (code == CURLE_OUT_OF_MEMORY)
            return eh_fail_memory(err, "a download", 1, 65536);
        if (http == 416 && before > 0) { /* the partial file is no beginning of what lies there */
            if (!restart(d))
                return fail_write(d, errno, err);
            continue;
        }
        if (code == CURLE_OK && d->have >= d->wanted->bytes)
            break;
        snprintf(why, 320, "%s",
                 code == CURLE_OK ? "ended before the file was complete" : curl_easy_strerror(code));
        if (code == CURLE_HTTP_RETURNED_ERROR)
            snprintf(why, 320, "answers with the HTTP status %ld%s", http, http == 404 ? " (not found)" : "");
        if (code == CURLE_HTTP_RETURNED_ERROR && http < 500)
            return EH_ERR_INPUT;
        fruitless = d->have > before ? 0 : fruitless + 1;
        if (fruitless == FRUITLESS_REQUESTS || code == CURLE_URL_MALFORMAT ||
            code == CURLE_UNSUPPORTED_PROTOCOL)
            return EH_ERR_INPUT;
        pause_briefly(fruitless * 5);
    }
    return EH_OK;
}

/* As read_all, and the contents are right. */
static eh_status read_and_verify(download *d, char why[320], eh_error *err)
{
    char hex[65];
    for (;;) {
        EH_TRY(read_all(d, why, err));
        if (fsync(d->fd) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
            return fail_write(d, errno, err);
        if (has_right_contents(d, d->part, hex))
            return EH_OK;
        bool again = d->joined; /* of two halves that do not belong together: once more, from the beginning */
        if (!restart(d))
            return fail_write(d, errno, err);
        if (!again)
            break;
        eh_progress_warn(d->progress,
                         "%s: the partial file was no part of this one; fetching it from the beginning",
                         d->wanted->path);
    }
    snprintf(why, 320, "has other contents: the SHA-256 is %s, but must be %s", hex, d->wanted->sha256);
    return EH_ERR_INPUT;
}

/* ---------------------------------------------------------------- the whole */

/* The verified partial file gets its name. */
static eh_status give_name(const download *d, eh_error *err)
{
    if (rename(d->part, d->wanted->path) != 0)
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be renamed to %s", d->part, d->wanted->path);
    unlink(d->from);
    const char *folder = eh_path_folder(d->arena, d->wanted->path);
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)!fsync(fd); /* the bytes are safe; a lost rename only costs the renaming */
        close(fd);
    }
    return EH_OK;
}

static eh_status try_addresses(download *d, eh_error *err)
{
    eh_str reasons = { 0 };
    eh_status status = EH_ERR_INPUT;
    for (size_t i = 0; d->wanted->url[i] && status == EH_ERR_INPUT; i++) {
        char why[320] = "";
        d->url = d->wanted->url[i];
        d->joined = d->have > 0;
        status = read_and_verify(d, why, err);
        if (status != EH_ERR_INPUT)
            break;
        eh_str_appendf(&reasons, "%s%s %s", i ? "; " : "", d->url, why);
        if (d->wanted->url[i + 1])
            eh_progress_warn(d->progress, "%s %s; trying the next address", d->url, why);
    }
    if (status == EH_ERR_INPUT)
        status = eh_fail(err, EH_ERR_INPUT, "%s could not be fetched: %s", eh_path_name(d->wanted->path),
                         eh_str_text(&reasons));
    eh_str_clear(&reasons);
    return status;
}

/* A file that is there already counts when its contents are right. */
static eh_status look_for_file(download *d, eh_error *err)
{
    char hex[65];
    if (!eh_path_exists(d->wanted->path))
        return EH_OK;
    d->report->present = has_right_contents(d, d->wanted->path, hex);
    if (d->report->present)
        return EH_OK;
    return eh_fail(err, EH_ERR_INPUT,
                   "%s exists, but is not the file of the data set: its SHA-256 is %s, but must be %s; move "
                   "it away, or name "
                   "another folder",
                   d->wanted->path, hex[0] ? hex : "not to be had", d->wanted->sha256);
}

eh_status eh_download_file(const eh_download *wanted, eh_download_report *report, eh_progress *progress,
                           eh_error *err)
{
    eh_download_report unused;
    download d = { .wanted = wanted, .report = report ? report : &unused, .progress = progress, .fd = -1 };
    eh_status status;
    *d.report = (eh_download_report){ 0 };
    bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    d.arena = eh_arena_new();
    d.part = d.arena ? eh_arena_printf(d.arena, "%s.part", wanted->path) : NULL;
    d.from = d.part ? eh_arena_printf(d.arena, "%s.from", d.part) : NULL;
    d.curl = started ? curl_easy_init() : NULL;
    eh_progress_begin(progress, "fetch", wanted->bytes / 1000, "kB");
    if (!d.from || !d.curl) {
        status = eh_fail_memory(err, "a download", 1, 65536);
        goto done;
    }
    EH_TRY_GOTO(status, look_for_file(&d, err));
    if (d.report->present)
        goto done;
    EH_TRY_GOTO(status, open_part(&d, err));
    EH_TRY_GOTO(status, try_addresses(&d, err));
    status = give_name(&d, err);
done:
    eh_progress_end(progress, NULL);
    if (d.fd >= 0) {
        close(d.fd);
        if (status != EH_OK && d.have == 0) { /* nothing to go on from */
            unlink(d.part);
            unlink(d.from);
        }
    }
    curl_easy_cleanup(d.curl);
    if (started)
        curl_global_cleanup();
    eh_arena_free(d.arena);
    return status;
}
