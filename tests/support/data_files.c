/* data_files.c - small data sets on disk for tests; see data_files.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"

#include "base/config.h"
#include "base/file.h"
#include "base/str.h"
#include "evenhand/image.h"
#include "evenhand/memory.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int data_folder_make(void **state)
{
    const char *base = getenv("TMPDIR");
    static char path[512];
    snprintf(path, sizeof path, "%s/evenhand-test-XXXXXX", base && *base ? base : "/tmp");
    *state = mkdtemp(path);
    return *state ? 0 : -1;
}

/* rm -r, not following links. */
static void remove_tree(const char *path)
{
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        struct dirent *entry;
        chmod(path, 0700);
        DIR *dir = opendir(path);
        while (dir && (entry = readdir(dir))) {
            char below[1024];
            int size = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                (size_t)size < sizeof below)
                remove_tree(below);
        }
        if (dir)
            closedir(dir);
    }
    remove(path);
}

int data_folder_remove(void **state)
{
    remove_tree(*state);
    return 0;
}

const char *data_path(void *folder, const char *format, ...)
{
    static char buffer[8][1024];
    static unsigned next;
    char *out = buffer[next++ % 8];
    int used = snprintf(out, sizeof buffer[0], "%s/", (const char *)folder);
    va_list args;
    va_start(args, format);
    vsnprintf(out + used, sizeof buffer[0] - (size_t)used, format, args);
    va_end(args);
    return out;
}

void data_write(void *folder, const char *name, const void *bytes, size_t size)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", (const char *)folder, name);
    for (char *c = path + strlen(folder) + 1; *c; c++)
        if (*c == '/') {
            *c = '\0';
            mkdir(path, 0777);
            *c = '/';
        }
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

void data_write_text(void *folder, const char *name, const char *text)
{
    data_write(folder, name, text, strlen(text));
}

char *data_read_text(const char *path)
{
    uint8_t *bytes;
    size_t size;
    eh_error err = { 0 };
    if (eh_file_read(&bytes, &size, path, 0, &err) != EH_OK)
        fail_msg("%s", err.message);
    return (char *)bytes;
}

void data_write_npy(void *folder, const char *name, const char *shape, const double *value, size_t count)
{
    size_t size = 128 + count * sizeof *value;
    char *bytes = eh_alloc(size, 1);
    assert_non_null(bytes);
    memcpy(bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
    memset(bytes + 10, ' ', 118);
    int length = snprintf(bytes + 10, 118, "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }", shape);
    bytes[10 + length] = ' ';
    memcpy(bytes + 128, value, count * sizeof *value);
    data_write(folder, name, bytes, size);
    eh_free(bytes);
}

uint8_t data_sample(int seed, int x, int y, int c)
{
    return (uint8_t)((7 * seed + 3 * x + 5 * y + 11 * c) % 251);
}

static void make_picture(eh_image *image, int width, int height, int channels, int seed)
{
    assert_int_equal(eh_image_alloc(image, width, height, channels, NULL), EH_OK);
    uint8_t *at = image->data;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                *at++ = data_sample(seed, x, y, c);
}

void data_jpeg(uint8_t **bytes, size_t *size, int width, int height, int seed)
{
    eh_image image;
    make_picture(&image, width, height, 3, seed);
    assert_int_equal(eh_image_encode_jpeg(bytes, size, &image, 90, NULL), EH_OK);
    eh_image_clear(&image);
}

void data_write_image(void *folder, const char *name, int width, int height, int channels, int seed)
{
    eh_image image;
    uint8_t *bytes;
    size_t size;
    make_picture(&image, width, height, channels, seed);
    if (eh_ends_with(name, ".jpg"))
        assert_int_equal(eh_image_encode_jpeg(&bytes, &size, &image, 90, NULL), EH_OK);
    else
        assert_int_equal(eh_image_encode_png(&bytes, &size, &image, NULL), EH_OK);
    data_write(folder, name, bytes, size);
    eh_free(bytes);
    eh_image_clear(&image);
}

static void keep_warning(void *user, const char *message)
{
    data_import *out = user;
    size_t used = strlen(out->warnings);
    snprintf(out->warnings + used, sizeof out->warnings - used, "%s\n", message);
}

void data_import_run(data_import *out, void *folder, const char *source, const char *format, bool strict)
{
    *out = (data_import){ 0 };
    eh_progress progress = { .user = out, .warn = keep_warning };
    eh_import_opts opts = { .strict = strict, .check_pixels = true, .overwrite = true };
    eh_arena *arena = eh_arena_new();
    if (format) {
        out->status = eh_thing_parse(&opts.format, "format", format, "--format", arena, &out->error);
        assert_int_equal(out->status, EH_OK);
    }
    out->status = eh_catalog_import(data_path(folder, "data.eh"), data_path(folder, "%s", source), &opts,
                                    &out->report, &progress, &out->error);
    eh_arena_free(arena);
}

eh_catalog *data_open(void *folder)
{
    eh_catalog *catalog = NULL;
    eh_error err = { 0 };
    eh_status status = eh_catalog_open(&catalog, data_path(folder, "data.eh"), &err);
    if (status != EH_OK)
        fail_msg("%s", err.message);
    return catalog;
}

int data_count_entries(const char *path)
{
    int count = 0;
    struct dirent *entry;
    DIR *dir = opendir(path);
    while (dir && (entry = readdir(dir)))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (dir)
        closedir(dir);
    return count;
}

const char *data_only_entry(const char *path)
{
    static char out[1024];
    struct dirent *entry;
    assert_int_equal(data_count_entries(path), 1);
    DIR *dir = opendir(path);
    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            snprintf(out, sizeof out, "%s/%s", path, entry->d_name);
    if (dir)
        closedir(dir);
    return out;
}

void data_unpack(void *folder, const char *archive)
{
    int code = -1;
    pid_t child = fork();
    if (child == 0) {
        execlp("tar", "tar", "xzf", archive, "-C", folder, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
}

const char *data_real(const char *name)
{
    static char path[1024];
    const char *folder = getenv("EVENHAND_DATA");
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "../shared/data", name);
    return eh_path_exists(path) ? path : NULL;
}
