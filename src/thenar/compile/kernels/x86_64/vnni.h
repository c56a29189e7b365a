/* What the AVX-512 VNNI kernels share: the multiply-add, and requantization in float32 that equals the reference.
 *
 * For |sum| < 2^24 and |sum * factor| < 2^22 one fused multiply-add onto 1.5 * 2^23 rounds the exact product once, to an
 * integer, halves to even: its low mantissa bits are that integer. Layers that could leave these bounds say so (`wide`)
 * and are requantized by the reference's own function.
 */
#ifndef THENAR_VNNI_H
#define THENAR_VNNI_H

#include <immintrin.h>

#include "../reference/requantize.h"

#define THENAR_MAGIC 12582912.0f      /* 1.5 * 2^23 */
#define THENAR_MAGIC_BITS 0x4B400000  /* the same as an int32 */

/* sum[i] += the four products of unsigned bytes x and signed bytes w in lane i. As assembly, because gcc copies the
   accumulators of the intrinsic around. */
THENAR_KERNEL void thenar_dot(__m512i *sum, __m512i x, __m512i w)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(x), "v"(w));
}

/* Four bytes at `at` in every lane. As assembly, because gcc keeps overlapping ones in registers and spills them. */
THENAR_KERNEL __m512i thenar_broadcast4(const uint8_t *at)
{
    __m512i lanes;
    __asm__("vpbroadcastd %1, %0" : "=v"(lanes) : "m"(*(const int32_t(*)[1])at));
    return lanes;
}

/* Sixteen sums requantized: zero + round(sum * factor), within [low, high], as 32-bit lanes. */
THENAR_KERNEL __m512i thenar_requantize16(__m512 sum, __m512 factor, int32_t zero, int32_t low, int32_t high)
{
    const __m512 raised = _mm512_fmadd_ps(sum, factor, _mm512_set1_ps(THENAR_MAGIC));
    const __m512i q = _mm512_sub_epi32(_mm512_castps_si512(raised), _mm512_set1_epi32(THENAR_MAGIC_BITS - zero));
    return _mm512_min_epi32(_mm512_max_epi32(q, _mm512_set1_epi32(low)), _mm512_set1_epi32(high));
}

#endif
