/* Float32 depthwise convolution with AVX2 and FMA, 8 channels of up to eight pixels in registers. */
#ifndef THENAR_X86_64_DEPTHWISE_AVX2_H
#define THENAR_X86_64_DEPTHWISE_AVX2_H

#include "../nhwc/depthwise.h"
#include "conv_avx2.h"

enum { THENAR_DEPTHWISE_COLUMNS_256 = 8 };

/* acc: 8 channels of `columns` pixels; w is where they start in their block. */
THENAR_INLINE THENAR_TARGET_AVX2 void thenar_depthwise_tile_256(const thenar_nhwc_conv *s, int32_t columns,
                                                                const float *x, const float *w, __m256 *acc)
{
    for (int32_t kr = 0; kr < s->kernel_rows; kr++)
        THENAR_ROLLED
    for (int32_t run = 0; run < s->runs; run++, w += THENAR_LANES) {
        const float *xi = x + kr * s->dilation * thenar_row(s->x) + run * s->run_stride;
        const __m256 weights = _mm256_loadu_ps(w);
        THENAR_UNROLL
        for (int32_t p = 0; p < columns; p++)
            acc[p] = _mm256_fmadd_ps(weights, _mm256_loadu_ps(xi + p * s->stride[1] * s->x.channels), acc[p]);
    }
}

THENAR_INLINE THENAR_TARGET_AVX2 void thenar_nhwc_depthwise_avx2(const thenar_nhwc_conv *s, const float *x,
                                                                 const float *w, const float *bias, const float *r,
                                                                 float *y)
{
    const int32_t taps = s->kernel_rows * s->runs, columns = THENAR_MIN(THENAR_DEPTHWISE_COLUMNS_256, s->columns);
    for (int32_t row = 0; row < s->rows; row++)
        for (int32_t c = 0; c < s->out_channels; c += THENAR_LANES)
            for (int32_t left = 0; left < s->columns; left += columns) {
                const int32_t column = THENAR_MIN(left, s->columns - columns);
                const float *xi = x + thenar_conv_window(s, row, column) + c;
                __m256 low[THENAR_DEPTHWISE_COLUMNS_256], high[THENAR_DEPTHWISE_COLUMNS_256];
                THENAR_UNROLL
                for (int32_t p = 0; p < columns; p++) {
                    low[p] = _mm256_loadu_ps(bias + c);
                    high[p] = _mm256_loadu_ps(bias + c + 8);
                }
                thenar_depthwise_tile_256(s, columns, xi, w + c * taps, low);
                thenar_depthwise_tile_256(s, columns, xi + 8, w + c * taps + 8, high);
                THENAR_UNROLL
                for (int32_t p = 0; p < columns; p++)
                    thenar_conv_store_256(s, low[p], high[p], THENAR_MIN(THENAR_LANES, s->out_channels - c),
                                          thenar_conv_added(s, r, row, column + p, c),
                                          y + thenar_conv_result(s, row, column + p) + c);
            }
}

#endif
