/* The last convolution of a quantized network with AVX512-VNNI: its float32 result has channels first, so registers
 * hold 16 neighbouring pixels of one channel.
 *
 * A 1x1 convolution multiplies with the roles changed: four bytes of 16 pixels are one operand, four weights of one
 * channel are broadcast as the other.
 */
#ifndef THENAR_X86_64_DEQUANTIZE_AVX512_H
#define THENAR_X86_64_DEQUANTIZE_AVX512_H

#include "qconv_avx512.h"

enum {
    THENAR_POINTWISE_STEPS = 128, /* steps of a 1x1 convolution whose 16 pixels fit into 8 KB of stack */
    THENAR_STRIP = 8              /* groups of 16 pixels whose results of one channel are stored one after the other */
};

/* One step of 16 pixels for each vector: x[k] = bytes 4k to 4k + 3 of pixels 0 to 15. Reads up to 15 bytes too many. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_gather_512(const uint8_t *x, int32_t channels, int32_t steps,
                                                          __m512i *to)
{
    for (int32_t k = 0; k < steps; k += 4) {
        __m512i rows[4];
        THENAR_UNROLL
        for (int32_t i = 0; i < 4; i++) { /* lane j of rows[i]: 16 bytes of pixel 4 j + i */
            const uint8_t *xi = x + i * channels + 4 * k;
            rows[i] = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)xi));
            rows[i] = _mm512_inserti32x4(rows[i], _mm_loadu_si128((const __m128i *)(xi + 4 * channels)), 1);
            rows[i] = _mm512_inserti32x4(rows[i], _mm_loadu_si128((const __m128i *)(xi + 8 * channels)), 2);
            rows[i] = _mm512_inserti32x4(rows[i], _mm_loadu_si128((const __m128i *)(xi + 12 * channels)), 3);
        }
        const __m512i a = _mm512_unpacklo_epi32(rows[0], rows[1]), b = _mm512_unpackhi_epi32(rows[0], rows[1]);
        const __m512i c = _mm512_unpacklo_epi32(rows[2], rows[3]), d = _mm512_unpackhi_epi32(rows[2], rows[3]);
        to[k] = _mm512_unpacklo_epi64(a, c);
        to[k + 1] = _mm512_unpackhi_epi64(a, c);
        to[k + 2] = _mm512_unpacklo_epi64(b, d);
        to[k + 3] = _mm512_unpackhi_epi64(b, d);
    }
}

/* `channels` (at most 16) channels of one block, for 16 pixels. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_pointwise_512(const thenar_nhwc_qconv *s, int32_t channels,
                                                             const __m512i *x, const int8_t *w, const int32_t *bias,
                                                             const float *factor, float *y)
{
    __m512i acc[THENAR_LANES];
    THENAR_UNROLL
    for (int32_t c = 0; c < channels; c++)
        acc[c] = _mm512_set1_epi32(bias[c]);
    THENAR_ROLLED
    for (int32_t k = 0; k < s->steps; k++, w += s->vectors * THENAR_LANES * 4) {
        const __m512i xk = x[k];
        THENAR_UNROLL
        for (int32_t c = 0; c < channels; c++)
            __asm__("vpdpbusd %2%{1to16%}, %1, %0"
                    : "+v"(acc[c])
                    : "v"(xk), "m"(*(const thenar_four_bytes *)(w + 4 * c)));
    }
    THENAR_UNROLL
    for (int32_t c = 0; c < channels; c++)
        _mm512_storeu_ps(y + c * s->rows * s->columns,
                         _mm512_mul_ps(_mm512_cvtepi32_ps(acc[c]), _mm512_set1_ps(factor[c])));
}

/* A 1x1 convolution without stride over rows of at least 16 pixels. */
THENAR_INLINE int thenar_is_pointwise(const thenar_nhwc_qconv *s)
{
    return s->kernel_rows * s->runs == 1 && s->steps <= THENAR_POINTWISE_STEPS && s->steps * 4 - s->x.channels < 4 &&
           s->stride[0] * s->stride[1] == 1 && s->pad[0] + s->pad[1] == 0 && s->columns >= THENAR_LANES;
}

/* A strip of pixels for 16 channels, then for the next 16: channels lie far apart in y, where stores to many of them in
   turn would miss in the cache and in its table of pages. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_dequantize_pointwise(const thenar_nhwc_qconv *s, const uint8_t *x,
                                                                    const int8_t *w, const int32_t *bias,
                                                                    const float *factor, float *y)
{
    const int32_t size = s->rows * s->columns, across = (s->columns + THENAR_LANES - 1) / THENAR_LANES;
    const int32_t pitch = (s->steps + 3) / 4 * 4, width = s->vectors * THENAR_LANES;
    const int32_t most = THENAR_MAX(THENAR_MIN(THENAR_STRIP, THENAR_POINTWISE_STEPS / pitch), 1);
    __m512i pixels[THENAR_POINTWISE_STEPS];
    for (int32_t group = 0; group < s->rows * across; group += most) {
        const int32_t groups = THENAR_MIN(most, s->rows * across - group);
        float *to[THENAR_STRIP];
        for (int32_t i = 0; i < groups; i++) {
            const int32_t row = (group + i) / across;
            const int32_t column = THENAR_MIN((group + i) % across * THENAR_LANES, s->columns - THENAR_LANES);
            thenar_gather_512(x + thenar_window(s, row, column), s->x.channels, s->steps, pixels + i * pitch);
            to[i] = y + row * s->columns + column;
        }
        for (int32_t c = 0; c < s->out_channels; c += THENAR_LANES) {
            const int8_t *wc = w + c / width * thenar_block_weights(s) + c % width * 4;
            THENAR_ROLLED
            for (int32_t i = 0; i < groups; i++)
                if (c + THENAR_LANES <= s->out_channels)
                    thenar_pointwise_512(s, THENAR_LANES, pixels + i * pitch, wc, bias + c, factor + c,
                                         to[i] + c * size);
                else
                    thenar_pointwise_512(s, s->out_channels % THENAR_LANES, pixels + i * pitch, wc, bias + c,
                                         factor + c, to[i] + c * size);
        }
    }
}

/* Any other convolution: tiles as in qconv_avx512.h, scattered through a buffer. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_dequantize_tiles(const thenar_nhwc_qconv *s, const uint8_t *x,
                                                                const int8_t *w, const int32_t *bias,
                                                                const float *factor, float *y)
{
    const int32_t size = s->rows * s->columns;
    THENAR_EACH_TILE_512(s)
    {
        const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
        const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
        __m512i acc[THENAR_TILE_512];
        float values[THENAR_TILE_512 * THENAR_LANES];
        thenar_qtile_512(s, x + thenar_window(s, row, column), w, bias + channel,
                         thenar_first_row(s, row, s->tile_rows), thenar_last_row(s, row), acc);
        THENAR_UNROLL
        for (int32_t p = 0; p < s->tile_rows * s->tile_columns; p++)
            THENAR_UNROLL
        for (int32_t v = 0; v < s->vectors; v++)
            _mm512_storeu_ps(values + p * width + v * THENAR_LANES,
                             _mm512_mul_ps(_mm512_cvtepi32_ps(acc[p * s->vectors + v]),
                                           _mm512_loadu_ps(factor + channel + v * THENAR_LANES)));
        THENAR_ROLLED
        for (int32_t p = 0; p < s->tile_rows * s->tile_columns; p++) {
            float *yi = y + channel * size + (row + p / s->tile_columns) * s->columns + column + p % s->tile_columns;
            THENAR_ROLLED
            for (int32_t c = 0; c < THENAR_MIN(width, s->out_channels - channel); c++)
                yi[c * size] = values[p * width + c];
        }
    }
}

THENAR_INLINE THENAR_TARGET_AVX512 void thenar_nhwc_dequantize_avx512(const thenar_nhwc_qconv *s, const uint8_t *x,
                                                                      const int8_t *w, const int32_t *bias,
                                                                      const float *factor, float *y)
{
    if (thenar_is_pointwise(s))
        thenar_dequantize_pointwise(s, x, w, bias, factor, y);
    else
        thenar_dequantize_tiles(s, x, w, bias, factor, y);
}

#endif
