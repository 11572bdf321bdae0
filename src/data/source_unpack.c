/* source_unpack.c - a file that is compressed as a whole (gzip, bzip2, xz, zstd), as a stream of what it holds.
 *
 * gzip goes through zlib, which compares the checksums at the end; libarchive's own reader of gzip does not. The others go through libarchive's
 * filters, which use the libraries of their formats.
 */
#include "data/source_store.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

struct eh_unpacker {
    const char *path;
    gzFile gz; /* one of these two */
    struct archive *archive;
};

/* True when the file begins like one of the four. */
static bool is_compressed(const char *path, bool *gzip)
{
    uint8_t head[6] = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = fd >= 0 ? pread(fd, head, sizeof head, 0) : -1;
    if (fd >= 0)
        close(fd);
    *gzip = got == sizeof head && head[0] == 0x1f && head[1] == 0x8b;
    return got == sizeof head && (*gzip || memcmp(head, "BZh", 3) == 0 ||
                                  memcmp(head,
                                         "\xfd"
                                         "7zXZ",
                                         6) == 0 ||
                                  memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0);
}

static eh_status open_filters(eh_unpacker *u, eh_error *err)
{
    struct archive_entry *entry;
    u->archive = archive_read_new();
    if (!u->archive)
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to unpack %s", u->path);
    if (archive_read_support_format_raw(u->archive) != ARCHIVE_OK ||
        archive_read_support_filter_bzip2(u->archive) != ARCHIVE_OK ||
        archive_read_support_filter_xz(u->archive) != ARCHIVE_OK ||
        archive_read_support_filter_zstd(u->archive) != ARCHIVE_OK)
        return eh_fail(err, EH_ERR_INTERNAL, "%s cannot be unpacked: libarchive was built without its format",
                       u->path);
    if (archive_read_open_filename(u->archive, u->path, 1 << 18) != ARCHIVE_OK ||
        archive_read_next_header(u->archive, &entry) != ARCHIVE_OK)
        return eh_fail(err, EH_ERR_INPUT, "%s cannot be unpacked: %s", u->path,
                       archive_error_string(u->archive));
    return EH_OK;
}

/* `buffer`: how many bytes of a gzip are unpacked ahead; a fault among them is an error at once. */
static eh_status open_unpacker(eh_unpacker **out, const char *path, unsigned buffer, eh_error *err)
{
    bool gzip;
    *out = NULL;
    if (!is_compressed(path, &gzip))
        return eh_fail(err, EH_ERR_INPUT, "%s is not compressed by gzip, bzip2, xz or zstd", path);
    eh_unpacker *u = eh_alloc(1, sizeof *u);
    if (!u)
        return eh_fail_memory(err, path, 1, sizeof *u);
    u->path = path;
    eh_status status = EH_OK;
    if (gzip) {
        errno = 0;
        u->gz = gzopen(path, "rbe");
        if (!u->gz)
            status = eh_fail_errno(err, errno ? EH_ERR_IO : EH_ERR_MEMORY, errno ? errno : ENOMEM,
                                   "%s cannot be opened", path);
        else
            gzbuffer(u->gz, buffer);
    } else {
        status = open_filters(u, err);
    }
    if (status == EH_OK)
        *out = u;
    else
        eh_unpacker_close(u);
    return status;
}

eh_status eh_unpacker_open(eh_unpacker **out, const char *path, eh_error *err)
{
    return open_unpacker(out, path, 1 << 18, err);
}

static eh_status read_gzip(eh_unpacker *u, uint8_t *out, size_t size, size_t *got, eh_error *err)
{
    while (*got < size) {
        size_t left = size - *got;
        int n = gzread(u->gz, out + *got, left > 1u << 30 ? 1u << 30 : (unsigned)left), code;
        const char *reason = gzerror(u->gz, &code);
        if (n < 0 && code == Z_ERRNO)
            return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be read", u->path);
        if (n < 0 && code == Z_MEM_ERROR)
            return eh_fail(err, EH_ERR_MEMORY, "not enough memory to unpack %s", u->path);
        if (n < 0)
            return eh_fail(err, EH_ERR_INPUT, "%s is a damaged gzip file (%s); fetch it again", u->path,
                           reason);
        if (n == 0 && code == Z_BUF_ERROR)
            return eh_fail(err, EH_ERR_INPUT, "%s is a gzip file whose end is missing; fetch it again",
                           u->path);
        if (n == 0)
            return EH_OK;
        *got += (size_t)n;
    }
    return EH_OK;
}

eh_status eh_unpacker_read(eh_unpacker *u, uint8_t *out, size_t size, size_t *got, eh_error *err)
{
    *got = 0;
    if (u->gz)
        return read_gzip(u, out, size, got, err);
    while (*got < size) {
        la_ssize_t n = archive_read_data(u->archive, out + *got, size - *got);
        if (n < 0)
            return eh_fail(err, EH_ERR_INPUT, "%s is damaged or its end is missing (%s); fetch it again",
                           u->path, archive_error_string(u->archive));
        if (n == 0)
            return EH_OK;
        *got += (size_t)n;
    }
    return EH_OK;
}

void eh_unpacker_close(eh_unpacker *u)
{
    if (!u)
        return;
    if (u->gz)
        gzclose_r(u->gz);
    if (u->archive)
        archive_read_free(u->archive);
    eh_free(u);
}

bool eh_unpacker_peek(const char *path, uint8_t *out, size_t *size)
{
    eh_unpacker *u;
    size_t room = *size;
    *size = 0;
    if (open_unpacker(&u, path, (unsigned)room, NULL) != EH_OK)
        return false;
    eh_status status = eh_unpacker_read(u, out, room, size, NULL);
    eh_unpacker_close(u);
    return status == EH_OK;
}
