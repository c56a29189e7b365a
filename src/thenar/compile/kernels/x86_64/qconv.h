/* Quantized convolution for every x86-64 CPU: each layer becomes one function per level with a dot product of bytes,
 * all its numbers constants; the levels below have one function for all layers.
 */
#ifndef THENAR_X86_64_QCONV_H
#define THENAR_X86_64_QCONV_H

#include "dequantize_avx512.h"
#include "qconv_avx2.h"
#include "qconv_avx512.h"

/* Makes thenar_NAME(x, w, bias, factor, r, y) for the layer that the other arguments initialize; r may be null. */
#define THENAR_NHWC_QCONV(NAME, ...)                                                                              \
    static const thenar_nhwc_qconv NAME = {__VA_ARGS__};                                                          \
    THENAR_TARGET_AVX512 static void NAME##_avx512(const uint8_t *x, const int8_t *w, const int32_t *bias,        \
                                                   const float *factor, const uint8_t *r, uint8_t *y)             \
    {                                                                                                             \
        thenar_nhwc_qconv_avx512(&NAME, x, w, bias, factor, r, y);                                                \
    }                                                                                                             \
    THENAR_TARGET_AVX2 static void NAME##_avx_vnni(const uint8_t *x, const int8_t *w, const int32_t *bias,        \
                                                   const float *factor, const uint8_t *r, uint8_t *y)             \
    {                                                                                                             \
        thenar_nhwc_qconv_256(&NAME, 1, THENAR_MIN(THENAR_COLUMNS_VNNI, NAME.columns), x, w, bias, factor, r, y); \
    }                                                                                                             \
    static void thenar_##NAME(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *factor,        \
                              const uint8_t *r, uint8_t *y)                                                       \
    {                                                                                                             \
        const int level = thenar_level();                                                                         \
        if (level == THENAR_AVX512)                                                                               \
            NAME##_avx512(x, w, bias, factor, r, y);                                                              \
        else if (level == THENAR_AVX_VNNI)                                                                        \
            NAME##_avx_vnni(x, w, bias, factor, r, y);                                                            \
        else if (level == THENAR_AVX2)                                                                            \
            thenar_nhwc_qconv_avx2(&NAME, x, w, bias, factor, r, y);                                              \
        else                                                                                                      \
            thenar_nhwc_qconv_portable(&NAME, x, w, bias, factor, r, y);                                          \
        if (NAME.border >= 0)                                                                                     \
            thenar_border_uint8_t(NAME.y, (uint8_t)NAME.border, y);                                               \
    }

/* Makes thenar_NAME(x, w, bias, factor, y), whose result is float32, channels first. */
#define THENAR_NHWC_DEQUANTIZE(NAME, ...)                                                                            \
    static const thenar_nhwc_qconv NAME = {__VA_ARGS__};                                                             \
    THENAR_TARGET_AVX512 static void NAME##_avx512(const uint8_t *x, const int8_t *w, const int32_t *bias,           \
                                                   const float *factor, float *y)                                    \
    {                                                                                                                \
        thenar_nhwc_dequantize_avx512(&NAME, x, w, bias, factor, y);                                                 \
    }                                                                                                                \
    THENAR_TARGET_AVX2 static void NAME##_avx_vnni(const uint8_t *x, const int8_t *w, const int32_t *bias,           \
                                                   const float *factor, float *y)                                    \
    {                                                                                                                \
        thenar_nhwc_dequantize_256(&NAME, 1, THENAR_MIN(THENAR_COLUMNS_VNNI, NAME.columns), x, w, bias, factor, y);  \
    }                                                                                                                \
    static void thenar_##NAME(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *factor, float *y) \
    {                                                                                                                \
        const int level = thenar_level();                                                                            \
        if (level == THENAR_AVX512)                                                                                  \
            NAME##_avx512(x, w, bias, factor, y);                                                                    \
        else if (level == THENAR_AVX_VNNI)                                                                           \
            NAME##_avx_vnni(x, w, bias, factor, y);                                                                  \
        else if (level == THENAR_AVX2)                                                                               \
            thenar_nhwc_dequantize_avx2(&NAME, x, w, bias, factor, y);                                               \
        else                                                                                                         \
            thenar_nhwc_dequantize_portable(&NAME, x, w, bias, factor, y);                                           \
    }

#endif
