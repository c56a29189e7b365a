/* The inner loops of convolutions and matrix products for CPUs that multiply pairs of 16-bit numbers: two windows by
 * two channels, whose weights are interleaved, four bytes of the one, four of the other. */
#ifndef THENAR_CORTEX_M_PAIRS_H
#define THENAR_CORTEX_M_PAIRS_H

#include "window.h"

#if defined(THENAR_DSP)
/* Four bytes of both windows and both channels: 4 loads, 8 expansions and 8 instructions for 16 products. */
#    define THENAR_PAIRS_STEP                                                                               \
        {                                                                                                   \
            int32_t a1 = thenar_word(a), b1 = thenar_word(b), v1 = thenar_word(w), u1 = thenar_word(w + 4); \
            const int32_t a0 = thenar_even(a1), b0 = thenar_even(b1);                                       \
            a1 = thenar_odd(a1), b1 = thenar_odd(b1);                                                       \
            const int32_t v0 = thenar_even(v1);                                                             \
            s0 = __smlad(v0, a0, s0), s2 = __smlad(v0, b0, s2);                                             \
            v1 = thenar_odd(v1);                                                                            \
            s0 = __smlad(v1, a1, s0), s2 = __smlad(v1, b1, s2);                                             \
            const int32_t u0 = thenar_even(u1);                                                             \
            s1 = __smlad(u0, a0, s1), s3 = __smlad(u0, b0, s3);                                             \
            u1 = thenar_odd(u1);                                                                            \
            s1 = __smlad(u1, a1, s1), s3 = __smlad(u1, b1, s3);                                             \
            a += 4, b += 4, w += 8;                                                                         \
        }
#endif

/* sums[c] = first . w[c], sums[count + c] = second . w[c] for an even `count` of channels. Not inlined, so that all of
   it stays in registers. */
THENAR_LEAF void thenar_pairs(const thenar_window *at, int32_t count, const int8_t *w, int32_t *sums)
{
    for (int32_t c = 0; c < count; c += 2, sums += 2) {
        int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        const int8_t *a = at->first, *b = at->second;
        for (int32_t row = at->rows; row > 0; row--, a += at->step - at->length, b += at->step - at->length) {
            const int8_t *end = a + at->length;
#if defined(THENAR_DSP)
            if (at->length & 4)
                THENAR_PAIRS_STEP
            while (a < end) {
                THENAR_PAIRS_STEP
                THENAR_PAIRS_STEP
            }
#else
            for (; a < end; a += 4, b += 4, w += 8)
                for (int32_t i = 0; i < 4; i++)
                    s0 += a[i] * w[i], s1 += a[i] * w[4 + i], s2 += b[i] * w[i], s3 += b[i] * w[4 + i];
#endif
        }
        sums[0] = s0, sums[1] = s1, sums[count] = s2, sums[count + 1] = s3;
    }
}

#endif
