/* Elementwise functions of one tensor: y[i] = f(x[i]). May run in place. */
#ifndef THENAR_UNARY_H
#define THENAR_UNARY_H

#include "base.h"

typedef struct {
    int32_t size;
    float alpha, beta; /* the function's parameters, where it has any */
} thenar_unary;

/* Makes thenar_NAME_TYPE from the expression THENAR_NAME(x, alpha, beta). */
#define THENAR_UNARY(NAME, TYPE)                                                            \
    THENAR_KERNEL void thenar_##NAME##_##TYPE(const thenar_unary s, const TYPE *x, TYPE *y) \
    {                                                                                       \
        for (int32_t i = 0; i < s.size; i++)                                                \
            y[i] = (TYPE)THENAR_##NAME(x[i], s.alpha, s.beta);                              \
    }

/* Makes thenar_cast_FROM_TO; integers that don't fit wrap around. */
#define THENAR_CAST(FROM, TO)                                                                \
    THENAR_KERNEL void thenar_cast_##FROM##_##TO(const thenar_unary s, const FROM *x, TO *y) \
    {                                                                                        \
        for (int32_t i = 0; i < s.size; i++)                                                 \
            y[i] = (TO)x[i];                                                                 \
    }

/* Makes thenar_cast_float_TO, towards zero; what doesn't fit, which ONNX leaves open, becomes the nearest that does,
   and NaN becomes 0. */
#define THENAR_CAST_FLOAT(TO, LOW, HIGH)                                                   \
    THENAR_KERNEL void thenar_cast_float_##TO(const thenar_unary s, const float *x, TO *y) \
    {                                                                                      \
        for (int32_t i = 0; i < s.size; i++)                                               \
            y[i] = (TO)(x[i] >= (float)(HIGH)  ? (HIGH)                                    \
                        : x[i] > (float)(LOW)  ? (TO)x[i]                                  \
                        : x[i] <= (float)(LOW) ? (LOW)                                     \
                                               : 0);                                       \
    }

/* Makes thenar_cast_FROM_bool: 0 stays 0, all else is 1. */
#define THENAR_CAST_BOOL(FROM)                                                                    \
    THENAR_KERNEL void thenar_cast_##FROM##_bool(const thenar_unary s, const FROM *x, uint8_t *y) \
    {                                                                                             \
        for (int32_t i = 0; i < s.size; i++)                                                      \
            y[i] = x[i] != 0;                                                                     \
    }

#define THENAR_relu(x, a, b) ((x) > 0 ? (x) : 0)
#define THENAR_leaky_relu(x, a, b) ((x) >= 0.0f ? (x) : (a) * (x))
#define THENAR_elu(x, a, b) ((x) >= 0.0f ? (x) : (a) * expm1f(x))
#define THENAR_sigmoid(x, a, b) (1.0f / (1.0f + expf(-(x))))
#define THENAR_hard_sigmoid(x, a, b) fminf(1.0f, fmaxf(0.0f, (a) * (x) + (b)))
#define THENAR_hard_swish(x, a, b) ((x) * fminf(1.0f, fmaxf(0.0f, (x) / 6.0f + 0.5f)))
#define THENAR_tanh(x, a, b) tanhf(x)
#define THENAR_softplus(x, a, b) (fmaxf((x), 0.0f) + log1pf(expf(-fabsf(x))))
#define THENAR_mish(x, a, b) ((x) * tanhf(THENAR_softplus(x, a, b)))
#define THENAR_gelu(x, a, b) (0.5f * (x) * (1.0f + erff((x) * 0.70710678f))) /* x / sqrt(2) */
#define THENAR_gelu_tanh(x, a, b)                                            /* sqrt(2 / pi) = 0.79788456 */ \
    (0.5f * (x) * (1.0f + tanhf(0.79788456f * ((x) + 0.044715f * (x) * (x) * (x)))))
#define THENAR_erf(x, a, b) erff(x)
#define THENAR_exp(x, a, b) expf(x)
#define THENAR_log(x, a, b) logf(x)
#define THENAR_sqrt(x, a, b) sqrtf(x)
#define THENAR_reciprocal(x, a, b) (1.0f / (x))
#define THENAR_floor(x, a, b) floorf(x)
#define THENAR_ceil(x, a, b) ceilf(x)
#define THENAR_round(x, a, b) rintf(x) /* halves go to the even neighbour */
#define THENAR_abs(x, a, b) ((x) < 0 ? -(x) : (x))
#define THENAR_neg(x, a, b) (-(x))
/* The lowest integer stays itself. */
#define THENAR_integer_abs(x, a, b) ((x) < 0 ? 0 - (uint64_t)(x) : (uint64_t)(x))
#define THENAR_integer_neg(x, a, b) (0 - (uint64_t)(x))
#define THENAR_not(x, a, b) ((x) == 0)

#endif
