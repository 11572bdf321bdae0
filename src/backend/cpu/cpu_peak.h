/* cpu_peak.h - the most that the processor's arithmetic units can do. */
#ifndef EH_BACKEND_CPU_CPU_PEAK_H
#define EH_BACKEND_CPU_CPU_PEAK_H

#include "backend/cpu/cpu.h"

/* Multiplications and additions a second of all threads of the budget together at that precision, measured in some hundredths of a second. */
double eh_cpu_peak_flops(eh_precision precision);

#endif
