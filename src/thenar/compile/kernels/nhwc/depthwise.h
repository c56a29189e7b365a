/* Float32 convolution of each channel by itself, channels last, in plain C: what the vector kernels compute, but for
 * rounding.
 *
 * The struct is conv.h's: `runs` are the kernel's columns, run_stride elements apart in the image, `steps` is 1.
 * Weights are packed for each block of 16 channels, each kernel row and column: one weight of each channel.
 */
#ifndef THENAR_NHWC_DEPTHWISE_H
#define THENAR_NHWC_DEPTHWISE_H

#include "conv.h"

THENAR_SMALL void thenar_nhwc_depthwise_portable(const thenar_nhwc_conv *s, const float *x, const float *w,
                                                 const float *bias, const float *r, float *y)
{
    const int32_t taps = s->kernel_rows * s->runs;
    for (int32_t row = 0; row < s->rows; row++)
        for (int32_t column = 0; column < s->columns; column++)
            for (int32_t c = 0; c < s->out_channels; c++) {
                const float *xi = x + thenar_conv_window(s, row, column) + c;
                const float *wi = w + c / THENAR_LANES * taps * THENAR_LANES + c % THENAR_LANES;
                float sum = bias[c];
                for (int32_t kr = 0; kr < s->kernel_rows; kr++)
                    for (int32_t run = 0; run < s->runs; run++, wi += THENAR_LANES)
                        sum += xi[kr * s->dilation * thenar_row(s->x) + run * s->run_stride] * *wi;
                if (s->add)
                    sum += *thenar_conv_added(s, r, row, column, c);
                sum = sum < s->low ? s->low : sum;
                y[thenar_conv_result(s, row, column) + c] = sum > s->high ? s->high : sum;
            }
}

#endif
