/* Sums of products of bytes on 64-bit ARM, in the best way that the CPU has which the C compiler was told to compile
 * for
 * (-mcpu, -march):
 *
 * - with the matrix extension (i8mm), unsigned bytes times signed weights, four to a sum;
 * - with the dot product (dotprod), the same of signed bytes, which are the image's less 128;
 * - else the products of such bytes in 16 bits, added in pairs to sums of 32.
 *
 * Whatever is subtracted from the image's bytes, the bias makes up for: thenar_bias picks the one that goes with it.
 */
#ifndef THENAR_AARCH64_LEVEL_H
#define THENAR_AARCH64_LEVEL_H

#include <arm_neon.h>

#include "../nhwc/vector.h"

#if defined(__ARM_FEATURE_MATMUL_INT8)
#    define THENAR_SIGNED 0
#    define THENAR_DOT_PRODUCT 1
#elif defined(__ARM_FEATURE_DOTPROD)
#    define THENAR_SIGNED 1
#    define THENAR_DOT_PRODUCT 1
#else
#    define THENAR_SIGNED 1
#    define THENAR_DOT_PRODUCT 0
#endif

/* The instructions of an inner loop are written as volatile assembly of one line each, which keeps them in this order:
   gcc would load weights so early, and keep what it reads of overlapping windows for so long, that registers run out,
   and add to one sum again and again where others are ready. */
#define THENAR_LOAD_16(to, from) __asm__ volatile("ldr %q0, %1" : "=w"(to) : "m"(*(const thenar_sixteen_bytes *)(from)))

typedef uint8x16_t __attribute__((may_alias, aligned(1))) thenar_sixteen_bytes;

/* Makes thenar_NAME, KERNEL compiled for the arguments of one call. PARAMETERS, NAMES and ARGUMENTS are in
   parentheses. */
#define THENAR_CLONES(NAME, KERNEL, PARAMETERS, NAMES, ARGUMENTS)           \
    __attribute__((flatten, noinline)) static void thenar_##NAME PARAMETERS \
    {                                                                       \
        KERNEL ARGUMENTS;                                                   \
    }

#endif
