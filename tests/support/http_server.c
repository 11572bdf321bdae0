/* http_server.c - see http_server.h. One thread takes one connection after the other. */
#include "support/http_server.h"

#include "support/cmocka_all.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct http_server {
    pthread_t thread;
    pthread_mutex_t lock; /* guards rules and log */
    http_rules rules;
    http_log log;
    size_t cuts_done;
    int socket;
    char address[64];
};

/* Value of a header of the request into out; false when it is not there. */
static bool header(char *out, size_t room, const char *request, const char *name)
{
    const char *line = request;
    while ((line = strchr(line, '\n'))) {
        line++;
        if (strncasecmp(line, name, strlen(name)) == 0) {
            line += strlen(name);
            line += strspn(line, " ");
            snprintf(out, room, "%.*s", (int)strcspn(line, "\r\n"), line);
            return true;
        }
    }
    return false;
}

static void send_all(int to, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t put = send(to, at, size, MSG_NOSIGNAL);
        if (put <= 0)
            return;
        at += put;
        size -= (size_t)put;
    }
}

static void send_empty(int to, int status, const char *location)
{
    char head[512];
    int size =
        snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n%s%s%s\r\n",
                 status, location ? "Location: " : "", location ? location : "", location ? "\r\n" : "");
    send_all(to, head, (size_t)size);
}

static void answer(http_server *s, int to, const char *request)
{
    char range[64] = "", condition[128] = "", path[128] = "", head[512];
    sscanf(request, "GET %127s", path);
    pthread_mutex_lock(&s->lock);
    http_rules r = s->rules;
    s->log.requests++;
    if (header(range, sizeof range, request, "Range:")) {
        s->log.ranges++;
        memcpy(s->log.last_range, range, sizeof range);
    }
    if (header(condition, sizeof condition, request, "If-Range:")) {
        s->log.conditions++;
        memcpy(s->log.last_condition, condition, sizeof condition);
    }
    bool cut = r.cut_after && (r.cuts == 0 || s->cuts_done < r.cuts);
    s->cuts_done += cut;
    pthread_mutex_unlock(&s->lock);

    if (r.redirect && strcmp(path, r.path) != 0) {
        send_empty(to, 302, r.redirect);
        return;
    }
    if (r.status || strcmp(path, r.path) != 0) {
        send_empty(to, r.status ? r.status : 404, NULL);
        return;
    }
    size_t from = 0;
    bool changed = condition[0] && (!r.etag || strcmp(condition, r.etag) != 0);
    if (range[0] && !r.no_ranges && !changed)
        from = strtoull(range + 6, NULL, 10);
    if (from > r.size || (from == r.size && from > 0)) {
        send_empty(to, 416, NULL);
        return;
    }
    if (r.wrong_range && from > 0)
        from = 1;
    int size = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nConnection: close\r\n%s%s%s",
                        from ? "206 Partial Content" : "200 OK", r.etag ? "ETag: " : "", r.etag ? r.etag : "",
                        r.etag ? "\r\n" : "");
    if (!r.no_length)
        size += snprintf(head + size, sizeof head - (size_t)size, "Content-Length: %zu\r\n", r.size - from);
    if (from)
        size += snprintf(head + size, sizeof head - (size_t)size, "Content-Range: bytes %zu-%zu/%zu\r\n",
                         from, r.size - 1, r.size);
    send_all(to, head, (size_t)size);
    send_all(to, "\r\n", 2);
    size_t left = r.size - from;
    send_all(to, r.bytes + from, cut && r.cut_after < left ? r.cut_after : left);
}

static void *serve(void *user)
{
    http_server *s = user;
    for (;;) {
        int to = accept(s->socket, NULL, NULL);
        if (to < 0)
            return NULL;
        char request[4096];
        size_t used = 0;
        ssize_t got;
        while (used < sizeof request - 1 &&
               (got = recv(to, request + used, sizeof request - 1 - used, 0)) > 0) {
            used += (size_t)got;
            request[used] = '\0';
            if (strstr(request, "\r\n\r\n"))
                break;
        }
        if (used > 0)
            answer(s, to, request);
        shutdown(to, SHUT_WR);
        while (recv(to, request, sizeof request, 0) > 0) {
        }
        close(to);
    }
}

http_server *http_server_start(const http_rules *rules)
{
    http_server *s = calloc(1, sizeof *s);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    assert_non_null(s);
    s->rules = *rules;
    pthread_mutex_init(&s->lock, NULL);
    s->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->socket >= 0);
    assert_int_equal(bind(s->socket, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(s->socket, 8), 0);
    assert_int_equal(getsockname(s->socket, (struct sockaddr *)&address, &size), 0);
    snprintf(s->address, sizeof s->address, "http://127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    return s;
}

void http_server_rules(http_server *s, const http_rules *rules)
{
    pthread_mutex_lock(&s->lock);
    s->rules = *rules;
    s->cuts_done = 0;
    memset(&s->log, 0, sizeof s->log);
    pthread_mutex_unlock(&s->lock);
}

http_log http_server_log(http_server *s)
{
    pthread_mutex_lock(&s->lock);
    http_log log = s->log;
    pthread_mutex_unlock(&s->lock);
    return log;
}

const char *http_server_address(const http_server *s)
{
    return s->address;
}

void http_server_stop(http_server *s)
{
    shutdown(s->socket, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->socket);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
