/* Data watchpoint and trace unit: Armv7-M Architecture Reference Manual, sections C1.6 and C1.8. */
#include "platform/cycles.h"

#include "rtos/kernel/port.h"

namespace tlsbench {

using kernel::reg;

namespace {

constexpr uint32_t demcr = 0xE000'EDFC, trace_on = 1 << 24;
constexpr uint32_t dwt_control = 0xE000'1000, dwt_counter = 0xE000'1004, dwt_lock = 0xE000'1FB0;
constexpr uint32_t count_on = 1 << 0, unlock = 0xC5AC'CE55;

CycleCount count;

} // namespace

bool cycles_counted;

void cycles_start()
{
#if !defined(__ARM_ARCH_6M__) // whose unit has no such counter, and is the debugger's alone
    reg(demcr) |= trace_on;
    reg(dwt_lock) = unlock; // Cortex-M7; the others do not have it
    reg(dwt_control) |= count_on;
    count.seen = reg(dwt_counter);
    // Some cycles have gone by before the next look, if they are counted at all.
    cycles_counted = reg(dwt_counter) != count.seen;
#endif
}

void cycles_fold(bool was_idle)
{
    count.fold(reg(dwt_counter), was_idle);
}

CycleCount cycles_read()
{
    kernel::Masked masked;
    cycles_fold(false); // whoever asks is not the idle loop
    return count;
}

} // namespace tlsbench
