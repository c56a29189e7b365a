/* Float32 convolution on 64-bit ARM: tile_rows x tile_columns pixels by 4 * quads channels in registers. */
#ifndef THENAR_AARCH64_CONV_H
#define THENAR_AARCH64_CONV_H

#include "../nhwc/conv.h"
#include "level.h"

enum { THENAR_CONV_SUMS = 24 };

/* The first `count` of four floats: a matrix may end with them. */
THENAR_INLINE float32x4_t thenar_load_floats(const float *x, int32_t count)
{
    float values[4] = {0};
    float32x4_t four;
    if (count == 4) {
        THENAR_LOAD_16(four, x);
        return four;
    }
    memcpy(values, x, (size_t)count * sizeof *x);
    return vld1q_f32(values);
}

/* Up to four steps of a run: acc[pixel * quads + q]. */
THENAR_INLINE void thenar_conv_steps(const thenar_nhwc_conv *s, int32_t quads, int32_t count, const float *x,
                                     const float *w, float32x4_t *acc)
{
    const int32_t columns = s->tile_columns, pixels = s->tile_rows * columns;
    float32x4_t four[THENAR_CONV_SUMS];
    THENAR_UNROLL
    for (int32_t p = 0; p < pixels; p++)
        four[p] = thenar_load_floats(
            x + p / columns * s->stride[0] * thenar_row(s->x) + p % columns * s->stride[1] * s->x.channels, count);
#define THENAR_STEP(I)                                                         \
    if ((I) < count) {                                                         \
        float32x4_t weights[4];                                                \
        THENAR_UNROLL                                                          \
        for (int32_t q = 0; q < quads; q++)                                    \
            THENAR_LOAD_16(weights[q], w + (4 * (I) + q) * 4);                 \
        THENAR_UNROLL                                                          \
        for (int32_t i = 0; i < pixels * quads; i++)                           \
            __asm__ volatile("fmla %0.4s, %1.4s, %2.s[" #I "]"                 \
                             : "+w"(acc[i])                                    \
                             : "w"(weights[i % quads]), "w"(four[i / quads])); \
    }
    THENAR_STEP(0)
    THENAR_STEP(1)
    THENAR_STEP(2)
    THENAR_STEP(3)
#undef THENAR_STEP
}

THENAR_INLINE void thenar_conv_tile_neon(const thenar_nhwc_conv *s, int32_t quads, int32_t row, const float *x,
                                         const float *w, const float *bias, float32x4_t *acc)
{
    const int32_t first = thenar_conv_first(s, row, s->tile_rows), last = thenar_conv_last(s, row);
    const int32_t down = s->dilation * thenar_row(s->x), rest = s->steps % 4;
    THENAR_UNROLL
    for (int32_t p = 0; p < s->tile_rows * s->tile_columns; p++)
        THENAR_UNROLL
    for (int32_t q = 0; q < quads; q++)
        acc[p * quads + q] = vld1q_f32(bias + 4 * q);
    x += first * down;
    w += first * thenar_conv_weights(s);
    for (int32_t kr = first; kr < last; kr++, x += down)
        for (int32_t run = 0; run < s->runs; run++) {
            const float *xi = x + run * s->run_stride;
            THENAR_ROLLED
            for (int32_t k = 0; k < s->steps / 4; k++, xi += 4, w += 4 * THENAR_LANES)
                thenar_conv_steps(s, quads, 4, xi, w, acc);
            if (rest) {
                thenar_conv_steps(s, quads, rest, xi, w, acc);
                w += rest * THENAR_LANES;
            }
        }
}

/* One pixel's results for `count` (at most 16) channels. */
THENAR_INLINE void thenar_conv_store_neon(const thenar_nhwc_conv *s, int32_t count, const float32x4_t *acc,
                                          const float *r, float *y)
{
    THENAR_UNROLL
    for (int32_t q = 0; q < (count + 3) / 4; q++) {
        const int32_t left = THENAR_MIN(4, count - 4 * q);
        float values[4];
        float32x4_t sum = s->add ? vaddq_f32(acc[q], thenar_load_floats(r + 4 * q, left)) : acc[q];
        sum = vminq_f32(vmaxq_f32(sum, vdupq_n_f32(s->low)), vdupq_n_f32(s->high));
        vst1q_f32(values, sum);
        memcpy(y + 4 * q, values, (size_t)left * sizeof *y);
    }
}

/* The channels [c, c + count) of every pixel. */
THENAR_INLINE void thenar_conv_block_neon(const thenar_nhwc_conv *s, int32_t c, int32_t count, const float *x,
                                          const float *w, const float *bias, const float *r, float *y)
{
    const int32_t quads = (count + 3) / 4;
    for (int32_t top = 0; top < s->rows; top += s->tile_rows)
        for (int32_t left = 0; left < s->columns; left += s->tile_columns) {
            const int32_t row = THENAR_MIN(top, s->rows - s->tile_rows);
            const int32_t column = THENAR_MIN(left, s->columns - s->tile_columns);
            float32x4_t acc[THENAR_CONV_SUMS];
            thenar_conv_tile_neon(s, quads, row, x + thenar_conv_window(s, row, column), w, bias + c, acc);
            THENAR_UNROLL
            for (int32_t p = 0; p < s->tile_rows * s->tile_columns; p++) {
                const int32_t pr = row + p / s->tile_columns, pc = column + p % s->tile_columns;
                thenar_conv_store_neon(s, count, acc + p * quads, thenar_conv_added(s, r, pr, pc, c),
                                       y + thenar_conv_result(s, pr, pc) + c);
            }
        }
}

THENAR_INLINE void thenar_nhwc_conv_neon(const thenar_nhwc_conv *s, const float *x, const float *w, const float *bias,
                                         const float *r, float *y)
{
    const int32_t rest = s->out_channels % THENAR_LANES, whole = s->out_channels - rest;
    THENAR_ROLLED
    for (int32_t c = 0; c < whole; c += THENAR_LANES, w += s->kernel_rows * thenar_conv_weights(s))
        thenar_conv_block_neon(s, c, THENAR_LANES, x, w, bias, r, y);
    if (rest)
        thenar_conv_block_neon(s, whole, rest, x, w, bias, r, y);
}

/* Group after group, and the border. */
THENAR_INLINE void thenar_nhwc_groups_neon(const thenar_nhwc_conv *s, const float *x, const float *w, const float *bias,
                                           const float *r, float *y)
{
    const int32_t width = (s->out_channels + THENAR_LANES - 1) / THENAR_LANES * THENAR_LANES;
    for (int32_t g = 0; g < s->groups; g++) {
        const int32_t first = g * s->out_channels;
        thenar_nhwc_conv_neon(s, x + g * s->steps, w + g * thenar_conv_group(s), bias + g * width,
                              s->add ? r + first : r, y + first);
    }
    if (s->border)
        thenar_border_float(s->y, 0.0f, y);
}

/* Makes thenar_NAME(x, w, bias, r, y) for the layer that the other arguments initialize; r may be null. */
#define THENAR_NHWC_CONV(NAME, ...)                                                                        \
    static const thenar_nhwc_conv NAME = {__VA_ARGS__};                                                    \
    static void thenar_##NAME(const float *x, const float *w, const float *bias, const float *r, float *y) \
    {                                                                                                      \
        thenar_nhwc_groups_neon(&NAME, x, w, bias, r, y);                                                  \
    }

#endif
