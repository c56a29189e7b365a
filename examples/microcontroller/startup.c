/* From reset to main() on a Cortex-M: the vector table, the coprocessors, and memory as C expects it.
 *
 * main() talks to the debugger or to qemu through semihosting, which newlib's librdimon wraps as stdio; on a product's
 * board, drop initialise_monitor_handles() and end in a loop. */
#include <stdint.h>
#include <stdlib.h>

extern uint32_t stack_top, data_start, data_end, data_load, bss_start, bss_end; /* the linker script's */
extern int main(void);
extern void initialise_monitor_handles(void);

#define CPACR (*(volatile uint32_t *)0xE000ED88u) /* which coprocessors may be used */
#define CCR (*(volatile uint32_t *)0xE000ED14u)   /* configuration and control */

#define FPU_AND_HELIUM (0xFu << 20) /* coprocessors 10 and 11, for all code */
#define LOOP_CACHE (1u << 19)       /* low-overhead loops, on Armv8.1-M */

void reset(void);
void reset(void)
{
    CPACR |= FPU_AND_HELIUM;
#if defined(__ARM_FEATURE_MVE)
    CCR |= LOOP_CACHE;
#endif
    __asm__ volatile("dsb\n isb" ::: "memory");
    const uint32_t *from = &data_load;
    for (uint32_t *to = &data_start; to < &data_end;)
        *to++ = *from++;
    for (uint32_t *to = &bss_start; to < &bss_end;)
        *to++ = 0;
    initialise_monitor_handles();
    exit(main());
}

/* What newlib's exit() expects of the files that it starts with, which this one replaces. */
void _fini(void);
void _fini(void)
{
}

static void fault(void)
{
    abort();
}

/* Reset, NMI and the faults; interrupts of the board's devices would follow. */
typedef void (*handler)(void);
__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    handler handlers[15];
} vectors = {&stack_top, {reset, fault, fault, fault, fault, fault, fault}};
