/* Float32 to bytes by one scale and zero point, as reference/quantize.h, without dividing: a vector division takes as
 * long as thirty products. x * inverse_high + x * inverse_low rounds to the integer that x / scale rounds to.
 */
#ifndef THENAR_X86_64_QUANTIZE_H
#define THENAR_X86_64_QUANTIZE_H

#include "level.h"

typedef struct {
    int32_t count, zero, low, high;
    float scale, inverse_high, inverse_low;
} thenar_quantizer;

#define THENAR_FAR 65536.0f /* quotients from which on every type is at its limit; as int32 they are exact */

THENAR_INLINE void thenar_quantize_portable(const thenar_quantizer s, const float *x, uint8_t *y)
{
    for (int32_t i = 0; i < s.count; i++) {
        const float q = rintf(x[i] / s.scale) + (float)s.zero;
        y[i] = (uint8_t)(int32_t)(q > (float)s.low ? q < (float)s.high ? q : (float)s.high : (float)s.low);
    }
}

THENAR_TARGET_AVX2 __attribute__((flatten, unused)) static void thenar_quantize_avx2(const thenar_quantizer s,
                                                                                     const float *x, uint8_t *y)
{
    thenar_quantize_portable(s, x, y);
}

/* NaN becomes the lowest value, because a maximum with NaN is its second operand. */
THENAR_TARGET_AVX512 __attribute__((unused)) static void thenar_quantize_avx512(const thenar_quantizer s,
                                                                                const float *x, uint8_t *y)
{
    const __m512 far = _mm512_set1_ps(THENAR_FAR * s.scale), high = _mm512_set1_ps(s.inverse_high);
    const __m512 near = _mm512_set1_ps(-THENAR_FAR * s.scale), low = _mm512_set1_ps(s.inverse_low);
    for (int32_t i = 0; i < s.count; i += 16) {
        const __mmask16 mask = (__mmask16)(s.count - i < 16 ? (1 << (s.count - i)) - 1 : 0xffff);
        const __m512 xi = _mm512_min_ps(_mm512_max_ps(_mm512_maskz_loadu_ps(mask, x + i), near), far);
        __m512i q = _mm512_cvtps_epi32(_mm512_fmadd_ps(xi, high, _mm512_mul_ps(xi, low)));
        q = _mm512_add_epi32(q, _mm512_set1_epi32(s.zero));
        q = _mm512_min_epi32(_mm512_max_epi32(q, _mm512_set1_epi32(s.low)), _mm512_set1_epi32(s.high));
        _mm_mask_storeu_epi8(y + i, mask, _mm512_cvtepi32_epi8(q));
    }
}

THENAR_KERNEL void thenar_quantize_bytes(const thenar_quantizer s, const float *x, void *to)
{
    uint8_t *y = to;
    if (thenar_level() == THENAR_AVX512)
        thenar_quantize_avx512(s, x, y);
    else if (thenar_level() >= THENAR_AVX2)
        thenar_quantize_avx2(s, x, y);
    else
        thenar_quantize_portable(s, x, y);
}

#endif
