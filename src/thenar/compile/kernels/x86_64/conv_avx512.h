/* Float32 convolution with AVX-512: a tile of tile_rows x tile_columns pixels by vectors * 16 channels in registers. */
#ifndef THENAR_X86_64_CONV_AVX512_H
#define THENAR_X86_64_CONV_AVX512_H

#include "../nhwc/conv.h"
#include "level.h"

enum { THENAR_CONV_TILE_512 = 28 };

THENAR_INLINE THENAR_TARGET_AVX512 __m512 thenar_multiply_add_512(__m512 sum, __m512 a, __m512 b)
{
    __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "vm"(b));
    return sum;
}

/* acc[pixel * vectors + v] = bias + the sums of one tile. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_conv_tile_512(const thenar_nhwc_conv *s, const float *x, const float *w,
                                                             const float *bias, int32_t first, int32_t last,
                                                             __m512 *acc)
{
    const int32_t vectors = s->vectors, columns = s->tile_columns, pixels = s->tile_rows * columns;
    const int32_t row = thenar_row(s->x);
    THENAR_UNROLL
    for (int32_t p = 0; p < pixels; p++)
        THENAR_UNROLL
    for (int32_t v = 0; v < vectors; v++)
        acc[p * vectors + v] = _mm512_loadu_ps(bias + v * THENAR_LANES);
    x += first * s->dilation * row;
    w += first * thenar_conv_weights(s);
    for (int32_t kr = first; kr < last; kr++, x += s->dilation * row)
        for (int32_t run = 0; run < s->runs; run++) {
            const float *xi = x + run * s->run_stride;
            THENAR_ROLLED
            for (int32_t k = 0; k < s->steps; k++, xi++, w += vectors * THENAR_LANES) {
                __m512 weights[8];
                THENAR_UNROLL
                for (int32_t v = 0; v < vectors; v++)
                    weights[v] = _mm512_loadu_ps(w + v * THENAR_LANES);
                THENAR_UNROLL
                for (int32_t p = 0; p < pixels; p++) {
                    const float *pixel =
                        xi + p / columns * s->stride[0] * row + p % columns * s->stride[1] * s->x.channels;
                    __m512 one;
                    __asm__("vbroadcastss %1, %0" : "=v"(one) : "m"(*pixel));
                    THENAR_UNROLL
                    for (int32_t v = 0; v < vectors; v++)
                        acc[p * vectors + v] = thenar_multiply_add_512(acc[p * vectors + v], one, weights[v]);
                }
            }
        }
}

/* Stores 16 channels, from c on, of a tile's pixels; their sums are acc[pixel * step]. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_conv_store_512(const thenar_nhwc_conv *s, const __m512 *acc,
                                                              int32_t step, int32_t row, int32_t column, int32_t c,
                                                              const float *r, float *y)
{
    const int32_t present = s->out_channels - c;
    const __mmask16 mask = present >= THENAR_LANES ? 0xffff : (__mmask16)((1 << THENAR_MAX(present, 0)) - 1);
    THENAR_UNROLL
    for (int32_t p = 0; p < s->tile_rows * s->tile_columns; p++) {
        const int32_t pr = row + p / s->tile_columns, pc = column + p % s->tile_columns;
        __m512 sum = acc[p * step];
        if (s->add)
            sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, r + thenar_conv_added(s, pr, pc) + c));
        if (s->low > -INFINITY)
            sum = _mm512_max_ps(sum, _mm512_set1_ps(s->low));
        if (s->high < INFINITY)
            sum = _mm512_min_ps(sum, _mm512_set1_ps(s->high));
        float *yi = y + thenar_conv_result(s, pr, pc) + c;
        if (s->out_channels % THENAR_LANES)
            _mm512_mask_storeu_ps(yi, mask, sum);
        else
            _mm512_storeu_ps(yi, sum);
    }
}

THENAR_INLINE THENAR_TARGET_AVX512 void thenar_nhwc_conv_avx512(const thenar_nhwc_conv *s, const float *x,
                                                                const float *w, const float *bias, const float *r,
                                                                float *y)
{
    const int32_t width = s->vectors * THENAR_LANES;
    for (int32_t channel = 0; channel < s->out_channels; channel += width, w += s->kernel_rows * thenar_conv_weights(s))
        for (int32_t top = 0; top < s->rows; top += s->tile_rows)
            for (int32_t left = 0; left < s->columns; left += s->tile_columns) {
                const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
                const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
                __m512 acc[THENAR_CONV_TILE_512];
                thenar_conv_tile_512(s, x + thenar_conv_window(s, row, column), w, bias + channel,
                                     thenar_conv_first(s, row, s->tile_rows), thenar_conv_last(s, row), acc);
                THENAR_UNROLL
                for (int32_t v = 0; v < s->vectors; v++)
                    if (channel + v * THENAR_LANES < s->out_channels)
                        thenar_conv_store_512(s, acc + v, s->vectors, row, column, channel + v * THENAR_LANES, r, y);
            }
}

#endif
