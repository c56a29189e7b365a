/* Elementwise operators and means on 8-bit integers. */
#ifndef THENAR_QELEMENTWISE_H
#define THENAR_QELEMENTWISE_H

#include "binary.h"
#include "requantize.h"

typedef struct {
    int32_t shape[6], a[6], b[6]; /* the walk over the result, and the strides of a and b */
    int32_t a_zero, b_zero, y_zero, low, high;
    int32_t a_multiplier, b_multiplier; /* sum: 15 bits at most, so that the sum stays below 2^24 */
    int32_t multiplier, shift;
} thenar_qbinary;

/* Makes thenar_qadd_A_B_Y: y = requantized (a * a_multiplier + b * b_multiplier), both with their zeros taken off. */
#define THENAR_QADD(A, B, Y)                                                                                       \
    THENAR_KERNEL void thenar_qadd_##A##_##B##_##Y(const thenar_qbinary s, const A *a, const B *b, Y *y)           \
    {                                                                                                              \
        THENAR_EACH(s)                                                                                             \
        {                                                                                                          \
            const int32_t sum =                                                                                    \
                (a[THENAR_AT(s.a)] - s.a_zero) * s.a_multiplier + (b[THENAR_AT(s.b)] - s.b_zero) * s.b_multiplier; \
            y[i] = (Y)thenar_requantize(sum, s.multiplier, s.shift, s.y_zero, s.low, s.high);                      \
        }                                                                                                          \
    }

/* Makes thenar_qmul_A_B_Y: y = requantized a * b. */
#define THENAR_QMUL(A, B, Y)                                                                             \
    THENAR_KERNEL void thenar_qmul_##A##_##B##_##Y(const thenar_qbinary s, const A *a, const B *b, Y *y) \
    {                                                                                                    \
        THENAR_EACH(s)                                                                                   \
        {                                                                                                \
            const int32_t product = (a[THENAR_AT(s.a)] - s.a_zero) * (b[THENAR_AT(s.b)] - s.b_zero);     \
            y[i] = (Y)thenar_requantize(product, s.multiplier, s.shift, s.y_zero, s.low, s.high);        \
        }                                                                                                \
    }

typedef struct {
    int32_t size;
} thenar_lookup;

/* Makes thenar_lookup_X_Y: y = table[x read as a byte], any function of one 8-bit value. May run in place. */
#define THENAR_LOOKUP(X, Y)                                                                             \
    THENAR_KERNEL void thenar_lookup_##X##_##Y(const thenar_lookup s, const X *x, const Y *table, Y *y) \
    {                                                                                                   \
        for (int32_t i = 0; i < s.size; i++)                                                            \
            y[i] = table[(uint8_t)x[i]];                                                                \
    }

typedef struct {
    int32_t rows, count; /* every result is the mean of `count` neighbours */
    int32_t x_zero, y_zero, low, high;
    int32_t multiplier, shift; /* of the factor input scale / (output scale * count) */
} thenar_qmean;

/* Makes thenar_qmean_X_Y. */
#define THENAR_QMEAN(X, Y)                                                                    \
    THENAR_KERNEL void thenar_qmean_##X##_##Y(const thenar_qmean s, const X *x, Y *y)         \
    {                                                                                         \
        for (int32_t i = 0; i < s.rows; i++) {                                                \
            int32_t sum = 0;                                                                  \
            for (int32_t k = 0; k < s.count; k++)                                             \
                sum += *x++ - s.x_zero;                                                       \
            y[i] = (Y)thenar_requantize(sum, s.multiplier, s.shift, s.y_zero, s.low, s.high); \
        }                                                                                     \
    }

#endif
