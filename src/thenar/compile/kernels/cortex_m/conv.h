/* Quantized convolution on microcontrollers: one function for every layer, two pixels by all channels at a time.
 *
 * Under a window, each kernel row is one stretch of the image. Where the window leaves the image, or its columns or
 * channels aren't neighbours (dilation, groups), it is copied into a patch first, with zero points for what is outside;
 * the sums never know. A stretch ends at a multiple of four bytes: the weights beyond its end are 0, whatever lies
 * there in the image. Every group has an even number of channels, the last one of zeros if need be. Weights are
 * (channel, kernel row, stretch) for the loops of rows.h; (pair of channels, kernel row, word of the stretch, channel
 * of the pair) for those of pairs.h.
 */
#ifndef THENAR_CORTEX_M_CONV_H
#define THENAR_CORTEX_M_CONV_H

#include "finish.h"
#include "pairs.h"
#include "rows.h"

/* Where the result (row, column) goes in y. */
THENAR_INLINE int32_t thenar_cortex_result(const thenar_cortex_conv *s, int32_t row, int32_t column)
{
    return ((s->y_first[0] + row * s->y_step[0]) * s->y_width + s->y_first[1] + column * s->y_step[1]) * s->y_channels;
}

/* What is added to channel c and on of the result (row, column), in r; no pointer where the layer doesn't add. */
THENAR_INLINE const int8_t *thenar_cortex_added(const thenar_cortex_conv *s, const int8_t *r, int32_t row,
                                                int32_t column, int32_t c)
{
    const int32_t at = (row >> s->r_shift) * (s->y_width >> s->r_shift) + (column >> s->r_shift);
    return s->add ? r + at * s->y_channels + c : r;
}

/* z of each channel: its sum and what that starts from, times a float32. */
THENAR_INLINE void thenar_cortex_scale(const thenar_cortex_conv *s, int32_t count, const int32_t *sums,
                                       const int32_t *channel, float *z)
{
    for (int32_t i = 0; i < count; i++, channel += 2, z += s->rows * s->columns) {
        float factor;
        memcpy(&factor, channel + 1, sizeof factor);
        *z = (float)(sums[i] + channel[0]) * factor;
    }
}

/* Are the windows of the results (row, first) to (row, last) stretches of the image, from end to end? */
THENAR_INLINE int thenar_cortex_inside(const thenar_cortex_conv *s, int32_t row, int32_t first, int32_t last)
{
    const int32_t top = row * s->stride[0] - s->pad[0], left = first * s->stride[1] - s->pad[1];
    const int32_t right = last * s->stride[1] - s->pad[1] + s->kernel[1];
    return s->groups == 1 && (s->dilation[1] == 1 || s->kernel[1] == 1) && top >= 0 &&
           top + (s->kernel[0] - 1) * s->dilation[0] < s->height && left >= 0 && right <= s->width;
}

/* The window of result (row, column), channels of one group alone. */
THENAR_SHARED void thenar_cortex_patch(const thenar_cortex_conv *s, const int8_t *x, int32_t row, int32_t column,
                                       int32_t group, int8_t *patch)
{
    const size_t bytes = (size_t)s->group_channels;
    for (int32_t kr = 0; kr < s->kernel[0]; kr++) {
        const int32_t ir = row * s->stride[0] - s->pad[0] + kr * s->dilation[0];
        int8_t *to = patch + kr * s->stretch;
        for (int32_t kc = 0; kc < s->kernel[1]; kc++, to += bytes) {
            const int32_t ic = column * s->stride[1] - s->pad[1] + kc * s->dilation[1];
            if (ir < 0 || ir >= s->height || ic < 0 || ic >= s->width)
                memset(to, s->x_zero, bytes);
            else
                memcpy(to, x + (ir * s->width + ic) * s->channels + group * s->group_channels, bytes);
        }
    }
}

/* Sums of a pair of pixels (the same one twice at the end of an odd row), all over the layer, then their results.
   `pairs` and `floats` are constants: which inner loops; whether bytes are written into y, or the sums times a float32
   factor into z, channels first. scratch: the sums, then two patches. */
THENAR_INLINE void thenar_cortex_each(const thenar_cortex_conv *s, int pairs, int floats, const int8_t *x,
                                      const int8_t *w, const int32_t *channel, const int8_t *r, void *scratch,
                                      int8_t *y, float *z)
{
    const int32_t window = s->kernel[0] * s->stretch, count = s->y_channels / s->groups, even = (count + 1) / 2 * 2;
    int32_t *sums = (int32_t *)scratch;
    int8_t *patch = (int8_t *)(sums + 2 * even);
    for (int32_t row = 0; row < s->rows; row++)
        for (int32_t column = 0; column < s->columns; column += 2)
            for (int32_t group = 0; group < s->groups; group++) {
                const int32_t next = column + 1 < s->columns, c = group * count;
                thenar_window at = {patch, patch + next * window, s->stretch, s->kernel[0], s->stretch};
                if (thenar_cortex_inside(s, row, column, column + next)) {
                    const int32_t top = row * s->stride[0] - s->pad[0], left = column * s->stride[1] - s->pad[1];
                    at.first = x + (top * s->width + left) * s->channels;
                    at.second = at.first + next * s->stride[1] * s->channels;
                    at.step = s->dilation[0] * s->width * s->channels;
                } else {
                    thenar_cortex_patch(s, x, row, column, group, patch);
                    if (next)
                        thenar_cortex_patch(s, x, row, column + 1, group, patch + window);
                }
                if (at.step == at.length) /* one long stretch */
                    at.length = window, at.step = window, at.rows = 1;
                if (pairs)
                    thenar_pairs(&at, even, w + group * even * window, sums);
                else
                    thenar_rows(&at, even, w + group * even * window, sums);
                for (int32_t p = 0; p <= next; p++)
                    if (floats)
                        thenar_cortex_scale(s, count, sums + p * even, channel + 2 * c,
                                            z + (c * s->rows + row) * s->columns + column + p);
                    else
                        thenar_cortex_finish(s, count, sums + p * even, channel + 2 * c,
                                             thenar_cortex_added(s, r, row, column + p, c),
                                             y + thenar_cortex_result(s, row, column + p) + c);
            }
}

/* The kernels: NAME for the loop that LOOP names, with results of type TYPE. */
#define THENAR_CORTEX_KERNEL(NAME, PAIRS, FLOATS, TYPE, BYTES, NUMBERS)                                      \
    THENAR_SHARED void thenar_cortex_##NAME(const thenar_cortex_conv *s, const int8_t *x, const int8_t *w,   \
                                            const int32_t *channel, const int8_t *r, TYPE *y, void *scratch) \
    {                                                                                                        \
        thenar_cortex_each(s, PAIRS, FLOATS, x, w, channel, r, scratch, BYTES, NUMBERS);                     \
    }

THENAR_CORTEX_KERNEL(qconv_pairs, 1, 0, int8_t, y, 0)
THENAR_CORTEX_KERNEL(qconv_rows, 0, 0, int8_t, y, 0)
THENAR_CORTEX_KERNEL(dequantize_pairs, 1, 1, float, 0, y)
THENAR_CORTEX_KERNEL(dequantize_rows, 0, 1, float, 0, y)

/* Makes thenar_NAME, KERNEL for the layer that the other arguments initialize; Y is the type of its result. */
#define THENAR_CORTEX(NAME, KERNEL, Y, ...)                                                                     \
    static const thenar_cortex_conv NAME = {__VA_ARGS__};                                                       \
    THENAR_INLINE void thenar_##NAME(const int8_t *x, const int8_t *w, const int32_t *channel, const int8_t *r, \
                                     void *y, void *scratch)                                                    \
    {                                                                                                           \
        thenar_cortex_##KERNEL(&NAME, x, w, channel, r, (Y *)y, scratch);                                       \
    }

#endif
