/* Matrix products: Gemm, and MatMul over broadcast batches. Strides are in elements. */
#ifndef THENAR_MATMUL_H
#define THENAR_MATMUL_H

#include "base.h"

typedef struct {
    int32_t rows, columns, depth;
    int32_t batch[4], a_batch[4], b_batch[4]; /* shape of the batch, and the strides that walk it in a and b */
    int32_t a_row, a_depth, b_depth, b_column, c_row, c_column;
    float alpha, beta;
} thenar_matmul;

/* y = alpha * a x b + beta * c for every matrix of the batch; y is dense; c may be null. */
THENAR_KERNEL void thenar_matmul_float(const thenar_matmul s, const float *a, const float *b, const float *c, float *y)
{
    for (int32_t n = 0; n < s.batch[0] * s.batch[1] * s.batch[2] * s.batch[3]; n++) {
        const float *an = a, *bn = b;
        for (int32_t d = 3, rest = n; d >= 0; rest /= s.batch[d], d--) {
            an += rest % s.batch[d] * s.a_batch[d];
            bn += rest % s.batch[d] * s.b_batch[d];
        }
        for (int32_t i = 0; i < s.rows; i++)
            for (int32_t j = 0; j < s.columns; j++, y++) {
                float sum = 0.0f;
                for (int32_t k = 0; k < s.depth; k++)
                    sum += an[i * s.a_row + k * s.a_depth] * bn[k * s.b_depth + j * s.b_column];
                *y = s.alpha * sum + (c ? s.beta * c[i * s.c_row + j * s.c_column] : 0.0f);
            }
    }
}

#endif
