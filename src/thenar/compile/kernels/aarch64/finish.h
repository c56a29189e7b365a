/* Sums become bytes: what requantize.h and thenar_finish compute, for sixteen channels of one pixel. */
#ifndef THENAR_AARCH64_FINISH_H
#define THENAR_AARCH64_FINISH_H

#include "dot.h"

#include "../nhwc/qconv.h"

/* The bias that goes with the bytes of this level: the one for signed bytes follows the one for unsigned bytes. */
THENAR_INLINE const int32_t *thenar_bias(const thenar_nhwc_qconv *s, const int32_t *bias)
{
    return bias + (THENAR_SIGNED ? (s->out_channels + THENAR_LANES - 1) / THENAR_LANES * THENAR_LANES : 0);
}

/* Four results before they are narrowed to a byte; `other` is what the layer adds, its zero point taken off. */
THENAR_INLINE int32x4_t thenar_scaled_neon(const thenar_nhwc_qconv *s, int32x4_t sum, float32x4_t factor,
                                           int32x4_t other)
{
    const float32x4_t rounder = vdupq_n_f32(THENAR_ROUNDER);
    float32x4_t rounded = vfmaq_f32(rounder, vcvtq_f32_s32(sum), factor);
    int32_t zero = s->zero;
    if (s->add) {
        float32x4_t conv = vsubq_f32(rounded, rounder);
        conv = vmaxq_f32(conv, vdupq_n_f32((float)(s->low - s->zero)));
        conv = vminq_f32(conv, vdupq_n_f32((float)(s->high - s->zero)));
        const float32x4_t added = vmulq_f32(vcvtq_f32_s32(other), vdupq_n_f32((float)s->b));
        const float32x4_t both = vfmaq_f32(added, conv, vdupq_n_f32((float)s->a));
        rounded = vfmaq_f32(rounder, both, vdupq_n_f32(1.0f / (float)(INT64_C(1) << s->shift)));
        zero = s->sum_zero;
    }
    return vaddq_s32(vreinterpretq_s32_f32(rounded), vdupq_n_s32(zero - THENAR_ROUNDER_BITS));
}

/* The first `count` of 16 bytes. */
THENAR_INLINE uint8x16_t thenar_load_bytes(const uint8_t *x, int32_t count)
{
    uint8_t bytes[THENAR_LANES] = {0};
    if (count == THENAR_LANES)
        return vld1q_u8(x);
    memcpy(bytes, x, (size_t)count);
    return vld1q_u8(bytes);
}

THENAR_INLINE void thenar_store_bytes(uint8_t *y, uint8x16_t values, int32_t count)
{
    uint8_t bytes[THENAR_LANES];
    if (count == THENAR_LANES) {
        vst1q_u8(y, values);
        return;
    }
    vst1q_u8(bytes, values);
    memcpy(y, bytes, (size_t)count);
}

/* Stores `count` channels of one pixel, four to each of sums. */
THENAR_INLINE void thenar_store_neon(const thenar_nhwc_qconv *s, int32_t count, const thenar_sums *sums,
                                     const float *factor, const uint8_t *r, uint8_t *y)
{
    const int32_t low = s->add ? s->sum_low : s->low, high = s->add ? s->sum_high : s->high;
    const int32_t quads = (count + 3) / 4;
    int16x4_t other[4] = {{0}}, words[4] = {{0}};
    if (s->add) {
        const uint8x16_t added = thenar_load_bytes(r, count);
        const int16x8_t zero = vdupq_n_s16((int16_t)s->r_zero);
        const int16x8_t first = vsubq_s16(vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(added))), zero);
        const int16x8_t second = vsubq_s16(vreinterpretq_s16_u16(vmovl_high_u8(added)), zero);
        other[0] = vget_low_s16(first), other[1] = vget_high_s16(first);
        other[2] = vget_low_s16(second), other[3] = vget_high_s16(second);
    }
    THENAR_UNROLL
    for (int32_t q = 0; q < quads; q++)
        words[q] =
            vqmovn_s32(thenar_scaled_neon(s, thenar_total(sums[q]), vld1q_f32(factor + 4 * q), vmovl_s16(other[q])));
    uint8x16_t bytes = vcombine_u8(vqmovun_s16(vcombine_s16(words[0], words[1])),
                                   quads > 2 ? vqmovun_s16(vcombine_s16(words[2], words[3])) : vdup_n_u8(0));
    if (low > 0)
        bytes = vmaxq_u8(bytes, vdupq_n_u8((uint8_t)low));
    if (high < 255)
        bytes = vminq_u8(bytes, vdupq_n_u8((uint8_t)high));
    thenar_store_bytes(y, bytes, count);
}

#endif
