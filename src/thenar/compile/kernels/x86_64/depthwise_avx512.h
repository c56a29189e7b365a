/* Float32 depthwise convolution with AVX-512: a tile of tile_rows x tile_columns pixels by 16 channels in registers. */
#ifndef THENAR_X86_64_DEPTHWISE_AVX512_H
#define THENAR_X86_64_DEPTHWISE_AVX512_H

#include "../nhwc/depthwise.h"
#include "conv_avx512.h"

enum { THENAR_DEPTHWISE_UNROLLED = 400 /* products of a tile up to which each becomes an instruction of its own */ };

/* acc = bias + the sums of one tile; every pixel is read once for all the results whose windows it is in. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_depthwise_tile_512(const thenar_nhwc_conv *s, const float *x,
                                                                  const float *w, __m512 *acc)
{
    const int32_t columns = s->tile_columns, right = s->run_stride / s->x.channels;
    const int32_t high = (s->tile_rows - 1) * s->stride[0] + (s->kernel_rows - 1) * s->dilation + 1;
    const int32_t wide = (columns - 1) * s->stride[1] + (s->runs - 1) * right + 1;
    THENAR_UNROLL
    for (int32_t kr = 0; kr < high; kr++)
        THENAR_UNROLL
    for (int32_t kc = 0; kc < wide; kc++) {
        const __m512 pixel = _mm512_loadu_ps(x + kr * thenar_row(s->x) + kc * s->x.channels);
        THENAR_UNROLL
        for (int32_t p = 0; p < columns; p++) {
            const int32_t across = kc - p * s->stride[1];
            if (across < 0 || across % right || across / right >= s->runs)
                continue;
            THENAR_UNROLL
            for (int32_t i = 0; i < s->tile_rows; i++) {
                const int32_t down = kr - i * s->stride[0];
                if (down < 0 || down % s->dilation || down / s->dilation >= s->kernel_rows)
                    continue;
                const float *wi = w + (down / s->dilation * s->runs + across / right) * THENAR_LANES;
                acc[i * columns + p] = thenar_multiply_add_512(acc[i * columns + p], pixel, _mm512_loadu_ps(wi));
            }
        }
    }
}

/* The same with a loop over the taps, for kernels so large or so dilated that the code above would be too long. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_depthwise_taps_512(const thenar_nhwc_conv *s, const float *x,
                                                                  const float *w, __m512 *acc)
{
    const int32_t columns = s->tile_columns, row = thenar_row(s->x);
    for (int32_t kr = 0; kr < s->kernel_rows; kr++)
        THENAR_ROLLED
    for (int32_t run = 0; run < s->runs; run++, w += THENAR_LANES) {
        const float *xi = x + kr * s->dilation * row + run * s->run_stride;
        const __m512 weights = _mm512_loadu_ps(w);
        THENAR_UNROLL
        for (int32_t p = 0; p < s->tile_rows * columns; p++)
            acc[p] = thenar_multiply_add_512(
                acc[p], weights,
                _mm512_loadu_ps(xi + p / columns * s->stride[0] * row + p % columns * s->stride[1] * s->x.channels));
    }
}

/* Channels between rows and columns of tiles: a block's weights stay in registers along a row, a row in the cache. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_nhwc_depthwise_avx512(const thenar_nhwc_conv *s, const float *x,
                                                                     const float *w, const float *bias, const float *r,
                                                                     float *y)
{
    const int32_t taps = s->kernel_rows * s->runs, pixels = s->tile_rows * s->tile_columns;
    const int32_t wide = (s->tile_columns - 1) * s->stride[1] + (s->runs - 1) * s->run_stride / s->x.channels + 1;
    const int unrolled = taps * pixels <= THENAR_DEPTHWISE_UNROLLED && wide <= 32;
    for (int32_t top = 0; top < s->rows; top += s->tile_rows)
        for (int32_t c = 0; c < s->out_channels; c += THENAR_LANES) {
            const float *wc = w + c * taps;
            const __m512 start = _mm512_loadu_ps(bias + c);
            for (int32_t left = 0; left < s->columns; left += s->tile_columns) {
                const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
                const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
                const float *xi = x + thenar_conv_window(s, row, column) + c;
                __m512 acc[THENAR_CONV_TILE_512];
                THENAR_UNROLL
                for (int32_t p = 0; p < pixels; p++)
                    acc[p] = start;
                if (unrolled)
                    thenar_depthwise_tile_512(s, xi, wc, acc);
                else
                    thenar_depthwise_taps_512(s, xi, wc, acc);
                thenar_conv_store_512(s, acc, 1, row, column, c, r, y);
            }
        }
}

#endif
