/* Between float32 and integers: q = round(x / scale) + zero, saturated, and x = (q - zero) * scale. The walk's strides
   a are those of the tensor, b those of scale and zero; zero may be null. */
#ifndef THENAR_QUANTIZE_H
#define THENAR_QUANTIZE_H

#include "binary.h"

/* Makes thenar_quantize_TYPE; halves go to the even neighbour, NaN to LOW. */
#define THENAR_QUANTIZE(TYPE, LOW, HIGH)                                                               \
    THENAR_INLINE void thenar_quantize_##TYPE(const thenar_walk s, const float *x, const float *scale, \
                                              const TYPE *zero, TYPE *y)                               \
    {                                                                                                  \
        THENAR_EACH(s)                                                                                 \
        {                                                                                              \
            const int32_t at = THENAR_AT(s.b);                                                         \
            const float q = rintf(x[THENAR_AT(s.a)] / scale[at]) + (zero ? (float)zero[at] : 0.0f);    \
            y[i] = (TYPE)(q > (LOW) ? q < (HIGH) ? q : (HIGH) : (LOW));                                \
        }                                                                                              \
    }

/* Makes thenar_dequantize_TYPE. */
#define THENAR_DEQUANTIZE(TYPE)                                                                         \
    THENAR_INLINE void thenar_dequantize_##TYPE(const thenar_walk s, const TYPE *x, const float *scale, \
                                                const TYPE *zero, float *y)                             \
    {                                                                                                   \
        THENAR_EACH(s)                                                                                  \
        {                                                                                               \
            const int32_t at = THENAR_AT(s.b);                                                          \
            y[i] = (float)(x[THENAR_AT(s.a)] - (zero ? zero[at] : 0)) * scale[at];                      \
        }                                                                                               \
    }

#endif
