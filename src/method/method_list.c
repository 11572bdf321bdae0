/* method_list.c - the table of methods. */
#include "train/hooks.h"

extern const eh_method eh_method_erm, eh_method_undersample, eh_method_resample, eh_method_reweight,
    eh_method_gdro, eh_method_dbvae;

const eh_entry *const eh_method_list[] = {
    &eh_method_erm.entry, /* plain training, the baseline */
    &eh_method_undersample.entry, &eh_method_resample.entry, &eh_method_reweight.entry,
    &eh_method_gdro.entry,        &eh_method_dbvae.entry,    NULL,
};
