/* The inner loops of convolutions and matrix products for Helium: two windows by two channels, whose weights lie one
 * channel after the other. */
#ifndef THENAR_CORTEX_M_ROWS_H
#define THENAR_CORTEX_M_ROWS_H

#include "window.h"

/* sums[c] = first . w[c], sums[count + c] = second . w[c] for an even `count` of channels. */
THENAR_LEAF void thenar_rows(const thenar_window *at, int32_t count, const int8_t *w, int32_t *sums)
{
    const int32_t length = at->length, window = at->rows * length;
    for (int32_t c = 0; c < count; c += 2, sums += 2, w += 2 * window) {
        int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        const int8_t *a = at->first, *b = at->second, *w0 = w, *w1 = w + window;
        for (int32_t row = at->rows; row > 0; row--, a += at->step - length, b += at->step - length) {
#if defined(THENAR_HELIUM)
            /* q0, q1: the windows; q2, q3: the weights. The loop's last round leaves the lanes beyond the stretch out;
               the pointers go past them. */
            __asm__ volatile("wlstp.8 lr, %[length], 2f\n"
                             "1:\n"
                             "vldrb.8 q0, [%[a]], #16\n"
                             "vldrb.8 q2, [%[w0]], #16\n"
                             "vmladava.s8 %[s0], q0, q2\n"
                             "vldrb.8 q1, [%[b]], #16\n"
                             "vmladava.s8 %[s2], q1, q2\n"
                             "vldrb.8 q3, [%[w1]], #16\n"
                             "vmladava.s8 %[s1], q0, q3\n"
                             "vmladava.s8 %[s3], q1, q3\n"
                             "letp lr, 1b\n"
                             "2:\n"
                             : [a] "+r"(a), [b] "+r"(b), [w0] "+r"(w0), [w1] "+r"(w1), [s0] "+Te"(s0), [s1] "+Te"(s1),
                               [s2] "+Te"(s2), [s3] "+Te"(s3)
                             : [length] "r"(length)
                             : "q0", "q1", "q2", "q3", "lr", "memory");
            const int32_t past = -length & 15;
            a -= past, b -= past, w0 -= past, w1 -= past;
#else
            for (int32_t i = 0; i < length; i++, a++, b++, w0++, w1++)
                s0 += *a * *w0, s1 += *a * *w1, s2 += *b * *w0, s3 += *b * *w1;
#endif
        }
        sums[0] = s0, sums[1] = s1, sums[count] = s2, sums[count + 1] = s3;
    }
}

#endif
