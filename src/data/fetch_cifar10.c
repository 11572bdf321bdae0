/* fetch_cifar10.c - CIFAR-10: 50,000 + 10,000 colour pictures of ten kinds of things, 32x32, binary version.
 *
 * The SHA-256 is the one that TensorFlow Datasets publishes; the MD5 on the authors' page, c32a1d4ab5d03f1284b67883e8d87530, belongs to the
 * same file.
 */
#include "data/fetch.h"

static const char *const mirrors[] = { "https://www.cs.toronto.edu/~kriz/", NULL };

static const eh_fetch_file files[] = {
    { "cifar-10-binary.tar.gz", 170052171,
      "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd" },
    { 0 },
};

const eh_fetch eh_fetch_cifar10 = {
    .entry = { .name = "cifar10",
               .summary = "60,000 colour pictures of ten kinds of animals and vehicles, 32x32",
               .source = "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images" },
    .page = "https://www.cs.toronto.edu/~kriz/cifar.html",
    .licence = "The authors state no licence; they ask to cite the technical report.",
    .mirror = mirrors,
    .file = files,
    .import = "cifar-10-binary.tar.gz",
};
