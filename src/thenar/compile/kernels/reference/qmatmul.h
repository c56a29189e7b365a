/* Matrix products of 8-bit integers over broadcast batches; a has one zero point, b one for each column. */
#ifndef THENAR_QMATMUL_H
#define THENAR_QMATMUL_H

#include "requantize.h"

typedef struct {
    int32_t rows, columns, depth;
    int32_t batch[4], a_batch[4], b_batch[4]; /* shape of the batch, and the strides that walk it in a and b */
    int32_t a_row, a_depth, b_depth, b_column;
    int32_t a_zero, y_zero, low, high;
} thenar_qmatmul;

/* Makes thenar_matmul_sum_A_B: result (row i, column j) of matrix n of the batch. */
#define THENAR_MATMUL_SUM(A, B)                                                                                       \
    THENAR_KERNEL int32_t thenar_matmul_sum_##A##_##B(const thenar_qmatmul s, const A *a, const B *b, int32_t b_zero, \
                                                      int32_t n, int32_t i, int32_t j)                                \
    {                                                                                                                 \
        for (int32_t d = 3; d >= 0; n /= s.batch[d], d--) {                                                           \
            a += n % s.batch[d] * s.a_batch[d];                                                                       \
            b += n % s.batch[d] * s.b_batch[d];                                                                       \
        }                                                                                                             \
        int32_t sum = 0;                                                                                              \
        for (int32_t k = 0; k < s.depth; k++)                                                                         \
            sum += (a[i * s.a_row + k * s.a_depth] - s.a_zero) * (b[k * s.b_depth + j * s.b_column] - b_zero);        \
        return sum;                                                                                                   \
    }

#define THENAR_EACH_PRODUCT(s)                                                              \
    for (int32_t n = 0; n < (s).batch[0] * (s).batch[1] * (s).batch[2] * (s).batch[3]; n++) \
        for (int32_t i = 0; i < (s).rows; i++)                                              \
            for (int32_t j = 0; j < (s).columns; j++, y++)

/* Makes thenar_qmatmul_A_B_Y: y = requantized (bias + product). b_zero, bias, multiplier and shift have a value for
   each column; b_zero and bias may be null. */
#define THENAR_QMATMUL(A, B, Y)                                                                                        \
    THENAR_KERNEL void thenar_qmatmul_##A##_##B##_##Y(const thenar_qmatmul s, const A *a, const B *b, const B *b_zero, \
                                                      const int32_t *bias, const int32_t *multiplier,                  \
                                                      const int32_t *shift, Y *y)                                      \
    {                                                                                                                  \
        THENAR_EACH_PRODUCT(s)                                                                                         \
        {                                                                                                              \
            const int32_t sum = thenar_matmul_sum_##A##_##B(s, a, b, b_zero ? b_zero[j] : 0, n, i, j);                 \
            *y = (Y)thenar_requantize((bias ? bias[j] : 0) + sum, multiplier[j], shift[j], s.y_zero, s.low, s.high);   \
        }                                                                                                              \
    }

/* Makes thenar_matmul_integer_A_B: y = the product itself. */
#define THENAR_MATMUL_INTEGER(A, B)                                                                    \
    THENAR_KERNEL void thenar_matmul_integer_##A##_##B(const thenar_qmatmul s, const A *a, const B *b, \
                                                       const B *b_zero, int32_t *y)                    \
    {                                                                                                  \
        THENAR_EACH_PRODUCT(s)                                                                         \
        *y = thenar_matmul_sum_##A##_##B(s, a, b, b_zero ? b_zero[j] : 0, n, i, j);                    \
    }

#endif
