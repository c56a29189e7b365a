/* Images put together, channels last: sums of bytes, and channels side by side. */
#ifndef THENAR_NHWC_JOIN_H
#define THENAR_NHWC_JOIN_H

#include "image.h"

typedef struct {
    thenar_image x, r, y;
    int32_t x_zero, r_zero, a, b; /* (x - x_zero) * a + (r - r_zero) * b stays below 2^24 */
    float factor;                 /* a power of 2 */
    int32_t zero, low, high, border;
} thenar_nhwc_qadd;

/* y = zero + round(((x - x_zero) * a + (r - r_zero) * b) * factor), halves to even, as thenar_requantize: the product
   is exact, and adding 1.5 * 2^23 rounds it. */
THENAR_KERNEL void thenar_nhwc_add(const thenar_nhwc_qadd s, const uint8_t *x, const uint8_t *r, uint8_t *y)
{
    for (int32_t row = 0; row < s.y.height; row++) {
        const uint8_t *xi = x + thenar_pixel(s.x, row, 0), *ri = r + thenar_pixel(s.r, row, 0);
        uint8_t *yi = y + thenar_pixel(s.y, row, 0);
        for (int32_t i = 0; i < s.y.width * s.y.channels; i++) {
            const int32_t sum = (xi[i] - s.x_zero) * s.a + (ri[i] - s.r_zero) * s.b;
            const float rounded = (float)sum * s.factor + 12582912.0f;
            int32_t q;
            memcpy(&q, &rounded, sizeof q);
            q += s.zero - 0x4B400000;
            yi[i] = (uint8_t)(q < s.low ? s.low : q > s.high ? s.high : q);
        }
    }
    thenar_border_uint8_t(s.y, (uint8_t)s.border, y);
}

typedef struct {
    thenar_image x, y;
    int32_t first; /* channel of y where those of x begin */
    int32_t border;
} thenar_nhwc_part;

/* Makes thenar_nhwc_concat_TYPE: the channels of x become some of y's. */
#define THENAR_NHWC_CONCAT(TYPE)                                                                   \
    THENAR_KERNEL void thenar_nhwc_concat_##TYPE(const thenar_nhwc_part s, const TYPE *x, TYPE *y) \
    {                                                                                              \
        for (int32_t r = 0; r < s.y.height; r++)                                                   \
            for (int32_t c = 0; c < s.y.width; c++)                                                \
                for (int32_t q = 0; q < s.x.channels; q++)                                         \
                    y[thenar_pixel(s.y, r, c) + s.first + q] = x[thenar_pixel(s.x, r, c) + q];     \
        thenar_border_##TYPE(s.y, (TYPE)s.border, y);                                              \
    }

THENAR_NHWC_CONCAT(uint8_t)
THENAR_NHWC_CONCAT(float)

#endif
