/* file.c - whole files, atomic writing and hashes; see file.h. Paths and folders are in path.c. */
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path that cannot be opened for reading is the user's input when it is wrong, else the system's refusal. */
static eh_status fail_open(eh_error *err, int errnum, const char *path)
{
    if (errnum == ENOENT || errnum == ENOTDIR)
        return eh_fail(err, EH_ERR_INPUT, "%s does not exist; check the path.", path);
    if (errnum == EACCES)
        return eh_fail(err, EH_ERR_INPUT, "%s may not be read; check its permissions.", path);
    return eh_fail_errno(err, EH_ERR_IO, errnum, "%s cannot be opened", path);
}

static eh_status open_for_reading(int *fd, struct stat *info, const char *path, eh_error *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return fail_open(err, errno, path);
    eh_status status = EH_OK;
    if (fstat(*fd, info) != 0)
        status = eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be examined", path);
    else if (S_ISDIR(info->st_mode))
        status = eh_fail(err, EH_ERR_INPUT, "%s is a folder where a file is needed.", path);
    if (status != EH_OK) {
        close(*fd);
        *fd = -1;
    }
    return status;
}

/* Reads until `capacity` bytes or the end of the file; the number read in *size. */
static eh_status read_up_to(int fd, uint8_t *bytes, size_t capacity, size_t *size, const char *path,
                            eh_error *err)
{
    while (*size < capacity) {
        ssize_t got = read(fd, bytes + *size, capacity - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return eh_fail_errno(err, EH_ERR_IO, errno, "%s cannot be read", path);
        if (got == 0)
            break;
        *size += (size_t)got;
    }
    return EH_OK;
}

eh_status eh_file_read(uint8_t **bytes, size_t *size, const char *path, size_t max_size, eh_error *err)
{
    *bytes = NULL;
    *size = 0;
    size_t limit = max_size ? max_size : (size_t)1 << 30;
    int fd;
    struct stat info;
    EH_TRY(open_for_reading(&fd, &info, path, err));

    eh_status status = EH_OK;
    uint8_t *buffer = NULL;
    size_t used = 0;
    /* A pipe or a file in /proc says 0; then the buffer grows while reading. */
    size_t capacity = info.st_size > 0 ? (size_t)info.st_size + 1 : 65536;
    for (;;) {
        if (capacity > limit + 1)
            capacity = limit + 1;
        uint8_t *grown = buffer ? eh_realloc(buffer, used, capacity + 1, 1) : eh_alloc_raw(capacity + 1, 1);
        if (!grown) {
            status = eh_fail_memory(err, path, capacity, 1);
            goto done;
        }
        buffer = grown;
        EH_TRY_GOTO(status, read_up_to(fd, buffer, capacity, &used, path, err));
        if (used > limit) {
            status = eh_fail(err, EH_ERR_LIMIT,
                             "%s is larger than %zu bytes, the limit for a file of this kind.", path, limit);
            goto done;
        }
        if (used < capacity)
            break;
        capacity *= 2;
    }
    buffer[used] = 0;
    *bytes = buffer;
    *size = used;
    buffer = NULL;
done:
    eh_free(buffer);
    close(fd);
    return status;
}

/* ---------------------------------------------------------------- atomic files */

static void atomic_clear(eh_atomic_file *file)
{
    eh_free(file->temporary);
    eh_free(file->path);
    *file = (eh_atomic_file){ 0 };
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = eh_alloc(size, 1);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

/* The file that a rename has to replace: behind a symbolic link, its target. */
static char *resolve_target(const char *path)
{
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode)) {
        char *target = realpath(path, NULL);
        if (target) {
            char *copy = copy_text(target);
            free(target); /* realpath's own block */
            return copy;
        }
    }
    return copy_text(path);
}

eh_status eh_atomic_open(eh_atomic_file *file, const char *path, eh_error *err)
{
    static _Atomic unsigned serial;
    *file = (eh_atomic_file){ 0 };
    eh_status status = EH_OK;
    int fd = -1;
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (exists && S_ISDIR(old.st_mode))
        return eh_fail(err, EH_ERR_INPUT, "%s is a folder; name a file to write.", path);

    file->path = resolve_target(path);
    size_t room = file->path ? strlen(file->path) + 48 : 0;
    file->temporary = file->path ? eh_alloc(room, 1) : NULL;
    if (!file->temporary) {
        status = eh_fail_memory(err, path, 1, 1);
        goto done;
    }
    if (exists && !S_ISREG(old.st_mode)) {
        /* A device or a pipe is written to, never replaced. */
        eh_free(file->temporary);
        file->temporary = NULL;
        fd = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        snprintf(file->temporary, room, "%s.tmp.%ld.%u", file->path, (long)getpid(),
                 atomic_fetch_add(&serial, 1));
        fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    if (fd < 0) {
        int errnum = errno;
        status = errnum == ENOENT || errnum == ENOTDIR
                     ? eh_fail(err, EH_ERR_IO, "%s cannot be written: its folder does not exist.", path)
                     : eh_fail_errno(err, EH_ERR_IO, errnum, "%s cannot be written", path);
        goto done;
    }
    if (exists && file->temporary)
        (void)!fchmod(fd, old.st_mode & 07777); /* keeps the mode where the system allows it */
    file->stream = fdopen(fd, "wb");
    if (!file->stream)
        status = eh_fail_memory(err, path, 1, BUFSIZ);
done:
    if (status != EH_OK) {
        if (fd >= 0) {
            close(fd);
            if (file->temporary)
                unlink(file->temporary);
        }
        atomic_clear(file);
    }
    return status;
}

/* Makes the rename itself durable. The temporary name, no longer needed, becomes the folder's, so that nothing here can fail for
 * lack of memory. File systems that cannot sync a folder are let pass. */
static int sync_folder(eh_atomic_file *file)
{
    char *folder = file->temporary;
    size_t length = (size_t)(eh_path_name(file->path) - file->path);
    if (length == 0)
        memcpy(folder, ".", 2);
    else
        folder[length] = '\0'; /* it begins as the path does */
    int errnum = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        errnum = errno == EACCES ? 0 : errno;
    else if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
        errnum = errno;
    if (fd >= 0)
        close(fd);
    return errnum;
}

/* Pushes the stream's bytes to the disk; 0 or an error number, EIO when an earlier write had failed. */
static int flush_to_disk(FILE *stream)
{
    int earlier = ferror(stream);
    if (fflush(stream) != 0)
        return errno;
    if (earlier)
        return EIO;
    if (fsync(fileno(stream)) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
        return errno;
    return 0;
}

eh_status eh_atomic_commit(eh_atomic_file *file, eh_error *err)
{
    assert(file->stream && file->path);
    int errnum = flush_to_disk(file->stream);
    if (fclose(file->stream) != 0 && errnum == 0)
        errnum = errno;
    file->stream = NULL;
    bool replaces = file->temporary != NULL;
    if (errnum == 0 && replaces && rename(file->temporary, file->path) != 0)
        errnum = errno;
    if (errnum != 0 && replaces)
        unlink(file->temporary);
    else if (replaces)
        errnum = sync_folder(file);
    eh_status status = EH_OK;
    if (errnum == EIO)
        status = eh_fail(err, EH_ERR_IO, "%s could not be written completely; is the disk full?", file->path);
    else if (errnum != 0)
        status = eh_fail_errno(err, EH_ERR_IO, errnum, "%s could not be written completely", file->path);
    atomic_clear(file);
    return status;
}

void eh_atomic_abandon(eh_atomic_file *file)
{
    if (file->stream)
        fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    atomic_clear(file);
}

eh_status eh_file_write_atomic(const char *path, const void *bytes, size_t size, eh_error *err)
{
    eh_atomic_file file;
    EH_TRY(eh_atomic_open(&file, path, err));
    errno = 0;
    if (size > 0 && fwrite(bytes, 1, size, file.stream) != size) {
        int errnum = errno ? errno : EIO;
        eh_atomic_abandon(&file);
        return eh_fail_errno(err, EH_ERR_IO, errnum, "%s could not be written completely", path);
    }
    return eh_atomic_commit(&file, err);
}

/* ---------------------------------------------------------------- hashes */

void eh_sha256(uint8_t out[32], const void *bytes, size_t size)
{
    int done = EVP_Digest(bytes, size, out, NULL, EVP_sha256(), NULL);
    assert(done == 1);
    (void)done;
}

eh_status eh_sha256_file(uint8_t out[32], const char *path, eh_error *err)
{
    enum { PIECE = 1 << 16 };
    memset(out, 0, 32);
    int fd;
    struct stat info;
    EH_TRY(open_for_reading(&fd, &info, path, err));
    eh_status status = EH_OK;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t *piece = eh_alloc_raw(PIECE, 1);
    if (!piece || !context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        status = eh_fail_memory(err, path, PIECE, 1);
        goto done;
    }
    size_t got;
    do {
        got = 0;
        EH_TRY_GOTO(status, read_up_to(fd, piece, PIECE, &got, path, err));
        if (EVP_DigestUpdate(context, piece, got) != 1) {
            status = eh_fail(err, EH_ERR_INTERNAL, "The hash of %s could not be computed (libcrypto failed).",
                             path);
            goto done;
        }
    } while (got == PIECE);
    if (EVP_DigestFinal_ex(context, out, NULL) != 1)
        status =
            eh_fail(err, EH_ERR_INTERNAL, "The hash of %s could not be computed (libcrypto failed).", path);
done:
    eh_free(piece);
    EVP_MD_CTX_free(context);
    close(fd);
    return status;
}
