/* Quantized convolution on 64-bit ARM: each layer becomes one function, all its numbers constants. */
#ifndef THENAR_AARCH64_QCONV_H
#define THENAR_AARCH64_QCONV_H

#include "dequantize_neon.h"

/* Makes thenar_NAME(x, w, bias, factor, r, y) for the layer that the other arguments initialize; r may be null. */
#define THENAR_NHWC_QCONV(NAME, ...)                                                                       \
    static const thenar_nhwc_qconv NAME = {__VA_ARGS__};                                                   \
    static void thenar_##NAME(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *factor, \
                              const uint8_t *r, uint8_t *y)                                                \
    {                                                                                                      \
        thenar_nhwc_qconv_neon(&NAME, x, w, bias, factor, r, y);                                           \
        if (NAME.border >= 0)                                                                              \
            thenar_border_uint8_t(NAME.y, (uint8_t)NAME.border, y);                                        \
    }

/* Makes thenar_NAME(x, w, bias, factor, y) for the layer that the other arguments initialize. */
#define THENAR_NHWC_DEQUANTIZE(NAME, ...)                                                                            \
    static const thenar_nhwc_qconv NAME = {__VA_ARGS__};                                                             \
    static void thenar_##NAME(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *factor, float *y) \
    {                                                                                                                \
        thenar_nhwc_dequantize_neon(&NAME, x, w, bias, factor, y);                                                   \
    }

#endif
