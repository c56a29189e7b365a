/* The matrix unit AMX: eight tile registers of up to 16 rows of 64 bytes, and a product of tiles.
 *
 * Instructions are assembly of one line each: tile registers must be named by number, and intrinsics for them don't
 * tell every compiler which memory they read.
 */
#ifndef THENAR_X86_64_AMX_H
#define THENAR_X86_64_AMX_H

#include "level.h"

/* Compilers that can assemble it, on the one system that is asked for it here. */
#if defined(__linux__) && defined(__x86_64__) && THENAR_LEVEL_MAX >= 4 && \
    ((defined(__clang__) && __clang_major__ >= 12) || (!defined(__clang__) && __GNUC__ >= 11))
#    define THENAR_HAS_AMX 1
#else
#    define THENAR_HAS_AMX 0
#endif

/* Clang doesn't know the name; every CPU that has tiles at all multiplies bytes. */
#if defined(__clang__)
#    define THENAR_MULTIPLIES_TILES 1
#else
#    define THENAR_MULTIPLIES_TILES __builtin_cpu_supports("amx-int8")
#endif

/* *allowed = may this process use AMX? Linux wants to be asked, as the tiles' 8 KB make each thread's state larger;
   asking again takes a tenth of a microsecond. Without AMX, or on a kernel that doesn't know it, the answer is 0. */
THENAR_KERNEL void thenar_amx_permission(int32_t *allowed)
{
    *allowed = 0;
#if THENAR_HAS_AMX
    enum { ARCH_PRCTL = 158, REQUEST_STATE = 0x1023, TILE_DATA = 18 };
    if (THENAR_MULTIPLIES_TILES && thenar_level() >= THENAR_AVX512) {
        int64_t result = ARCH_PRCTL;
        __asm__ volatile("syscall"
                         : "+a"(result)
                         : "D"((int64_t)REQUEST_STATE), "S"((int64_t)TILE_DATA)
                         : "rcx", "r11", "memory");
        *allowed = result == 0;
    }
#endif
}

#if THENAR_HAS_AMX
#    define THENAR_TARGET_AMX \
        __attribute__((target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,amx-tile,amx-int8")))

#    define THENAR_TILE_LOAD(TILE, FROM, STRIDE) \
        __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #TILE : : "r"(FROM), "r"((int64_t)(STRIDE)) : "memory")
#    define THENAR_TILE_STORE(TILE, TO, STRIDE) \
        __asm__ volatile("tilestored %%tmm" #TILE ", (%0,%1,1)" : : "r"(TO), "r"((int64_t)(STRIDE)) : "memory")
/* SUMS += LEFT, unsigned bytes, times RIGHT, signed ones. */
#    define THENAR_TILE_DOT(SUMS, LEFT, RIGHT) \
        __asm__ volatile("tdpbusd %%tmm" #RIGHT ", %%tmm" #LEFT ", %%tmm" #SUMS : :)

/* Tiles 0 to 3 hold the sums of `rows` x 16 products of `bytes` bytes; 4 and 5 left operands, 6 and 7 right ones. */
THENAR_INLINE THENAR_TARGET_AMX void thenar_tiles_open(int32_t rows, int32_t bytes)
{
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shapes = {.palette = 1};
    THENAR_UNROLL
    for (int32_t tile = 0; tile < 8; tile++) {
        shapes.bytes[tile] = (uint16_t)(tile < 4 || tile > 5 ? 64 : bytes);
        shapes.rows[tile] = (uint8_t)(tile < 6 ? rows : bytes / 4);
    }
    __asm__ volatile("ldtilecfg %0" : : "m"(shapes) : "memory");
}

THENAR_INLINE THENAR_TARGET_AMX void thenar_tiles_close(void)
{
    __asm__ volatile("tilerelease" : : : "memory");
}
#endif

#endif
