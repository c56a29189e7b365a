/* Convolution of float32, channels last, sixteen output channels to a register; the float twin of qconv_vnni.h.
 *
 * x has any padding already around it. A window is runs of `depth` neighbouring values: with dilation 1 a whole kernel
 * row. w is [block][run][depth][16 channels].
 */
#ifndef THENAR_CONV_FLOAT_H
#define THENAR_CONV_FLOAT_H

#include <immintrin.h>

#include "../reference/base.h"

typedef struct {
    int32_t rows, columns, channels;  /* of the output */
    int32_t x_start, x_row, x_column; /* values to the first output's window, and between neighbours' windows */
    int32_t kernel_rows, kernel_columns, x_kernel_row, x_kernel_column, depth; /* the runs of a window */
    int32_t y_start, y_row, y_column, y_channel; /* values between neighbours in y */
} thenar_conv_last;

/* sum[i] += x * w[i]. As assembly, because gcc copies the accumulators of the intrinsic around. */
THENAR_KERNEL void thenar_multiply_add(__m512 *sum, __m512 x, __m512 w)
{
    __asm__("vfmadd231ps %2, %1, %0" : "+v"(*sum) : "v"(x), "v"(w));
}

/* Makes thenar_conv_tile_PIXELSxBLOCKS: PIXELS neighbouring outputs in BLOCKS blocks of channels. */
#define THENAR_CONV_TILE(PIXELS, BLOCKS)                                                             \
    THENAR_KERNEL void thenar_conv_tile_##PIXELS##x##BLOCKS(const thenar_conv_last *s, const float *x, \
                                                            const float *w, const float *bias, float *sums) \
    {                                                                                                \
        const int32_t block = s->kernel_rows * s->kernel_columns * s->depth * 16;                    \
        __m512 sum[PIXELS][BLOCKS];                                                                  \
        _Pragma("GCC unroll 32") for (int32_t p = 0; p < PIXELS; p++)                                \
            _Pragma("GCC unroll 8") for (int32_t b = 0; b < BLOCKS; b++)                             \
                sum[p][b] = _mm512_loadu_ps(bias + 16 * b);                                          \
        for (int32_t r = 0; r < s->kernel_rows; r++)                                                 \
            for (int32_t c = 0; c < s->kernel_columns; c++) {                                        \
                const float *run = x + r * s->x_kernel_row + c * s->x_kernel_column;                 \
                for (int32_t d = 0; d < s->depth; d++, run++, w += 16) {                             \
                    __m512 weights[BLOCKS];                                                          \
                    _Pragma("GCC unroll 8") for (int32_t b = 0; b < BLOCKS; b++)                     \
                        weights[b] = _mm512_loadu_ps(w + b * block);                                 \
                    _Pragma("GCC unroll 32") for (int32_t p = 0; p < PIXELS; p++) {                  \
                        const __m512 value = _mm512_set1_ps(run[p * s->x_column]);                   \
                        _Pragma("GCC unroll 8") for (int32_t b = 0; b < BLOCKS; b++)                 \
                            thenar_multiply_add(&sum[p][b], value, weights[b]);                      \
                    }                                                                                \
                }                                                                                    \
            }                                                                                        \
        _Pragma("GCC unroll 32") for (int32_t p = 0; p < PIXELS; p++)                                \
            _Pragma("GCC unroll 8") for (int32_t b = 0; b < BLOCKS; b++)                             \
                _mm512_storeu_ps(sums + (p * BLOCKS + b) * 16, sum[p][b]);                           \
    }

/* Makes thenar_conv_last_PIXELSxBLOCKS, the whole layer; outputs left over at the end of a row are done one by one. */
#define THENAR_CONV_LAST(PIXELS, BLOCKS)                                                             \
    THENAR_KERNEL void thenar_conv_last_##PIXELS##x##BLOCKS(const thenar_conv_last s, const float *x, const float *w, \
                                                            const float *bias, float *y)             \
    {                                                                                                \
        float sums[PIXELS * BLOCKS * 16];                                                            \
        const int32_t block = s.kernel_rows * s.kernel_columns * s.depth * 16;                       \
        for (int32_t first = 0; first < s.channels; first += 16 * BLOCKS)                            \
            for (int32_t r = 0; r < s.rows; r++)                                                     \
                for (int32_t c = 0; c < s.columns;) {                                                \
                    const int32_t pixels = s.columns - c < PIXELS ? 1 : PIXELS;                      \
                    const float *window = x + s.x_start + r * s.x_row + c * s.x_column;              \
                    if (pixels == 1)                                                                 \
                        thenar_conv_tile_1x##BLOCKS(&s, window, w + first / 16 * block, bias + first, sums); \
                    else                                                                             \
                        thenar_conv_tile_##PIXELS##x##BLOCKS(&s, window, w + first / 16 * block, bias + first, sums); \
                    for (int32_t p = 0; p < pixels; p++, c++) {                                      \
                        const int32_t left = s.channels - first;                                     \
                        const int32_t count = left < 16 * BLOCKS ? left : 16 * BLOCKS;               \
                        float *pixel = y + s.y_start + r * s.y_row + c * s.y_column + first * s.y_channel; \
                        for (int32_t i = 0; i < count; i++)                                          \
                            pixel[i * s.y_channel] = sums[p * BLOCKS * 16 + i];                      \
                    }                                                                                \
                }                                                                                    \
    }

typedef struct {
    int32_t rows, columns, channels; /* of x */
    int32_t top, left, padded_rows, padded_columns;
} thenar_pad_floats;

/* x with zeros around it. */
THENAR_KERNEL void thenar_pad_floats_channels_last(const thenar_pad_floats s, const float *x, float *y)
{
    const int32_t inner = s.columns * s.channels, line = s.padded_columns * s.channels;
    memset(y, 0, (size_t)(s.padded_rows * line) * sizeof *y);
    for (int32_t r = 0; r < s.rows; r++)
        memcpy(y + (r + s.top) * line + s.left * s.channels, x + r * inner, (size_t)inner * sizeof *y);
}

#endif
