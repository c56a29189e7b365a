/* Float32 convolution with AVX2 and FMA, 16 channels of up to six pixels in registers. */
#ifndef THENAR_X86_64_CONV_AVX2_H
#define THENAR_X86_64_CONV_AVX2_H

#include "../nhwc/conv.h"
#include "level.h"

enum { THENAR_CONV_COLUMNS_256 = 6 };

/* acc[2 * pixel], acc[2 * pixel + 1]: channels 0 to 7 and 8 to 15; w is where they start in their block. */
THENAR_INLINE THENAR_TARGET_AVX2 void thenar_conv_tile_256(const thenar_nhwc_conv *s, int32_t columns, const float *x,
                                                           const float *w, const float *bias, int32_t first,
                                                           int32_t last, __m256 *acc)
{
    const int32_t row = thenar_row(s->x), width = s->vectors * THENAR_LANES, pixel = s->stride[1] * s->x.channels;
    THENAR_UNROLL
    for (int32_t p = 0; p < columns; p++) {
        acc[2 * p] = _mm256_loadu_ps(bias);
        acc[2 * p + 1] = _mm256_loadu_ps(bias + 8);
    }
    x += first * s->dilation * row;
    w += first * thenar_conv_weights(s);
    for (int32_t kr = first; kr < last; kr++, x += s->dilation * row)
        for (int32_t run = 0; run < s->runs; run++) {
            const float *xi = x + run * s->run_stride;
            THENAR_ROLLED
            for (int32_t k = 0; k < s->steps; k++, xi++, w += width) {
                const __m256 low = _mm256_loadu_ps(w), high = _mm256_loadu_ps(w + 8);
                THENAR_UNROLL
                for (int32_t p = 0; p < columns; p++) {
                    __m256 one;
                    __asm__("vbroadcastss %1, %0" : "=x"(one) : "m"(xi[p * pixel]));
                    __asm__("vfmadd231ps %2, %1, %0" : "+x"(acc[2 * p]) : "x"(one), "x"(low));
                    __asm__("vfmadd231ps %2, %1, %0" : "+x"(acc[2 * p + 1]) : "x"(one), "x"(high));
                }
            }
        }
}

/* One pixel's results for `count` (at most 16) channels. */
THENAR_INLINE THENAR_TARGET_AVX2 void thenar_conv_store_256(const thenar_nhwc_conv *s, __m256 low, __m256 high,
                                                            int32_t count, const float *r, float *y)
{
    float values[THENAR_LANES];
    if (count < THENAR_LANES) {
        _mm256_storeu_ps(values, low);
        _mm256_storeu_ps(values + 8, high);
        for (int32_t c = 0; c < count; c++) {
            const float sum = s->add ? values[c] + r[c] : values[c];
            y[c] = sum < s->low ? s->low : sum > s->high ? s->high : sum;
        }
        return;
    }
    if (s->add) {
        low = _mm256_add_ps(low, _mm256_loadu_ps(r));
        high = _mm256_add_ps(high, _mm256_loadu_ps(r + 8));
    }
    const __m256 least = _mm256_set1_ps(s->low), most = _mm256_set1_ps(s->high);
    _mm256_storeu_ps(y, _mm256_min_ps(_mm256_max_ps(low, least), most));
    _mm256_storeu_ps(y + 8, _mm256_min_ps(_mm256_max_ps(high, least), most));
}

THENAR_INLINE THENAR_TARGET_AVX2 void thenar_nhwc_conv_avx2(const thenar_nhwc_conv *s, const float *x, const float *w,
                                                            const float *bias, const float *r, float *y)
{
    const int32_t width = s->vectors * THENAR_LANES, columns = THENAR_MIN(THENAR_CONV_COLUMNS_256, s->columns);
    for (int32_t c = 0; c < s->out_channels; c += THENAR_LANES)
        for (int32_t row = 0; row < s->rows; row++)
            for (int32_t left = 0; left < s->columns; left += columns) {
                const int32_t column = THENAR_MIN(left, s->columns - columns);
                const float *wc = w + c / width * s->kernel_rows * thenar_conv_weights(s) + c % width;
                __m256 acc[2 * THENAR_CONV_COLUMNS_256];
                thenar_conv_tile_256(s, columns, x + thenar_conv_window(s, row, column), wc, bias + c,
                                     thenar_conv_first(s, row, 1), thenar_conv_last(s, row), acc);
                THENAR_UNROLL
                for (int32_t p = 0; p < columns; p++)
                    thenar_conv_store_256(s, acc[2 * p], acc[2 * p + 1], THENAR_MIN(THENAR_LANES, s->out_channels - c),
                                          thenar_conv_added(s, r, row, column + p, c),
                                          y + thenar_conv_result(s, row, column + p) + c);
            }
}

#endif
