/* The clock: the timer's 32 bits, and how often they have wrapped. */
#include "platform/clock.h"

#include "drivers/nrf51/timer.h"
#include "platform/irq.h"
#include "rtos/kernel/scheduler.h"

namespace tlsbench {

using kernel::reg;
using namespace nrf51;

namespace {

// The oscillator that the chip starts with is too inaccurate for a serial line; the crystal has to be asked for.
constexpr uint32_t crystal_start = BOARD_CLOCK_BASE + 0x000, crystal_runs = BOARD_CLOCK_BASE + 0x100;
constexpr uint32_t bits_32 = 3, every_us = 4; // 16 MHz divided by 2 four times

uint32_t wraps;

void await_nonzero()
{
    while (timer_now() == 0) {
    }
}

} // namespace

void clock_start()
{
    trigger(crystal_start);
    while (!happened(crystal_runs)) {
    }
    reg(timer_bit_mode) = bits_32;
    reg(timer_prescaler) = every_us;
    reg(timer_value(compare_wrap)) = 0;
    trigger(timer_clear);
    trigger(timer_start);
    await_nonzero(); // it begins at what it wraps to
    forget(timer_reached(compare_wrap));
    reg(BOARD_TIMER0_BASE + interrupt_set) = timer_interrupt(compare_wrap);
    irq_enable(BOARD_TIMER0_IRQ);
}

uint64_t uptime_us()
{
    kernel::Masked masked;
    uint32_t now = timer_now();
    uint64_t high = wraps;
    if (happened(timer_reached(compare_wrap))) { // perhaps only after the value was read
        now = timer_now();
        high++;
    }
    return high << 32 | now;
}

extern "C" void timer0_irq_handler()
{
    {
        kernel::Masked masked;
        if (happened(timer_reached(compare_wrap))) {
            await_nonzero(); // as long as the value is there the event could come again
            forget(timer_reached(compare_wrap));
            wraps++;
        }
        forget(timer_reached(compare_alarm));
    }
    kernel::expire();
}

} // namespace tlsbench
