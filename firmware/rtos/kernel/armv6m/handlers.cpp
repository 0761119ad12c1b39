/* The handlers that care about single registers. Armv6-M loads and stores several at once only of r0 to r7. */
#include "platform/fault_status.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

namespace tlsbench {

using namespace kernel;

// Else the compiler takes assembly for this core to be of the older syntax.
#define UNIFIED ".syntax unified\n"

// r0 points to what was saved of a thread (Saved): load it, and go on with what the core has stacked above.
#define RESUME_THREAD                                                                                                  \
    "mov   r1, r0\n"                                                                                                   \
    "adds  r1, #16\n"                                                                                                  \
    "ldmia r1!, {r4-r7}\n"                                                                                             \
    "mov   r8, r4\n"                                                                                                   \
    "mov   r9, r5\n"                                                                                                   \
    "mov   r10, r6\n"                                                                                                  \
    "mov   r11, r7\n"                                                                                                  \
    "ldmia r1!, {r2}\n"                                                                                                \
    "msr   psp, r1\n"                                                                                                  \
    "ldmia r0!, {r4-r7}\n"                                                                                             \
    "bx    r2\n"

extern "C" {

// Start of the first thread. What start-up left on the interrupt stack is dropped.
__attribute__((naked)) void SVC_Handler()
{
    asm volatile(UNIFIED "ldr   r0, =%c1\n"
                         "msr   msp, r0\n"
                         "ldr   r0, =%c0\n"
                         "ldr   r0, [r0]\n"
                         "ldr   r0, [r0]\n" RESUME_THREAD ::"i"(&current),
                 "i"(interrupt_stack + interrupt_stack_words));
}

// Masked all through, because a handler that makes another thread ready in the middle would find `current` and the
// stack pointer at odds.
__attribute__((naked)) void PendSV_Handler()
{
    asm volatile(UNIFIED "mrs   r0, psp\n"
                         "subs  r0, #36\n"
                         "mov   r1, r0\n"
                         "stmia r1!, {r4-r7}\n"
                         "mov   r4, r8\n"
                         "mov   r5, r9\n"
                         "mov   r6, r10\n"
                         "mov   r7, r11\n"
                         "stmia r1!, {r4-r7}\n"
                         "mov   r2, lr\n"
                         "stmia r1!, {r2}\n"
                         "cpsid i\n"
                         "bl    tlsbench_switch\n"
                         "cpsie i\n" RESUME_THREAD);
}

// All faults. If it was the interrupts' own stack that overflowed the report starts it afresh: nothing returns to it.
__attribute__((naked)) void tlsbench_fault_handler()
{
    asm volatile(UNIFIED "cpsid i\n"
                         "mrs   r0, msp\n"
                         "mov   r1, lr\n"
                         "lsrs  r1, #3\n" // bit 2, which says that a thread's stack was in use, into the carry
                         "bcc   1f\n"
                         "mrs   r0, psp\n"
                         "1: mov r1, sp\n"
                         "ldr   r2, =%c0\n"
                         "cmp   r1, r2\n"
                         "bhs   2f\n"
                         "ldr   r2, =%c1\n"
                         "mov   sp, r2\n"
                         "2: push {lr}\n"
                         "mov   r2, r10\n"
                         "mov   r3, r11\n"
                         "push  {r2, r3}\n"
                         "mov   r2, r8\n"
                         "mov   r3, r9\n"
                         "push  {r2, r3}\n"
                         "push  {r4-r7}\n"
                         "mov   r1, sp\n"
                         "bl    tlsbench_report_fault\n" ::"i"(interrupt_stack + guard_bytes / 4 + fault_report_words),
                 "i"(interrupt_stack + interrupt_stack_words));
}
}

} // namespace tlsbench
