/* What the kernels for microcontrollers share: which instructions the compiler may use, and how functions are kept
 * small.
 *
 * Cortex-M4 and M7 multiply pairs of 16-bit numbers (the DSP extension), Cortex-M55 and M85 vectors of 16 bytes
 * (Helium); every other CPU runs the plain C beside them. Bytes are signed: a uint8 tensor is stored with 128 taken
 * off, and so is its zero point. Images are (row, column, channel) without borders, since memory is what there is least
 * of.
 */
#ifndef THENAR_CORTEX_M_LEVEL_H
#define THENAR_CORTEX_M_LEVEL_H

#include "../reference/base.h"

#if defined(__ARM_FEATURE_MVE) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
#    include <arm_mve.h>
#    define THENAR_HELIUM 1
#elif defined(__ARM_FEATURE_SIMD32) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
#    include <arm_acle.h>
#    define THENAR_DSP 1
#endif

/* THENAR_LEAF is a function that stays one, with all registers for itself. THENAR_SHARED is a kernel that all layers
   share, its geometry read while it runs: flash is saved at the price of a few loads a layer. THENAR_SPECIALIZE,
   defined while compiling, makes a copy for each layer instead. */
#if defined(__clang__)
#    define THENAR_LEAF static __attribute__((unused, noinline))
#elif defined(__GNUC__)
#    define THENAR_LEAF static __attribute__((unused, noinline, noclone))
#else
#    define THENAR_LEAF static
#endif
#if defined(THENAR_SPECIALIZE)
#    define THENAR_SHARED THENAR_INLINE
#else
#    define THENAR_SHARED THENAR_LEAF
#endif

#if defined(THENAR_DSP)
/* Bytes 0 and 2 of a word as two 16-bit numbers; bytes 1 and 3. */
THENAR_INLINE int32_t thenar_even(int32_t word)
{
    return (int32_t)__sxtb16((int8x4_t)word);
}

THENAR_INLINE int32_t thenar_odd(int32_t word)
{
    int32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

THENAR_INLINE int32_t thenar_word(const int8_t *bytes)
{
    int32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}
#endif

#endif
