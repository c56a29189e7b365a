/* From the sums of a pixel to its bytes. */
#ifndef THENAR_CORTEX_M_FINISH_H
#define THENAR_CORTEX_M_FINISH_H

#include "rescale.h"

/* 16 bits for each number: there is one of these for every layer, in flash. */
typedef struct {
    int16_t height, width, channels; /* of x */
    int16_t kernel[2], stride[2], dilation[2], pad[2];
    int16_t groups, group_channels; /* group_channels: of x that each group reads */
    int16_t stretch;                /* bytes of weights for one kernel row */
    int16_t x_zero;
    int16_t rows, columns;         /* of the result, which goes to every y_step-th row and column of y */
    int16_t y_first[2], y_step[2]; /* from y_first on */
    int16_t y_width, y_channels;
    int16_t zero, low, high;
    int16_t add, r_shift, r_zero; /* 1: y = halved((conv - zero) * a + (r - r_zero) * b), r at (row >> r_shift, ...) */
    int16_t a, b, sum_shift, sum_zero, sum_low, sum_high;
} thenar_cortex_conv;

/* y[c] for `count` channels: the sum and what it starts from, rescaled, added to r[c] where the layer adds, within its
   limits. Reads of sums and channel end at a multiple of four channels. */
THENAR_LEAF void thenar_cortex_finish(const thenar_cortex_conv *s, int32_t count, const int32_t *sums,
                                      const int32_t *channel, const int8_t *r, int8_t *y)
{
    const int32_t zero = s->zero, low = s->low, high = s->high;
#if defined(THENAR_HELIUM)
    for (int32_t i = 0; i < count; i += 4) {
        const mve_pred16_t lanes = vctp32q((uint32_t)(count - i));
        const int32x4x2_t own = vld2q_s32(channel + 2 * i);
        int32x4_t q = thenar_rescaled4(vaddq_s32(vldrwq_s32(sums + i), own.val[0]), own.val[1]);
        q = thenar_within4(vaddq_n_s32(q, zero), low, high);
        if (s->add) {
            const int32x4_t other = vsubq_n_s32(vldrbq_z_s32(r + i, lanes), s->r_zero);
            const int32x4_t both = vmlaq_n_s32(vmulq_n_s32(other, s->b), vsubq_n_s32(q, zero), s->a);
            q = thenar_halved4(both, s->sum_shift);
            q = thenar_within4(vaddq_n_s32(q, s->sum_zero), s->sum_low, s->sum_high);
        }
        vstrbq_p_s32(y + i, q, lanes);
    }
#else
    if (s->add) {
        const int32_t a = s->a, b = s->b, shift = s->sum_shift;
        for (int32_t i = 0; i < count; i++, channel += 2) {
            const int32_t q = thenar_within(thenar_rescaled(sums[i] + channel[0], channel[1]) + zero, low, high);
            const int32_t both = (q - zero) * a + (r[i] - s->r_zero) * b;
            y[i] = (int8_t)thenar_within(thenar_halved(both, shift) + s->sum_zero, s->sum_low, s->sum_high);
        }
        return;
    }
    for (int32_t i = 0; i < count; i++, channel += 2)
        y[i] = (int8_t)thenar_within(thenar_rescaled(sums[i] + channel[0], channel[1]) + zero, low, high);
#endif
}

#endif
