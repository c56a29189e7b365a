/* Kernels on bytes with the channels last: padding, pooling, depthwise convolution, addition. */
#ifndef THENAR_CHANNELS_LAST_H
#define THENAR_CHANNELS_LAST_H

#include "vnni.h"

typedef struct {
    int32_t rows, columns, channels; /* of x */
    int32_t top, left, padded_rows, padded_columns;
    int32_t value; /* of the padding, as an unsigned byte */
    int32_t flip;  /* 128 turns signed bytes into unsigned ones that are 128 more, 0 leaves them */
} thenar_pad_bytes;

/* x with padding around it, as unsigned bytes. */
THENAR_KERNEL void thenar_pad_bytes_channels_last(const thenar_pad_bytes s, const void *from, uint8_t *y)
{
    const uint8_t *x = from;
    const int32_t line = s.padded_columns * s.channels, inner = s.columns * s.channels;
    const int32_t left = s.left * s.channels, right = line - left - inner;
    for (int32_t r = -s.top; r < s.padded_rows - s.top; r++, y += line) {
        if (r < 0 || r >= s.rows) {
            memset(y, s.value, (size_t)line);
            continue;
        }
        memset(y, s.value, (size_t)left);
        for (int32_t i = 0; i < inner; i++)
            y[left + i] = (uint8_t)(x[r * inner + i] ^ s.flip);
        memset(y + left + inner, s.value, (size_t)right);
    }
}

typedef struct {
    int32_t in[2], out[2], channels;
    int32_t kernel[2], stride[2], dilation[2], pad[2];
    int32_t x_zero, y_zero, low, high, wide;
} thenar_window_bytes;

/* Makes thenar_max_pool_channels_last_TYPE. */
#define THENAR_MAX_POOL_CHANNELS_LAST(TYPE, LOWEST)                                                  \
    THENAR_KERNEL void thenar_max_pool_channels_last_##TYPE(const thenar_window_bytes s, const TYPE *x, TYPE *y) \
    {                                                                                                \
        for (int32_t r = 0; r < s.out[0]; r++)                                                       \
            for (int32_t c = 0; c < s.out[1]; c++, y += s.channels) {                                \
                for (int32_t i = 0; i < s.channels; i++)                                             \
                    y[i] = LOWEST;                                                                   \
                for (int32_t k = 0; k < s.kernel[0] * s.kernel[1]; k++) {                            \
                    const int32_t ir = r * s.stride[0] + k / s.kernel[1] * s.dilation[0] - s.pad[0]; \
                    const int32_t ic = c * s.stride[1] + k % s.kernel[1] * s.dilation[1] - s.pad[1]; \
                    if (ir < 0 || ir >= s.in[0] || ic < 0 || ic >= s.in[1])                          \
                        continue;                                                                    \
                    const TYPE *from = x + (ir * s.in[1] + ic) * s.channels;                         \
                    for (int32_t i = 0; i < s.channels; i++)                                         \
                        y[i] = from[i] > y[i] ? from[i] : y[i];                                      \
                }                                                                                    \
            }                                                                                        \
    }

/* Makes thenar_qdepthwise_X_Y, sixteen channels at a time. w is [tap][channel]; w, bias, multiplier, shift and factor
   are padded to whole blocks of 16. WIDEN takes sixteen bytes of x to 32 bits. */
#define THENAR_QDEPTHWISE(X, Y, WIDEN)                                                               \
    THENAR_KERNEL void thenar_qdepthwise_##X##_##Y(const thenar_window_bytes s, const X *x, const int8_t *w, \
                                                   const int32_t *bias, const int32_t *multiplier,   \
                                                   const int32_t *shift, const float *factor, Y *y)  \
    {                                                                                                \
        const int32_t padded = (s.channels + 15) / 16 * 16;                                          \
        for (int32_t r = 0; r < s.out[0]; r++)                                                       \
            for (int32_t c = 0; c < s.out[1]; c++, y += s.channels)                                  \
                for (int32_t i = 0; i < s.channels; i += 16) {                                       \
                    const int32_t count = s.channels - i < 16 ? s.channels - i : 16;                 \
                    const __mmask16 mask = (__mmask16)((1u << count) - 1);                           \
                    __m512i sum = _mm512_loadu_si512(bias + i);                                      \
                    for (int32_t k = 0; k < s.kernel[0] * s.kernel[1]; k++) {                        \
                        const int32_t ir = r * s.stride[0] + k / s.kernel[1] * s.dilation[0] - s.pad[0]; \
                        const int32_t ic = c * s.stride[1] + k % s.kernel[1] * s.dilation[1] - s.pad[1]; \
                        if (ir < 0 || ir >= s.in[0] || ic < 0 || ic >= s.in[1])                      \
                            continue;                                                                \
                        const __m128i bytes = _mm_maskz_loadu_epi8(mask, x + (ir * s.in[1] + ic) * s.channels + i); \
                        const __m512i above = _mm512_sub_epi32(WIDEN(bytes), _mm512_set1_epi32(s.x_zero)); \
                        const __m512i taps = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)(w + k * padded + i))); \
                        sum = _mm512_add_epi32(sum, _mm512_mullo_epi32(above, taps)); \
                    }                                                                                \
                    if (s.wide) {                                                                    \
                        int32_t sums[16];                                                            \
                        _mm512_storeu_si512(sums, sum);                                              \
                        for (int32_t j = 0; j < count; j++)                                          \
                            y[i + j] = (Y)thenar_requantize(sums[j], multiplier[i + j], shift[i + j], s.y_zero, s.low, s.high); \
                        continue;                                                                    \
                    }                                                                                \
                    const __m512i q = thenar_requantize16(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(factor + i), \
                                                          s.y_zero, s.low, s.high);                  \
                    _mm512_mask_cvtepi32_storeu_epi8(y + i, mask, q);                                \
                }                                                                                    \
    }

#endif
