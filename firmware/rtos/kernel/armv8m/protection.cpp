/* Limits of the stack pointers, and no null pointers (Armv8-M Architecture Reference Manual, B3.21 and B11). */
#include "rtos/kernel/mainline/registers.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

namespace tlsbench {
namespace kernel {

namespace {

constexpr uint32_t mpu_limit = 0xE000EDA0, mpu_region_enable = 1 << 0, mpu_never_execute = 1 << 0;

} // namespace

void protection_init()
{
    asm volatile("msr msplim, %0" ::"r"(interrupt_stack + guard_bytes / sizeof *interrupt_stack));
    if (reg(scs::mpu_type)) {
        // There is no attribute for "no access", but what lies in two regions at once is out of bounds.
        for (uint32_t region = 0; region < 2; region++) {
            reg(scs::mpu_number) = region;
            reg(scs::mpu_base) = mpu_never_execute;
            reg(mpu_limit) = (null_bytes - 32) | mpu_region_enable;
        }
        reg(scs::mpu_control) = scs::mpu_enable | scs::mpu_default_map;
        asm volatile("dsb\n isb");
    }
}

// The core looks at each change of the stack pointer: nothing is written below the limit, not even by an exception.
void port_guard(const Tcb &thread)
{
    asm volatile("msr psplim, %0" ::"r"(thread.stack_limit));
}

} // namespace kernel
} // namespace tlsbench
