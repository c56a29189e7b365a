/* The last convolution of a quantized network on 64-bit ARM: its float32 result has channels first. */
#ifndef THENAR_AARCH64_DEQUANTIZE_NEON_H
#define THENAR_AARCH64_DEQUANTIZE_NEON_H

#include "qconv_neon.h"

/* Four channels of four neighbouring pixels, `size` floats from channel to channel. */
THENAR_INLINE void thenar_transposed_neon(const float32x4_t *pixels, int32_t size, int32_t channels, float *y)
{
    const float32x4_t a = vzip1q_f32(pixels[0], pixels[2]), b = vzip2q_f32(pixels[0], pixels[2]);
    const float32x4_t c = vzip1q_f32(pixels[1], pixels[3]), d = vzip2q_f32(pixels[1], pixels[3]);
    const float32x4_t rows[4] = {vzip1q_f32(a, c), vzip2q_f32(a, c), vzip1q_f32(b, d), vzip2q_f32(b, d)};
    THENAR_UNROLL
    for (int32_t i = 0; i < channels; i++)
        vst1q_f32(y + i * size, rows[i]);
}

/* The channels [c, c + count) of every pixel: the pixels of a tile follow each other. */
THENAR_INLINE void thenar_dequantized_neon(const thenar_nhwc_qconv *s, int32_t c, int32_t count, const uint8_t *x,
                                           const int8_t *w, const int32_t *bias, const float *factor, float *y)
{
    const int32_t quads = (count + 3) / 4, size = s->rows * s->columns, pixels = s->tile_rows * s->tile_columns;
    const int32_t most = THENAR_MIN(THENAR_MOST_SUMS / quads, pixels);
    THENAR_EACH_TILE(s)
    {
        const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
        const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
        thenar_sums sums[THENAR_TILE_SUMS];
        THENAR_UNROLL
        for (int32_t p = 0; p < pixels; p += most)
            thenar_qtile_neon(s, p, THENAR_MIN(most, pixels - p), quads, row, column, x, w, bias + c, sums + p * quads);
        THENAR_UNROLL
        for (int32_t q = 0; q < quads; q++) {
            float *yi = y + (c + 4 * q) * size + row * s->columns + column;
            const int32_t channels = THENAR_MIN(4, count - 4 * q);
            float32x4_t values[THENAR_TILE_SUMS];
            THENAR_UNROLL
            for (int32_t p = 0; p < pixels; p++)
                values[p] = vmulq_f32(vcvtq_f32_s32(thenar_total(sums[p * quads + q])), vld1q_f32(factor + c + 4 * q));
            THENAR_UNROLL
            for (int32_t p = 0; p + 4 <= pixels; p += 4)
                thenar_transposed_neon(values + p, size, channels, yi + p);
            THENAR_UNROLL
            for (int32_t p = pixels / 4 * 4; p < pixels; p++)
                THENAR_UNROLL
            for (int32_t i = 0; i < channels; i++)
                yi[i * size + p] = values[p][i];
        }
    }
}

THENAR_INLINE void thenar_nhwc_dequantize_neon(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w,
                                               const int32_t *bias, const float *factor, float *y)
{
    const int32_t rest = s->out_channels % THENAR_LANES, whole = s->out_channels - rest;
    THENAR_ROLLED
    for (int32_t c = 0; c < whole; c += THENAR_LANES, w += thenar_block_weights(s))
        thenar_dequantized_neon(s, c, THENAR_LANES, x, w, thenar_bias(s, bias), factor, y);
    if (rest)
        thenar_dequantized_neon(s, whole, rest, x, w, thenar_bias(s, bias), factor, y);
}

#endif
