/* Interpolation along one axis; an image is resized one axis after the other. */
#ifndef THENAR_RESIZE_H
#define THENAR_RESIZE_H

#include "base.h"

typedef struct {
    int32_t outer, axis, inner; /* x is outer x axis x inner */
    int32_t count, taps;        /* y is outer x count x inner; every output is a sum of `taps` inputs */
    float outside;              /* the value of outputs whose first index is -1 */
} thenar_interpolate;

/* y[:, i, :] = sum over t of weight[i][t] * x[:, index[i][t], :]. */
THENAR_KERNEL void thenar_interpolate_float(const thenar_interpolate s, const float *x, const int32_t *index,
                                            const float *weight, float *y)
{
    for (int32_t o = 0; o < s.outer; o++, x += s.axis * s.inner)
        for (int32_t i = 0; i < s.count; i++)
            for (int32_t j = 0; j < s.inner; j++, y++) {
                *y = index[i * s.taps] < 0 ? s.outside : 0.0f;
                if (index[i * s.taps] >= 0)
                    for (int32_t t = 0; t < s.taps; t++)
                        *y += weight[i * s.taps + t] * x[index[i * s.taps + t] * s.inner + j];
            }
}

#endif
