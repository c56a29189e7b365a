/* Quantized depthwise convolution for every x86-64 CPU, one function per layer and level. */
#ifndef THENAR_X86_64_QDEPTHWISE_H
#define THENAR_X86_64_QDEPTHWISE_H

#include "qdepthwise_avx512.h"

THENAR_SMALL void thenar_qdepthwise_oldest(const thenar_nhwc_qconv *s, const uint8_t *x, const int8_t *w,
                                           const int32_t *bias, const float *factor, const uint8_t *r, uint8_t *y)
{
    thenar_nhwc_qdepthwise_portable(s, x, w, bias, factor, r, y);
}

/* Makes thenar_NAME(x, w, bias, factor, r, y) for the layer that the other arguments initialize; r may be null. */
#define THENAR_NHWC_QDEPTHWISE(NAME, ...)                                                                          \
    static const thenar_nhwc_qconv NAME = {__VA_ARGS__};                                                           \
    THENAR_TARGET_AVX512 static void NAME##_avx512(const uint8_t *x, const int8_t *w, const int32_t *bias,         \
                                                   const float *factor, const uint8_t *r, uint8_t *y)              \
    {                                                                                                              \
        thenar_nhwc_qdepthwise_avx512(&NAME, x, w, bias, factor, r, y);                                            \
    }                                                                                                              \
    THENAR_TARGET_AVX2 __attribute__((flatten)) static void NAME##_avx2(                                           \
        const uint8_t *x, const int8_t *w, const int32_t *bias, const float *factor, const uint8_t *r, uint8_t *y) \
    {                                                                                                              \
        thenar_nhwc_qdepthwise_portable(&NAME, x, w, bias, factor, r, y);                                          \
    }                                                                                                              \
    static void thenar_##NAME(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *factor,         \
                              const uint8_t *r, uint8_t *y)                                                        \
    {                                                                                                              \
        const int level = thenar_level();                                                                          \
        if (level == THENAR_AVX512)                                                                                \
            NAME##_avx512(x, w, bias, factor, r, y);                                                               \
        else if (level >= THENAR_AVX2)                                                                             \
            NAME##_avx2(x, w, bias, factor, r, y);                                                                 \
        else                                                                                                       \
            thenar_qdepthwise_oldest(&NAME, x, w, bias, factor, r, y);                                             \
        if (NAME.border >= 0)                                                                                      \
            thenar_border_uint8_t(NAME.y, (uint8_t)NAME.border, y);                                                \
    }

#endif
