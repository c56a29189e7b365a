/* Images stored channels last, as the vector kernels want them: (row, column, channel) with a border of constant values
 * around the picture, so that no loop over a window has to ask where the picture ends.
 *
 * Bytes are always unsigned: an int8 tensor is stored with 128 added, and so is its zero point.
 */
#ifndef THENAR_NHWC_IMAGE_H
#define THENAR_NHWC_IMAGE_H

#include "../reference/base.h"

#define THENAR_LANES 16 /* channels that kernels compute at a time */
#define THENAR_MIN(a, b) ((a) < (b) ? (a) : (b))
#define THENAR_MAX(a, b) ((a) > (b) ? (a) : (b))

typedef struct {
    int32_t height, width, channels;  /* of the picture */
    int32_t top, left, bottom, right; /* border, in pixels */
} thenar_image;

/* Elements from one row to the next, and of the pixel (row, column); a border has negative coordinates. */
THENAR_KERNEL int32_t thenar_row(const thenar_image s)
{
    return (s.left + s.width + s.right) * s.channels;
}

THENAR_KERNEL int32_t thenar_pixel(const thenar_image s, int32_t row, int32_t column)
{
    return (s.top + row) * thenar_row(s) + (s.left + column) * s.channels;
}

/* Makes thenar_border_TYPE: the border of y becomes `value`. */
#define THENAR_BORDER(TYPE)                                                                          \
    THENAR_KERNEL void thenar_border_##TYPE(const thenar_image s, TYPE value, TYPE *y)               \
    {                                                                                                \
        const int32_t row = thenar_row(s), left = s.left * s.channels, right = s.right * s.channels; \
        for (int32_t i = 0; i < s.top * row; i++)                                                    \
            y[i] = value;                                                                            \
        y += s.top * row;                                                                            \
        for (int32_t r = 0; r < s.height; r++, y += row) {                                           \
            for (int32_t i = 0; i < left; i++)                                                       \
                y[i] = value;                                                                        \
            for (int32_t i = row - right; i < row; i++)                                              \
                y[i] = value;                                                                        \
        }                                                                                            \
        for (int32_t i = 0; i < s.bottom * row; i++)                                                 \
            y[i] = value;                                                                            \
    }

THENAR_BORDER(uint8_t)
THENAR_BORDER(float)

#endif
