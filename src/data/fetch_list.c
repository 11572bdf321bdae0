/* fetch_list.c - the table of public data sets. */
#include "data/fetch.h"

extern const eh_fetch eh_fetch_fashion_mnist, eh_fetch_mnist, eh_fetch_cifar10, eh_fetch_cifar100,
    eh_fetch_celeba, eh_fetch_utkface, eh_fetch_fairface;

const eh_entry *const eh_fetch_list[] = {
    &eh_fetch_fashion_mnist.entry, &eh_fetch_mnist.entry,
    &eh_fetch_cifar10.entry,       &eh_fetch_cifar100.entry,
    &eh_fetch_celeba.entry,        &eh_fetch_utkface.entry,
    &eh_fetch_fairface.entry,      NULL,
};
