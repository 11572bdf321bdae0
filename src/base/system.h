/* system.h - what the program runs on and was built with, in words, for the record beside every result. */
#ifndef EH_BASE_SYSTEM_H
#define EH_BASE_SYSTEM_H

#include <stddef.h>

/* The processor's name as Linux tells it, "unknown" elsewhere. Always terminated; not necessarily UTF-8. */
void eh_processor_name(char *out, size_t size);

/* "Linux 6.1.0 x86_64"; "unknown" where the system does not tell. */
void eh_system_name(char *out, size_t size);

/* "gcc 12.2.0". Static. */
const char *eh_compiler_name(void);

#endif
