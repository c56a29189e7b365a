/* Quantized convolution on 64-bit ARM, tile by tile. */
#ifndef THENAR_AARCH64_QCONV_NEON_H
#define THENAR_AARCH64_QCONV_NEON_H

#include "qtile.h"

enum { THENAR_TILE_SUMS = 32 }; /* tile_rows * tile_columns * quads at most */

/* The tiles of a result; the last one of a row or column overlaps the one before it rather than being smaller. */
#define THENAR_EACH_TILE(s)                                       \
    for (int32_t top = 0; top < (s)->rows; top += (s)->tile_rows) \
        for (int32_t left = 0; left < (s)->columns; left += (s)->tile_columns)

/* The channels [c, c + count) of every pixel. */
THENAR_INLINE void thenar_qblock_neon(const thenar_nhwc_qconv *s, int32_t c, int32_t count, const uint8_t *x,
                                      const int8_t *w, const int32_t *bias, const float *factor, const uint8_t *r,
                                      uint8_t *y)
{
    const int32_t quads = (count + 3) / 4, pixels = s->tile_rows * s->tile_columns;
    const int32_t most = THENAR_MIN(THENAR_MOST_SUMS / quads, pixels);
    THENAR_EACH_TILE(s)
    {
        const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
        const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
        THENAR_UNROLL
        for (int32_t p0 = 0; p0 < pixels; p0 += most) {
            thenar_sums sums[THENAR_MOST_SUMS];
            thenar_qtile_neon(s, p0, THENAR_MIN(most, pixels - p0), quads, row, column, x, w, bias + c, sums);
            THENAR_UNROLL
            for (int32_t p = 0; p < THENAR_MIN(most, pixels - p0); p++) {
                const int32_t pr = row + (p0 + p) / s->tile_columns, pc = column + (p0 + p) % s->tile_columns;
                const uint8_t *added = thenar_added(s, r, pr, pc, c);
                thenar_store_neon(s, count, sums + p * quads, factor + c, added, y + thenar_result(s, pr, pc) + c);
            }
        }
    }
}

/* Blocks of 16 channels outermost, so that their weights stay in the cache. */
THENAR_INLINE void thenar_nhwc_qconv_neon(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w,
                                          const int32_t *bias, const float *factor, const uint8_t *r, uint8_t *y)
{
    const int32_t rest = s->out_channels % THENAR_LANES, whole = s->out_channels - rest;
    THENAR_ROLLED
    for (int32_t c = 0; c < whole; c += THENAR_LANES, w += thenar_block_weights(s))
        thenar_qblock_neon(s, c, THENAR_LANES, x, w, thenar_bias(s, bias), factor, r, y);
    if (rest)
        thenar_qblock_neon(s, whole, rest, x, w, thenar_bias(s, bias), factor, r, y);
}

#endif
