/* A tile of a quantized convolution in registers: tile_rows x tile_columns pixels by 4 * quads channels.
 *
 * A register holds 16 bytes of one pixel's window, four steps; another four weights of each of four channels.
 */
#ifndef THENAR_AARCH64_QTILE_H
#define THENAR_AARCH64_QTILE_H

#include "finish.h"

/* Up to four steps of a run for `pixels` of the tile's pixels from p0 on: sums[pixel * quads + q]. */
THENAR_INLINE void thenar_qsteps(const thenar_nhwc_qconv *s, int32_t p0, int32_t pixels, int32_t quads, int32_t count,
                                 const uint8_t *x, const int8_t *w, thenar_sums *sums)
{
    const int32_t columns = s->tile_columns;
    thenar_bytes bytes[THENAR_MOST_SUMS];
    THENAR_UNROLL
    for (int32_t p = 0; p < pixels; p++) {
        const int32_t row = (p0 + p) / columns * s->stride[0], column = (p0 + p) % columns * s->stride[1];
        uint8x16_t sixteen;
        THENAR_LOAD_16(sixteen, x + row * thenar_row(s->x) + column * s->x.channels);
        bytes[p] = thenar_from_image(sixteen);
    }
#define THENAR_STEP(I)                                                    \
    if ((I) < count) {                                                    \
        int8x16_t weights[4];                                             \
        THENAR_UNROLL                                                     \
        for (int32_t q = 0; q < quads; q++)                               \
            THENAR_LOAD_16(weights[q], w + (4 * (I) + q) * 16);           \
        THENAR_UNROLL                                                     \
        for (int32_t i = 0; i < pixels * quads; i++)                      \
            THENAR_DOT(sums[i], weights[i % quads], bytes[i / quads], I); \
    }
    THENAR_STEP(0)
    THENAR_STEP(1)
    THENAR_STEP(2)
    THENAR_STEP(3)
#undef THENAR_STEP
}

/* sums[pixel * quads + q]: bias plus the window's sums, for as many pixels from p0 on as there are registers. */
THENAR_INLINE void thenar_qpart(const thenar_nhwc_qconv *s, int32_t p0, int32_t pixels, int32_t quads, const uint8_t *x,
                                const int8_t *w, const int32_t *bias, int32_t first, int32_t last, thenar_sums *to)
{
    const int32_t row = s->dilation * thenar_row(s->x), rest = s->steps % 4;
    thenar_sums sums[THENAR_MOST_SUMS];
    THENAR_UNROLL
    for (int32_t p = 0; p < pixels; p++)
        THENAR_UNROLL
    for (int32_t q = 0; q < quads; q++)
        sums[p * quads + q] = thenar_start(vld1q_s32(bias + 4 * q));
    x += first * row;
    w += first * thenar_row_weights(s);
    for (int32_t kr = first; kr < last; kr++, x += row)
        for (int32_t run = 0; run < s->runs; run++) {
            const uint8_t *xi = x + run * s->run_stride;
            THENAR_ROLLED
            for (int32_t k = 0; k < s->steps / 4; k++, xi += 16, w += 16 * THENAR_LANES)
                thenar_qsteps(s, p0, pixels, quads, 4, xi, w, sums);
            if (rest) {
                thenar_qsteps(s, p0, pixels, quads, rest, xi, w, sums);
                w += rest * 4 * THENAR_LANES;
            }
        }
    THENAR_UNROLL
    for (int32_t i = 0; i < pixels * quads; i++)
        to[i] = sums[i];
}

/* The same for the tile whose first pixel is (row, column) of the result. */
THENAR_INLINE void thenar_qtile_neon(const thenar_nhwc_qconv *s, int32_t p0, int32_t pixels, int32_t quads, int32_t row,
                                     int32_t column, const uint8_t *x, const int8_t *w, const int32_t *bias,
                                     thenar_sums *sums)
{
    const int32_t skip = s->x_zero == THENAR_NOTHING; /* a border of such bytes adds nothing */
    const int32_t first = skip ? thenar_rows_above(s, row, s->tile_rows) : 0;
    const int32_t last = skip ? thenar_rows_end(s, row) : s->kernel_rows;
    thenar_qpart(s, p0, pixels, quads, x + thenar_window(s, row, column), w, bias, first, last, sums);
}

#endif
