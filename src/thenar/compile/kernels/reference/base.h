/* What every kernel needs: fixed-width integers, and `static` without warnings about kernels that a network leaves out. */
#ifndef THENAR_BASE_H
#define THENAR_BASE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define THENAR_KERNEL static inline __attribute__((unused))
#else
#define THENAR_KERNEL static inline
#endif

#endif
