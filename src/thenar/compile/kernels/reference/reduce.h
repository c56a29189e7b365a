/* Reductions over any axes, and over one axis: sums, extremes, arg-extremes, softmax. */
#ifndef THENAR_REDUCE_H
#define THENAR_REDUCE_H

#include "base.h"

typedef struct {
    int32_t kept[4], kept_stride[4];       /* the dimensions that stay: sizes, and strides in x */
    int32_t reduced[4], reduced_stride[4]; /* the dimensions that go */
    int32_t count;                         /* elements that make one result */
} thenar_reduce;

/* Makes thenar_NAME_TYPE from START, the step STEP(result, x) and the end END(result, count). An empty x may be no
   pointer at all. */
#define THENAR_REDUCE(NAME, TYPE, START, STEP, END)                                                                \
    THENAR_INLINE void thenar_##NAME##_##TYPE(const thenar_reduce s, const TYPE *x, TYPE *y)                       \
    {                                                                                                              \
        for (int32_t k0 = 0; k0 < s.kept[0]; k0++)                                                                 \
            for (int32_t k1 = 0; k1 < s.kept[1]; k1++)                                                             \
                for (int32_t k2 = 0; k2 < s.kept[2]; k2++)                                                         \
                    for (int32_t k3 = 0; k3 < s.kept[3]; k3++, y++) {                                              \
                        const int32_t at = k0 * s.kept_stride[0] + k1 * s.kept_stride[1] + k2 * s.kept_stride[2] + \
                                           k3 * s.kept_stride[3];                                                  \
                        TYPE result = START;                                                                       \
                        for (int32_t r0 = 0; r0 < s.reduced[0]; r0++)                                              \
                            for (int32_t r1 = 0; r1 < s.reduced[1]; r1++)                                          \
                                for (int32_t r2 = 0; r2 < s.reduced[2]; r2++)                                      \
                                    for (int32_t r3 = 0; r3 < s.reduced[3]; r3++) {                                \
                                        const TYPE value =                                                         \
                                            x[at + r0 * s.reduced_stride[0] + r1 * s.reduced_stride[1] +           \
                                              r2 * s.reduced_stride[2] + r3 * s.reduced_stride[3]];                \
                                        result = (TYPE)STEP(result, value);                                        \
                                    }                                                                              \
                        *y = (TYPE)END(result, s.count);                                                           \
                    }                                                                                              \
    }

#define THENAR_STEP_SUM(r, x) ((r) + (x))
#define THENAR_STEP_WRAPPING_SUM(r, x) ((uint64_t)(r) + (uint64_t)(x)) /* of integers */
#define THENAR_STEP_WRAPPING_PROD(r, x) ((uint64_t)(r) * (uint64_t)(x))
#define THENAR_STEP_L1(r, x) ((r) + ((x) < 0 ? -(x) : (x)))
#define THENAR_STEP_L2(r, x) ((r) + (x) * (x))
#define THENAR_STEP_PROD(r, x) ((r) * (x))
#define THENAR_STEP_MAX(r, x) ((x) > (r) ? (x) : (r))
#define THENAR_STEP_MIN(r, x) ((x) < (r) ? (x) : (r))
#define THENAR_END_SAME(r, n) (r)
#define THENAR_END_MEAN(r, n) ((r) / (float)(n))
#define THENAR_END_ROOT(r, n) sqrtf(r)

typedef struct {
    int32_t outer, axis, inner; /* x is outer x axis x inner */
    int32_t last;               /* arg-extremes: of equal values, the last instead of the first */
} thenar_axis;

/* Makes thenar_NAME_TYPE, the index of the value along the axis that is BETTER than all others. */
#define THENAR_ARG(NAME, TYPE, BETTER)                                                        \
    THENAR_KERNEL void thenar_##NAME##_##TYPE(const thenar_axis s, const TYPE *x, int64_t *y) \
    {                                                                                         \
        for (int32_t o = 0; o < s.outer; o++)                                                 \
            for (int32_t i = 0; i < s.inner; i++) {                                           \
                const TYPE *from = x + o * s.axis * s.inner + i;                              \
                int32_t best = 0;                                                             \
                for (int32_t k = 1; k < s.axis; k++)                                          \
                    if (from[k * s.inner] BETTER from[best * s.inner] ||                      \
                        (s.last && from[k * s.inner] == from[best * s.inner]))                \
                        best = k;                                                             \
                y[o * s.inner + i] = best;                                                    \
            }                                                                                 \
    }

/* y = exp(x - max) / sum of exp(x - max) along the axis; may run in place. */
THENAR_KERNEL void thenar_softmax_float(const thenar_axis s, const float *x, float *y)
{
    for (int32_t o = 0; o < s.outer; o++)
        for (int32_t i = 0; i < s.inner; i++) {
            const int32_t start = o * s.axis * s.inner + i;
            float top = x[start], sum = 0.0f;
            for (int32_t k = 1; k < s.axis; k++)
                top = fmaxf(top, x[start + k * s.inner]);
            for (int32_t k = 0; k < s.axis; k++)
                sum += y[start + k * s.inner] = expf(x[start + k * s.inner] - top);
            for (int32_t k = 0; k < s.axis; k++)
                y[start + k * s.inner] /= sum;
        }
}

/* y = x - max - log of the sum of exp(x - max) along the axis; may run in place. */
THENAR_KERNEL void thenar_log_softmax_float(const thenar_axis s, const float *x, float *y)
{
    for (int32_t o = 0; o < s.outer; o++)
        for (int32_t i = 0; i < s.inner; i++) {
            const int32_t start = o * s.axis * s.inner + i;
            float top = x[start], sum = 0.0f;
            for (int32_t k = 1; k < s.axis; k++)
                top = fmaxf(top, x[start + k * s.inner]);
            for (int32_t k = 0; k < s.axis; k++)
                sum += expf(x[start + k * s.inner] - top);
            for (int32_t k = 0; k < s.axis; k++)
                y[start + k * s.inner] = x[start + k * s.inner] - top - logf(sum);
        }
}

#endif
