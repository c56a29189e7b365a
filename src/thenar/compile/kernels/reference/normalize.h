/* Normalizations: by given statistics (batch), and by the data's own (instance, layer). */
#ifndef THENAR_NORMALIZE_H
#define THENAR_NORMALIZE_H

#include "base.h"

typedef struct {
    int32_t batch, channels, inner; /* x is batch x channels x inner */
    float epsilon;
} thenar_normalize;

/* y = (x - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c]; may run in place. */
THENAR_KERNEL void thenar_batch_norm_float(const thenar_normalize s, const float *x, const float *scale,
                                           const float *bias, const float *mean, const float *variance, float *y)
{
    for (int32_t n = 0; n < s.batch; n++)
        for (int32_t c = 0; c < s.channels; c++) {
            const float factor = scale[c] / sqrtf(variance[c] + s.epsilon);
            for (int32_t i = 0; i < s.inner; i++, x++, y++)
                *y = (*x - mean[c]) * factor + bias[c];
        }
}

/* Mean and 1 / standard deviation of `size` values, in two passes. */
THENAR_KERNEL void thenar_statistics(int32_t size, const float *x, float epsilon, float *mean, float *inverse)
{
    float sum = 0.0f, squares = 0.0f;
    for (int32_t i = 0; i < size; i++)
        sum += x[i];
    *mean = sum / (float)size;
    for (int32_t i = 0; i < size; i++)
        squares += (x[i] - *mean) * (x[i] - *mean);
    *inverse = 1.0f / sqrtf(squares / (float)size + epsilon);
}

/* Each channel of each image by its own mean and variance, then scale[c] and bias[c]; may run in place. */
THENAR_KERNEL void thenar_instance_norm_float(const thenar_normalize s, const float *x, const float *scale,
                                              const float *bias, float *y)
{
    for (int32_t n = 0; n < s.batch * s.channels; n++, x += s.inner, y += s.inner) {
        float mean, inverse;
        thenar_statistics(s.inner, x, s.epsilon, &mean, &inverse);
        for (int32_t i = 0; i < s.inner; i++)
            y[i] = (x[i] - mean) * inverse * scale[n % s.channels] + bias[n % s.channels];
    }
}

/* Each row of `inner` values by its own mean and variance, then scale[i] and bias[i]; bias, and the results mean and
   inverse standard deviation, may be null. */
THENAR_KERNEL void thenar_layer_norm_float(const thenar_normalize s, const float *x, const float *scale,
                                           const float *bias, float *y, float *means, float *inverses)
{
    for (int32_t n = 0; n < s.batch; n++, x += s.inner, y += s.inner) {
        float mean, inverse;
        thenar_statistics(s.inner, x, s.epsilon, &mean, &inverse);
        for (int32_t i = 0; i < s.inner; i++)
            y[i] = (x[i] - mean) * inverse * scale[i] + (bias ? bias[i] : 0.0f);
        if (means)
            means[n] = mean;
        if (inverses)
            inverses[n] = inverse;
    }
}

#endif
