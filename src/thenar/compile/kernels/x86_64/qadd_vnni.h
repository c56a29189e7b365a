/* The sum of two quantized tensors of the same shape, sixteen elements at a time. Every step before the rounding is an
   integer below 2^24, so float32 holds it exactly. */
#ifndef THENAR_QADD_VNNI_H
#define THENAR_QADD_VNNI_H

#include "vnni.h"

typedef struct {
    int32_t size;
    float a_multiplier, b_multiplier, offset, factor; /* offset: minus the zero points' part of the sum */
    int32_t y_zero, low, high;
} thenar_qadd;

/* Makes thenar_qadd_vnni_A_B_Y; WIDEN_A and WIDEN_B take sixteen bytes to 32 bits. May run in place. */
#define THENAR_QADD_VNNI(A, B, Y, WIDEN_A, WIDEN_B)                                                  \
    THENAR_KERNEL void thenar_qadd_vnni_##A##_##B##_##Y(const thenar_qadd s, const A *a, const B *b, Y *y) \
    {                                                                                                \
        const __m512 ma = _mm512_set1_ps(s.a_multiplier), mb = _mm512_set1_ps(s.b_multiplier);       \
        for (int32_t i = 0; i < s.size; i += 16) {                                                   \
            const __mmask16 mask = (__mmask16)(s.size - i < 16 ? (1u << (s.size - i)) - 1 : 0xffffu); \
            const __m512 va = _mm512_cvtepi32_ps(WIDEN_A(_mm_maskz_loadu_epi8(mask, a + i)));        \
            const __m512 vb = _mm512_cvtepi32_ps(WIDEN_B(_mm_maskz_loadu_epi8(mask, b + i)));        \
            const __m512 sum = _mm512_fmadd_ps(vb, mb, _mm512_fmadd_ps(va, ma, _mm512_set1_ps(s.offset))); \
            const __m512i q = thenar_requantize16(sum, _mm512_set1_ps(s.factor), s.y_zero, s.low, s.high); \
            _mm512_mask_cvtepi32_storeu_epi8(y + i, mask, q);                                        \
        }                                                                                            \
    }

#endif
