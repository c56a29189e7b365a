/* Quantized depthwise convolution on 64-bit ARM, 8 channels at a time.
 *
 * A register holds the same column of four image rows, four bytes to each of four channels; every such column is used
 * for all the results whose windows it is in.
 */
#ifndef THENAR_AARCH64_QDEPTHWISE_H
#define THENAR_AARCH64_QDEPTHWISE_H

#include "../nhwc/qdepthwise.h"
#include "finish.h"

enum { THENAR_DEPTHWISE_PIXELS = 4 }; /* of a tile, at most */

/* to[0], to[1]: 8 channels of one pixel of four rows, `row` bytes apart; rows after the last stand for it. */
THENAR_INLINE void thenar_four_rows_neon(const uint8_t *x, int32_t row, int32_t last, thenar_bytes *to)
{
    const uint8x8_t a = vld1_u8(x), b = vld1_u8(x + THENAR_MIN(1, last) * row);
    const uint8x8_t c = vld1_u8(x + THENAR_MIN(2, last) * row), d = vld1_u8(x + THENAR_MIN(3, last) * row);
    const uint8x16_t ac = vzip1q_u8(vcombine_u8(a, a), vcombine_u8(c, c));
    const uint8x16_t bd = vzip1q_u8(vcombine_u8(b, b), vcombine_u8(d, d));
    to[0] = thenar_from_image(vzip1q_u8(ac, bd));
    to[1] = thenar_from_image(vzip2q_u8(ac, bd));
}

/* sums[pixel * 2 + q]: the sums of tile_rows x tile_columns results for 8 channels. */
THENAR_INLINE void thenar_dtile_neon(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w, const int32_t *bias,
                                     thenar_sums *sums)
{
    const int32_t columns = s->tile_columns, row = s->dilation * thenar_row(s->x), taps = s->steps * s->runs;
    const int32_t dilation = s->run_stride / s->x.channels,
                  wide = (columns - 1) * s->stride[1] + (s->runs - 1) * dilation + 1;
    const int32_t last = (s->tile_rows - 1) * s->stride[0] + s->kernel_rows - 1;
    THENAR_UNROLL
    for (int32_t p = 0; p < 2 * s->tile_rows * columns; p++)
        sums[p] = thenar_start(vld1q_s32(bias + p % 2 * 4));
    THENAR_UNROLL
    for (int32_t g = 0; g < s->steps; g++)
        THENAR_UNROLL
    for (int32_t c = 0; c < wide; c++) {
        thenar_bytes four[2];
        thenar_four_rows_neon(x + 4 * g * row + c * s->x.channels, row, THENAR_MIN(last - 4 * g, 3), four);
        THENAR_UNROLL
        for (int32_t p = 0; p < columns; p++) {
            const int32_t offset = c - p * s->stride[1];
            if (offset < 0 || offset % dilation || offset / dilation >= s->runs)
                continue;
            THENAR_UNROLL
            for (int32_t i = 0; i < 2 * s->tile_rows; i++) {
                const int8_t *wi = w + (i / 2 * taps + g * s->runs + offset / dilation) * THENAR_LANES * 4;
                thenar_sums *sum = sums + (i / 2 * columns + p) * 2 + i % 2;
                *sum = thenar_dot(*sum, four[i % 2], vld1q_s8(wi + i % 2 * 16));
            }
        }
    }
}

/* The channels [c, c + count) of one tile, of at most 8. */
THENAR_INLINE void thenar_dstore_neon(const thenar_nhwc_qconv *s, int32_t row, int32_t column, int32_t c, int32_t count,
                                      const uint8_t *x, const int8_t *w, const int32_t *bias, const float *factor,
                                      const uint8_t *r, uint8_t *y)
{
    const int32_t block = s->tile_rows * s->steps * s->runs * THENAR_LANES * 4;
    const int8_t *wc = w + c / THENAR_LANES * block + c % THENAR_LANES * 4;
    thenar_sums sums[2 * THENAR_DEPTHWISE_PIXELS];
    thenar_dtile_neon(s, x + thenar_window(s, row, column) + c, wc, thenar_bias(s, bias) + c, sums);
    THENAR_UNROLL
    for (int32_t p = 0; p < s->tile_rows * s->tile_columns; p++) {
        const int32_t pr = row + p / s->tile_columns, pc = column + p % s->tile_columns;
        const uint8_t *added = thenar_added(s, r, pr, pc, c);
        thenar_store_neon(s, count, sums + 2 * p, factor + c, added, y + thenar_result(s, pr, pc) + c);
    }
}

THENAR_INLINE void thenar_nhwc_qdepthwise_neon(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w,
                                               const int32_t *bias, const float *factor, const uint8_t *r, uint8_t *y)
{
    const int32_t rest = s->out_channels % 8, whole = s->out_channels - rest;
    for (int32_t top = 0; top < s->rows; top += s->tile_rows)
        for (int32_t left = 0; left < s->columns; left += s->tile_columns) {
            const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
            const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
            THENAR_ROLLED
            for (int32_t c = 0; c < whole; c += 8)
                thenar_dstore_neon(s, row, column, c, 8, x, w, bias, factor, r, y);
            if (rest)
                thenar_dstore_neon(s, row, column, whole, rest, x, w, bias, factor, r, y);
        }
}

/* Makes thenar_NAME(x, w, bias, factor, r, y) for the layer that the other arguments initialize; r may be null. */
#define THENAR_NHWC_QDEPTHWISE(NAME, ...)                                                                  \
    static const thenar_nhwc_qconv NAME = {__VA_ARGS__};                                                   \
    static void thenar_##NAME(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *factor, \
                              const uint8_t *r, uint8_t *y)                                                \
    {                                                                                                      \
        thenar_nhwc_qdepthwise_neon(&NAME, x, w, bias, factor, r, y);                                      \
        if (NAME.border >= 0)                                                                              \
            thenar_border_uint8_t(NAME.y, (uint8_t)NAME.border, y);                                        \
    }

#endif
