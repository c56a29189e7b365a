/* Float32 convolution for every x86-64 CPU, one function per layer and level. */
#ifndef THENAR_X86_64_CONV_H
#define THENAR_X86_64_CONV_H

#include "conv_avx2.h"
#include "conv_avx512.h"

/* Makes thenar_NAME(x, w, bias, r, y) for the layer that the other arguments initialize; r may be null. */
#define THENAR_NHWC_CONV(NAME, ...)                                                                                   \
    static const thenar_nhwc_conv NAME = {__VA_ARGS__};                                                               \
    THENAR_TARGET_AVX512 static void NAME##_avx512(const float *x, const float *w, const float *bias, const float *r, \
                                                   float *y)                                                          \
    {                                                                                                                 \
        thenar_nhwc_conv_avx512(&NAME, x, w, bias, r, y);                                                             \
    }                                                                                                                 \
    THENAR_TARGET_AVX2 static void NAME##_avx2(const float *x, const float *w, const float *bias, const float *r,     \
                                               float *y)                                                              \
    {                                                                                                                 \
        thenar_nhwc_conv_avx2(&NAME, x, w, bias, r, y);                                                               \
    }                                                                                                                 \
    static void thenar_##NAME(const float *x, const float *w, const float *bias, const float *r, float *y)            \
    {                                                                                                                 \
        const int level = thenar_level();                                                                             \
        for (int32_t g = 0; g < NAME.groups; g++) {                                                                   \
            const int32_t first = g * NAME.out_channels, width = NAME.vectors * THENAR_LANES;                         \
            const float *xg = x + g * NAME.steps, *wg = w + g * thenar_conv_group(&NAME);                             \
            const float *bg = bias + g * ((NAME.out_channels + width - 1) / width * width);                           \
            const float *rg = NAME.add ? r + first : r;                                                               \
            if (level == THENAR_AVX512)                                                                               \
                NAME##_avx512(xg, wg, bg, rg, y + first);                                                             \
            else if (level >= THENAR_AVX2)                                                                            \
                NAME##_avx2(xg, wg, bg, rg, y + first);                                                               \
            else                                                                                                      \
                thenar_nhwc_conv_portable(&NAME, xg, wg, bg, rg, y + first);                                          \
        }                                                                                                             \
        if (NAME.border)                                                                                              \
            thenar_border_float(NAME.y, 0.0f, y);                                                                     \
    }

#endif
