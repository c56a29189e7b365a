/* Quantized convolution of each channel by itself, on microcontrollers.
 *
 * For each result, the taps of the window become pointers to pixels, those outside of the image to a pixel of zero
 * points; then every block of channels walks the same pointers. Weights are (kernel row, kernel column, channel), the
 * channels rounded up to a multiple of 8, which is how many are computed at a time.
 */
#ifndef THENAR_CORTEX_M_DEPTHWISE_H
#define THENAR_CORTEX_M_DEPTHWISE_H

#include "conv.h"

#define THENAR_CHANNELS 8

/* sums[i] = sum of x[tap][i] * w[tap][i] for eight channels from x[tap] and w on. */
THENAR_INLINE void thenar_cortex_taps(int32_t taps, int32_t step, const int8_t *const *x, int32_t c, const int8_t *w,
                                      int32_t *sums)
{
#if defined(THENAR_HELIUM)
    int32x4x2_t pair = {{vdupq_n_s32(0), vdupq_n_s32(0)}}; /* even channels, odd channels */
    for (int32_t k = 0; k < taps; k++, w += step) {
        const int16x8_t xi = vldrbq_s16(x[k] + c), wi = vldrbq_s16(w);
        pair.val[0] = vaddq_s32(pair.val[0], vmullbq_int_s16(xi, wi));
        pair.val[1] = vaddq_s32(pair.val[1], vmulltq_int_s16(xi, wi));
    }
    vst2q_s32(sums, pair);
#elif defined(THENAR_DSP)
    for (int32_t half = 0; half < THENAR_CHANNELS; half += 4, c += 4, sums += 4) {
        int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        const int8_t *wi = w + half;
        for (int32_t k = 0; k < taps; k++, wi += step) {
            const int32_t xi = thenar_word(x[k] + c), wk = thenar_word(wi);
            const int32_t x0 = thenar_even(xi), x1 = thenar_odd(xi), w0 = thenar_even(wk), w1 = thenar_odd(wk);
            s0 = __smlabb(x0, w0, s0);
            s1 = __smlabb(x1, w1, s1);
            s2 = __smlatt(x0, w0, s2);
            s3 = __smlatt(x1, w1, s3);
        }
        sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
    }
#else
    memset(sums, 0, THENAR_CHANNELS * sizeof *sums);
    for (int32_t k = 0; k < taps; k++, w += step)
        for (int32_t i = 0; i < THENAR_CHANNELS; i++)
            sums[i] += x[k][c + i] * w[i];
#endif
}

/* scratch: a pointer for each tap, a sum for each channel of w, then a pixel of as many channels. */
THENAR_SHARED void thenar_cortex_depthwise(const thenar_cortex_conv *s, const int8_t *x, const int8_t *w,
                                           const int32_t *channel, const int8_t *r, int8_t *y, void *scratch)
{
    const int32_t taps = s->kernel[0] * s->kernel[1];
    const int8_t **pixel = (const int8_t **)scratch;
    int32_t *sums = (int32_t *)(void *)(pixel + taps);
    int8_t *outside = (int8_t *)(sums + s->stretch);
    memset(outside, s->x_zero, (size_t)s->channels);
    for (int32_t row = 0; row < s->rows; row++)
        for (int32_t column = 0; column < s->columns; column++) {
            for (int32_t kr = 0, k = 0; kr < s->kernel[0]; kr++)
                for (int32_t kc = 0; kc < s->kernel[1]; kc++, k++) {
                    const int32_t ir = row * s->stride[0] - s->pad[0] + kr * s->dilation[0];
                    const int32_t ic = column * s->stride[1] - s->pad[1] + kc * s->dilation[1];
                    const int inside = ir >= 0 && ir < s->height && ic >= 0 && ic < s->width;
                    pixel[k] = inside ? x + (ir * s->width + ic) * s->channels : outside;
                }
            for (int32_t c = 0; c < s->stretch; c += THENAR_CHANNELS)
                thenar_cortex_taps(taps, s->stretch, pixel, c, w + c, sums + c);
            thenar_cortex_finish(s, s->channels, sums, channel, thenar_cortex_added(s, r, row, column, 0),
                                 y + thenar_cortex_result(s, row, column));
        }
}

#endif
