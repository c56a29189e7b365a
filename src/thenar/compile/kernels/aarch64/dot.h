/* Four sums of products of bytes, one for each of four channels, at every level of instructions. */
#ifndef THENAR_AARCH64_DOT_H
#define THENAR_AARCH64_DOT_H

#include "level.h"

#if THENAR_DOT_PRODUCT
typedef int32x4_t thenar_sums;
enum { THENAR_MOST_SUMS = 24 }; /* that fit into 32 registers beside bytes and weights */

THENAR_INLINE thenar_sums thenar_start(int32x4_t bias)
{
    return bias;
}

THENAR_INLINE int32x4_t thenar_total(thenar_sums sums)
{
    return sums;
}
#else
typedef struct {
    int32x4_t low, high; /* two neighbouring sums for each channel: of channels 0 and 1, and of 2 and 3 */
} thenar_sums;
enum { THENAR_MOST_SUMS = 8 };

THENAR_INLINE thenar_sums thenar_start(int32x4_t bias)
{
    const int32x4_t none = vdupq_n_s32(0);
    const thenar_sums sums = {vzip1q_s32(bias, none), vzip2q_s32(bias, none)};
    return sums;
}

THENAR_INLINE int32x4_t thenar_total(thenar_sums sums)
{
    return vpaddq_s32(sums.low, sums.high);
}
#endif

#if THENAR_SIGNED
typedef int8x16_t thenar_bytes;
enum { THENAR_NOTHING = 128 }; /* the byte of an image that adds nothing to a sum */

THENAR_INLINE thenar_bytes thenar_from_image(uint8x16_t x)
{
    return vreinterpretq_s8_u8(veorq_u8(x, vdupq_n_u8(128)));
}
#else
typedef uint8x16_t thenar_bytes;
enum { THENAR_NOTHING = 0 };

THENAR_INLINE thenar_bytes thenar_from_image(uint8x16_t x)
{
    return x;
}
#endif

/* sums + four bytes of each channel times its four weights. */
THENAR_INLINE thenar_sums thenar_dot(thenar_sums sums, thenar_bytes x, int8x16_t w)
{
#if !THENAR_SIGNED
    return vusdotq_s32(sums, x, w);
#elif THENAR_DOT_PRODUCT
    return vdotq_s32(sums, x, w);
#else
    const int16x8_t low = vmull_s8(vget_low_s8(x), vget_low_s8(w)), high = vmull_high_s8(x, w);
    __asm__("sadalp %0.4s, %1.8h" : "+w"(sums.low) : "w"(low)); /* gcc copies sums around the intrinsic */
    __asm__("sadalp %0.4s, %1.8h" : "+w"(sums.high) : "w"(high));
    return sums;
#endif
}

/* THENAR_DOT(sums, w, x, I): sums += bytes 4 I to 4 I + 3 of x times four weights of each channel. */
#if !THENAR_SIGNED
#    define THENAR_DOT(sums, w, x, I) \
        __asm__ volatile("sudot %0.4s, %1.16b, %2.4b[" #I "]" : "+w"(sums) : "w"(w), "w"(x))
#elif THENAR_DOT_PRODUCT
#    define THENAR_DOT(sums, w, x, I) \
        __asm__ volatile("sdot %0.4s, %1.16b, %2.4b[" #I "]" : "+w"(sums) : "w"(w), "w"(x))
#else
#    define THENAR_DOT(sums, w, x, I) \
        sums = thenar_dot(sums, vreinterpretq_s8_s32(vdupq_laneq_s32(vreinterpretq_s32_s8(x), I)), w)
#endif

#endif
