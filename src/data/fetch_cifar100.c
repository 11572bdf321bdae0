/* fetch_cifar100.c - CIFAR-100: 50,000 + 10,000 colour pictures of a hundred kinds of things in twenty kinds of kinds, 32x32, binary version.
 *
 * The SHA-256 is the one that TensorFlow Datasets publishes; the MD5 on the authors' page, 03b5dce01913d631647c71ecec9e9cb8, belongs to the
 * same file.
 */
#include "data/fetch.h"

static const char *const mirrors[] = { "https://www.cs.toronto.edu/~kriz/", NULL };

static const eh_fetch_file files[] = {
    { "cifar-100-binary.tar.gz", 168513733,
      "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec" },
    { 0 },
};

const eh_fetch eh_fetch_cifar100 = {
    .entry = { .name = "cifar100",
               .summary = "60,000 colour pictures of a hundred kinds of things, 32x32",
               .source = "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images" },
    .page = "https://www.cs.toronto.edu/~kriz/cifar.html",
    .licence = "The authors state no licence; they ask to cite the technical report.",
    .mirror = mirrors,
    .file = files,
    .import = "cifar-100-binary.tar.gz",
};
