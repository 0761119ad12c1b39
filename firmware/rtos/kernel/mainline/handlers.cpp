/* The handlers that care about single registers. */
#include "board_config.h"
#include "platform/fault_status.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

namespace tlsbench {

using namespace kernel;

extern "C" {

// Start of the first thread. What start-up left on the interrupt stack is dropped.
__attribute__((naked)) void SVC_Handler()
{
    asm volatile("ldr   r0, =%c0\n"
                 "ldr   r0, [r0]\n"
                 "ldr   r0, [r0]\n"
                 "ldmia r0!, {r4-r11, lr}\n"
                 "msr   psp, r0\n"
                 "ldr   r0, =%c1\n"
                 "msr   msp, r0\n"
                 "bx    lr\n" ::"i"(&current),
                 "i"(interrupt_stack + interrupt_stack_words));
}

// EXC_RETURN is kept per thread: its bit 4 says whether the thread has FPU state. Masked all through, because a
// handler that makes another thread ready in the middle would find `current` and the stack pointer at odds.
__attribute__((naked)) void PendSV_Handler()
{
    asm volatile("mrs      r0, psp\n"
#if BOARD_FPU
                 "tst      lr, #0x10\n"
                 "it       eq\n"
                 "vstmdbeq r0!, {s16-s31}\n"
#endif
                 "stmdb    r0!, {r4-r11, lr}\n"
                 "cpsid    i\n"
                 "bl       tlsbench_switch\n"
                 "cpsie    i\n"
                 "ldmia    r0!, {r4-r11, lr}\n"
#if BOARD_FPU
                 "tst      lr, #0x10\n"
                 "it       eq\n"
                 "vldmiaeq r0!, {s16-s31}\n"
#endif
                 "msr      psp, r0\n"
                 "bx       lr\n");
}

// All faults. If it was the interrupts' own stack that overflowed the report starts it afresh: nothing returns to it.
__attribute__((naked)) void tlsbench_fault_handler()
{
    asm volatile("cpsid  i\n"
                 "tst    lr, #4\n"
                 "ite    eq\n"
                 "mrseq  r0, msp\n"
                 "mrsne  r0, psp\n"
                 "mov    r1, sp\n"
                 "ldr    r2, =%c0\n"
                 "cmp    r1, r2\n"
                 "it     lo\n"
                 "ldrlo  sp, =%c1\n"
                 "push   {r4-r11, lr}\n"
                 "mov    r1, sp\n"
                 "b      tlsbench_report_fault\n" ::"i"(interrupt_stack + guard_bytes / 4 + fault_report_words),
                 "i"(interrupt_stack + interrupt_stack_words));
}
}

} // namespace tlsbench
