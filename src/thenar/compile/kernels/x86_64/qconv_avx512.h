/* Quantized convolution with AVX512-VNNI: a tile of tile_rows x tile_columns pixels by vectors * 16 channels in
 * registers.
 *
 * The two instructions of the inner loop are written as assembly of one line each: gcc copies accumulators around the
 * intrinsics and, worse, keeps broadcasts of overlapping pixels in memory from one step to the next.
 */
#ifndef THENAR_X86_64_QCONV_AVX512_H
#define THENAR_X86_64_QCONV_AVX512_H

#include "../nhwc/qconv.h"
#include "level.h"

#define THENAR_TILE_512 28

THENAR_INLINE THENAR_TARGET_AVX512 __m512i thenar_broadcast_512(const uint8_t *x)
{
    __m512i four;
    __asm__("vpbroadcastd %1, %0" : "=v"(four) : "m"(*(const thenar_four_bytes *)x));
    return four;
}

THENAR_INLINE THENAR_TARGET_AVX512 __m512i thenar_dot_512(__m512i sum, __m512i x, __m512i w)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w));
    return sum;
}

/* acc[pixel * vectors + v]: bias plus the sums of one tile. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_qtile_512(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w,
                                                         const int32_t *bias, int32_t first, int32_t last, __m512i *acc)
{
    const int32_t vectors = s->vectors, columns = s->tile_columns, pixels = s->tile_rows * columns;
    const int32_t row = thenar_row(s->x);
    THENAR_UNROLL
    for (int32_t p = 0; p < pixels; p++)
        THENAR_UNROLL
    for (int32_t v = 0; v < vectors; v++)
        acc[p * vectors + v] = _mm512_loadu_si512(bias + v * THENAR_LANES);
    x += first * s->dilation * row;
    w += first * thenar_row_weights(s);
    for (int32_t kr = first; kr < last; kr++, x += s->dilation * row)
        for (int32_t run = 0; run < s->runs; run++) {
            const uint8_t *xi = x + run * s->run_stride;
            THENAR_ROLLED
            for (int32_t k = 0; k < s->steps; k++, xi += 4, w += vectors * THENAR_LANES * 4) {
                __m512i weights[4];
                THENAR_UNROLL
                for (int32_t v = 0; v < vectors; v++)
                    weights[v] = _mm512_loadu_si512(w + v * THENAR_LANES * 4);
                THENAR_UNROLL
                for (int32_t p = 0; p < pixels; p++) {
                    const __m512i four = thenar_broadcast_512(xi + p / columns * s->stride[0] * row +
                                                              p % columns * s->stride[1] * s->x.channels);
                    THENAR_UNROLL
                    for (int32_t v = 0; v < vectors; v++)
                        acc[p * vectors + v] = thenar_dot_512(acc[p * vectors + v], four, weights[v]);
                }
            }
        }
}

/* The results of 16 channels with their zero point: rescaled, and added to r where the layer adds. */
THENAR_INLINE THENAR_TARGET_AVX512 __m512i thenar_scaled_512(const thenar_nhwc_qconv *s, __m512i sum, __m512 factor,
                                                             const uint8_t *r, __mmask16 mask)
{
    const __m512 rounder = _mm512_set1_ps(THENAR_ROUNDER);
    const __m512 nothing = _mm512_set1_ps(-0.0f); /* added to a product, it leaves it as it is */
    const int floats = s->add == THENAR_ADD_FLOATS;
    __m512 rounded = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), factor, floats ? nothing : rounder);
    if (s->add) {
        const __m512i bytes =
            _mm512_cvtepu8_epi32(mask == 0xffff ? _mm_loadu_si128((const __m128i *)r) : _mm_maskz_loadu_epi8(mask, r));
        const __m512 other = _mm512_cvtepi32_ps(_mm512_sub_epi32(bytes, _mm512_set1_epi32(s->r_zero)));
        if (floats) {
            const __m512 both = _mm512_add_ps(rounded, _mm512_fmadd_ps(other, _mm512_set1_ps(s->r_scale), nothing));
            rounded = _mm512_mul_ps(both, _mm512_set1_ps(s->inverse_low));
            rounded = _mm512_fmadd_ps(both, _mm512_set1_ps(s->inverse_high), rounded);
            rounded = _mm512_add_ps(rounded, rounder);
        } else {
            __m512 conv = _mm512_sub_ps(rounded, rounder);
            conv = _mm512_max_ps(conv, _mm512_set1_ps((float)(s->low - s->zero)));
            conv = _mm512_min_ps(conv, _mm512_set1_ps((float)(s->high - s->zero)));
            const __m512 both =
                _mm512_fmadd_ps(conv, _mm512_set1_ps((float)s->a), _mm512_mul_ps(other, _mm512_set1_ps((float)s->b)));
            rounded = _mm512_fmadd_ps(both, _mm512_set1_ps(1.0f / (float)(INT64_C(1) << s->shift)), rounder);
        }
    }
    const int32_t zero = s->add ? s->sum_zero : s->zero;
    return _mm512_sub_epi32(_mm512_castps_si512(rounded), _mm512_set1_epi32(THENAR_ROUNDER_BITS - zero));
}

/* Four vectors of results, within their limits, as bytes: 16 from each. */
THENAR_INLINE THENAR_TARGET_AVX512 __m512i thenar_bytes_512(const thenar_nhwc_qconv *s, const __m512i *q)
{
    const __m512i in_order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const int32_t low = s->add ? s->sum_low : s->low, high = s->add ? s->sum_high : s->high;
    __m512i bytes = _mm512_packus_epi16(_mm512_packs_epi32(q[0], q[1]), _mm512_packs_epi32(q[2], q[3]));
    if (low > 0)
        bytes = _mm512_max_epu8(bytes, _mm512_set1_epi8((char)low));
    if (high < 255)
        bytes = _mm512_min_epu8(bytes, _mm512_set1_epi8((char)high));
    return _mm512_permutexvar_epi32(in_order, bytes);
}

/* How many of four vectors of results lie together in y: pixel after pixel, `vectors` vectors of each. */
THENAR_INLINE int32_t thenar_together(const thenar_nhwc_qconv *s, int32_t rows, int32_t columns, int32_t vectors)
{
    const int whole = vectors * THENAR_LANES == s->out_channels && s->y_step[1] == 1;
    return vectors % 4 == 0 || (whole && (rows == 1 || columns * vectors % 4 == 0)) ? 4 : vectors % 2 == 0 ? 2 : 1;
}

/* The sums of rows x columns pixels by vectors * 16 channels. */
typedef struct {
    int32_t rows, columns, vectors;
    const __m512i *sums;
    int32_t pixel, vector; /* from the sums of one to those of the next */
} thenar_tile_512;

/* Stores a tile's results from channel c on; all its channels exist, or it has one vector, which may have fewer. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_store_512(const thenar_nhwc_qconv *s, thenar_tile_512 tile, int32_t row,
                                                         int32_t column, int32_t c, const float *factor,
                                                         const uint8_t *r, uint8_t *y)
{
    const int32_t count = tile.rows * tile.columns * tile.vectors, left = s->out_channels - c;
    const int32_t together = thenar_together(s, tile.rows, tile.columns, tile.vectors);
    const __mmask16 mask =
        (__mmask16)(s->out_channels % THENAR_LANES && left < THENAR_LANES ? (1 << THENAR_MAX(left, 0)) - 1 : 0xffff);
    THENAR_UNROLL
    for (int32_t first = 0; first < count; first += 4) {
        __m512i q[4];
        uint8_t *to[4];
        THENAR_UNROLL
        for (int32_t i = 0; i < 4; i++) {
            const int32_t at = THENAR_MIN(first + i, count - 1), p = at / tile.vectors, v = at % tile.vectors;
            const int32_t pr = row + p / tile.columns, pc = column + p % tile.columns, pv = c + v * THENAR_LANES;
            const uint8_t *added = thenar_added(s, r, pr, pc, pv);
            q[i] = thenar_scaled_512(s, tile.sums[p * tile.pixel + v * tile.vector], _mm512_loadu_ps(factor + pv),
                                     added, mask);
            to[i] = y + thenar_result(s, pr, pc) + pv;
        }
        const __m512i bytes = thenar_bytes_512(s, q);
        const __m128i each[4] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1),
                                 _mm512_extracti32x4_epi32(bytes, 2), _mm512_extracti32x4_epi32(bytes, 3)};
        if (together == 4 && first + 4 <= count) {
            _mm512_storeu_si512(to[0], bytes);
        } else if (together >= 2 && first + 4 <= count) {
            _mm256_storeu_si256((__m256i *)to[0], _mm512_castsi512_si256(bytes));
            _mm256_storeu_si256((__m256i *)to[2], _mm512_extracti64x4_epi64(bytes, 1));
        } else {
            THENAR_UNROLL
            for (int32_t i = 0; i < THENAR_MIN(4, count - first); i++)
                if (mask == 0xffff)
                    _mm_storeu_si128((__m128i *)to[i], each[i]);
                else
                    _mm_mask_storeu_epi8(to[i], mask, each[i]);
        }
    }
}

/* As thenar_store_512, for tiles some of whose channels may not exist. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_store_some_512(const thenar_nhwc_qconv *s, thenar_tile_512 tile,
                                                              int32_t row, int32_t column, int32_t c,
                                                              const float *factor, const uint8_t *r, uint8_t *y)
{
    const int32_t vectors = s->out_channels % (tile.vectors * THENAR_LANES) ? tile.vectors : 1;
    if (vectors > 1)
        tile.vectors = 1;
    THENAR_UNROLL
    for (int32_t v = 0; v < vectors; v++, tile.sums += tile.vector)
        if (c + v * THENAR_LANES < s->out_channels)
            thenar_store_512(s, tile, row, column, c + v * THENAR_LANES, factor, r, y);
}

/* Blocks of channels outermost, so that their weights stay in the cache; the last tile of a row or column overlaps the
   one before it rather than being smaller. */
#define THENAR_EACH_TILE_512(s)                                                                            \
    const int32_t width = (s)->vectors * THENAR_LANES;                                                     \
    for (int32_t channel = 0; channel < (s)->out_channels; channel += width, w += thenar_block_weights(s)) \
        for (int32_t top = 0; top < (s)->rows; top += (s)->tile_rows)                                      \
            for (int32_t left = 0; left < (s)->columns; left += (s)->tile_columns)

THENAR_INLINE THENAR_TARGET_AVX512 void thenar_nhwc_qconv_avx512(const thenar_nhwc_qconv *s, const uint8_t *x,
                                                                 const int8_t *w, const int32_t *bias,
                                                                 const float *factor, const uint8_t *r, uint8_t *y)
{
    THENAR_EACH_TILE_512(s)
    {
        const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
        const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
        __m512i acc[THENAR_TILE_512];
        thenar_qtile_512(s, x + thenar_window(s, row, column), w, bias + channel,
                         thenar_first_row(s, row, s->tile_rows), thenar_last_row(s, row), acc);
        const thenar_tile_512 tile = {s->tile_rows, s->tile_columns, s->vectors, acc, s->vectors, 1};
        thenar_store_some_512(s, tile, row, column, channel, factor, r, y);
    }
}

#endif
