/* Max and average pooling over 1 to 3 spatial dimensions of NCDHW; missing ones have size 1. */
#ifndef THENAR_POOL_H
#define THENAR_POOL_H

#include "base.h"

typedef struct {
    int32_t channels; /* batch x channels */
    int32_t in[3], out[3], kernel[3];
    int32_t stride[3], dilation[3], pad[3], pad_end[3];
    int32_t include_pad;  /* average: does padding count as elements? */
    int32_t column_major; /* max: are indices counted column by column? */
} thenar_pool;

/* The loops over an output's window; inside, `at` is the input element, skipped where it is padding. */
#define THENAR_WINDOW(s, z, r, c)                                                                                    \
    for (int32_t kz = 0, iz = (z) * (s).stride[0] - (s).pad[0]; kz < (s).kernel[0]; kz++, iz += (s).dilation[0])     \
        for (int32_t kr = 0, ir = (r) * (s).stride[1] - (s).pad[1]; kr < (s).kernel[1]; kr++, ir += (s).dilation[1]) \
            for (int32_t kc = 0, ic = (c) * (s).stride[2] - (s).pad[2]; kc < (s).kernel[2]; kc++, ic += (s).dilation[2])
#define THENAR_INSIDE(s) (iz >= 0 && iz < (s).in[0] && ir >= 0 && ir < (s).in[1] && ic >= 0 && ic < (s).in[2])
/* Padding counts where it was asked for; the part of a window beyond it (ceil_mode) never does. */
#define THENAR_PADDED(s) \
    (iz < (s).in[0] + (s).pad_end[0] && ir < (s).in[1] + (s).pad_end[1] && ic < (s).in[2] + (s).pad_end[2])

THENAR_KERNEL void thenar_average_pool_float(const thenar_pool s, const float *x, float *y)
{
    for (int32_t n = 0; n < s.channels; n++, x += s.in[0] * s.in[1] * s.in[2])
        for (int32_t z = 0; z < s.out[0]; z++)
            for (int32_t r = 0; r < s.out[1]; r++)
                for (int32_t c = 0; c < s.out[2]; c++, y++) {
                    float sum = 0.0f;
                    int32_t count = 0;
                    THENAR_WINDOW(s, z, r, c)
                    {
                        if (THENAR_INSIDE(s))
                            sum += x[(iz * s.in[1] + ir) * s.in[2] + ic];
                        count += s.include_pad ? THENAR_PADDED(s) : THENAR_INSIDE(s);
                    }
                    *y = count ? sum / (float)count : 0.0f;
                }
}

/* Makes thenar_max_pool_TYPE. `index`, which may be null, receives the position of each maximum in x. */
#define THENAR_MAX_POOL(TYPE, LOWEST)                                                                      \
    THENAR_KERNEL void thenar_max_pool_##TYPE(const thenar_pool s, const TYPE *x, TYPE *y, int64_t *index) \
    {                                                                                                      \
        const int32_t size = s.in[0] * s.in[1] * s.in[2];                                                  \
        for (int32_t n = 0; n < s.channels; n++, x += size)                                                \
            for (int32_t z = 0; z < s.out[0]; z++)                                                         \
                for (int32_t r = 0; r < s.out[1]; r++)                                                     \
                    for (int32_t c = 0; c < s.out[2]; c++, y++) {                                          \
                        TYPE best = LOWEST;                                                                \
                        int32_t at = 0;                                                                    \
                        THENAR_WINDOW(s, z, r, c)                                                          \
                        {                                                                                  \
                            if (THENAR_INSIDE(s) && x[(iz * s.in[1] + ir) * s.in[2] + ic] > best) {        \
                                best = x[(iz * s.in[1] + ir) * s.in[2] + ic];                              \
                                at = s.column_major ? (ic * s.in[1] + ir) * s.in[0] + iz                   \
                                                    : (iz * s.in[1] + ir) * s.in[2] + ic;                  \
                            }                                                                              \
                        }                                                                                  \
                        *y = best;                                                                         \
                        if (index)                                                                         \
                            *index++ = n * size + at;                                                      \
                    }                                                                                      \
    }

#endif
