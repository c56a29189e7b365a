/* Quantized depthwise convolution with AVX512-VNNI, 16 channels at a time.
 *
 * A register holds the same column of four image rows, four bytes to each channel; every such column is used for all
 * the results whose windows it is in: those of `tile_columns` neighbours, and of two rows where the kernel is small.
 */
#ifndef THENAR_X86_64_QDEPTHWISE_AVX512_H
#define THENAR_X86_64_QDEPTHWISE_AVX512_H

#include "../nhwc/qdepthwise.h"
#include "qconv_avx512.h"

/* 16 channels of one pixel of four rows, `row` bytes apart; rows after the last stand for it. */
THENAR_INLINE THENAR_TARGET_AVX512 __m512i thenar_four_rows_512(const uint8_t *x, int32_t row, int32_t last)
{
    const __m512i rows_to_channels = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i bytes = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    __m512i rows = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)x));
    rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(x + THENAR_MIN(1, last) * row)), 1);
    rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(x + THENAR_MIN(2, last) * row)), 2);
    rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(x + THENAR_MIN(3, last) * row)), 3);
    return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(rows_to_channels, rows), bytes);
}

/* The sums of tile_rows x tile_columns results for 16 channels. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_dtile_512(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w,
                                                         const int32_t *bias, __m512i *acc)
{
    const int32_t columns = s->tile_columns, row = s->dilation * thenar_row(s->x), taps = s->steps * s->runs;
    const int32_t dilation = s->run_stride / s->x.channels,
                  wide = (columns - 1) * s->stride[1] + (s->runs - 1) * dilation + 1;
    const int32_t last = (s->tile_rows - 1) * s->stride[0] + s->kernel_rows - 1;
    THENAR_UNROLL
    for (int32_t p = 0; p < s->tile_rows * columns; p++)
        acc[p] = _mm512_loadu_si512(bias);
    THENAR_UNROLL
    for (int32_t g = 0; g < s->steps; g++)
        THENAR_UNROLL
    for (int32_t c = 0; c < wide; c++) {
        const __m512i four =
            thenar_four_rows_512(x + 4 * g * row + c * s->x.channels, row, THENAR_MIN(last - 4 * g, 3));
        THENAR_UNROLL
        for (int32_t p = 0; p < columns; p++) {
            const int32_t offset = c - p * s->stride[1];
            if (offset < 0 || offset % dilation || offset / dilation >= s->runs)
                continue;
            THENAR_UNROLL
            for (int32_t i = 0; i < s->tile_rows; i++) {
                const int8_t *wi = w + (i * taps + g * s->runs + offset / dilation) * THENAR_LANES * 4;
                acc[i * columns + p] = thenar_dot_512(acc[i * columns + p], four, _mm512_loadu_si512(wi));
            }
        }
    }
}

THENAR_INLINE THENAR_TARGET_AVX512 void thenar_nhwc_qdepthwise_avx512(const thenar_nhwc_qconv *s, const uint8_t *x,
                                                                      const int8_t *w, const int32_t *bias,
                                                                      const float *factor, const uint8_t *r, uint8_t *y)
{
    const int32_t block = s->tile_rows * s->steps * s->runs * THENAR_LANES * 4;
    for (int32_t top = 0; top < s->rows; top += s->tile_rows)
        for (int32_t left = 0; left < s->columns; left += s->tile_columns) {
            const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
            const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
            THENAR_ROLLED
            for (int32_t c = 0; c < s->out_channels; c += THENAR_LANES) {
                __m512i acc[THENAR_TILE_512];
                thenar_dtile_512(s, x + thenar_window(s, row, column) + c, w + c / THENAR_LANES * block, bias + c, acc);
                const thenar_tile_512 tile = {s->tile_rows, s->tile_columns, 1, acc, 1, 1};
                thenar_store_512(s, tile, row, column, c, factor, r, y);
            }
        }
}

#endif
