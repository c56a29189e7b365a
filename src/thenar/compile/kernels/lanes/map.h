/* What elementwise operators make of up to four tensors, in one pass and without the tensors between them. */
#ifndef THENAR_LANES_MAP_H
#define THENAR_LANES_MAP_H

#include "../nhwc/image.h"
#include "functions.h"
#include "fused.h"

typedef struct {
    int32_t outer[3], count;              /* rows, and the values in each */
    int32_t a[4], b[4], c[4], d[4], y[4]; /* strides; the last one is 1, or 0 for one value for the row */
    int32_t first[5];                     /* where each of them starts */
    thenar_image image;                   /* of y, whose border becomes 0; without one where y isn't an image */
} thenar_map;

/* The last `count` values of a row, fewer than 16; the other lanes hold 1. */
THENAR_INLINE thenar_f32x16 thenar_rest16(const float *row, int32_t stride, int32_t i, int32_t count)
{
    float values[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    if (!stride)
        return thenar_operand16(row, 0, 0);
    memcpy(values, row + i, (size_t)count * sizeof *row);
    return thenar_load16(values);
}

/* Makes thenar_NAME: every y is EXPRESSION in a, b, c and d. May run in place of an operand of y's strides. */
#define THENAR_MAP(NAME, EXPRESSION)                                                                                  \
    THENAR_INLINE void thenar_##NAME(const thenar_map s, const float *pa, const float *pb, const float *pc,           \
                                     const float *pd, float *py)                                                      \
    {                                                                                                                 \
        const int32_t rest = s.count % 16, whole = s.count - rest;                                                    \
        for (int32_t i0 = 0; i0 < s.outer[0]; i0++)                                                                   \
            for (int32_t i1 = 0; i1 < s.outer[1]; i1++)                                                               \
                for (int32_t i2 = 0; i2 < s.outer[2]; i2++) {                                                         \
                    const float *ra = THENAR_ROW(s, pa, a) + s.first[0], *rb = THENAR_ROW(s, pb, b) + s.first[1];     \
                    const float *rc = THENAR_ROW(s, pc, c) + s.first[2], *rd = THENAR_ROW(s, pd, d) + s.first[3];     \
                    float *ry = THENAR_ROW(s, py, y) + s.first[4];                                                    \
                    for (int32_t i = 0; i < whole; i += 16) {                                                         \
                        const thenar_f32x16 a = thenar_operand16(ra, s.a[3], i), b = thenar_operand16(rb, s.b[3], i); \
                        const thenar_f32x16 c = thenar_operand16(rc, s.c[3], i), d = thenar_operand16(rd, s.d[3], i); \
                        (void)a, (void)b, (void)c, (void)d;                                                           \
                        *(thenar_f32x16 *)(ry + i) = EXPRESSION;                                                      \
                    }                                                                                                 \
                    if (rest) {                                                                                       \
                        const thenar_f32x16 a = thenar_rest16(ra, s.a[3], whole, rest);                               \
                        const thenar_f32x16 b = thenar_rest16(rb, s.b[3], whole, rest);                               \
                        const thenar_f32x16 c = thenar_rest16(rc, s.c[3], whole, rest);                               \
                        const thenar_f32x16 d = thenar_rest16(rd, s.d[3], whole, rest);                               \
                        (void)a, (void)b, (void)c, (void)d;                                                           \
                        const thenar_f32x16 y = EXPRESSION;                                                           \
                        memcpy(ry + whole, &y, (size_t)rest * sizeof *ry);                                            \
                    }                                                                                                 \
                }                                                                                                     \
        thenar_border_float(s.image, 0.0f, py);                                                                       \
    }

#endif
