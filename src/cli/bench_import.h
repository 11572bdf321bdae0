/* bench_import.h - the row `import` of `evenhand bench`: how fast images come in, beside libjpeg-turbo's decoding alone. */
#ifndef EH_CLI_BENCH_IMPORT_H
#define EH_CLI_BENCH_IMPORT_H

#include "cli/command.h"

/* Measures on `images` drawn faces of `size` pixels a side, or on all .jpg files below `folder` where that is not NULL, `steps` times each, in turn. */
eh_status eh_bench_import(json_t **out, eh_command_context *context, const char *folder, int64_t images,
                          int64_t size, int64_t steps, eh_error *err);

#endif
