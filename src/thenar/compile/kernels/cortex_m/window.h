/* What the inner loops read: two windows of an image. */
#ifndef THENAR_CORTEX_M_WINDOW_H
#define THENAR_CORTEX_M_WINDOW_H

#include "level.h"

/* Two windows (the same one twice where there is no second) of `rows` stretches of `length` bytes, a multiple of 4,
 * `step` bytes from one stretch to the next. */
typedef struct {
    const int8_t *first, *second;
    int32_t step, rows, length;
} thenar_window;

#endif
