/* Means over windows and over whole images of float32, channels last. */
#ifndef THENAR_NHWC_AVERAGE_H
#define THENAR_NHWC_AVERAGE_H

#include "image.h"

typedef struct {
    thenar_image x, y;
    int32_t kernel[2], stride[2], dilation[2], pad[2], pad_end[2];
    int32_t include_pad; /* does padding count as elements? */
} thenar_nhwc_window;

/* The mean under each window; the part of a window beyond the padding (ceil_mode) never counts. */
THENAR_KERNEL void thenar_nhwc_average_float(const thenar_nhwc_window s, const float *x, float *y)
{
    for (int32_t r = 0; r < s.y.height; r++)
        for (int32_t c = 0; c < s.y.width; c++) {
            float *yi = y + thenar_pixel(s.y, r, c);
            int32_t count = 0;
            for (int32_t q = 0; q < s.y.channels; q++)
                yi[q] = 0.0f;
            for (int32_t k = 0; k < s.kernel[0] * s.kernel[1]; k++) {
                const int32_t ir = r * s.stride[0] + k / s.kernel[1] * s.dilation[0] - s.pad[0];
                const int32_t ic = c * s.stride[1] + k % s.kernel[1] * s.dilation[1] - s.pad[1];
                const int inside = ir >= 0 && ir < s.x.height && ic >= 0 && ic < s.x.width;
                const int padded = ir < s.x.height + s.pad_end[0] && ic < s.x.width + s.pad_end[1];
                count += s.include_pad ? padded : inside;
                if (!inside)
                    continue;
                const float *xi = x + thenar_pixel(s.x, ir, ic);
                for (int32_t q = 0; q < s.y.channels; q++)
                    yi[q] += xi[q];
            }
            const float scale = count ? 1.0f / (float)count : 0.0f;
            for (int32_t q = 0; q < s.y.channels; q++)
                yi[q] *= scale;
        }
    thenar_border_float(s.y, 0.0f, y);
}

typedef struct {
    thenar_image x, y;
} thenar_nhwc_whole;

/* The mean of each channel. */
THENAR_KERNEL void thenar_nhwc_mean_float(const thenar_nhwc_whole s, const float *x, float *y)
{
    float *yi = y + thenar_pixel(s.y, 0, 0);
    const float scale = 1.0f / (float)(s.x.height * s.x.width);
    for (int32_t q = 0; q < s.x.channels; q++)
        yi[q] = 0.0f;
    for (int32_t r = 0; r < s.x.height; r++)
        for (int32_t c = 0; c < s.x.width; c++) {
            const float *xi = x + thenar_pixel(s.x, r, c);
            for (int32_t q = 0; q < s.x.channels; q++)
                yi[q] += xi[q];
        }
    for (int32_t q = 0; q < s.x.channels; q++)
        yi[q] *= scale;
    thenar_border_float(s.y, 0.0f, y);
}

#endif
