/* Quantized convolution, channels last: what every vector kernel computes, in plain C.
 *
 * Under a window, `runs` stretches of `steps` groups of four bytes lie one after the other: the whole width of the
 * kernel where it isn't dilated, else one column. Weights are packed to match: for each block of `vectors` * 16 output
 * channels, for each kernel row, run and step, four weights of each channel. A run that isn't a multiple of four bytes
 * ends in weights of 0, whatever lies there in the image.
 *
 * bias already holds what the input's zero point adds; factor is the float32 that requantize.h takes apart.
 */
#ifndef THENAR_NHWC_QCONV_H
#define THENAR_NHWC_QCONV_H

#include "../reference/requantize.h"
#include "image.h"

enum { THENAR_ADD_BYTES = 1, THENAR_ADD_FLOATS };

typedef struct {
    thenar_image x, y;
    int32_t kernel_rows, runs, steps, run_stride; /* run_stride: bytes from one run to the next */
    int32_t stride[2], dilation, pad[2];          /* dilation: of rows */
    int32_t rows, columns, out_channels;          /* of the result, which goes to every y_step-th row and column of y */
    int32_t y_first[2], y_step[2];                /* from y_first on */
    int32_t zero, low, high;                      /* of the result as stored */
    int32_t border;                               /* what the border of y holds; -1 leaves it alone */
    int32_t x_zero;                               /* what the border of x holds */
    int32_t tile_rows, tile_columns, vectors;
    /* What is added to the result. 1: y = requantize((conv - zero) * a + (r - r_zero) * b); 2: in float32, y =
       quantize(sum * factor + (r - r_zero) * r_scale), where x * inverse_high + x * inverse_low is x / y_scale. */
    thenar_image r;
    float r_scale, y_scale, inverse_high, inverse_low;
    int32_t add, r_shift, r_zero, a, b, shift, sum_zero, sum_low, sum_high; /* r_shift: pixel (row >> r_shift, ...) */
    struct {
        int32_t pixels, bytes, down, wide; /* of tiles, and tiles of pixels and of channels in a block (x86_64/amx.h) */
    } amx;
} thenar_nhwc_qconv;

/* Where the window of output (row, column) starts in x. */
THENAR_KERNEL int32_t thenar_window(const thenar_nhwc_qconv *s, int32_t row, int32_t column)
{
    return thenar_pixel(s->x, row * s->stride[0] - s->pad[0], column * s->stride[1] - s->pad[1]);
}

/* Where the result (row, column) goes in y. */
THENAR_KERNEL int32_t thenar_result(const thenar_nhwc_qconv *s, int32_t row, int32_t column)
{
    return thenar_pixel(s->y, s->y_first[0] + row * s->y_step[0], s->y_first[1] + column * s->y_step[1]);
}

/* Where in r is what is added to a pixel from channel c on; r itself where nothing is. */
THENAR_INLINE const uint8_t *thenar_added(const thenar_nhwc_qconv *s, const uint8_t *r, int32_t row, int32_t column,
                                          int32_t c)
{
    return s->add ? r + thenar_pixel(s->r, row >> s->r_shift, column >> s->r_shift) + c : r;
}

/* Bytes of packed weights in one kernel row, and in one block of output channels. */
THENAR_KERNEL int32_t thenar_row_weights(const thenar_nhwc_qconv *s)
{
    return s->runs * s->steps * s->vectors * THENAR_LANES * 4;
}

THENAR_KERNEL int32_t thenar_block_weights(const thenar_nhwc_qconv *s)
{
    return s->kernel_rows * thenar_row_weights(s);
}

/* Kernel rows, for rows [row, row + rows) of the output: how many at the top lie in the border, and where those end
   that don't lie in the border at the bottom. */
THENAR_KERNEL int32_t thenar_rows_above(const thenar_nhwc_qconv *s, int32_t row, int32_t rows)
{
    const int32_t before = s->pad[0] - (row + rows - 1) * s->stride[0];
    return before > 0 ? THENAR_MIN((before + s->dilation - 1) / s->dilation, s->kernel_rows) : 0;
}

THENAR_KERNEL int32_t thenar_rows_end(const thenar_nhwc_qconv *s, int32_t row)
{
    const int32_t left = s->x.height + s->pad[0] - row * s->stride[0];
    return THENAR_MAX(THENAR_MIN((left + s->dilation - 1) / s->dilation, s->kernel_rows), 0);
}

/* The kernel rows [first, last) that rows [row, row + rows) of the output need: a border of zeros adds nothing. */
THENAR_KERNEL int32_t thenar_first_row(const thenar_nhwc_qconv *s, int32_t row, int32_t rows)
{
    return s->x_zero == 0 ? thenar_rows_above(s, row, rows) : 0;
}

THENAR_KERNEL int32_t thenar_last_row(const thenar_nhwc_qconv *s, int32_t row)
{
    return s->x_zero == 0 ? thenar_rows_end(s, row) : s->kernel_rows;
}

THENAR_KERNEL int32_t thenar_packed_sum(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w, int32_t channel)
{
    const int32_t width = s->vectors * THENAR_LANES, block = channel / width;
    const int8_t *wi = w + block * thenar_block_weights(s) + channel % width * 4;
    int32_t sum = 0;
    for (int32_t kr = 0; kr < s->kernel_rows; kr++)
        for (int32_t run = 0; run < s->runs; run++) {
            const uint8_t *xi = x + kr * s->dilation * thenar_row(s->x) + run * s->run_stride;
            for (int32_t k = 0; k < s->steps; k++, xi += 4, wi += 4 * width)
                sum += xi[0] * wi[0] + xi[1] * wi[1] + xi[2] * wi[2] + xi[3] * wi[3];
        }
    return sum;
}

/* thenar_requantize with a factor that is a positive, normal float32. */
THENAR_KERNEL int32_t thenar_rescale(int32_t sum, float factor, int32_t zero, int32_t low, int32_t high)
{
    uint32_t bits;
    memcpy(&bits, &factor, sizeof bits);
    const int32_t multiplier = (int32_t)((bits & 0x7fffffu) | 0x800000u);
    return thenar_requantize(sum, multiplier, 150 - (int32_t)(bits >> 23), zero, low, high);
}

/* One result: rescaled, added to *r where the layer adds, within its limits. */
THENAR_KERNEL uint8_t thenar_finish(const thenar_nhwc_qconv *s, int32_t sum, float factor, const uint8_t *r)
{
    if (s->add == THENAR_ADD_FLOATS) {
        const float both = (float)sum * factor + (float)(*r - s->r_zero) * s->r_scale;
        const float y = rintf(both / s->y_scale) + (float)s->sum_zero;
        return (uint8_t)THENAR_MAX(THENAR_MIN(y, (float)s->sum_high), (float)s->sum_low);
    }
    const int32_t q = thenar_rescale(sum, factor, s->zero, s->low, s->high);
    if (!s->add)
        return (uint8_t)q;
    const int32_t both = (q - s->zero) * s->a + (*r - s->r_zero) * s->b;
    return (uint8_t)thenar_requantize(both, 1, s->shift, s->sum_zero, s->sum_low, s->sum_high);
}

THENAR_SMALL void thenar_nhwc_qconv_portable(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w,
                                             const int32_t *bias, const float *factor, const uint8_t *r, uint8_t *y)
{
    for (int32_t row = 0; row < s->rows; row++)
        for (int32_t column = 0; column < s->columns; column++) {
            const uint8_t *xi = x + thenar_window(s, row, column);
            uint8_t *yi = y + thenar_result(s, row, column);
            for (int32_t c = 0; c < s->out_channels; c++) {
                const uint8_t *added = thenar_added(s, r, row, column, c);
                yi[c] = thenar_finish(s, bias[c] + thenar_packed_sum(s, xi, w, c), factor[c], added);
            }
        }
}

/* y = (bias + sum) * factor in float32; y has channels first and no border. */
THENAR_SMALL void thenar_nhwc_dequantize_portable(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w,
                                                  const int32_t *bias, const float *factor, float *y)
{
    const int32_t size = s->rows * s->columns;
    for (int32_t row = 0; row < s->rows; row++)
        for (int32_t column = 0; column < s->columns; column++) {
            const uint8_t *xi = x + thenar_window(s, row, column);
            for (int32_t c = 0; c < s->out_channels; c++)
                y[c * size + row * s->columns + column] = (float)(bias[c] + thenar_packed_sum(s, xi, w, c)) * factor[c];
        }
}

#endif
