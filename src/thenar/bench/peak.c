/* Multiply-adds as fast as one core can do them: registers only, as many independent sums as hide the latency.
   Each function makes `steps` steps and nothing else; peak.py knows how many multiply-adds a step holds. */

#include <string.h>

#define REPEAT8(step) step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7)
#define REPEAT12(step) REPEAT8(step) step(8) step(9) step(10) step(11)

#define YMM_CLOBBERS \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13"

#define FMA_YMM(n) "vfmadd231ps %%ymm12, %%ymm13, %%ymm" #n "\n\t"
#define FMA_ZMM(n) "vfmadd231ps %%zmm12, %%zmm13, %%zmm" #n "\n\t"
#define VNNI_YMM(n) "%{vex%} vpdpbusd %%ymm12, %%ymm13, %%ymm" #n "\n\t"
#define VNNI_ZMM(n) "vpdpbusd %%zmm12, %%zmm13, %%zmm" #n "\n\t"

/* Zeros: no exceptional value slows a step down. */
#define ZERO(n) "vpxor %%xmm" #n ", %%xmm" #n ", %%xmm" #n "\n\t"

#define LOOP(name, instructions, step)                                                         \
    __attribute__((target(instructions))) void thenar_peak_##name(long steps)                  \
    {                                                                                          \
        __asm__ volatile(REPEAT12(ZERO) ZERO(12) ZERO(13) "1:\n\t" REPEAT12(step) "dec %0\n\t" \
                                                                                  "jnz 1b\n\t" \
                                                                                  "vzeroupper" \
                         : "+r"(steps)                                                         \
                         :                                                                     \
                         : "cc", YMM_CLOBBERS);                                                \
    }

LOOP(fma_avx2, "avx2,fma", FMA_YMM)
LOOP(fma_avx512, "avx512f", FMA_ZMM)
LOOP(vnni_avx2, "avx2", VNNI_YMM)
LOOP(vnni_avx512, "avx512f,avx512vnni", VNNI_ZMM)

/* Four 16x16 tiles of sums from two tiles of 16x64 and two of 64x16 bytes. */
#define TILE_ROWS 16
#define TILE_ROW_BYTES 64
#define TILES 8

struct tile_configuration {
    unsigned char palette, start_row, reserved[14];
    unsigned short row_bytes[16];
    unsigned char rows[16];
};

__attribute__((target("avx512f"))) void thenar_peak_amx(long steps)
{
    struct tile_configuration tiles;
    memset(&tiles, 0, sizeof tiles);
    tiles.palette = 1;
    for (int tile = 0; tile < TILES; tile++) {
        tiles.row_bytes[tile] = TILE_ROW_BYTES;
        tiles.rows[tile] = TILE_ROWS;
    }
    __asm__ volatile("ldtilecfg %1\n\t"
                     "tilezero %%tmm0\n\ttilezero %%tmm1\n\ttilezero %%tmm2\n\ttilezero %%tmm3\n\t"
                     "tilezero %%tmm4\n\ttilezero %%tmm5\n\ttilezero %%tmm6\n\ttilezero %%tmm7\n\t"
                     "1:\n\t"
                     "tdpbusd %%tmm6, %%tmm4, %%tmm0\n\t"
                     "tdpbusd %%tmm7, %%tmm4, %%tmm1\n\t"
                     "tdpbusd %%tmm6, %%tmm5, %%tmm2\n\t"
                     "tdpbusd %%tmm7, %%tmm5, %%tmm3\n\t"
                     "dec %0\n\t"
                     "jnz 1b\n\t"
                     "tilerelease"
                     : "+r"(steps)
                     : "m"(tiles)
                     : "cc");
}
