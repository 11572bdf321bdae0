/* crc32c.h - the Castagnoli checksum. */
#ifndef EH_BASE_CRC32C_H
#define EH_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C of the bytes. */
uint32_t eh_crc32c(const void *bytes, size_t size);

#endif
