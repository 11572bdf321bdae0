/* plan_lower.c - which values of a bf16 plan are held in bf16.
 *
 * Idea    Convolutions and matrix products compute in bf16. What they read is worth holding in bf16, and so is what the steps read that make it, as far
 *         back as kernels take either type; everything else (logits, losses, statistics, gradients of weights, variables) stays f32.
 * Easy to get wrong: an input that anything else reads too (a reconstruction that is compared with its image) must not be rounded where it lies.
 */
#include "backend/plan_steps.h"

void eh_steps_lower(eh_step_list *list)
{
    for (size_t i = list->count; i-- > 0;) {
        const eh_step *step = list->step[i];
        bool lowers = step->kernel->lowers == EH_LOWERS;
        for (int k = 0; k < step->outputs && step->kernel->lowers == EH_FOLLOWS; k++)
            lowers = lowers || (step->out[k] && step->out[k]->rounded);
        for (int k = 0; k < step->inputs; k++) {
            eh_plan_value *v = eh_plan_value_of(step->in[k]);
            if (lowers && v->value.tensor->dtype == EH_F32)
                v->value.rounded = true;
            else
                v->exact = true;
        }
    }
    for (size_t i = 0; i < list->values; i++) {
        eh_plan_value *v = list->value[i];
        bool leaf_in_f32 = v->kind == EH_VALUE_VARIABLE || (v->kind != EH_VALUE_COMPUTED && v->exact);
        v->exact = leaf_in_f32;
        v->value.rounded = v->value.rounded && !leaf_in_f32;
    }
}
