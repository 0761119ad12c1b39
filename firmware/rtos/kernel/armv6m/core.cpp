/* A core with neither FPU nor names for faults, and as a rule without an MPU (Armv6-M Architecture Reference Manual).
 */
#include "platform/stack_paint.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

namespace tlsbench {
namespace kernel {

void core_init() {}

// The switch looks after the stack of the thread that ran. The interrupts' lies below all others: when it has
// overflowed, so much is lost already that only a report is left to do.
void port_guard(const Tcb &)
{
    if (interrupt_stack[guard_bytes / sizeof *interrupt_stack - 1] != stack_paint) {
        stack_overflow("isr");
    }
}

} // namespace kernel
} // namespace tlsbench
