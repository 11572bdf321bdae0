/* fetch_fashion_mnist.c - Fashion-MNIST: 60,000 + 10,000 grey 28x28 pictures of ten kinds of clothes.
 *
 * The MD5 sums that the authors publish in their README belong to the same files as the SHA-256 sums here.
 */
#include "data/fetch.h"

static const char *const mirrors[] = {
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    NULL,
};

static const eh_fetch_file files[] = {
    { "train-images-idx3-ubyte.gz", 26421880,
      "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84" },
    { "train-labels-idx1-ubyte.gz", 29515,
      "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845" },
    { "t10k-images-idx3-ubyte.gz", 4422102,
      "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073" },
    { "t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5" },
    { 0 },
};

const eh_fetch eh_fetch_fashion_mnist = {
    .entry = { .name = "fashion-mnist",
               .summary = "70,000 grey pictures of ten kinds of clothes, 28x28",
               .source = "Xiao, Rasul, Vollgraf 2017, Fashion-MNIST" },
    .page = "https://github.com/zalandoresearch/fashion-mnist",
    .licence = "MIT licence.",
    .mirror = mirrors,
    .file = files,
};
