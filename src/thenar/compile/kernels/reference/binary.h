/* Elementwise functions of two or three tensors with broadcasting. Strides are in elements, 0 where a tensor repeats.
 */
#ifndef THENAR_BINARY_H
#define THENAR_BINARY_H

#include "base.h"

typedef struct {
    int32_t shape[6]; /* of the result, neighbouring dimensions merged */
    int32_t a[6], b[6], c[6];
} thenar_walk;

/* The six loops over the result, in order; THENAR_AT gives the current element's index in a tensor. */
#define THENAR_EACH(s)                                            \
    for (int32_t i0 = 0, i = 0; i0 < (s).shape[0]; i0++)          \
        for (int32_t i1 = 0; i1 < (s).shape[1]; i1++)             \
            for (int32_t i2 = 0; i2 < (s).shape[2]; i2++)         \
                for (int32_t i3 = 0; i3 < (s).shape[3]; i3++)     \
                    for (int32_t i4 = 0; i4 < (s).shape[4]; i4++) \
                        for (int32_t i5 = 0; i5 < (s).shape[5]; i5++, i++)
#define THENAR_AT(t) (i0 * (t)[0] + i1 * (t)[1] + i2 * (t)[2] + i3 * (t)[3] + i4 * (t)[4] + i5 * (t)[5])

/* base to the power exponent, wrapping around; an inverse is cut to an integer, and that of 0 is 0. */
THENAR_KERNEL uint64_t thenar_integer_power(int64_t base, int64_t exponent)
{
    uint64_t result = 1, factor = (uint64_t)base;
    if (exponent < 0 && base != 1 && base != -1)
        return 0;
    for (uint64_t left = exponent < 0 ? 0 - (uint64_t)exponent : (uint64_t)exponent; left; left >>= 1) {
        if (left & 1)
            result *= factor;
        factor *= factor;
    }
    return result;
}

/* The same for an exponent with a fraction: cut to an integer and to [-most - 1, most]; NaN becomes 0. */
THENAR_KERNEL int64_t thenar_real_power(double base, double exponent, int64_t most)
{
    const double result = pow(base, exponent);
    if (result >= (double)most)
        return most;
    return result > (double)(-most - 1) ? (int64_t)result : result <= (double)(-most - 1) ? -most - 1 : 0;
}

/* Makes thenar_NAME_A_B, y = NAME(a, b), from the expression THENAR_NAME(a, b). */
#define THENAR_BINARY(NAME, A, B, Y)                                                                \
    THENAR_INLINE void thenar_##NAME##_##A##_##B(const thenar_walk s, const A *a, const B *b, Y *y) \
    {                                                                                               \
        THENAR_EACH(s) y[i] = (Y)THENAR_##NAME(a[THENAR_AT(s.a)], b[THENAR_AT(s.b)]);               \
    }

/* Makes thenar_where_TYPE, y = a ? b : c. */
#define THENAR_WHERE(TYPE)                                                                                      \
    THENAR_INLINE void thenar_where_##TYPE(const thenar_walk s, const uint8_t *a, const TYPE *b, const TYPE *c, \
                                           TYPE *y)                                                             \
    {                                                                                                           \
        THENAR_EACH(s) y[i] = a[THENAR_AT(s.a)] ? b[THENAR_AT(s.b)] : c[THENAR_AT(s.c)];                        \
    }

#define THENAR_add(a, b) ((a) + (b))
#define THENAR_sub(a, b) ((a) - (b))
#define THENAR_mul(a, b) ((a) * (b))
#define THENAR_div(a, b) ((a) / (b))
/* Integers wrap around; division goes towards zero, and by zero, which ONNX leaves open, it gives 0. */
#define THENAR_integer_add(a, b) ((uint64_t)(a) + (uint64_t)(b))
#define THENAR_integer_sub(a, b) ((uint64_t)(a) - (uint64_t)(b))
#define THENAR_integer_mul(a, b) ((uint64_t)(a) * (uint64_t)(b))
#define THENAR_integer_div(a, b) ((b) == 0 ? 0 : (a) / (b))
#define THENAR_signed_div(a, b) ((b) == 0 ? 0 : (b) == -1 ? (int64_t)(0 - (uint64_t)(a)) : (a) / (b))
#define THENAR_pow(a, b) powf((a), (float)(b))
#define THENAR_integer_pow(a, b) thenar_integer_power((int64_t)(a), (int64_t)(b))
#define THENAR_real_pow(a, b) thenar_real_power((double)(a), (double)(b), sizeof(a) < 8 ? INT32_MAX : INT64_MAX)
#define THENAR_min(a, b) ((b) < (a) ? (b) : (a))
#define THENAR_max(a, b) ((b) > (a) ? (b) : (a))
#define THENAR_prelu(a, b) ((a) < 0 ? (a) * (b) : (a))
#define THENAR_equal(a, b) ((a) == (b))
#define THENAR_less(a, b) ((a) < (b))
#define THENAR_less_equal(a, b) ((a) <= (b))
#define THENAR_greater(a, b) ((a) > (b))
#define THENAR_greater_equal(a, b) ((a) >= (b))
#define THENAR_and(a, b) ((a) && (b))
#define THENAR_or(a, b) ((a) || (b))

#endif
