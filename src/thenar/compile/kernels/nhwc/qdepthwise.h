/* Quantized convolution of each channel by itself, channels last.
 *
 * The struct is qconv.h's: `runs` are the kernel's columns, run_stride bytes apart in the image; `steps` are the groups
 * of four image rows that a tile of tile_rows results needs. Weights are packed for each block of 16 channels, each of
 * the tile's rows, group, and column: four weights of each channel, 0 where a row isn't under that result's window.
 */
#ifndef THENAR_NHWC_QDEPTHWISE_H
#define THENAR_NHWC_QDEPTHWISE_H

#include "qconv.h"

THENAR_KERNEL void thenar_nhwc_qdepthwise_portable(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w,
                                                   const int32_t *bias, const float *factor, const uint8_t *r,
                                                   uint8_t *y)
{
    const int32_t block = s->tile_rows * s->steps * s->runs * THENAR_LANES * 4;
    for (int32_t row = 0; row < s->rows; row++)
        for (int32_t column = 0; column < s->columns; column++) {
            const uint8_t *xi = x + thenar_window(s, row, column);
            uint8_t *yi = y + thenar_result(s, row, column);
            for (int32_t c = 0; c < s->out_channels; c++) {
                const int8_t *wi = w + c / THENAR_LANES * block + c % THENAR_LANES * 4;
                int32_t sum = bias[c];
                for (int32_t kr = 0; kr < s->kernel_rows; kr++)
                    for (int32_t run = 0; run < s->runs; run++)
                        sum += xi[kr * s->dilation * thenar_row(s->x) + run * s->run_stride + c] *
                               wi[(kr / 4 * s->runs + run) * THENAR_LANES * 4 + kr % 4];
                const uint8_t *added = thenar_added(s, r, row, column, c);
                yi[c] = thenar_finish(s, sum, factor[c], added);
            }
        }
}

#endif
