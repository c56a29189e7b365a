/* Float32 depthwise convolution on 64-bit ARM: a tile of tile_rows x tile_columns pixels by 4 channels in registers. */
#ifndef THENAR_AARCH64_DEPTHWISE_H
#define THENAR_AARCH64_DEPTHWISE_H

#include "../nhwc/depthwise.h"
#include "conv.h"

enum { THENAR_DEPTHWISE_UNROLLED = 400 /* products of a tile up to which each becomes an instruction of its own */ };

/* acc += the sums of one tile; every pixel is read once for all the results whose windows it is in. */
THENAR_INLINE void thenar_depthwise_tile_neon(const thenar_nhwc_conv *s, const float *x, const float *w,
                                              float32x4_t *acc)
{
    const int32_t columns = s->tile_columns, right = s->run_stride / s->x.channels;
    const int32_t high = (s->tile_rows - 1) * s->stride[0] + (s->kernel_rows - 1) * s->dilation + 1;
    const int32_t wide = (columns - 1) * s->stride[1] + (s->runs - 1) * right + 1;
    THENAR_UNROLL
    for (int32_t kr = 0; kr < high; kr++)
        THENAR_UNROLL
    for (int32_t kc = 0; kc < wide; kc++) {
        const float32x4_t pixel = vld1q_f32(x + kr * thenar_row(s->x) + kc * s->x.channels);
        THENAR_UNROLL
        for (int32_t p = 0; p < s->tile_rows * columns; p++) {
            const int32_t across = kc - p % columns * s->stride[1], down = kr - p / columns * s->stride[0];
            const int under = across >= 0 && across % right == 0 && across / right < s->runs && down >= 0 &&
                              down % s->dilation == 0 && down / s->dilation < s->kernel_rows;
            if (under) {
                const float *wi = w + (down / s->dilation * s->runs + across / right) * THENAR_LANES;
                acc[p] = vfmaq_f32(acc[p], pixel, vld1q_f32(wi));
            }
        }
    }
}

/* The same with a loop over the taps, for kernels so large or so dilated that the code above would be too long. */
THENAR_INLINE void thenar_depthwise_taps_neon(const thenar_nhwc_conv *s, const float *x, const float *w,
                                              float32x4_t *acc)
{
    const int32_t columns = s->tile_columns, row = thenar_row(s->x);
    for (int32_t kr = 0; kr < s->kernel_rows; kr++)
        THENAR_ROLLED
    for (int32_t run = 0; run < s->runs; run++, w += THENAR_LANES) {
        const float *xi = x + kr * s->dilation * row + run * s->run_stride;
        const float32x4_t weights = vld1q_f32(w);
        THENAR_UNROLL
        for (int32_t p = 0; p < s->tile_rows * columns; p++)
            acc[p] = vfmaq_f32(
                acc[p], weights,
                vld1q_f32(xi + p / columns * s->stride[0] * row + p % columns * s->stride[1] * s->x.channels));
    }
}

/* The channels [c, c + count), of at most 4, in the rows of one row of tiles: their weights stay in registers. */
THENAR_INLINE void thenar_depthwise_row_neon(const thenar_nhwc_conv *s, int32_t row, int32_t c, int32_t count,
                                             const float *x, const float *w, const float *bias, const float *r,
                                             float *y)
{
    const int32_t taps = s->kernel_rows * s->runs, pixels = s->tile_rows * s->tile_columns;
    const int32_t wide = (s->tile_columns - 1) * s->stride[1] + (s->runs - 1) * s->run_stride / s->x.channels + 1;
    const float *wc = w + c / THENAR_LANES * taps * THENAR_LANES + c % THENAR_LANES;
    for (int32_t left = 0; left < s->columns; left += s->tile_columns) {
        const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
        const float *xi = x + thenar_conv_window(s, row, column) + c;
        float32x4_t acc[THENAR_CONV_SUMS];
        THENAR_UNROLL
        for (int32_t p = 0; p < pixels; p++)
            acc[p] = vld1q_f32(bias + c);
        if (taps * pixels <= THENAR_DEPTHWISE_UNROLLED && wide <= 32)
            thenar_depthwise_tile_neon(s, xi, wc, acc);
        else
            thenar_depthwise_taps_neon(s, xi, wc, acc);
        THENAR_UNROLL
        for (int32_t p = 0; p < pixels; p++) {
            const int32_t pr = row + p / s->tile_columns, pc = column + p % s->tile_columns;
            thenar_conv_store_neon(s, count, acc + p, thenar_conv_added(s, r, pr, pc, c),
                                   y + thenar_conv_result(s, pr, pc) + c);
        }
    }
}

THENAR_INLINE void thenar_nhwc_depthwise_neon(const thenar_nhwc_conv *s, const float *x, const float *w,
                                              const float *bias, const float *r, float *y)
{
    const int32_t rest = s->out_channels % 4, whole = s->out_channels - rest;
    for (int32_t top = 0; top < s->rows; top += s->tile_rows) {
        const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
        THENAR_ROLLED
        for (int32_t c = 0; c < whole; c += 4)
            thenar_depthwise_row_neon(s, row, c, 4, x, w, bias, r, y);
        if (rest)
            thenar_depthwise_row_neon(s, row, whole, rest, x, w, bias, r, y);
    }
}

/* Makes thenar_NAME(x, w, bias, r, y) for the layer that the other arguments initialize; r may be null. */
#define THENAR_NHWC_DEPTHWISE(NAME, ...)                                                                   \
    static const thenar_nhwc_conv NAME = {__VA_ARGS__};                                                    \
    static void thenar_##NAME(const float *x, const float *w, const float *bias, const float *r, float *y) \
    {                                                                                                      \
        thenar_nhwc_depthwise_neon(&NAME, x, w, bias, r, y);                                               \
        thenar_border_float(NAME.y, 0.0f, y);                                                              \
    }

#endif
