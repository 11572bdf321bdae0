/* head_case.h - what tests of heads share: features by formula, a head over them, its variables set by formula. */
#ifndef EH_TESTS_HEAD_CASE_H
#define EH_TESTS_HEAD_CASE_H

#include "support/engine_expect.h"

#include "evenhand/memory.h"
#include "evenhand/model.h"

enum { HEAD_N = 3, HEAD_C = 4, HEAD_H = 2, HEAD_W = 3, HEAD_P = HEAD_H * HEAD_W, HEAD_K = 2 };

typedef struct head_case {
    engine_fixture f;
    eh_arena *arena;
    eh_build build;
    eh_features features; /* map [3,4,2,3], vector [3,4] its average */
    double map[HEAD_N][HEAD_C][HEAD_P];
    eh_tensor *output;
} head_case;

/* Builds "name:options" below "fc" with two outputs for images of height x width. */
void head_case_begin(head_case *c, const char *spec, bool training, int64_t height, int64_t width);
void head_case_end(head_case *c);

/* Sets a variable to value_i = offset + factor * sin(i + 1) and gives the values back, in the case's arena. */
const float *head_case_set(head_case *c, const char *name, double offset, double factor);

/* Checks that these are all trainable variables, in this order. */
void head_case_expect_names(head_case *c, const char *const *name, size_t count);

/* Builds the head over features that lack what it reads (with_map: there is a map only, else a vector only), and expects the sentence. */
void head_case_expect_refusal(const char *head, bool with_map);

#endif
