/* Data movement: strided copies (transpose, slice, concat, expand, ...), filling, and lookup along an axis. */
#ifndef THENAR_COPY_H
#define THENAR_COPY_H

#include "base.h"

typedef struct {
    int32_t shape[6];
    int32_t from, from_stride[6]; /* first element and strides in x; a stride may be 0 or negative */
    int32_t to, to_stride[6];     /* first element and strides in y */
} thenar_copy;

/* Makes thenar_copy_TYPE: y[to + i . to_stride] = x[from + i . from_stride]. */
#define THENAR_COPY(TYPE)                                                                                         \
    THENAR_INLINE void thenar_copy_##TYPE(const thenar_copy s, const TYPE *x, TYPE *y)                            \
    {                                                                                                             \
        const int32_t *f = s.from_stride, *t = s.to_stride;                                                       \
        for (int32_t i0 = 0; i0 < s.shape[0]; i0++)                                                               \
            for (int32_t i1 = 0; i1 < s.shape[1]; i1++)                                                           \
                for (int32_t i2 = 0; i2 < s.shape[2]; i2++)                                                       \
                    for (int32_t i3 = 0; i3 < s.shape[3]; i3++)                                                   \
                        for (int32_t i4 = 0; i4 < s.shape[4]; i4++) {                                             \
                            const int32_t a = s.from + i0 * f[0] + i1 * f[1] + i2 * f[2] + i3 * f[3] + i4 * f[4]; \
                            const int32_t b = s.to + i0 * t[0] + i1 * t[1] + i2 * t[2] + i3 * t[3] + i4 * t[4];   \
                            for (int32_t i5 = 0; i5 < s.shape[5]; i5++)                                           \
                                y[b + i5 * t[5]] = x[a + i5 * f[5]];                                              \
                        }                                                                                         \
    }

typedef struct {
    int32_t size;
} thenar_fill;

/* Makes thenar_fill_TYPE: every y[i] = value[0]. */
#define THENAR_FILL(TYPE)                                                                  \
    THENAR_INLINE void thenar_fill_##TYPE(const thenar_fill s, const TYPE *value, TYPE *y) \
    {                                                                                      \
        for (int32_t i = 0; i < s.size; i++)                                               \
            y[i] = value[0];                                                               \
    }

typedef struct {
    int32_t outer, axis, inner; /* x is outer x axis x inner */
    int32_t count;              /* y is outer x count x inner */
} thenar_gather;

/* Makes thenar_gather_TYPE_INDEX: y[:, i, :] = x[:, index[i], :]. A negative index counts from the end; one that is
   outside, which ONNX forbids, is taken to the nearest end, so that no input can make the kernel read elsewhere. */
#define THENAR_GATHER(TYPE, INDEX)                                                                              \
    THENAR_INLINE void thenar_gather_##TYPE##_##INDEX(const thenar_gather s, const TYPE *x, const INDEX *index, \
                                                      TYPE *y)                                                  \
    {                                                                                                           \
        for (int32_t o = 0; o < s.outer; o++)                                                                   \
            for (int32_t i = 0; i < s.count; i++) {                                                             \
                INDEX at = index[i] < 0 ? (INDEX)(index[i] + s.axis) : index[i];                                \
                at = at < 0 ? 0 : at >= s.axis ? (INDEX)(s.axis - 1) : at;                                      \
                const TYPE *from = x + (o * s.axis + (int32_t)at) * s.inner;                                    \
                TYPE *to = y + (o * s.count + i) * s.inner;                                                     \
                for (int32_t j = 0; j < s.inner; j++)                                                           \
                    to[j] = from[j];                                                                            \
            }                                                                                                   \
    }

#endif
