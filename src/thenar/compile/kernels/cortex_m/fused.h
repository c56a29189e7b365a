/* Sums along rows of what elementwise operators make of up to four tensors, one value at a time: the struct and the
 * arguments are those of ../lanes/fused.h. */
#ifndef THENAR_CORTEX_M_FUSED_H
#define THENAR_CORTEX_M_FUSED_H

#include "../reference/base.h"

typedef struct {
    int32_t outer[3], count;        /* rows, and the values that each row sums */
    int32_t a[4], b[4], c[4], d[4]; /* strides of the operands; the last one is 1, or 0 for one value for the row */
} thenar_fused;

/* Makes thenar_NAME: every y is the sum of EXPRESSION in a, b, c and d along a row. */
#define THENAR_FUSED_SUM(NAME, EXPRESSION)                                                                    \
    THENAR_INLINE void thenar_##NAME(const thenar_fused s, const float *pa, const float *pb, const float *pc, \
                                     const float *pd, float *y)                                               \
    {                                                                                                         \
        for (int32_t i0 = 0; i0 < s.outer[0]; i0++)                                                           \
            for (int32_t i1 = 0; i1 < s.outer[1]; i1++)                                                       \
                for (int32_t i2 = 0; i2 < s.outer[2]; i2++) {                                                 \
                    const float *ra = pa + i0 * s.a[0] + i1 * s.a[1] + i2 * s.a[2];                           \
                    const float *rb = pb + i0 * s.b[0] + i1 * s.b[1] + i2 * s.b[2];                           \
                    const float *rc = pc + i0 * s.c[0] + i1 * s.c[1] + i2 * s.c[2];                           \
                    const float *rd = pd + i0 * s.d[0] + i1 * s.d[1] + i2 * s.d[2];                           \
                    float sum = 0.0f;                                                                         \
                    for (int32_t i = 0; i < s.count; i++) {                                                   \
                        const float a = ra[i * s.a[3]], b = rb[i * s.b[3]];                                   \
                        const float c = rc[i * s.c[3]], d = rd[i * s.d[3]];                                   \
                        (void)a, (void)b, (void)c, (void)d;                                                   \
                        sum += EXPRESSION;                                                                    \
                    }                                                                                         \
                    *y++ = sum;                                                                               \
                }                                                                                             \
    }

#endif
