/* Sixteen float32 at once, in the vectors that gcc and clang have on every CPU; they become the widest registers that
 * the surrounding function may use.
 */
#ifndef THENAR_LANES_H
#define THENAR_LANES_H

#include "../reference/base.h"

#if defined(__GNUC__)                        /* and clang */
#    pragma GCC diagnostic ignored "-Wpsabi" /* how vectors are passed matters to no function here: all are inlined */
#endif

typedef float thenar_f32x16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t thenar_i32x16 __attribute__((vector_size(64), aligned(4), may_alias));

THENAR_INLINE thenar_f32x16 thenar_load16(const float *x)
{
    return *(const thenar_f32x16 *)x;
}

/* Lane by lane, a where mask is all ones and b where it is 0. */
THENAR_INLINE thenar_f32x16 thenar_select16(thenar_i32x16 mask, thenar_f32x16 a, thenar_f32x16 b)
{
    return (thenar_f32x16)(((thenar_i32x16)a & mask) | ((thenar_i32x16)b & ~mask));
}

THENAR_INLINE thenar_f32x16 thenar_max16(thenar_f32x16 a, thenar_f32x16 b)
{
    return thenar_select16(a > b, a, b);
}

THENAR_INLINE float thenar_sum16(thenar_f32x16 x)
{
    float sums[8];
    for (int i = 0; i < 8; i++)
        sums[i] = x[i] + x[i + 8];
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/* e^x for x <= 0 within 2 units in the last place; 0 below -87. Cody and Waite's reduction to [-ln 2 / 2, ln 2 / 2],
   then the polynomial of Cephes' expf. */
THENAR_INLINE thenar_f32x16 thenar_exp16(thenar_f32x16 x)
{
    const thenar_f32x16 rounder = (thenar_f32x16){0} + 12582912.0f; /* 1.5 * 2^23: its last bit is 1 */
    const thenar_f32x16 rounded = x * 1.44269504f + rounder;
    const thenar_f32x16 n = rounded - rounder;
    const thenar_f32x16 r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    thenar_f32x16 p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    const thenar_i32x16 power = ((thenar_i32x16)rounded - 0x4B400000 + 127) << 23;
    return (thenar_f32x16)((thenar_i32x16)(p * (thenar_f32x16)power) & (x > -87.0f));
}

#endif
