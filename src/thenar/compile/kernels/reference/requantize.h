/* The arithmetic of quantized networks, defined once: every target's kernels give these results bit for bit.
 *
 * A quantized value q stands for scale * (q - zero). An operator sums products of such values exactly in 32 bits and
 * then multiplies the sum by a real factor, (input scale * weight scale) / output scale, to reach the output's scale.
 * The factor is a float32, held as multiplier * 2^-shift with 2^23 <= multiplier < 2^24, and applied without error:
 * the product of sum and multiplier is exact in 64 bits and is rounded once, to the nearest integer, halves to the even
 * one. That is also what one fused multiply-add computes for sums below 2^24, so vector units need no 64-bit products.
 */
#ifndef THENAR_REQUANTIZE_H
#define THENAR_REQUANTIZE_H

#include "base.h"

/* zero + sum * multiplier / 2^shift, rounded half to even, within [low, high]. Needs 0 <= shift <= 62. Right shifts of
   negative numbers are arithmetic, as they are with every C compiler that thenar supports. */
THENAR_KERNEL int32_t thenar_requantize(int32_t sum, int32_t multiplier, int32_t shift, int32_t zero, int32_t low,
                                        int32_t high)
{
    const int64_t half = (INT64_C(1) << shift) >> 1;
    const int64_t raised = (int64_t)sum * multiplier + half;
    int64_t rounded = raised >> shift;
    if (half && (raised & (2 * half - 1)) == 0) /* exactly between two integers, and rounded up */
        rounded &= ~INT64_C(1);
    rounded += zero;
    return (int32_t)(rounded < low ? low : rounded > high ? high : rounded);
}

#endif
