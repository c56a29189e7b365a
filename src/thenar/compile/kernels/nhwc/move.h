/* Operators that only move or pick bytes or compare them, channels last: plain loops that C compilers turn into
 * vectors. */
#ifndef THENAR_NHWC_MOVE_H
#define THENAR_NHWC_MOVE_H

#include "image.h"

typedef struct {
    thenar_image x, y;
    int32_t flip; /* exclusive-or: 128 turns int8 into the bytes that an image holds, and back */
    int32_t zero; /* of the border, as stored */
} thenar_nhwc_move;

/* Channels first without a border -> channels last. */
THENAR_KERNEL void thenar_nhwc_pack(const thenar_nhwc_move s, const void *from, uint8_t *y)
{
    const uint8_t *x = from;
    const int32_t size = s.y.height * s.y.width;
    for (int32_t r = 0; r < s.y.height; r++)
        for (int32_t c = 0; c < s.y.width; c++, x++) {
            uint8_t *yi = y + thenar_pixel(s.y, r, c);
            for (int32_t q = 0; q < s.y.channels; q++)
                yi[q] = (uint8_t)(x[q * size] ^ s.flip);
        }
    thenar_border_uint8_t(s.y, (uint8_t)s.zero, y);
}

/* Channels last -> channels first without a border. */
THENAR_KERNEL void thenar_nhwc_unpack(const thenar_nhwc_move s, const uint8_t *x, void *to)
{
    uint8_t *y = to;
    const int32_t size = s.x.height * s.x.width;
    for (int32_t r = 0; r < s.x.height; r++)
        for (int32_t c = 0; c < s.x.width; c++, y++) {
            const uint8_t *xi = x + thenar_pixel(s.x, r, c);
            for (int32_t q = 0; q < s.x.channels; q++)
                y[q * size] = (uint8_t)(xi[q] ^ s.flip);
        }
}

/* Every pixel becomes a block of y.height / x.height by y.width / x.width pixels. */
THENAR_KERNEL void thenar_nhwc_upsample(const thenar_nhwc_move s, const uint8_t *x, uint8_t *y)
{
    const int32_t rows = s.y.height / s.x.height, columns = s.y.width / s.x.width;
    for (int32_t r = 0; r < s.y.height; r++)
        for (int32_t c = 0; c < s.y.width; c++)
            memcpy(y + thenar_pixel(s.y, r, c), x + thenar_pixel(s.x, r / rows, c / columns), (size_t)s.x.channels);
    thenar_border_uint8_t(s.y, (uint8_t)s.zero, y);
}

/* y = table[x]. */
THENAR_KERNEL void thenar_nhwc_lookup(const thenar_nhwc_move s, const uint8_t *x, const uint8_t *table, uint8_t *y)
{
    for (int32_t r = 0; r < s.y.height; r++) {
        const uint8_t *xi = x + thenar_pixel(s.x, r, 0);
        uint8_t *yi = y + thenar_pixel(s.y, r, 0);
        for (int32_t i = 0; i < s.y.width * s.y.channels; i++)
            yi[i] = table[xi[i]];
    }
    thenar_border_uint8_t(s.y, (uint8_t)s.zero, y);
}

typedef struct {
    thenar_image x, y;
    int32_t kernel[2], stride[2], dilation[2], pad[2];
    int32_t zero;
} thenar_nhwc_pool;

/* The largest value under each window, the border left out. */
THENAR_KERNEL void thenar_nhwc_max(const thenar_nhwc_pool s, const uint8_t *x, uint8_t *y)
{
    for (int32_t r = 0; r < s.y.height; r++)
        for (int32_t c = 0; c < s.y.width; c++) {
            uint8_t *yi = y + thenar_pixel(s.y, r, c);
            memset(yi, 0, (size_t)s.y.channels);
            for (int32_t kr = 0; kr < s.kernel[0]; kr++)
                for (int32_t kc = 0; kc < s.kernel[1]; kc++) {
                    const int32_t ir = r * s.stride[0] + kr * s.dilation[0] - s.pad[0];
                    const int32_t ic = c * s.stride[1] + kc * s.dilation[1] - s.pad[1];
                    if (ir < 0 || ir >= s.x.height || ic < 0 || ic >= s.x.width)
                        continue;
                    const uint8_t *xi = x + thenar_pixel(s.x, ir, ic);
                    for (int32_t q = 0; q < s.y.channels; q++)
                        yi[q] = yi[q] > xi[q] ? yi[q] : xi[q];
                }
        }
    thenar_border_uint8_t(s.y, (uint8_t)s.zero, y);
}

#endif
