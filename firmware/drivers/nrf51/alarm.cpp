/* The kernel's alarm, on the clock's timer. Its interrupt is the clock's, too. */
#include "drivers/nrf51/timer.h"
#include "platform/irq.h"

namespace tlsbench {
namespace kernel {

using namespace nrf51;

void port_alarm(uint64_t us)
{
    constexpr uint32_t limit_us = UINT32_MAX / 2;
    Masked masked;
    reg(BOARD_TIMER0_BASE + interrupt_clear) = timer_interrupt(compare_alarm);
    if (us) {
        const uint32_t end = timer_now() + uint32_t(us < limit_us ? us : limit_us);
        reg(timer_value(compare_alarm)) = end;
        forget(timer_reached(compare_alarm));
        reg(BOARD_TIMER0_BASE + interrupt_set) = timer_interrupt(compare_alarm);
        if (int32_t(timer_now() - end) >= 0) { // while it was being set: the timer may have gone by
            irq_pend(BOARD_TIMER0_IRQ);
        }
    }
}

} // namespace kernel
} // namespace tlsbench
