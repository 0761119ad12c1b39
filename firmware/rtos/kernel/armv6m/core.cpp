/* A core with neither FPU nor names for faults, and as a rule without an MPU (Armv6-M Architecture Reference Manual).
 */
#include "platform/stack_paint.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

namespace tlsbench {
namespace kernel {

void core_init() {}

namespace {

bool spoilt(const uint32_t *guard)
{
    for (uint32_t i = 0; i < guard_bytes / sizeof *guard; i++) {
        if (guard[i] != stack_paint) {
            return true;
        }
    }
    return false;
}

} // namespace

// The switch looks at one word below the stack of the thread that ran, which an overflow may have gone past: here it is
// all of the guard of the thread that is to run again. The interrupts' stack lies below all others.
void port_guard(const Tcb &thread)
{
    if (spoilt(thread.stack_limit - guard_bytes / sizeof(uint32_t))) {
        stack_overflow(thread.name);
    }
    if (spoilt(interrupt_stack)) {
        stack_overflow("isr");
    }
}

} // namespace kernel
} // namespace tlsbench
