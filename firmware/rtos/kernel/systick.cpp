/* The kernel's alarm, on the core's SysTick. */
#include "board_config.h"
#include "rtos/kernel/scheduler.h"

namespace tlsbench {
namespace kernel {

namespace {

constexpr uint32_t ticks_per_us = BOARD_CLOCK_HZ / 1'000'000;
static_assert(BOARD_CLOCK_HZ % 1'000'000 == 0, "the kernel's alarm counts whole ticks per microsecond");
constexpr uint32_t alarm_limit_us = 0xFFFFFF / ticks_per_us;

} // namespace

void port_alarm(uint64_t us)
{
    reg(scs::systick_control) = 0;
    if (us) {
        reg(scs::systick_reload) = uint32_t(us < alarm_limit_us ? us : alarm_limit_us) * ticks_per_us;
        reg(scs::systick_value) = 0;
        reg(scs::systick_control) = 7; // core clock, interrupt, on
    }
}

extern "C" void SysTick_Handler()
{
    expire();
}

} // namespace kernel
} // namespace tlsbench
