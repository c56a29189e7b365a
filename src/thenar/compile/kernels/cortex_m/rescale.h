/* The arithmetic of requantize.h in 32-bit registers: one 32 by 32 to 64-bit product, no 64-bit shift.
 *
 * Each output channel has two words: what its sums start from (the bias, and what the zero point of the input takes
 * away), and its factor, multiplier * 2^-(32 + shift), as multiplier + shift: the multiplier's 24 bits are the upper
 * ones, 1 <= shift <= 31 the lower five.
 */
#ifndef THENAR_CORTEX_M_RESCALE_H
#define THENAR_CORTEX_M_RESCALE_H

#include "level.h"

#define THENAR_SHIFT 31 /* the bits of a factor that hold its shift */

THENAR_INLINE int32_t thenar_within(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* value / 2^shift, halves to even; 1 <= shift <= 30, |value| < 2^30. */
THENAR_INLINE int32_t thenar_halved(int32_t value, int32_t shift)
{
    return (value + (1 << (shift - 1)) - 1 + ((value >> shift) & 1)) >> shift;
}

/* sum * factor, rounded once, halves to even. With the product as high * 2^32 + low, an odd result is rounded up from
   its half on, an even one from just above it: the lower word matters only by whether it is 0. */
THENAR_INLINE int32_t thenar_rescaled(int32_t sum, int32_t factor)
{
    const int32_t shift = factor & THENAR_SHIFT;
    const int64_t product = (int64_t)sum * (factor - shift);
    const int32_t high = (int32_t)(product >> 32);
    const int32_t up = ((high >> shift) & 1) | ((uint32_t)product != 0);
    return (high + (1 << (shift - 1)) - 1 + up) >> shift;
}

#if defined(THENAR_HELIUM)
/* The same for four channels. */
THENAR_INLINE int32x4_t thenar_rescaled4(int32x4_t sum, int32x4_t factor)
{
    const int32x4_t shift = vandq_s32(factor, vdupq_n_s32(THENAR_SHIFT)), right = vnegq_s32(shift);
    const int32x4_t multiplier = vsubq_s32(factor, shift);
    const int32x4_t upper = vmulhq_s32(sum, multiplier), lower = vmulq_s32(sum, multiplier);
    const int32x4_t odd = vandq_s32(vshlq_s32(upper, right), vdupq_n_s32(1));
    const uint32x4_t some = vreinterpretq_u32_s32(vorrq_s32(lower, vnegq_s32(lower))); /* its sign says lower != 0 */
    const int32x4_t up = vorrq_s32(odd, vreinterpretq_s32_u32(vshrq_n_u32(some, 31)));
    const int32x4_t half = vshlq_s32(vdupq_n_s32(1), vsubq_n_s32(shift, 1));
    return vshlq_s32(vaddq_s32(upper, vaddq_s32(up, vsubq_n_s32(half, 1))), right);
}

THENAR_INLINE int32x4_t thenar_halved4(int32x4_t value, int32_t shift)
{
    const int32x4_t odd = vandq_s32(vshlq_r_s32(value, -shift), vdupq_n_s32(1));
    return vshlq_r_s32(vaddq_n_s32(vaddq_s32(value, odd), (1 << (shift - 1)) - 1), -shift);
}

THENAR_INLINE int32x4_t thenar_within4(int32x4_t value, int32_t low, int32_t high)
{
    return vminq_s32(vmaxq_s32(value, vdupq_n_s32(low)), vdupq_n_s32(high));
}
#endif

#endif
