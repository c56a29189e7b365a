/* What kernels in vector registers share on every CPU. */
#ifndef THENAR_NHWC_VECTOR_H
#define THENAR_NHWC_VECTOR_H

#include "../reference/base.h"

/* Before a loop whose every step becomes code of its own, and before one that stays a loop. */
#if defined(__clang__)
#    pragma clang diagnostic ignored "-Wpass-failed" /* without optimization loops stay loops */
#    define THENAR_UNROLL _Pragma("clang loop unroll(full)")
#    define THENAR_ROLLED _Pragma("clang loop unroll(disable)")
#else
#    define THENAR_UNROLL _Pragma("GCC unroll 32")
#    define THENAR_ROLLED _Pragma("GCC unroll 1")
#endif

/* 1.5 * 2^23: a float32 of this size has no fraction, so adding it rounds to the nearest integer, halves to even, and
   leaves that integer in the low bits. */
#define THENAR_ROUNDER 12582912.0f
#define THENAR_ROUNDER_BITS 0x4B400000

#endif
