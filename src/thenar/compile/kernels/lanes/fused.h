/* Sums along rows of what elementwise operators make of up to four tensors, without the tensors between them. */
#ifndef THENAR_LANES_FUSED_H
#define THENAR_LANES_FUSED_H

#include "lanes.h"

typedef struct {
    int32_t outer[3], count;        /* rows, and the values that each row sums */
    int32_t a[4], b[4], c[4], d[4]; /* strides of the operands; the last one is 1, or 0 for one value for the row */
} thenar_fused;

THENAR_INLINE thenar_f32x16 thenar_operand16(const float *row, int32_t stride, int32_t i)
{
    const thenar_f32x16 zeros = {0};
    if (stride)
        return thenar_load16(row + i);
    return zeros + *row;
}

#define THENAR_ROW(s, x, t) ((x) + i0 * (s).t[0] + i1 * (s).t[1] + i2 * (s).t[2])

/* Makes thenar_NAME: every y is the sum of EXPRESSION in a, b, c and d along a row. */
#define THENAR_FUSED_SUM(NAME, EXPRESSION)                                                                    \
    THENAR_INLINE void thenar_##NAME(const thenar_fused s, const float *pa, const float *pb, const float *pc, \
                                     const float *pd, float *y)                                               \
    {                                                                                                         \
        const int32_t whole = s.count & ~15;                                                                  \
        for (int32_t i0 = 0; i0 < s.outer[0]; i0++)                                                           \
            for (int32_t i1 = 0; i1 < s.outer[1]; i1++)                                                       \
                for (int32_t i2 = 0; i2 < s.outer[2]; i2++, y++) {                                            \
                    const float *ra = THENAR_ROW(s, pa, a), *rb = THENAR_ROW(s, pb, b);                       \
                    const float *rc = THENAR_ROW(s, pc, c), *rd = THENAR_ROW(s, pd, d);                       \
                    thenar_f32x16 sums = {0};                                                                 \
                    float rest = 0.0f;                                                                        \
                    for (int32_t i = 0; i < whole; i += 16) {                                                 \
                        const thenar_f32x16 a = thenar_operand16(ra, s.a[3], i);                              \
                        const thenar_f32x16 b = thenar_operand16(rb, s.b[3], i);                              \
                        const thenar_f32x16 c = thenar_operand16(rc, s.c[3], i);                              \
                        const thenar_f32x16 d = thenar_operand16(rd, s.d[3], i);                              \
                        (void)a, (void)b, (void)c, (void)d;                                                   \
                        sums += EXPRESSION;                                                                   \
                    }                                                                                         \
                    for (int32_t i = whole; i < s.count; i++) {                                               \
                        const float a = ra[i * s.a[3]], b = rb[i * s.b[3]];                                   \
                        const float c = rc[i * s.c[3]], d = rd[i * s.d[3]];                                   \
                        (void)a, (void)b, (void)c, (void)d;                                                   \
                        rest += EXPRESSION;                                                                   \
                    }                                                                                         \
                    *y = thenar_sum16(sums) + rest;                                                           \
                }                                                                                             \
    }

#endif
