/* weights_file.h - files of named tensors, whatever program wrote them: a registered kind, found by content.
 *
 * Names as a model knows them: where every tensor's name begins with "module." (PyTorch's DataParallel), "_orig_mod." (torch.compile), "model.", "net." or
 * "backbone." (Lightning) that is left out.
 */
#ifndef EH_NN_WEIGHTS_FILE_H
#define EH_NN_WEIGHTS_FILE_H

#include "evenhand/graph.h"
#include "evenhand/option.h"

/* One tensor of a file. Borrowed from it. */
typedef struct eh_weights_item {
    const char *name;
    const char *type; /* element_type.h */
    eh_shape shape;
} eh_weights_item;

/* To add a format "x": src/nn/weights_x.c with `const eh_tensor_format eh_weights_x`, a row in weights_list.c, test_weights_x.c. */
typedef struct eh_tensor_format {
    eh_entry entry;
    /* Whether a file that begins like this (size >= 16 but in tiny files) is meant to be of this format. */
    bool (*probe)(const uint8_t *head, size_t size);
    /* Opens and checks everything but the numbers. Nothing is allocated on a file's word before that was compared with its size. */
    eh_status (*open)(void **out, const char *path, eh_error *err);
    void (*close)(void *file);
    size_t (*count)(const void *file);
    eh_weights_item (*item)(const void *file, size_t i);
    const char *(*metadata)(const void *file, const char *key); /* NULL: none */
    /* The tensor as floats, row-major, into `out` of the shape's elements. Types that are not real are EH_ERR_INPUT. */
    eh_status (*read)(void *file, size_t i, float *out, eh_error *err);
} eh_tensor_format;

extern const eh_entry *const eh_weights_list[];

/* An open file of any of these formats. */
typedef struct eh_weights_file eh_weights_file;

/* Opens. EH_ERR_INPUT when it is of no known format, is malformed or names a tensor twice; EH_ERR_IO; EH_ERR_LIMIT. */
eh_status eh_weights_open(eh_weights_file **out, const char *path, eh_error *err);
void eh_weights_close(eh_weights_file *file);

const eh_tensor_format *eh_weights_format_of(const eh_weights_file *file);
size_t eh_weights_count(const eh_weights_file *file);
eh_weights_item eh_weights_item_at(const eh_weights_file *file, size_t i);

/* What was left out of every name ("module."), or "". */
const char *eh_weights_prefix(const eh_weights_file *file);

/* Index of a name, or -1. */
int64_t eh_weights_find(const eh_weights_file *file, const char *name);

/* Value of a metadata key, or NULL. Borrowed. */
const char *eh_weights_metadata(const eh_weights_file *file, const char *key);

/* Tensor i as floats. */
eh_status eh_weights_read(eh_weights_file *file, size_t i, float *out, eh_error *err);

#endif
