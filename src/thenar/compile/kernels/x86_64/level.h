/* Which instructions the kernels may use: decided by what the CPU reports when a kernel is called.
 *
 * The answer isn't kept: the C compiler's run-time library reads CPUID when the program starts, and
 * __builtin_cpu_supports tests a bit of what it found, which takes about a nanosecond.
 * THENAR_LEVEL_MAX, defined while compiling, leaves the levels above it out; THENAR_LEVEL leaves out all others.
 */
#ifndef THENAR_X86_64_LEVEL_H
#define THENAR_X86_64_LEVEL_H

#include <immintrin.h>

#include "../nhwc/vector.h"

/* AMX is more than CPUID can tell: amx.h asks for it. What it doesn't serve is done at the level below. */
enum { THENAR_PORTABLE, THENAR_AVX2, THENAR_AVX_VNNI, THENAR_AVX512, THENAR_AMX };

#ifndef THENAR_LEVEL_MAX
#    define THENAR_LEVEL_MAX 4
#endif

#define THENAR_TARGET_AVX2 __attribute__((target("avx2,fma")))
#define THENAR_TARGET_AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

/* Older compilers can't ask for AVX-VNNI; what they compile uses AVX2 on CPUs that have no AVX-512. */
#if (defined(__clang__) && __clang_major__ >= 19) || (!defined(__clang__) && __GNUC__ >= 11)
#    define THENAR_HAS_AVX_VNNI __builtin_cpu_supports("avxvnni")
#else
#    define THENAR_HAS_AVX_VNNI 0
#endif

THENAR_KERNEL int thenar_level(void)
{
#ifdef THENAR_LEVEL
    return THENAR_LEVEL;
#endif
    if (THENAR_LEVEL_MAX >= THENAR_AVX512 && __builtin_cpu_supports("avx512vnni") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return THENAR_AVX512;
    if (THENAR_LEVEL_MAX >= THENAR_AVX_VNNI && THENAR_HAS_AVX_VNNI && __builtin_cpu_supports("fma"))
        return THENAR_AVX_VNNI;
    if (THENAR_LEVEL_MAX >= THENAR_AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return THENAR_AVX2;
    return THENAR_PORTABLE;
}

/* Makes thenar_NAME, KERNEL compiled for each level; kernels in plain C become vector code. PARAMETERS, NAMES and
   ARGUMENTS are in parentheses. */
#define THENAR_CLONES(NAME, KERNEL, PARAMETERS, NAMES, ARGUMENTS)                      \
    THENAR_TARGET_AVX512 __attribute__((flatten)) static void NAME##_avx512 PARAMETERS \
    {                                                                                  \
        KERNEL ARGUMENTS;                                                              \
    }                                                                                  \
    THENAR_TARGET_AVX2 __attribute__((flatten)) static void NAME##_avx2 PARAMETERS     \
    {                                                                                  \
        KERNEL ARGUMENTS;                                                              \
    }                                                                                  \
    THENAR_SMALL void NAME##_oldest PARAMETERS                                         \
    {                                                                                  \
        KERNEL ARGUMENTS;                                                              \
    }                                                                                  \
    static void thenar_##NAME PARAMETERS                                               \
    {                                                                                  \
        if (thenar_level() == THENAR_AVX512)                                           \
            NAME##_avx512 NAMES;                                                       \
        else if (thenar_level() >= THENAR_AVX2)                                        \
            NAME##_avx2 NAMES;                                                         \
        else                                                                           \
            NAME##_oldest NAMES;                                                       \
    }

typedef int32_t __attribute__((may_alias, aligned(1))) thenar_four_bytes;

#endif
