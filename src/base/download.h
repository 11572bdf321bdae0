/* download.h - one file over HTTP: whole and with the right contents under its name, or not at all. */
#ifndef EH_BASE_DOWNLOAD_H
#define EH_BASE_DOWNLOAD_H

#include "evenhand/error.h"
#include "evenhand/progress.h"

#include <stdbool.h>
#include <stdint.h>

/* What is wanted. The texts are borrowed. */
typedef struct eh_download {
    const char *const *
        url; /* the same file at several addresses, NULL-terminated; tried in this order. http and https only */
    const char *path;   /* the file to make; its folder must exist */
    uint64_t bytes;     /* its exact size */
    const char *sha256; /* of its contents, 64 lower-case hexadecimal digits */
} eh_download;

/* What happened. */
typedef struct eh_download_report {
    bool present;          /* the file was there already, with the right contents; nothing was requested */
    uint64_t resumed_from; /* bytes that an earlier, interrupted download had left and that were kept */
    uint64_t received;     /* bytes of content received now */
} eh_download_report;

/* Downloads one file. Until its SHA-256 has been found right it is called "<path>.part"; beside it "<path>.part.from" says where the
 * bytes come from. Both stay when the download ends early for whatever reason (signal, broken line, full disk), and the next call goes
 * on from there.
 *
 * Errors: EH_ERR_INPUT when `path` exists with other contents, or when no address gave the file (the sentence lists what each said);
 * EH_ERR_IO when the disk refuses, or when another process is downloading the same file; EH_ERR_INTERRUPTED when `progress` asked to stop. */
eh_status eh_download_file(const eh_download *wanted, eh_download_report *report, eh_progress *progress,
                           eh_error *err);

#endif
