/* Float32 images from channels last to channels first: blocks of 16 pixels by 16 channels, transposed in registers. */
#ifndef THENAR_X86_64_UNPACK_H
#define THENAR_X86_64_UNPACK_H

#include "../nhwc/move_float.h"
#include "level.h"

/* to[c][p] = from[p][c] for 16 pixels, `pixel` floats apart, and `count` channels, `channel` floats apart. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_transpose_512(const float *from, int32_t pixel, float *to,
                                                             int32_t channel, int32_t count)
{
    const __mmask16 mask = (__mmask16)((1u << count) - 1);
    __m512 a[16], b[16];
    THENAR_UNROLL
    for (int32_t p = 0; p < 16; p++)
        a[p] = _mm512_maskz_loadu_ps(mask, from + p * pixel);
    THENAR_UNROLL
    for (int32_t p = 0; p < 16; p += 2) { /* pairs of pixels side by side */
        b[p] = _mm512_unpacklo_ps(a[p], a[p + 1]);
        b[p + 1] = _mm512_unpackhi_ps(a[p], a[p + 1]);
    }
    THENAR_UNROLL
    for (int32_t p = 0; p < 16; p += 4) { /* a[p + i], lane j: channel 4 j + i of four pixels */
        THENAR_UNROLL
        for (int32_t i = 0; i < 2; i++) {
            const __m512d first = _mm512_castps_pd(b[p + i]), second = _mm512_castps_pd(b[p + 2 + i]);
            a[p + 2 * i] = _mm512_castpd_ps(_mm512_unpacklo_pd(first, second));
            a[p + 2 * i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(first, second));
        }
    }
    THENAR_UNROLL
    for (int32_t i = 0; i < 4; i++) {
        const __m512 even = _mm512_shuffle_f32x4(a[i], a[4 + i], 0x88),
                     odd = _mm512_shuffle_f32x4(a[i], a[4 + i], 0xdd);
        const __m512 even2 = _mm512_shuffle_f32x4(a[8 + i], a[12 + i], 0x88);
        const __m512 odd2 = _mm512_shuffle_f32x4(a[8 + i], a[12 + i], 0xdd);
        b[i] = _mm512_shuffle_f32x4(even, even2, 0x88);
        b[4 + i] = _mm512_shuffle_f32x4(odd, odd2, 0x88);
        b[8 + i] = _mm512_shuffle_f32x4(even, even2, 0xdd);
        b[12 + i] = _mm512_shuffle_f32x4(odd, odd2, 0xdd);
    }
    THENAR_UNROLL
    for (int32_t c = 0; c < 16; c++)
        if (c < count)
            _mm512_storeu_ps(to + c * channel, b[c]);
}

/* As thenar_nhwc_unpack_float. */
THENAR_TARGET_AVX512 static void __attribute__((unused)) thenar_unpack_512(const thenar_nhwc_move *s, const float *x,
                                                                           float *y)
{
    const int32_t size = s->x.height * s->x.width;
    for (int32_t r = 0; r < s->x.height; r++)
        for (int32_t left = 0; left < s->x.width; left += 16) {
            const int32_t column = THENAR_MIN(left, s->x.width - 16);
            for (int32_t c = 0; c < s->x.channels; c += 16)
                thenar_transpose_512(x + thenar_pixel(s->x, r, column) + c, s->x.channels,
                                     y + c * size + r * s->x.width + column, size, THENAR_MIN(16, s->x.channels - c));
        }
}

THENAR_KERNEL void thenar_unpack_float(const thenar_nhwc_move s, const float *x, float *y)
{
    if (s.x.width >= 16 && thenar_level() == THENAR_AVX512)
        thenar_unpack_512(&s, x, y);
    else
        thenar_nhwc_unpack_float(s, x, y);
}

#endif
