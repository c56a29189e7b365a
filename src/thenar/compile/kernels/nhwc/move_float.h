/* Operators that only move or compare float32 values, channels last; borders hold 0. */
#ifndef THENAR_NHWC_MOVE_FLOAT_H
#define THENAR_NHWC_MOVE_FLOAT_H

#include "move.h"

/* Channels first without a border -> channels last. */
THENAR_KERNEL void thenar_nhwc_pack_float(const thenar_nhwc_move s, const float *x, float *y)
{
    const int32_t size = s.y.height * s.y.width;
    for (int32_t r = 0; r < s.y.height; r++)
        for (int32_t c = 0; c < s.y.width; c++, x++)
            for (int32_t q = 0; q < s.y.channels; q++)
                y[thenar_pixel(s.y, r, c) + q] = x[q * size];
    thenar_border_float(s.y, 0.0f, y);
}

/* Channels last -> channels first without a border, in blocks of 16 pixels that stay in the nearest cache. */
THENAR_KERNEL void thenar_nhwc_unpack_float(const thenar_nhwc_move s, const float *x, float *y)
{
    const int32_t size = s.x.height * s.x.width;
    for (int32_t r = 0; r < s.x.height; r++)
        for (int32_t first = 0; first < s.x.width; first += 16) {
            const float *xi = x + thenar_pixel(s.x, r, first);
            const int32_t count = s.x.width - first < 16 ? s.x.width - first : 16;
            for (int32_t q = 0; q < s.x.channels; q++)
                for (int32_t c = 0; c < count; c++)
                    y[q * size + r * s.x.width + first + c] = xi[c * s.x.channels + q];
        }
}

/* Every pixel becomes a block of y.height / x.height by y.width / x.width pixels. */
THENAR_KERNEL void thenar_nhwc_upsample_float(const thenar_nhwc_move s, const float *x, float *y)
{
    const int32_t rows = s.y.height / s.x.height, columns = s.y.width / s.x.width;
    for (int32_t r = 0; r < s.y.height; r++)
        for (int32_t c = 0; c < s.y.width; c++)
            for (int32_t q = 0; q < s.y.channels; q++)
                y[thenar_pixel(s.y, r, c) + q] = x[thenar_pixel(s.x, r / rows, c / columns) + q];
    thenar_border_float(s.y, 0.0f, y);
}

/* The largest value under each window, the border left out. */
THENAR_KERNEL void thenar_nhwc_max_float(const thenar_nhwc_pool s, const float *x, float *y)
{
    for (int32_t r = 0; r < s.y.height; r++)
        for (int32_t c = 0; c < s.y.width; c++) {
            float *yi = y + thenar_pixel(s.y, r, c);
            for (int32_t q = 0; q < s.y.channels; q++)
                yi[q] = -INFINITY;
            for (int32_t k = 0; k < s.kernel[0] * s.kernel[1]; k++) {
                const int32_t ir = r * s.stride[0] + k / s.kernel[1] * s.dilation[0] - s.pad[0];
                const int32_t ic = c * s.stride[1] + k % s.kernel[1] * s.dilation[1] - s.pad[1];
                if (ir < 0 || ir >= s.x.height || ic < 0 || ic >= s.x.width)
                    continue;
                const float *xi = x + thenar_pixel(s.x, ir, ic);
                for (int32_t q = 0; q < s.y.channels; q++)
                    yi[q] = yi[q] > xi[q] ? yi[q] : xi[q];
            }
        }
    thenar_border_float(s.y, 0.0f, y);
}

#endif
