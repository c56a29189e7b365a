/* Float32 convolution with AVX-512: a tile of tile_rows x tile_columns pixels by vectors * 16 channels in registers. */
#ifndef THENAR_X86_64_CONV_TILE_AVX512_H
#define THENAR_X86_64_CONV_TILE_AVX512_H

#include "../nhwc/conv.h"
#include "level.h"

enum { THENAR_CONV_TILE_512 = 28 };

/* A part of a block's weights: kernel rows [first, last), and of each of their runs `count` steps from `start` on. */
typedef struct {
    int32_t first, last, start, count;
} thenar_conv_panel;

/* Weights that will be needed next: every step brings those at `at` to the second cache and goes on by `pace`. */
typedef struct {
    const float *at;
    int32_t pace;
} thenar_conv_ahead;

/* sum + a * b, b in memory where registers are few. GCC copies sums around its intrinsic; Clang takes memory for every
   operand that may be there. */
THENAR_INLINE THENAR_TARGET_AVX512 __m512 thenar_multiply_add_512(__m512 sum, __m512 a, __m512 b)
{
#if defined(__clang__)
    return _mm512_fmadd_ps(a, b, sum);
#else
    __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "vm"(b));
    return sum;
#endif
}

/* acc[pixel * vectors + v] += the products of one tile with a panel; `ahead` may be null. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_conv_tile_512(const thenar_nhwc_conv *s, thenar_conv_panel panel,
                                                             const float *x, const float *w,
                                                             const thenar_conv_ahead *ahead, __m512 *acc)
{
    const int32_t vectors = s->vectors, width = vectors * THENAR_LANES;
    const int32_t columns = s->tile_columns, pixels = s->tile_rows * columns, row = thenar_row(s->x);
    const float *next = ahead ? ahead->at : w;
    x += panel.first * s->dilation * row + panel.start;
    w += panel.first * thenar_conv_weights(s) + panel.start * width;
    for (int32_t kr = panel.first; kr < panel.last; kr++, x += s->dilation * row)
        for (int32_t run = 0; run < s->runs; run++, w += (s->steps - panel.count) * width) {
            const float *xi = x + run * s->run_stride;
            THENAR_ROLLED
            for (int32_t k = 0; k < panel.count; k++, xi++, w += width) {
                __m512 weights[8];
                THENAR_UNROLL
                for (int32_t v = 0; v < vectors; v++)
                    weights[v] = _mm512_loadu_ps(w + v * THENAR_LANES);
                if (ahead) {
                    _mm_prefetch((const char *)next, _MM_HINT_T1);
                    next += ahead->pace;
                }
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

/* acc[pixel * vectors + v] = the bias. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_conv_start_512(const thenar_nhwc_conv *s, const float *bias, __m512 *acc)
{
    THENAR_UNROLL
    for (int32_t i = 0; i < s->tile_rows * s->tile_columns * s->vectors; i++)
        acc[i] = _mm512_loadu_ps(bias + i % s->vectors * THENAR_LANES);
}

/* Which of the 16 channels from c on there are. */
THENAR_INLINE THENAR_TARGET_AVX512 __mmask16 thenar_conv_mask_512(const thenar_nhwc_conv *s, int32_t c)
{
    const int32_t present = s->out_channels - c;
    const int all = s->out_channels % THENAR_LANES == 0 || present >= THENAR_LANES;
    return (__mmask16)(all ? 0xffff : (1 << THENAR_MAX(present, 0)) - 1);
}

/* 16 channels of one pixel, from c on: adds r, applies the limits. */
THENAR_INLINE THENAR_TARGET_AVX512 __m512 thenar_conv_finish_512(const thenar_nhwc_conv *s, __m512 sum, int32_t row,
                                                                 int32_t column, int32_t c, const float *r)
{
    if (s->add)
        sum = _mm512_add_ps(sum,
                            _mm512_maskz_loadu_ps(thenar_conv_mask_512(s, c), thenar_conv_added(s, r, row, column, c)));
    if (s->low > -INFINITY)
        sum = _mm512_max_ps(sum, _mm512_set1_ps(s->low));
    if (s->high < INFINITY)
        sum = _mm512_min_ps(sum, _mm512_set1_ps(s->high));
    return sum;
}

/* Stores 16 channels of one pixel, from c on. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_conv_keep_512(const thenar_nhwc_conv *s, __m512 sum, int32_t row,
                                                             int32_t column, int32_t c, float *y)
{
    float *yi = y + thenar_conv_result(s, row, column) + c;
    if (s->out_channels % THENAR_LANES)
        _mm512_mask_storeu_ps(yi, thenar_conv_mask_512(s, c), sum);
    else
        _mm512_storeu_ps(yi, sum);
}

/* Finishes and stores 16 channels, from c on, of a tile's pixels; their sums are acc[pixel * step]. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_conv_store_512(const thenar_nhwc_conv *s, const __m512 *acc,
                                                              int32_t step, int32_t row, int32_t column, int32_t c,
                                                              const float *r, float *y)
{
    THENAR_UNROLL
    for (int32_t p = 0; p < s->tile_rows * s->tile_columns; p++) {
        const int32_t pr = row + p / s->tile_columns, pc = column + p % s->tile_columns;
        thenar_conv_keep_512(s, thenar_conv_finish_512(s, acc[p * step], pr, pc, c, r), pr, pc, c, y);
    }
}

#endif
