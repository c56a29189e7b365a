/* Quantized convolution in 256-bit registers, 16 channels at a time: with AVX-VNNI, and without any dot product.
 *
 * AVX2's own product of bytes (vpmaddubsw) saturates at 16 bits and would change results, so bytes are widened to 16
 * bits and multiplied by vpmaddwd, whose sums of two products can't overflow.
 */
#ifndef THENAR_X86_64_QCONV_AVX2_H
#define THENAR_X86_64_QCONV_AVX2_H

#include "../nhwc/qconv.h"
#include "level.h"

enum { THENAR_COLUMNS_VNNI = 6, THENAR_COLUMNS_AVX2 = 3 }; /* pixels whose sums fit into 16 registers */

typedef struct {
    __m256i low, high; /* channels 0 to 7, and 8 to 15 */
} thenar_sums_256;

/* The window's sums for `columns` pixels by 16 channels; w is where these channels start in their block. */
THENAR_INLINE THENAR_TARGET_AVX2 void thenar_qtile_vnni(const thenar_nhwc_qconv *s, int32_t columns, const uint8_t *x,
                                                        const int8_t *w, const int32_t *bias, int32_t first,
                                                        int32_t last, thenar_sums_256 *sums)
{
    const int32_t row = thenar_row(s->x), width = s->vectors * THENAR_LANES, pixel = s->stride[1] * s->x.channels;
    __m256i acc[2 * THENAR_COLUMNS_VNNI];
    THENAR_UNROLL
    for (int32_t p = 0; p < columns; p++) {
        acc[2 * p] = _mm256_loadu_si256((const __m256i *)bias);
        acc[2 * p + 1] = _mm256_loadu_si256((const __m256i *)(bias + 8));
    }
    x += first * s->dilation * row;
    w += first * thenar_row_weights(s);
    for (int32_t kr = first; kr < last; kr++, x += s->dilation * row)
        for (int32_t run = 0; run < s->runs; run++) {
            const uint8_t *xi = x + run * s->run_stride;
            THENAR_ROLLED
            for (int32_t k = 0; k < s->steps; k++, xi += 4, w += width * 4) {
                const __m256i low = _mm256_loadu_si256((const __m256i *)w);
                const __m256i high = _mm256_loadu_si256((const __m256i *)(w + 32));
                THENAR_UNROLL
                for (int32_t p = 0; p < columns; p++) {
                    __m256i four;
                    __asm__("vpbroadcastd %1, %0" : "=x"(four) : "m"(*(const thenar_four_bytes *)(xi + p * pixel)));
                    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(acc[2 * p]) : "x"(four), "x"(low));
                    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(acc[2 * p + 1]) : "x"(four), "x"(high));
                }
            }
        }
    THENAR_UNROLL
    for (int32_t p = 0; p < columns; p++) {
        sums[p].low = acc[2 * p];
        sums[p].high = acc[2 * p + 1];
    }
}

/* Two neighbouring sums for each channel, four channels to a register, become one sum for each of eight channels. */
THENAR_INLINE THENAR_TARGET_AVX2 __m256i thenar_pairs_256(__m256i a, __m256i b)
{
    return _mm256_permute4x64_epi64(_mm256_hadd_epi32(a, b), 0xd8);
}

THENAR_INLINE THENAR_TARGET_AVX2 void thenar_qtile_avx2(const thenar_nhwc_qconv *s, int32_t columns, const uint8_t *x,
                                                        const int8_t *w, const int32_t *bias, int32_t first,
                                                        int32_t last, thenar_sums_256 *sums)
{
    const int32_t row = thenar_row(s->x), width = s->vectors * THENAR_LANES, pixel = s->stride[1] * s->x.channels;
    __m256i acc[4 * THENAR_COLUMNS_AVX2];
    THENAR_UNROLL
    for (int32_t i = 0; i < 4 * columns; i++)
        acc[i] = _mm256_setzero_si256();
    x += first * s->dilation * row;
    w += first * thenar_row_weights(s);
    for (int32_t kr = first; kr < last; kr++, x += s->dilation * row)
        for (int32_t run = 0; run < s->runs; run++) {
            const uint8_t *xi = x + run * s->run_stride;
            THENAR_ROLLED
            for (int32_t k = 0; k < s->steps; k++, xi += 4, w += width * 4) {
                __m256i four[THENAR_COLUMNS_AVX2];
                THENAR_UNROLL
                for (int32_t p = 0; p < columns; p++)
                    four[p] = _mm256_cvtepu8_epi16(_mm_set1_epi32(*(const thenar_four_bytes *)(xi + p * pixel)));
                THENAR_UNROLL
                for (int32_t q = 0; q < 4; q++) {
                    const __m256i weights = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16 * q)));
                    THENAR_UNROLL
                    for (int32_t p = 0; p < columns; p++)
                        acc[4 * p + q] = _mm256_add_epi32(acc[4 * p + q], _mm256_madd_epi16(four[p], weights));
                }
            }
        }
    THENAR_UNROLL
    for (int32_t p = 0; p < columns; p++) {
        const __m256i low = thenar_pairs_256(acc[4 * p], acc[4 * p + 1]);
        const __m256i high = thenar_pairs_256(acc[4 * p + 2], acc[4 * p + 3]);
        sums[p].low = _mm256_add_epi32(low, _mm256_loadu_si256((const __m256i *)bias));
        sums[p].high = _mm256_add_epi32(high, _mm256_loadu_si256((const __m256i *)(bias + 8)));
    }
}

/* Eight results as 32-bit integers within their limits. */
THENAR_INLINE THENAR_TARGET_AVX2 __m256i thenar_finish_256(const thenar_nhwc_qconv *s, __m256i sum, const float *factor,
                                                           const uint8_t *r)
{
    const __m256 rounder = _mm256_set1_ps(THENAR_ROUNDER);
    const __m256 nothing = _mm256_set1_ps(-0.0f); /* added to a product, it leaves it as it is */
    const int floats = s->add == THENAR_ADD_FLOATS;
    __m256 rounded = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(factor), floats ? nothing : rounder);
    int32_t zero = s->zero, low = s->low, high = s->high;
    if (s->add) {
        const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)r));
        const __m256 other = _mm256_cvtepi32_ps(_mm256_sub_epi32(bytes, _mm256_set1_epi32(s->r_zero)));
        if (floats) {
            const __m256 both = _mm256_add_ps(rounded, _mm256_fmadd_ps(other, _mm256_set1_ps(s->r_scale), nothing));
            rounded = _mm256_mul_ps(both, _mm256_set1_ps(s->inverse_low));
            rounded = _mm256_fmadd_ps(both, _mm256_set1_ps(s->inverse_high), rounded);
            rounded = _mm256_add_ps(rounded, rounder);
        } else {
            __m256 conv = _mm256_sub_ps(rounded, rounder);
            conv = _mm256_max_ps(conv, _mm256_set1_ps((float)(s->low - s->zero)));
            conv = _mm256_min_ps(conv, _mm256_set1_ps((float)(s->high - s->zero)));
            const __m256 both =
                _mm256_fmadd_ps(conv, _mm256_set1_ps((float)s->a), _mm256_mul_ps(other, _mm256_set1_ps((float)s->b)));
            rounded = _mm256_fmadd_ps(both, _mm256_set1_ps(1.0f / (float)(INT64_C(1) << s->shift)), rounder);
        }
        zero = s->sum_zero, low = s->sum_low, high = s->sum_high;
    }
    __m256i q = _mm256_add_epi32(_mm256_castps_si256(rounded), _mm256_set1_epi32(zero - THENAR_ROUNDER_BITS));
    q = _mm256_max_epi32(q, _mm256_set1_epi32(low));
    return _mm256_min_epi32(q, _mm256_set1_epi32(high));
}

THENAR_INLINE THENAR_TARGET_AVX2 __m128i thenar_bytes_256(__m256i low, __m256i high)
{
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
    return _mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packus_epi16(words, words), 0x08));
}

/* One pixel's results for up to 16 channels from c on. */
THENAR_INLINE THENAR_TARGET_AVX2 void thenar_store_256(const thenar_nhwc_qconv *s, thenar_sums_256 sums, int32_t c,
                                                       const float *factor, const uint8_t *r, uint8_t *y)
{
    const int32_t left = s->out_channels - c;
    uint8_t bytes[THENAR_LANES] = {0};
    if (s->add && left < THENAR_LANES) {
        memcpy(bytes, r, (size_t)left);
        r = bytes;
    }
    const __m256i low = thenar_finish_256(s, sums.low, factor + c, r);
    const __m256i high = thenar_finish_256(s, sums.high, factor + c + 8, s->add ? r + 8 : r);
    const __m128i q = thenar_bytes_256(low, high);
    if (left < THENAR_LANES) {
        _mm_storeu_si128((__m128i *)bytes, q);
        memcpy(y, bytes, (size_t)left);
    } else {
        _mm_storeu_si128((__m128i *)y, q);
    }
}

/* Channels outermost; the last tile of a row overlaps the one before it rather than being smaller. */
#define THENAR_EACH_TILE_256(s, columns)                          \
    const int32_t width = (s)->vectors * THENAR_LANES;            \
    for (int32_t c = 0; c < (s)->out_channels; c += THENAR_LANES) \
        for (int32_t row = 0; row < (s)->rows; row++)             \
            for (int32_t left = 0; left < (s)->columns; left += (columns))

/* The sums of one tile, by either kind of instruction. */
THENAR_INLINE THENAR_TARGET_AVX2 void thenar_qtile_256(const thenar_nhwc_qconv *s, int vnni, int32_t columns,
                                                       int32_t row, int32_t column, const uint8_t *x, const int8_t *w,
                                                       const int32_t *bias, thenar_sums_256 *sums)
{
    const int32_t first = thenar_first_row(s, row, 1), last = thenar_last_row(s, row);
    x += thenar_window(s, row, column);
    if (vnni)
        thenar_qtile_vnni(s, columns, x, w, bias, first, last, sums);
    else
        thenar_qtile_avx2(s, columns, x, w, bias, first, last, sums);
}

THENAR_INLINE THENAR_TARGET_AVX2 void thenar_nhwc_qconv_256(const thenar_nhwc_qconv *s, int vnni, int32_t columns,
                                                            const uint8_t *x, const int8_t *w, const int32_t *bias,
                                                            const float *factor, const uint8_t *r, uint8_t *y)
{
    THENAR_EACH_TILE_256(s, columns)
    {
        const int32_t column = THENAR_MIN(left, s->columns - columns);
        const int8_t *wc = w + c / width * thenar_block_weights(s) + c % width * 4;
        thenar_sums_256 sums[THENAR_COLUMNS_VNNI];
        thenar_qtile_256(s, vnni, columns, row, column, x, wc, bias + c, sums);
        const int32_t apart = vnni ? columns : 1; /* pixels whose results have code of their own */
        THENAR_ROLLED
        for (int32_t some = 0; some < columns; some += apart)
            THENAR_UNROLL
        for (int32_t p = some; p < some + apart; p++) {
            const uint8_t *added = thenar_added(s, r, row, column + p, c);
            thenar_store_256(s, sums[p], c, factor, added, y + thenar_result(s, row, column + p) + c);
        }
    }
}

THENAR_INLINE THENAR_TARGET_AVX2 void thenar_nhwc_dequantize_256(const thenar_nhwc_qconv *s, int vnni, int32_t columns,
                                                                 const uint8_t *x, const int8_t *w, const int32_t *bias,
                                                                 const float *factor, float *y)
{
    const int32_t size = s->rows * s->columns;
    THENAR_EACH_TILE_256(s, columns)
    {
        const int32_t column = THENAR_MIN(left, s->columns - columns);
        const int8_t *wc = w + c / width * thenar_block_weights(s) + c % width * 4;
        thenar_sums_256 sums[THENAR_COLUMNS_VNNI];
        float values[THENAR_COLUMNS_VNNI][THENAR_LANES];
        thenar_qtile_256(s, vnni, columns, row, column, x, wc, bias + c, sums);
        THENAR_ROLLED
        for (int32_t p = 0; p < columns; p++) {
            const __m256 low = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[p].low), _mm256_loadu_ps(factor + c));
            const __m256 high = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[p].high), _mm256_loadu_ps(factor + c + 8));
            _mm256_storeu_ps(values[p], low);
            _mm256_storeu_ps(values[p] + 8, high);
        }
        THENAR_ROLLED
        for (int32_t q = 0; q < THENAR_MIN(THENAR_LANES, s->out_channels - c); q++)
            THENAR_ROLLED
        for (int32_t p = 0; p < columns; p++)
            y[(c + q) * size + row * s->columns + column + p] = values[p][q];
    }
}

/* Without a dot product the multiplications alone take so long that numbers known beforehand would save little: one
   function for all layers. */
THENAR_TARGET_AVX2 __attribute__((unused, noinline)) static void
thenar_nhwc_qconv_avx2(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w, const int32_t *bias,
                       const float *factor, const uint8_t *r, uint8_t *y)
{
    if (s->columns < THENAR_COLUMNS_AVX2)
        thenar_nhwc_qconv_256(s, 0, 1, x, w, bias, factor, r, y);
    else
        thenar_nhwc_qconv_256(s, 0, THENAR_COLUMNS_AVX2, x, w, bias, factor, r, y);
}

__attribute__((unused, noinline)) THENAR_TARGET_AVX2 static void
thenar_nhwc_dequantize_avx2(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w, const int32_t *bias,
                            const float *factor, float *y)
{
    if (s->columns < THENAR_COLUMNS_AVX2)
        thenar_nhwc_dequantize_256(s, 0, 1, x, w, bias, factor, y);
    else
        thenar_nhwc_dequantize_256(s, 0, THENAR_COLUMNS_AVX2, x, w, bias, factor, y);
}

#endif
