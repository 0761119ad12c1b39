/* The kernel's alarm, on the core's SysTick. */
#include "platform/clock.h"
#include "rtos/kernel/scheduler.h"

namespace tlsbench {
namespace kernel {

void port_alarm(uint64_t us)
{
    reg(scs::systick_control) = 0;
    if (us) {
        constexpr uint32_t limit = 0xFFFFFF;
        reg(scs::systick_reload) = us < limit / core_mhz ? uint32_t(us) * core_mhz : limit;
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
