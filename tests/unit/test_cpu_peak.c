/* cpu_peak: the measured ceiling of the arithmetic units. */
#include "backend/cpu/cpu_peak.h"
#include "base/threads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* No more can be told of a time than that it is no nonsense: a processor of this century makes more than 100 million operations a second on a core, and
 * less than 1,000,000 million. */
static void every_instruction_set_has_a_peak(void **state)
{
    (void)state;
    static const eh_cpu_level levels[] = { EH_CPU_BASE, EH_CPU_256, EH_CPU_512 };
    static const eh_precision precisions[] = { EH_PRECISION_F32, EH_PRECISION_BF16 };
    eh_threads_set(1);
    for (size_t l = 0; l < 3; l++)
        for (size_t p = 0; p < 2; p++) {
            eh_cpu_limit_level(levels[l]);
            double peak = eh_cpu_peak_flops(precisions[p]);
            assert_true(peak > 1e8 && peak < 1e12);
        }
    eh_cpu_limit_level(EH_CPU_512_BF16);
    eh_threads_set(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instruction_set_has_a_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
