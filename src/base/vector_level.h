/* vector_level.h - which vector instructions the processor has. */
#ifndef EH_BASE_VECTOR_LEVEL_H
#define EH_BASE_VECTOR_LEVEL_H

typedef enum eh_vector_level {
    EH_VECTOR_BASE, /* what every processor of the architecture has */
    EH_VECTOR_256,  /* AVX2 and FMA */
    EH_VECTOR_512,  /* AVX-512 F, DQ, BW and VL too */
    EH_VECTOR_512_PLUS /* and VPOPCNTDQ and VNNI: bits of eight words counted, 64 products of bytes added at once */
} eh_vector_level;

/* Found once; not above what eh_vector_limit allows. */
eh_vector_level eh_vector_get_level(void);

/* For tests: pretend that the processor has no more than this. */
void eh_vector_limit(eh_vector_level most);

/* Before a loop that is to be compiled for each set of instructions: it becomes part of a function with one of the words below. */
#define EH_VECTOR_INLINE static inline __attribute__((always_inline))

/* Before a function that uses them; call it only when the level is there. */
#if defined(__x86_64__)
#define EH_VECTOR_X86 1
#define EH_WITH_VECTOR_512_PLUS \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512vpopcntdq,avx512vnni,avx2,fma,popcnt")))
#define EH_WITH_VECTOR_512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,popcnt")))
#define EH_WITH_VECTOR_256 __attribute__((target("avx2,fma,popcnt")))
#endif

#endif
