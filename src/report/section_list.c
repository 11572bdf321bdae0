/* section_list.c - the table of the report's sections, in the order of the page. */
#include "report/report.h"

extern const eh_section eh_section_verdict, eh_section_comparison, eh_section_groups, eh_section_confusion,
    eh_section_numbers, eh_section_masks, eh_section_data, eh_section_balance, eh_section_splits,
    eh_section_cleaning, eh_section_errors, eh_section_provenance;

const eh_entry *const eh_section_list[] = {
    &eh_section_verdict.entry,
    &eh_section_comparison.entry,
    &eh_section_groups.entry,
    &eh_section_confusion.entry,
    &eh_section_numbers.entry,
    &eh_section_masks.entry,
    &eh_section_data.entry,
    &eh_section_balance.entry,
    &eh_section_splits.entry,
    &eh_section_cleaning.entry,
    &eh_section_errors.entry,
    &eh_section_provenance.entry,
    NULL,
};
