/* What every kernel needs: fixed-width integers, and three ways to say `static` without warnings about unused kernels.
   THENAR_KERNEL leaves inlining to the compiler; THENAR_INLINE is for short loops over many strides, which become
   simple loops once the compiler knows the strides of a call; THENAR_SMALL is for code that stands in where a CPU has
   nothing better: one function for all calls, as small as it gets. THENAR_ALIGNED starts an array on a cache line. */
#ifndef THENAR_BASE_H
#define THENAR_BASE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#    define THENAR_KERNEL static inline __attribute__((unused))
#    define THENAR_INLINE static inline __attribute__((unused, always_inline))
#    if defined(__clang__)
#        define THENAR_SMALL static __attribute__((unused, noinline, cold, minsize))
#    else
#        define THENAR_SMALL static __attribute__((unused, noinline, noclone, cold))
#    endif
#    define THENAR_ALIGNED __attribute__((aligned(64)))
#else
#    define THENAR_KERNEL static inline
#    define THENAR_INLINE static inline
#    define THENAR_SMALL static
#    define THENAR_ALIGNED
#endif

#endif
