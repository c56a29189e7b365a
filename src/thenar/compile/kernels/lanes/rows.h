/* Softmax, sums and means along rows of neighbouring float32 values, sixteen at a time. */
#ifndef THENAR_LANES_ROWS_H
#define THENAR_LANES_ROWS_H

#include "../reference/reduce.h"
#include "lanes.h"

/* The same as thenar_softmax_float where inner is 1. */
THENAR_INLINE void thenar_softmax_rows(const thenar_axis s, const float *x, float *y)
{
    const int32_t whole = s.axis & ~15;
    for (int32_t o = 0; o < s.outer; o++, x += s.axis, y += s.axis) {
        float last[16], top = x[0];
        if (whole) {
            thenar_f32x16 most = thenar_load16(x);
            for (int32_t i = 16; i < whole; i += 16)
                most = thenar_max16(thenar_load16(x + i), most);
            for (int32_t i = 0; i < 16; i++)
                top = most[i] > top ? most[i] : top;
        }
        for (int32_t i = whole; i < s.axis; i++)
            top = x[i] > top ? x[i] : top;
        thenar_f32x16 sums = {0};
        for (int32_t i = 0; i < whole; i += 16) {
            const thenar_f32x16 e = thenar_exp16(thenar_load16(x + i) - top);
            *(thenar_f32x16 *)(y + i) = e;
            sums += e;
        }
        for (int32_t i = 0; i < 16; i++)
            last[i] = whole + i < s.axis ? x[whole + i] - top : -INFINITY;
        thenar_f32x16 rest = {0};
        if (whole < s.axis) {
            rest = thenar_exp16(thenar_select16(thenar_load16(last) > -87.0f, thenar_load16(last), rest - 100.0f));
            sums += rest;
        }
        const float scale = 1.0f / thenar_sum16(sums);
        for (int32_t i = 0; i < whole; i += 16)
            *(thenar_f32x16 *)(y + i) *= scale;
        for (int32_t i = whole; i < s.axis; i++)
            y[i] = rest[i - whole] * scale;
    }
}

/* Makes thenar_NAME_rows: sums of rows of `count` values, scaled by SCALE; rows follow each other. */
#define THENAR_SUM_ROWS(NAME, SCALE)                                                               \
    THENAR_INLINE void thenar_##NAME##_rows(const thenar_reduce s, const float *x, float *y)       \
    {                                                                                              \
        const int32_t rows = s.kept[0] * s.kept[1] * s.kept[2] * s.kept[3], whole = s.count & ~15; \
        for (int32_t r = 0; r < rows; r++, x += s.count) {                                         \
            thenar_f32x16 sums = {0};                                                              \
            float rest = 0.0f;                                                                     \
            for (int32_t i = 0; i < whole; i += 16)                                                \
                sums += thenar_load16(x + i);                                                      \
            for (int32_t i = whole; i < s.count; i++)                                              \
                rest += x[i];                                                                      \
            y[r] = (thenar_sum16(sums) + rest) SCALE;                                              \
        }                                                                                          \
    }

THENAR_SUM_ROWS(sum, )
THENAR_SUM_ROWS(mean, / (float)s.count)

#endif
