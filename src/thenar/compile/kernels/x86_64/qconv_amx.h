/* Quantized convolution with AMX: a block of up to 2 x 2 tiles, each `pixels` neighbours in a row by 16 channels.
 *
 * Channels last, with a border, the left operand needs no copy: its row is `bytes` of a run of the window (qconv.h),
 * and from one pixel to the next lies the stride of the convolution. The packed weights are the right operand as they
 * are.
 */
#ifndef THENAR_X86_64_QCONV_AMX_H
#define THENAR_X86_64_QCONV_AMX_H

#include "amx.h"
#include "qconv.h"

#if THENAR_HAS_AMX

/* The sums of one block of down x wide tiles: of the pixels from x[0] and x[1] on, for the channels of w[0] and w[1].
   sums[2 p + v] is for pixels p and channels v. */
THENAR_INLINE THENAR_TARGET_AMX void thenar_block_amx(const thenar_nhwc_qconv *s, int32_t down, int32_t wide,
                                                      const uint8_t *const *x, const int8_t *const *w,
                                                      const int32_t *bias, int32_t first, int32_t last,
                                                      int32_t (*sums)[256])
{
    const int32_t pixel = s->stride[1] * s->x.channels, line = s->vectors * THENAR_LANES * 4, bytes = s->amx.bytes;
    const int32_t row = s->dilation * thenar_row(s->x);
    const int64_t below = down > 1 ? x[1] - x[0] : 0, beside = wide > 1 ? w[1] - w[0] : 0;
    const uint8_t *xr = x[0] + first * row;
    const int8_t *wi = w[0] + first * thenar_row_weights(s);
    THENAR_TILE_LOAD(0, bias, 0);
    if (down > 1)
        THENAR_TILE_LOAD(2, bias, 0);
    if (wide > 1)
        THENAR_TILE_LOAD(1, bias + THENAR_LANES, 0);
    if (down * wide > 2)
        THENAR_TILE_LOAD(3, bias + THENAR_LANES, 0);
    for (int32_t kr = first; kr < last; kr++, xr += row)
        for (int32_t run = 0; run < s->runs; run++) {
            const uint8_t *xi = xr + run * s->run_stride;
            THENAR_ROLLED
            for (int32_t k = 0; k < s->steps * 4; k += bytes, xi += bytes, wi += bytes / 4 * line) {
                THENAR_TILE_LOAD(6, wi, line);
                THENAR_TILE_LOAD(4, xi, pixel);
                THENAR_TILE_DOT(0, 4, 6);
                if (down > 1) {
                    THENAR_TILE_LOAD(5, xi + below, pixel);
                    THENAR_TILE_DOT(2, 5, 6);
                }
                if (wide > 1) {
                    THENAR_TILE_LOAD(7, wi + beside, line);
                    THENAR_TILE_DOT(1, 4, 7);
                }
                if (down * wide > 2)
                    THENAR_TILE_DOT(3, 5, 7);
            }
        }
    THENAR_TILE_STORE(0, sums[0], 64);
    if (wide > 1)
        THENAR_TILE_STORE(1, sums[1], 64);
    if (down > 1)
        THENAR_TILE_STORE(2, sums[2], 64);
    if (down * wide > 2)
        THENAR_TILE_STORE(3, sums[3], 64);
}

/* Stores the results of a tile of pixels by `wide` tiles of channels, four vectors at a time; pixels left over at the
   end go with some of those before them. */
THENAR_INLINE THENAR_TARGET_AMX void thenar_store_amx(const thenar_nhwc_qconv *s, int32_t wide, const __m512i *sums,
                                                      int32_t row, int32_t column, int32_t c, const float *factor,
                                                      const uint8_t *r, uint8_t *y)
{
    const int32_t pixels = s->amx.pixels, count = THENAR_MIN(4 / wide, pixels);
    THENAR_ROLLED
    for (int32_t pixel = 0; pixel < pixels; pixel += count) {
        const int32_t first = THENAR_MIN(pixel, pixels - count);
        const thenar_tile_512 results = {1, count, wide, sums + first, 1, 256 / THENAR_LANES};
        thenar_store_some_512(s, results, row, column + first, c, factor, r, y);
    }
}

/* `wide` tiles of channels, from number `vector` on, for `down` tiles of pixels from `tile` on, at most as many as the
   layer's blocks have. Only the sums are made by code of their own for a block with fewer: one copy of the rest is less
   to load, and none slower. */
THENAR_INLINE THENAR_TARGET_AMX void thenar_blocks_amx(const thenar_nhwc_qconv *s, int32_t down, int32_t wide,
                                                       int32_t vector, int32_t tile, const uint8_t *x, const int8_t *w,
                                                       const int32_t *bias, const float *factor, const uint8_t *r,
                                                       uint8_t *y)
{
    const int32_t pixels = s->amx.pixels, across = (s->columns + pixels - 1) / pixels;
    int32_t THENAR_ALIGNED sums[4][256];
    const uint8_t *xp[2];
    const int8_t *wv[2];
    int32_t row[2], column[2];
    THENAR_UNROLL
    for (int32_t v = 0; v < wide; v++)
        wv[v] = w + (vector + v) / s->vectors * thenar_block_weights(s) + (vector + v) % s->vectors * THENAR_LANES * 4;
    THENAR_UNROLL
    for (int32_t p = 0; p < s->amx.down; p++) {
        row[p] = (tile + p) / across;
        column[p] = THENAR_MIN((tile + p) % across * pixels, s->columns - pixels);
        xp[p] = x + thenar_window(s, row[p], column[p]);
    }
    bias += vector * THENAR_LANES;
    const int32_t first = thenar_first_row(s, row[0], row[down - 1] - row[0] + 1), last = thenar_last_row(s, row[0]);
    if (down == s->amx.down)
        thenar_block_amx(s, s->amx.down, wide, xp, wv, bias, first, last, sums);
    else
        thenar_block_amx(s, 1, wide, xp, wv, bias, first, last, sums);
    THENAR_ROLLED
    for (int32_t p = 0; p < down; p++)
        thenar_store_amx(s, wide, (const __m512i *)sums[2 * p], row[p], column[p], vector * THENAR_LANES, factor, r, y);
}

/* Blocks of channels outermost, so that their weights stay in the cache. The last tile of a row overlaps the one before
   rather than being smaller; an odd tile at the end is a block of its own. */
THENAR_INLINE THENAR_TARGET_AMX void thenar_nhwc_qconv_amx(const thenar_nhwc_qconv *s, const uint8_t *x,
                                                           const int8_t *w, const int32_t *bias, const float *factor,
                                                           const uint8_t *r, uint8_t *y)
{
    const int32_t down = s->amx.down, wide = s->amx.wide;
    const int32_t tiles = s->rows * ((s->columns + s->amx.pixels - 1) / s->amx.pixels);
    const int32_t vectors = (s->out_channels + THENAR_LANES - 1) / THENAR_LANES;
    thenar_tiles_open(s->amx.pixels, s->amx.bytes);
    for (int32_t vector = 0; vector + wide <= vectors; vector += wide)
        for (int32_t tile = 0; tile < tiles; tile += down)
            thenar_blocks_amx(s, THENAR_MIN(down, tiles - tile), wide, vector, tile, x, w, bias, factor, r, y);
    if (vectors % wide)
        for (int32_t tile = 0; tile < tiles; tile += down)
            thenar_blocks_amx(s, THENAR_MIN(down, tiles - tile), 1, vectors - 1, tile, x, w, bias, factor, r, y);
    thenar_tiles_close();
}

#    define THENAR_QCONV_AMX(NAME, LAYER)                                                                \
        THENAR_TARGET_AMX static void NAME##_amx(const uint8_t *x, const int8_t *w, const int32_t *bias, \
                                                 const float *factor, const uint8_t *r, uint8_t *y)      \
        {                                                                                                \
            thenar_nhwc_qconv_amx(&LAYER, x, w, bias, factor, r, y);                                     \
            if (LAYER.border >= 0)                                                                       \
                thenar_border_uint8_t(LAYER.y, (uint8_t)LAYER.border, y);                                \
        }
#else
#    define THENAR_QCONV_AMX(NAME, LAYER)                                                                          \
        THENAR_INLINE void NAME##_amx(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *factor, \
                                      const uint8_t *r, uint8_t *y)                                                \
        {                                                                                                          \
            thenar_##LAYER(x, w, bias, factor, r, y);                                                              \
        }
#endif

/* Makes thenar_NAME(x, w, bias, factor, r, allowed, y), which uses AMX where *allowed isn't 0 (amx.h). */
#define THENAR_NHWC_QCONV_AMX(NAME, ...)                                                                   \
    THENAR_NHWC_QCONV(NAME##_vectors, __VA_ARGS__)                                                         \
    THENAR_QCONV_AMX(NAME, NAME##_vectors)                                                                 \
    static void thenar_##NAME(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *factor, \
                              const uint8_t *r, const int32_t *allowed, uint8_t *y)                        \
    {                                                                                                      \
        if (*allowed)                                                                                      \
            NAME##_amx(x, w, bias, factor, r, y);                                                          \
        else                                                                                               \
            thenar_##NAME##_vectors(x, w, bias, factor, r, y);                                             \
    }

#endif
