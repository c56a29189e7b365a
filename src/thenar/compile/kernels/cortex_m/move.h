/* Operators on images that move, pick, compare or add bytes, on microcontrollers. */
#ifndef THENAR_CORTEX_M_MOVE_H
#define THENAR_CORTEX_M_MOVE_H

#include "rescale.h"

typedef struct {
    int32_t height, width, channels; /* of the result; of the operand where only its shape differs */
    int32_t flip;                    /* exclusive-or: 128 turns uint8 into the bytes that an image holds, and back */
} thenar_cortex_move;

/* Channels first -> channels last, and back. */
THENAR_SHARED void thenar_cortex_pack(const thenar_cortex_move s, const void *from, int8_t *y)
{
    const uint8_t *x = (const uint8_t *)from;
    const int32_t size = s.height * s.width;
    for (int32_t i = 0; i < size; i++)
        for (int32_t c = 0; c < s.channels; c++)
            *y++ = (int8_t)(x[c * size + i] ^ s.flip);
}

THENAR_SHARED void thenar_cortex_unpack(const thenar_cortex_move s, const int8_t *x, void *to)
{
    uint8_t *y = (uint8_t *)to;
    const int32_t size = s.height * s.width;
    for (int32_t i = 0; i < size; i++)
        for (int32_t c = 0; c < s.channels; c++)
            y[c * size + i] = (uint8_t)(*x++ ^ s.flip);
}

/* y = table[x read as an unsigned byte]. May run in place. */
THENAR_SHARED void thenar_cortex_lookup(const thenar_cortex_move s, const int8_t *x, const int8_t *table, int8_t *y)
{
    for (int32_t i = 0; i < s.height * s.width * s.channels; i++)
        y[i] = table[(uint8_t)x[i]];
}

typedef struct {
    int32_t height, width, channels, rows, columns; /* of x; rows and columns that a pixel becomes */
} thenar_cortex_repeat;

THENAR_SHARED void thenar_cortex_upsample(const thenar_cortex_repeat s, const int8_t *x, int8_t *y)
{
    const size_t pixel = (size_t)s.channels, row = pixel * (size_t)(s.width * s.columns);
    for (int32_t r = 0; r < s.height; r++) {
        int8_t *first = y;
        for (int32_t c = 0; c < s.width; c++, x += pixel)
            for (int32_t k = 0; k < s.columns; k++, y += pixel)
                memcpy(y, x, pixel);
        for (int32_t k = 1; k < s.rows; k++, y += row)
            memcpy(y, first, row);
    }
}

typedef struct {
    int32_t height, width, channels; /* of x */
    int32_t rows, columns;           /* of y */
    int32_t kernel[2], stride[2], dilation[2], pad[2];
} thenar_cortex_pool;

/* The largest value under each window, what is outside of the image left out. */
THENAR_SHARED void thenar_cortex_max(const thenar_cortex_pool s, const int8_t *x, int8_t *y)
{
    for (int32_t r = 0; r < s.rows; r++)
        for (int32_t c = 0; c < s.columns; c++, y += s.channels) {
            memset(y, -128, (size_t)s.channels);
            for (int32_t kr = 0; kr < s.kernel[0]; kr++)
                for (int32_t kc = 0; kc < s.kernel[1]; kc++) {
                    const int32_t ir = r * s.stride[0] + kr * s.dilation[0] - s.pad[0];
                    const int32_t ic = c * s.stride[1] + kc * s.dilation[1] - s.pad[1];
                    if (ir < 0 || ir >= s.height || ic < 0 || ic >= s.width)
                        continue;
                    const int8_t *xi = x + (ir * s.width + ic) * s.channels;
                    for (int32_t q = 0; q < s.channels; q++)
                        y[q] = y[q] > xi[q] ? y[q] : xi[q];
                }
        }
}

typedef struct {
    int32_t size, x_zero, r_zero, a, b, shift, zero, low, high; /* (x - x_zero) * a + (r - r_zero) * b is below 2^24 */
} thenar_cortex_sum;

/* y = zero + halved((x - x_zero) * a + (r - r_zero) * b), element by element. May run in place. */
THENAR_SHARED void thenar_cortex_add(const thenar_cortex_sum s, const int8_t *x, const int8_t *r, int8_t *y)
{
    for (int32_t i = 0; i < s.size; i++) {
        const int32_t both = (x[i] - s.x_zero) * s.a + (r[i] - s.r_zero) * s.b;
        y[i] = (int8_t)thenar_within(thenar_halved(both, s.shift) + s.zero, s.low, s.high);
    }
}

typedef struct {
    int32_t pixels, channels, all, first; /* channels of x, which become those from `first` on of y's `all` */
} thenar_cortex_part;

THENAR_SHARED void thenar_cortex_concat(const thenar_cortex_part s, const int8_t *x, int8_t *y)
{
    for (int32_t i = 0; i < s.pixels; i++)
        memcpy(y + i * s.all + s.first, x + i * s.channels, (size_t)s.channels);
}

#endif
