/* Float32 depthwise convolution for every x86-64 CPU, one function per layer and level. */
#ifndef THENAR_X86_64_DEPTHWISE_H
#define THENAR_X86_64_DEPTHWISE_H

#include "depthwise_avx2.h"
#include "depthwise_avx512.h"

/* Makes thenar_NAME(x, w, bias, r, y) for the layer that the other arguments initialize; r may be null. */
#define THENAR_NHWC_DEPTHWISE(NAME, ...)                                                                              \
    static const thenar_nhwc_conv NAME = {__VA_ARGS__};                                                               \
    THENAR_TARGET_AVX512 static void NAME##_avx512(const float *x, const float *w, const float *bias, const float *r, \
                                                   float *y)                                                          \
    {                                                                                                                 \
        thenar_nhwc_depthwise_avx512(&NAME, x, w, bias, r, y);                                                        \
    }                                                                                                                 \
    THENAR_TARGET_AVX2 static void NAME##_avx2(const float *x, const float *w, const float *bias, const float *r,     \
                                               float *y)                                                              \
    {                                                                                                                 \
        thenar_nhwc_depthwise_avx2(&NAME, x, w, bias, r, y);                                                          \
    }                                                                                                                 \
    static void thenar_##NAME(const float *x, const float *w, const float *bias, const float *r, float *y)            \
    {                                                                                                                 \
        const int level = thenar_level();                                                                             \
        if (level == THENAR_AVX512)                                                                                   \
            NAME##_avx512(x, w, bias, r, y);                                                                          \
        else if (level >= THENAR_AVX2)                                                                                \
            NAME##_avx2(x, w, bias, r, y);                                                                            \
        else                                                                                                          \
            thenar_nhwc_depthwise_portable(&NAME, x, w, bias, r, y);                                                  \
        thenar_border_float(NAME.y, 0.0f, y);                                                                         \
    }

#endif
