/* Convolution in float32, channels last, in plain C: what the vector kernels compute, but for rounding.
 *
 * As qconv.h, with one float for a step instead of four bytes, and a border of zeros, whose rows are skipped. Weights
 * are packed for each block of `vectors` * 16 output channels, each kernel row, run and step: one weight of each
 * channel.
 */
#ifndef THENAR_NHWC_CONV_H
#define THENAR_NHWC_CONV_H

#include "image.h"

typedef struct {
    thenar_image x, y;
    int32_t kernel_rows, runs, steps, run_stride; /* run_stride: elements from one run to the next */
    int32_t stride[2], dilation, pad[2];          /* dilation: of rows */
    int32_t rows, columns, out_channels;          /* of the result, which goes to every y_step-th row and column of y */
    int32_t y_first[2], y_step[2];                /* from y_first on */
    int32_t tile_rows, tile_columns, vectors;
    int32_t groups;       /* the images hold the channels of all; steps and out_channels are of one */
    int32_t border;       /* 1: fill the border of y */
    int32_t add, r_shift; /* add: 1 adds r, whose pixel is (row >> r_shift, column >> r_shift) */
    thenar_image r;
    float low, high; /* limits of the result */
} thenar_nhwc_conv;

THENAR_KERNEL int32_t thenar_conv_window(const thenar_nhwc_conv *s, int32_t row, int32_t column)
{
    return thenar_pixel(s->x, row * s->stride[0] - s->pad[0], column * s->stride[1] - s->pad[1]);
}

THENAR_KERNEL int32_t thenar_conv_result(const thenar_nhwc_conv *s, int32_t row, int32_t column)
{
    return thenar_pixel(s->y, s->y_first[0] + row * s->y_step[0], s->y_first[1] + column * s->y_step[1]);
}

/* Where in r is what is added to a pixel from channel c on; r itself where nothing is. */
THENAR_INLINE const float *thenar_conv_added(const thenar_nhwc_conv *s, const float *r, int32_t row, int32_t column,
                                             int32_t c)
{
    return s->add ? r + thenar_pixel(s->r, row >> s->r_shift, column >> s->r_shift) + c : r;
}

/* Weights in one kernel row; kernel_rows of them make a block. */
THENAR_KERNEL int32_t thenar_conv_weights(const thenar_nhwc_conv *s)
{
    return s->runs * s->steps * s->vectors * THENAR_LANES;
}

/* Weights of one group. */
THENAR_KERNEL int32_t thenar_conv_group(const thenar_nhwc_conv *s)
{
    const int32_t width = s->vectors * THENAR_LANES;
    return (s->out_channels + width - 1) / width * s->kernel_rows * thenar_conv_weights(s);
}

/* The kernel rows [first, last) whose image rows aren't all border, for results [row, row + rows). */
THENAR_KERNEL int32_t thenar_conv_first(const thenar_nhwc_conv *s, int32_t row, int32_t rows)
{
    const int32_t before = s->pad[0] - (row + rows - 1) * s->stride[0];
    return before > 0 ? THENAR_MIN((before + s->dilation - 1) / s->dilation, s->kernel_rows) : 0;
}

THENAR_KERNEL int32_t thenar_conv_last(const thenar_nhwc_conv *s, int32_t row)
{
    const int32_t left = s->x.height + s->pad[0] - row * s->stride[0];
    return THENAR_MAX(THENAR_MIN((left + s->dilation - 1) / s->dilation, s->kernel_rows), 0);
}

THENAR_SMALL void thenar_nhwc_conv_portable(const thenar_nhwc_conv *s, const float *x, const float *w,
                                            const float *bias, const float *r, float *y)
{
    const int32_t width = s->vectors * THENAR_LANES;
    for (int32_t row = 0; row < s->rows; row++)
        for (int32_t column = 0; column < s->columns; column++)
            for (int32_t c = 0; c < s->out_channels; c++) {
                const float *wi = w + c / width * s->kernel_rows * thenar_conv_weights(s) + c % width;
                float sum = bias[c];
                for (int32_t kr = 0; kr < s->kernel_rows; kr++)
                    for (int32_t run = 0; run < s->runs; run++) {
                        const float *xi = x + thenar_conv_window(s, row, column) + kr * s->dilation * thenar_row(s->x) +
                                          run * s->run_stride;
                        for (int32_t k = 0; k < s->steps; k++, wi += width)
                            sum += xi[k] * *wi;
                    }
                if (s->add)
                    sum += *thenar_conv_added(s, r, row, column, c);
                sum = sum < s->low ? s->low : sum;
                y[thenar_conv_result(s, row, column) + c] = sum > s->high ? s->high : sum;
            }
}

#endif
