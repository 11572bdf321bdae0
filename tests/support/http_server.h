/* http_server.h - a small HTTP server on loopback for tests: a few files from memory, and misbehaviour on request. */
#ifndef EH_TESTS_HTTP_SERVER_H
#define EH_TESTS_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct http_server http_server;

/* How the server answers; change it between requests only. */
typedef struct http_rules {
    const char *path; /* "/data.bin"; everything else is 404 */
    const uint8_t *bytes;
    size_t size;
    const char *etag;     /* with its quotes; NULL: none */
    bool no_ranges;       /* always the whole file with 200 */
    bool no_length;       /* no Content-Length: the end of the line is the end of the file */
    bool wrong_range;     /* 206, but from the beginning */
    size_t cut_after;     /* > 0: each answer breaks off after so many bytes of content */
    size_t cuts;          /* ... but only the first so many answers; 0: all */
    int status;           /* != 0: this status and no content */
    const char *redirect; /* != NULL: 302 to this address */
} http_rules;

/* What was asked for so far. */
typedef struct http_log {
    size_t requests, ranges, conditions; /* of them with Range, with If-Range */
    char last_range[64], last_condition[128];
} http_log;

/* Starts serving on a free port of 127.0.0.1; fails the test when that is impossible. */
http_server *http_server_start(const http_rules *rules);
void http_server_rules(http_server *server, const http_rules *rules);
http_log http_server_log(http_server *server);

/* "http://127.0.0.1:PORT" in memory of the server. */
const char *http_server_address(const http_server *server);
void http_server_stop(http_server *server);

#endif
