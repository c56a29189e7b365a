/* Float32 convolution with AVX-512. */
#ifndef THENAR_X86_64_CONV_AVX512_H
#define THENAR_X86_64_CONV_AVX512_H

#include "conv_panels_avx512.h"

/* Floats of weights up to which a convolution needs no panels. */
enum { THENAR_CONV_NEAR_512 = 65536 / 4 };

THENAR_INLINE THENAR_TARGET_AVX512 void thenar_nhwc_conv_avx512(const thenar_nhwc_conv *s, const float *x,
                                                                const float *w, const float *bias, const float *r,
                                                                float *y)
{
    if (thenar_conv_group(s) > THENAR_CONV_NEAR_512) {
        thenar_conv_panels_512(s, x, w, bias, r, y);
        return;
    }
    const int32_t width = s->vectors * THENAR_LANES;
    for (int32_t channel = 0; channel < s->out_channels; channel += width, w += s->kernel_rows * thenar_conv_weights(s))
        for (int32_t top = 0; top < s->rows; top += s->tile_rows)
            for (int32_t left = 0; left < s->columns; left += s->tile_columns) {
                const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
                const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
                const thenar_conv_panel panel = {thenar_conv_first(s, row, s->tile_rows), thenar_conv_last(s, row), 0,
                                                 s->steps};
                __m512 acc[THENAR_CONV_TILE_512];
                thenar_conv_start_512(s, bias + channel, acc);
                thenar_conv_tile_512(s, panel, x + thenar_conv_window(s, row, column), w, 0, acc);
                THENAR_UNROLL
                for (int32_t v = 0; v < s->vectors; v++)
                    if (channel + v * THENAR_LANES < s->out_channels)
                        thenar_conv_store_512(s, acc + v, s->vectors, row, column, channel + v * THENAR_LANES, r, y);
            }
}

#endif
