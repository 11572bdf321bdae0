/* cpu_cast.c - between f32 and bf16. To bf16 rounds to the nearest, ties to even: 2^-9 of the value at most. */
#include "backend/cpu/cpu_vector.h"

typedef struct cast {
    const void *from;
    void *to;
    int64_t count;
} cast;

EH_INLINE void work(const cast *c, int part, int parts, eh_as from, eh_as to)
{
    int64_t first, last;
    eh_cpu_share((c->count + 15) / 16, part, parts, &first, &last);
    last = last * 16 < c->count ? last * 16 : c->count;
    int64_t i = first * 16;
    for (; i + 16 <= last; i += 16)
        eh_put(c->to, i, eh_get(c->from, i, from), to);
    if (i < last)
        eh_put_part(c->to, i, eh_get_part(c->from, i, last - i, from), last - i, to);
}

/* `as` EH_AS_F32: from bf16, else to it. */
EH_INLINE void body(const void *args, int part, int parts, eh_as as)
{
    if (as == EH_AS_F32)
        work(args, part, parts, EH_AS_BF16, EH_AS_F32);
    else
        work(args, part, parts, EH_AS_F32, as);
}
EH_TYPED_VARIANTS(cast_to, body);

void eh_cpu_cast(const void *from, eh_element from_element, void *to, eh_element to_element, int64_t count)
{
    assert(from_element != to_element && from_element != EH_ELEMENT_PLACE);
    (void)from_element;
    cast c = { .from = from, .to = to, .count = count };
    eh_cpu_run_typed(cast_to, to_element, &c, eh_cpu_parts((double)count * 6));
}
