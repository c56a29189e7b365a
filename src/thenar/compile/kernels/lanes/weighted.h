/* Sums along rows, weighted by the softmax of others, in one pass after the one that finds the largest logit. */
#ifndef THENAR_LANES_WEIGHTED_H
#define THENAR_LANES_WEIGHTED_H

#include "../nhwc/vector.h"
#include "functions.h"
#include "fused.h"

typedef struct {
    int32_t rows, count, parts[2];  /* rows of the softmax, a multiple of 16 values in each; sums of each expression */
    int32_t a[3], b[3], c[3], d[3]; /* strides from row to row, from part to part and from value to value (1 or 0) */
} thenar_weighted;

#define THENAR_WEIGHTED_AT(t, part) thenar_operand16(r##t + (part) * s.t[1], s.t[2], i)

/* Makes thenar_NAME: logits are LOGIT, results the weighted means of FIRST for each of parts[0] and of SECOND for each
 * of parts[1] (none of it where that is 0), all of them expressions in a, b, c and d. The largest logit is taken off
 * before exp, and the sum of the weights is divided by at the end.
 */
#define THENAR_WEIGHTED_SUMS(NAME, LOGIT, FIRST, SECOND)                                                         \
    THENAR_INLINE void thenar_##NAME(const thenar_weighted s, const float *pa, const float *pb, const float *pc, \
                                     const float *pd, float *first, float *second)                               \
    {                                                                                                            \
        for (int32_t row = 0; row < s.rows; row++, first += s.parts[0], second += s.parts[1]) {                  \
            const float *ra = pa + row * s.a[0], *rb = pb + row * s.b[0];                                        \
            const float *rc = pc + row * s.c[0], *rd = pd + row * s.d[0];                                        \
            thenar_f32x16 most[4], weights = {0}, sums[8] = {{0}};                                               \
            THENAR_UNROLL                                                                                        \
            for (int32_t k = 0; k < 4; k++)                                                                      \
                most[k] = thenar_splat16(-INFINITY);                                                             \
            for (int32_t start = 0; start < s.count; start += 64) {                                              \
                THENAR_UNROLL                                                                                    \
                for (int32_t k = 0; k < 4; k++) {                                                                \
                    const int32_t i = start + 16 * k;                                                            \
                    if (i >= s.count)                                                                            \
                        break;                                                                                   \
                    const thenar_f32x16 a = THENAR_WEIGHTED_AT(a, 0), b = THENAR_WEIGHTED_AT(b, 0);              \
                    const thenar_f32x16 c = THENAR_WEIGHTED_AT(c, 0), d = THENAR_WEIGHTED_AT(d, 0);              \
                    (void)a, (void)b, (void)c, (void)d;                                                          \
                    most[k] = thenar_max16(LOGIT, most[k]);                                                      \
                }                                                                                                \
            }                                                                                                    \
            most[0] = thenar_max16(thenar_max16(most[0], most[1]), thenar_max16(most[2], most[3]));              \
            float top = most[0][0];                                                                              \
            for (int32_t i = 1; i < 16; i++)                                                                     \
                top = most[0][i] > top ? most[0][i] : top;                                                       \
            for (int32_t i = 0; i < s.count; i += 16) {                                                          \
                thenar_f32x16 weight;                                                                            \
                {                                                                                                \
                    const thenar_f32x16 a = THENAR_WEIGHTED_AT(a, 0), b = THENAR_WEIGHTED_AT(b, 0);              \
                    const thenar_f32x16 c = THENAR_WEIGHTED_AT(c, 0), d = THENAR_WEIGHTED_AT(d, 0);              \
                    (void)a, (void)b, (void)c, (void)d;                                                          \
                    weight = thenar_exp16(LOGIT - top);                                                          \
                }                                                                                                \
                weights += weight;                                                                               \
                THENAR_UNROLL                                                                                    \
                for (int32_t k = 0; k < s.parts[0]; k++) {                                                       \
                    const thenar_f32x16 a = THENAR_WEIGHTED_AT(a, k), b = THENAR_WEIGHTED_AT(b, k);              \
                    const thenar_f32x16 c = THENAR_WEIGHTED_AT(c, k), d = THENAR_WEIGHTED_AT(d, k);              \
                    (void)a, (void)b, (void)c, (void)d;                                                          \
                    sums[k] += (FIRST) * weight;                                                                 \
                }                                                                                                \
                THENAR_UNROLL                                                                                    \
                for (int32_t k = 0; k < s.parts[1]; k++) {                                                       \
                    const thenar_f32x16 a = THENAR_WEIGHTED_AT(a, k), b = THENAR_WEIGHTED_AT(b, k);              \
                    const thenar_f32x16 c = THENAR_WEIGHTED_AT(c, k), d = THENAR_WEIGHTED_AT(d, k);              \
                    (void)a, (void)b, (void)c, (void)d;                                                          \
                    sums[4 + k] += (SECOND) * weight;                                                            \
                }                                                                                                \
            }                                                                                                    \
            const float scale = 1.0f / thenar_sum16(weights);                                                    \
            THENAR_UNROLL                                                                                        \
            for (int32_t k = 0; k < s.parts[0]; k++)                                                             \
                first[k] = thenar_sum16(sums[k]) * scale;                                                        \
            THENAR_UNROLL                                                                                        \
            for (int32_t k = 0; k < s.parts[1]; k++)                                                             \
                second[k] = thenar_sum16(sums[4 + k]) * scale;                                                   \
        }                                                                                                        \
    }

#endif
