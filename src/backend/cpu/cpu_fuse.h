/* cpu_fuse.h - the fusion pass of the cpu backend. */
#ifndef EH_BACKEND_CPU_CPU_FUSE_H
#define EH_BACKEND_CPU_CPU_FUSE_H

#include "backend/plan_steps.h"

/* Joins steps that pass over the same memory; see cpu_fuse.c. */
eh_status eh_cpu_fuse(eh_step_list *list, eh_error *err);

#endif
