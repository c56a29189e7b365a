/* Convolution of bytes, channels last, sixteen output channels to a register.
 *
 * x holds unsigned bytes with any padding already around them, so that no window leaves it. A window is `lines` runs of
 * 4 * groups neighbouring bytes: with dilation 1 a run is a whole kernel row, since (column, channel) is contiguous.
 * What a run reads beyond its end meets weights of 0. w is [block][line][group][16 channels][4 bytes].
 */
#ifndef THENAR_QCONV_VNNI_H
#define THENAR_QCONV_VNNI_H

#include "vnni.h"

typedef struct {
    int32_t rows, columns, channels;  /* of the output */
    int32_t x_start, x_row, x_column; /* bytes to the first output's window, and between neighbours' windows */
    int32_t kernel_rows, kernel_columns, x_kernel_row, x_kernel_column, groups; /* the runs of a window */
    int32_t y_start, y_row, y_column, y_channel; /* elements between neighbours in y */
    int32_t y_zero, low, high;
    int32_t wide; /* sums may leave the range in which float32 is exact */
} thenar_qconv_vnni;

/* Makes thenar_qconv_sum_PIXELSxBLOCKS: the sums of PIXELS neighbouring outputs in BLOCKS blocks of channels. */
#define THENAR_QCONV_TILE(PIXELS, BLOCKS)                                                            \
    THENAR_KERNEL void thenar_qconv_tile_##PIXELS##x##BLOCKS(const thenar_qconv_vnni *s, const uint8_t *x, \
                                                             const int8_t *w, const int32_t *bias, int32_t *sums) \
    {                                                                                                \
        const int32_t block = s->kernel_rows * s->kernel_columns * s->groups * 64;                   \
        __m512i sum[PIXELS][BLOCKS];                                                                 \
        _Pragma("GCC unroll 32") for (int32_t p = 0; p < PIXELS; p++)                                \
            _Pragma("GCC unroll 8") for (int32_t b = 0; b < BLOCKS; b++)                             \
                sum[p][b] = _mm512_loadu_si512(bias + 16 * b);                                       \
        for (int32_t r = 0; r < s->kernel_rows; r++)                                                 \
            for (int32_t c = 0; c < s->kernel_columns; c++) {                                        \
                const uint8_t *run = x + r * s->x_kernel_row + c * s->x_kernel_column;               \
                for (int32_t g = 0; g < s->groups; g++, run += 4, w += 64) {                         \
                    __m512i weights[BLOCKS];                                                         \
                    _Pragma("GCC unroll 8") for (int32_t b = 0; b < BLOCKS; b++)                     \
                        weights[b] = _mm512_loadu_si512(w + b * block);                              \
                    _Pragma("GCC unroll 32") for (int32_t p = 0; p < PIXELS; p++) {                  \
                        const __m512i bytes = thenar_broadcast4(run + p * s->x_column);              \
                        _Pragma("GCC unroll 8") for (int32_t b = 0; b < BLOCKS; b++)                 \
                            thenar_dot(&sum[p][b], bytes, weights[b]);                               \
                    }                                                                                \
                }                                                                                    \
            }                                                                                        \
        _Pragma("GCC unroll 32") for (int32_t p = 0; p < PIXELS; p++)                                \
            _Pragma("GCC unroll 8") for (int32_t b = 0; b < BLOCKS; b++)                             \
                _mm512_storeu_si512(sums + (p * BLOCKS + b) * 16, sum[p][b]);                        \
    }

/* What a tile's sums become: those of `count` channels from channel `at` on, of `pixels` neighbours whose sums are `step`
   apart; y is the first pixel. */
typedef struct {
    const int32_t *multiplier, *shift;
    const float *factor;
    int32_t at, count, pixels, step;
} thenar_tile_end;

/* Requantizes to bytes, channels last. */
THENAR_KERNEL void thenar_store_bytes(const thenar_qconv_vnni *s, const thenar_tile_end e, const int32_t *sums, void *first)
{
    uint8_t *y = (uint8_t *)first + e.at;
    for (int32_t p = 0; p < e.pixels; p++, y += s->y_column, sums += e.step) {
        if (s->wide) {
            for (int32_t i = 0; i < e.count; i++)
                y[i] = (uint8_t)thenar_requantize(sums[i], e.multiplier[e.at + i], e.shift[e.at + i], s->y_zero, s->low, s->high);
            continue;
        }
        const __m512 sum = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums));
        const __m512i q = thenar_requantize16(sum, _mm512_loadu_ps(e.factor + e.at), s->y_zero, s->low, s->high);
        _mm512_mask_cvtepi32_storeu_epi8(y, (__mmask16)((1u << e.count) - 1), q);
    }
}

/* Scales to float32, channels first: neighbouring pixels of a channel are written together. */
THENAR_KERNEL void thenar_store_floats(const thenar_qconv_vnni *s, const thenar_tile_end e, const int32_t *sums, void *first)
{
    float *y = (float *)first + e.at * s->y_channel;
    for (int32_t i = 0; i < e.count; i++, y += s->y_channel)
        for (int32_t p = 0; p < e.pixels; p++)
            y[p * s->y_column] = (float)sums[p * e.step + i] * e.factor[e.at + i];
}

/* Makes thenar_qconv_PIXELSxBLOCKS_STORE, the whole layer; outputs left over at the end of a row are done one by one.
   bias, multiplier, shift and factor are padded to whole tiles. */
#define THENAR_QCONV_VNNI(PIXELS, BLOCKS, STORE, Y)                                                  \
    THENAR_KERNEL void thenar_qconv_##PIXELS##x##BLOCKS##_##STORE(                                   \
        const thenar_qconv_vnni s, const uint8_t *x, const int8_t *w, const int32_t *bias,           \
        const int32_t *multiplier, const int32_t *shift, const float *factor, void *y)               \
    {                                                                                                \
        int32_t sums[PIXELS * BLOCKS * 16];                                                          \
        const int32_t block = s.kernel_rows * s.kernel_columns * s.groups * 64;                      \
        for (int32_t first = 0; first < s.channels; first += 16 * BLOCKS)                            \
            for (int32_t r = 0; r < s.rows; r++)                                                     \
                for (int32_t c = 0; c < s.columns;) {                                                \
                    const int32_t pixels = s.columns - c < PIXELS ? 1 : PIXELS;                      \
                    const uint8_t *window = x + s.x_start + r * s.x_row + c * s.x_column;                        \
                    if (pixels == 1)                                                                 \
                        thenar_qconv_tile_1x##BLOCKS(&s, window, w + first / 16 * block, bias + first, sums); \
                    else                                                                             \
                        thenar_qconv_tile_##PIXELS##x##BLOCKS(&s, window, w + first / 16 * block, bias + first, sums); \
                    for (int32_t b = 0; b < BLOCKS && first + 16 * b < s.channels; b++) {            \
                        const int32_t at = first + 16 * b, left = s.channels - at;                   \
                        const thenar_tile_end end = {multiplier, shift, factor, at, left < 16 ? left : 16, pixels, 16 * BLOCKS}; \
                        thenar_store_##STORE(&s, end, sums + 16 * b, (Y *)y + s.y_start + r * s.y_row + c * s.y_column); \
                    }                                                                                \
                    c += pixels;                                                                     \
                }                                                                                    \
    }

#endif
