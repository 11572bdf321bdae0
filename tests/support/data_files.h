/* data_files.h - small data sets on disk for tests: a temporary folder, files in it, pictures that tell each other apart. */
#ifndef EH_TESTS_DATA_FILES_H
#define EH_TESTS_DATA_FILES_H

#include "evenhand/catalog.h"

#include <stddef.h>

/* cmocka set-up and tear-down: *state becomes the path of an empty folder that is removed with all it holds. */
int data_folder_make(void **state);
int data_folder_remove(void **state);

/* "<folder>/<name>" in one of eight static buffers, in turn. */
const char *data_path(void *folder, const char *format, ...) EH_PRINTF(2, 3);

/* Writes a file of the folder, with the folders above it. */
void data_write(void *folder, const char *name, const void *bytes, size_t size);
void data_write_text(void *folder, const char *name, const char *text);

/* The text of a file, wherever it is; fails the test when it cannot be read. Release with eh_free. */
char *data_read_text(const char *path);

/* Writes `count` doubles as an NPY file; shape: "(4, 3)". */
void data_write_npy(void *folder, const char *name, const char *shape, const double *value, size_t count);

/* Writes a width x height picture, .png or .jpg by its name: every sample is (7 * seed + 3 * x + 5 * y + 11 * c) mod 251 (PNG: exactly). */
void data_write_image(void *folder, const char *name, int width, int height, int channels, int seed);
uint8_t data_sample(int seed, int x, int y, int c);

/* Bytes of such a picture as a JPEG, to be cut or spoilt. Release with eh_free. */
void data_jpeg(uint8_t **bytes, size_t *size, int width, int height, int seed);

/* What an import of folder/source into folder/data.eh gave. `text` is a format such as "csv:label=hair", NULL: probed. */
typedef struct data_import {
    eh_status status;
    eh_error error;
    eh_import_report report;
    char warnings[8192]; /* one per line */
} data_import;
void data_import_run(data_import *out, void *folder, const char *source, const char *format, bool strict);

/* Opens folder/data.eh; fails the test when that fails. */
eh_catalog *data_open(void *folder);

/* Number of entries in a folder, so that a test can see that nothing was left behind. */
int data_count_entries(const char *path);

/* Unpacks a .tar.gz into the folder with the system's tar. */
void data_unpack(void *folder, const char *archive);

/* The path of the only entry of a folder; fails the test when there are none or several. */
const char *data_only_entry(const char *path);

/* A folder of $EVENHAND_DATA or ../shared/data in a static buffer, or NULL: then the caller skips. */
const char *data_real(const char *name);

#endif
