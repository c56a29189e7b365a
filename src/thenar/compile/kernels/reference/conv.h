/* Convolution and its transpose over 1 to 3 spatial dimensions, NCDHW; missing ones have size 1. */
#ifndef THENAR_CONV_H
#define THENAR_CONV_H

#include "base.h"

typedef struct {
    int32_t batch, groups;
    int32_t in_channels, out_channels; /* per group */
    int32_t in[3], out[3], kernel[3];
    int32_t stride[3], dilation[3], pad[3]; /* pad: before the first element */
} thenar_conv;

/* y[n][oc] = bias[oc] + sum over ic, k of x[n][ic][o * stride + k * dilation - pad] * w[oc][ic][k].
   w is (groups * out_channels, in_channels, kernel...); bias may be null. */
THENAR_KERNEL void thenar_conv_float(const thenar_conv s, const float *x, const float *w, const float *bias, float *y)
{
    const int32_t in_size = s.in[0] * s.in[1] * s.in[2], taps = s.kernel[0] * s.kernel[1] * s.kernel[2];
    int32_t i = 0;
    for (int32_t n = 0; n < s.batch; n++)
        for (int32_t oc = 0; oc < s.groups * s.out_channels; oc++) {
            const float *xg = x + (n * s.groups + oc / s.out_channels) * s.in_channels * in_size;
            const float *wo = w + oc * s.in_channels * taps;
            for (int32_t z = 0; z < s.out[0]; z++)
                for (int32_t r = 0; r < s.out[1]; r++)
                    for (int32_t c = 0; c < s.out[2]; c++, i++) {
                        float sum = bias ? bias[oc] : 0.0f;
                        for (int32_t kz = 0; kz < s.kernel[0]; kz++) {
                            const int32_t iz = z * s.stride[0] + kz * s.dilation[0] - s.pad[0];
                            if (iz < 0 || iz >= s.in[0])
                                continue;
                            for (int32_t kr = 0; kr < s.kernel[1]; kr++) {
                                const int32_t ir = r * s.stride[1] + kr * s.dilation[1] - s.pad[1];
                                if (ir < 0 || ir >= s.in[1])
                                    continue;
                                for (int32_t kc = 0; kc < s.kernel[2]; kc++) {
                                    const int32_t ic = c * s.stride[2] + kc * s.dilation[2] - s.pad[2];
                                    if (ic < 0 || ic >= s.in[2])
                                        continue;
                                    const float *xi = xg + (iz * s.in[1] + ir) * s.in[2] + ic;
                                    const float *wk = wo + (kz * s.kernel[1] + kr) * s.kernel[2] + kc;
                                    for (int32_t q = 0; q < s.in_channels; q++)
                                        sum += xi[q * in_size] * wk[q * taps];
                                }
                            }
                        }
                        y[i] = sum;
                    }
        }
}

/* Every x[n][ic][i] adds x * w[ic][oc][k] to y[n][oc][i * stride + k * dilation - pad]; y starts as bias (or 0).
   w is (groups * in_channels, out_channels, kernel...). */
THENAR_KERNEL void thenar_conv_transpose_float(const thenar_conv s, const float *x, const float *w, const float *bias,
                                               float *y)
{
    const int32_t in_size = s.in[0] * s.in[1] * s.in[2], out_size = s.out[0] * s.out[1] * s.out[2];
    const int32_t taps = s.kernel[0] * s.kernel[1] * s.kernel[2];
    for (int32_t n = 0; n < s.batch; n++)
        for (int32_t oc = 0; oc < s.groups * s.out_channels; oc++) {
            const int32_t group = oc / s.out_channels;
            float *yo = y + (n * s.groups * s.out_channels + oc) * out_size;
            for (int32_t i = 0; i < out_size; i++)
                yo[i] = bias ? bias[oc] : 0.0f;
            for (int32_t q = group * s.in_channels; q < (group + 1) * s.in_channels; q++) {
                const float *xi = x + (n * s.groups * s.in_channels + q) * in_size;
                const float *wk = w + (q * s.out_channels + oc % s.out_channels) * taps;
                for (int32_t z = 0; z < s.in[0]; z++)
                    for (int32_t r = 0; r < s.in[1]; r++)
                        for (int32_t c = 0; c < s.in[2]; c++)
                            for (int32_t k = 0; k < taps; k++) {
                                const int32_t oz =
                                    z * s.stride[0] + k / (s.kernel[1] * s.kernel[2]) * s.dilation[0] - s.pad[0];
                                const int32_t orow =
                                    r * s.stride[1] + k / s.kernel[2] % s.kernel[1] * s.dilation[1] - s.pad[1];
                                const int32_t os = c * s.stride[2] + k % s.kernel[2] * s.dilation[2] - s.pad[2];
                                if (oz >= 0 && oz < s.out[0] && orow >= 0 && orow < s.out[1] && os >= 0 &&
                                    os < s.out[2])
                                    yo[(oz * s.out[1] + orow) * s.out[2] + os] +=
                                        xi[(z * s.in[1] + r) * s.in[2] + c] * wk[k];
                            }
            }
        }
}

#endif
