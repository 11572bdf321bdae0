/* fetch_mnist.c - MNIST: 60,000 + 10,000 handwritten digits, grey, 28x28.
 *
 * The SHA-256 sums are those that TensorFlow Datasets publishes; torchvision's MD5 sums belong to the same files. The authors' own server
 * no longer gives them out.
 */
#include "data/fetch.h"

static const char *const mirrors[] = {
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    NULL,
};

static const eh_fetch_file files[] = {
    { "train-images-idx3-ubyte.gz", 9912422,
      "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609" },
    { "train-labels-idx1-ubyte.gz", 28881,
      "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c" },
    { "t10k-images-idx3-ubyte.gz", 1648877,
      "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6" },
    { "t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6" },
    { 0 },
};

const eh_fetch eh_fetch_mnist = {
    .entry = { .name = "mnist",
               .summary = "70,000 handwritten digits, grey, 28x28",
               .source = "LeCun, Cortes, Burges, The MNIST database" },
    .page = "http://yann.lecun.com/exdb/mnist/",
    .licence = "Creative Commons Attribution-Share Alike 3.0; copyright Yann LeCun and Corinna Cortes.",
    .mirror = mirrors,
    .file = files,
};
