/* Float32 convolution with AVX-512 where the weights don't stay in the nearest cache: the products are summed a panel
 * of weights at a time, for as many rows as stay in the second cache; unfinished sums wait in y. Meanwhile the next
 * panel is fetched, which may come from memory.
 */
#ifndef THENAR_X86_64_CONV_PANELS_AVX512_H
#define THENAR_X86_64_CONV_PANELS_AVX512_H

#include "conv_tile_avx512.h"

/* Floats of weights in a panel, and floats of an image that stay near while all the weights pass. */
enum { THENAR_CONV_PANEL_512 = 32768 / 4, THENAR_CONV_BAND_512 = 524288 / 4 };

/* How many panels take turns in the first cache: kernel rows and steps of one, and rows of the result in a band. */
typedef struct {
    int32_t rows, count, band;
} thenar_conv_blocking;

THENAR_INLINE thenar_conv_blocking thenar_conv_blocked(const thenar_nhwc_conv *s)
{
    const int32_t line = thenar_conv_weights(s), parts = (line + THENAR_CONV_PANEL_512 - 1) / THENAR_CONV_PANEL_512;
    const int32_t most = THENAR_MAX(THENAR_CONV_BAND_512 / (thenar_row(s->x) * s->stride[0]), 1);
    const int32_t bands = (s->rows + most - 1) / most, band = (s->rows + bands - 1) / bands;
    return (thenar_conv_blocking){
        .rows = THENAR_MIN(THENAR_MAX(THENAR_CONV_PANEL_512 / line, 1), s->kernel_rows),
        .count = (s->steps + parts - 1) / parts,
        .band = (band + s->tile_rows - 1) / s->tile_rows * s->tile_rows,
    };
}

/* One tile and panel. The tile's pixels above `top` and left of `left` belong to other tiles. */
THENAR_INLINE THENAR_TARGET_AVX512 void thenar_conv_step_512(const thenar_nhwc_conv *s, thenar_conv_panel panel,
                                                             int begins, int ends, int32_t top, int32_t left,
                                                             const float *x, const float *w,
                                                             const thenar_conv_ahead *ahead, const float *bias,
                                                             int32_t channel, const float *r, float *y)
{
    const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows), pixels = s->tile_rows * s->tile_columns;
    const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
    __m512 acc[THENAR_CONV_TILE_512];
    if (begins)
        thenar_conv_start_512(s, bias + channel, acc);
    else
        THENAR_UNROLL
    for (int32_t i = 0; i < pixels * s->vectors; i++) {
        const int32_t p = i / s->vectors, c = channel + i % s->vectors * THENAR_LANES;
        const float *yi = y + thenar_conv_result(s, row + p / s->tile_columns, column + p % s->tile_columns);
        acc[i] = _mm512_maskz_loadu_ps(thenar_conv_mask_512(s, c), yi + c);
    }
    panel.first = THENAR_MAX(panel.first, thenar_conv_first(s, row, s->tile_rows));
    panel.last = THENAR_MIN(panel.last, thenar_conv_last(s, row));
    thenar_conv_tile_512(s, panel, x + thenar_conv_window(s, row, column), w, ahead, acc);
    THENAR_UNROLL
    for (int32_t i = 0; i < pixels * s->vectors; i++) {
        const int32_t p = i / s->vectors, c = channel + i % s->vectors * THENAR_LANES;
        const int32_t pr = row + p / s->tile_columns, pc = column + p % s->tile_columns;
        if (pr < top || pc < left || c >= s->out_channels)
            continue;
        thenar_conv_keep_512(s, ends ? thenar_conv_finish_512(s, acc[i], pr, pc, c, r) : acc[i], pr, pc, c, y);
    }
}

THENAR_INLINE THENAR_TARGET_AVX512 void thenar_conv_panels_512(const thenar_nhwc_conv *s, const float *x,
                                                               const float *w, const float *bias, const float *r,
                                                               float *y)
{
    const thenar_conv_blocking by = thenar_conv_blocked(s);
    const int32_t width = s->vectors * THENAR_LANES, line = thenar_conv_weights(s);
    const int32_t across = (s->columns + s->tile_columns - 1) / s->tile_columns;
    const int32_t tiles = by.band / s->tile_rows * across, pace = (width + tiles - 1) / tiles;
    for (int32_t base = 0; base < s->rows; base += by.band) {
        const int32_t bottom = THENAR_MIN(base + by.band, s->rows);
        const float *block = w;
        for (int32_t channel = 0; channel < s->out_channels; channel += width, block += s->kernel_rows * line)
            for (int32_t kr = 0; kr < s->kernel_rows; kr += by.rows)
                for (int32_t k = 0; k < s->steps; k += by.count) {
                    const thenar_conv_panel panel = {kr, THENAR_MIN(kr + by.rows, s->kernel_rows), k,
                                                     THENAR_MIN(by.count, s->steps - k)};
                    const int begins = kr == 0 && k == 0;
                    const int ends = panel.last == s->kernel_rows && k + panel.count == s->steps;
                    const int32_t depth = (panel.last - kr) * s->runs * panel.count;
                    thenar_conv_ahead ahead = {block + kr * line + k * width + depth * width, pace};
                    const float *stop = ahead.at + depth * width;
                    for (int32_t top = base; top < bottom; top += s->tile_rows)
                        for (int32_t left = 0; left < s->columns; left += s->tile_columns) {
                            thenar_conv_step_512(s, panel, begins, ends, top, left, x, block, &ahead, bias, channel, r,
                                                 y);
                            ahead.at += depth * ahead.pace;
                            ahead.pace = ahead.at < stop ? pace : 0;
                        }
                }
    }
}

#endif
