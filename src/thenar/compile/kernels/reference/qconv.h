/* Convolution and its transpose on 8-bit integers, NCDHW like conv.h. Padding counts as x_zero, which adds nothing. */
#ifndef THENAR_QCONV_H
#define THENAR_QCONV_H

#include "requantize.h"

typedef struct {
    int32_t batch, groups;
    int32_t in_channels, out_channels; /* per group */
    int32_t in[3], out[3], kernel[3];
    int32_t stride[3], dilation[3], pad[3]; /* pad: before the first element */
    int32_t x_zero, y_zero, low, high;      /* the result is kept within [low, high]: saturation and activation */
} thenar_qconv;

/* Makes thenar_conv_sum_X_W: sum of (x - x_zero) * (w - w_zero) under the window of output (z, r, c), channel oc. */
#define THENAR_CONV_SUM(X, W)                                                                                     \
    THENAR_KERNEL int32_t thenar_conv_sum_##X##_##W(const thenar_qconv s, const X *x, const W *w, int32_t w_zero, \
                                                    int32_t oc, int32_t z, int32_t r, int32_t c)                  \
    {                                                                                                             \
        const int32_t size = s.in[0] * s.in[1] * s.in[2], taps = s.kernel[0] * s.kernel[1] * s.kernel[2];         \
        const X *xg = x + oc / s.out_channels * s.in_channels * size;                                             \
        const W *wo = w + oc * s.in_channels * taps;                                                              \
        int32_t sum = 0;                                                                                          \
        for (int32_t k = 0; k < taps; k++) {                                                                      \
            const int32_t iz = z * s.stride[0] + k / (s.kernel[1] * s.kernel[2]) * s.dilation[0] - s.pad[0];      \
            const int32_t ir = r * s.stride[1] + k / s.kernel[2] % s.kernel[1] * s.dilation[1] - s.pad[1];        \
            const int32_t ic = c * s.stride[2] + k % s.kernel[2] * s.dilation[2] - s.pad[2];                      \
            if (iz < 0 || iz >= s.in[0] || ir < 0 || ir >= s.in[1] || ic < 0 || ic >= s.in[2])                    \
                continue;                                                                                         \
            const X *xi = xg + (iz * s.in[1] + ir) * s.in[2] + ic;                                                \
            for (int32_t q = 0; q < s.in_channels; q++)                                                           \
                sum += (xi[q * size] - s.x_zero) * (wo[q * taps + k] - w_zero);                                   \
        }                                                                                                         \
        return sum;                                                                                               \
    }

/* The loops over outputs: image n, channel oc, position (z, r, c), counted by i. */
#define THENAR_EACH_OUTPUT(s)                                          \
    for (int32_t n = 0, i = 0; n < (s).batch; n++)                     \
        for (int32_t oc = 0; oc < (s).groups * (s).out_channels; oc++) \
            for (int32_t z = 0; z < (s).out[0]; z++)                   \
                for (int32_t r = 0; r < (s).out[1]; r++)               \
                    for (int32_t c = 0; c < (s).out[2]; c++, i++)

#define THENAR_IMAGE(s) ((s).groups * (s).in_channels * (s).in[0] * (s).in[1] * (s).in[2])

/* Makes thenar_qconv_X_W_Y: y = requantized (bias + sum). w_zero, multiplier and shift have a value for each output
   channel; w_zero and bias may be null. */
#define THENAR_QCONV(X, W, Y)                                                                                          \
    THENAR_KERNEL void thenar_qconv_##X##_##W##_##Y(const thenar_qconv s, const X *x, const W *w, const W *w_zero,     \
                                                    const int32_t *bias, const int32_t *multiplier,                    \
                                                    const int32_t *shift, Y *y)                                        \
    {                                                                                                                  \
        THENAR_EACH_OUTPUT(s)                                                                                          \
        {                                                                                                              \
            const X *xn = x + n * THENAR_IMAGE(s);                                                                     \
            const int32_t sum = thenar_conv_sum_##X##_##W(s, xn, w, w_zero ? w_zero[oc] : 0, oc, z, r, c);             \
            y[i] =                                                                                                     \
                (Y)thenar_requantize((bias ? bias[oc] : 0) + sum, multiplier[oc], shift[oc], s.y_zero, s.low, s.high); \
        }                                                                                                              \
    }

/* Makes thenar_conv_integer_X_W: y = the sum itself. */
#define THENAR_CONV_INTEGER(X, W)                                                                                   \
    THENAR_KERNEL void thenar_conv_integer_##X##_##W(const thenar_qconv s, const X *x, const W *w, const W *w_zero, \
                                                     int32_t *y)                                                    \
    {                                                                                                               \
        THENAR_EACH_OUTPUT(s)                                                                                       \
        y[i] = thenar_conv_sum_##X##_##W(s, x + n * THENAR_IMAGE(s), w, w_zero ? w_zero[oc] : 0, oc, z, r, c);      \
    }

/* Makes thenar_conv_dequantize_X_W: y = (bias + sum) * factor[oc] as float32, for a network's last layers. */
#define THENAR_CONV_DEQUANTIZE(X, W)                                                                                   \
    THENAR_KERNEL void thenar_conv_dequantize_##X##_##W(const thenar_qconv s, const X *x, const W *w, const W *w_zero, \
                                                        const int32_t *bias, const float *factor, float *y)            \
    {                                                                                                                  \
        THENAR_EACH_OUTPUT(s)                                                                                          \
        {                                                                                                              \
            const X *xn = x + n * THENAR_IMAGE(s);                                                                     \
            const int32_t sum = thenar_conv_sum_##X##_##W(s, xn, w, w_zero ? w_zero[oc] : 0, oc, z, r, c);             \
            y[i] = (float)((bias ? bias[oc] : 0) + sum) * factor[oc];                                                  \
        }                                                                                                              \
    }

/* Makes thenar_qconv_transpose_X_W_Y: the output gathers every input whose window covers it. w is
   (groups * in_channels, out_channels, kernel...). */
#define THENAR_QCONV_TRANSPOSE(X, W, Y)                                                                              \
    THENAR_KERNEL void thenar_qconv_transpose_##X##_##W##_##Y(const thenar_qconv s, const X *x, const W *w,          \
                                                              const W *w_zero, const int32_t *bias,                  \
                                                              const int32_t *multiplier, const int32_t *shift, Y *y) \
    {                                                                                                                \
        const int32_t size = s.in[0] * s.in[1] * s.in[2], taps = s.kernel[0] * s.kernel[1] * s.kernel[2];            \
        THENAR_EACH_OUTPUT(s)                                                                                        \
        {                                                                                                            \
            const int32_t first = oc / s.out_channels * s.in_channels;                                               \
            int32_t sum = bias ? bias[oc] : 0;                                                                       \
            for (int32_t k = 0; k < taps; k++) {                                                                     \
                const int32_t fz = z + s.pad[0] - k / (s.kernel[1] * s.kernel[2]) * s.dilation[0];                   \
                const int32_t fr = r + s.pad[1] - k / s.kernel[2] % s.kernel[1] * s.dilation[1];                     \
                const int32_t fc = c + s.pad[2] - k % s.kernel[2] * s.dilation[2];                                   \
                if (fz < 0 || fr < 0 || fc < 0 || fz % s.stride[0] || fr % s.stride[1] || fc % s.stride[2])          \
                    continue;                                                                                        \
                const int32_t iz = fz / s.stride[0], ir = fr / s.stride[1], ic = fc / s.stride[2];                   \
                if (iz >= s.in[0] || ir >= s.in[1] || ic >= s.in[2])                                                 \
                    continue;                                                                                        \
                for (int32_t q = first; q < first + s.in_channels; q++)                                              \
                    sum += (x[n * THENAR_IMAGE(s) + q * size + (iz * s.in[1] + ir) * s.in[2] + ic] - s.x_zero) *     \
                           (w[(q * s.out_channels + oc % s.out_channels) * taps + k] - (w_zero ? w_zero[oc] : 0));   \
            }                                                                                                        \
            y[i] = (Y)thenar_requantize(sum, multiplier[oc], shift[oc], s.y_zero, s.low, s.high);                    \
        }                                                                                                            \
    }

#endif
