/* The clock, on the CMSDK APB timer: a 32-bit down counter that reloads (Cortex-M System Design Kit Technical Reference
   Manual, section 4.2). It wraps after a whole number of microseconds, so reading it takes one 32-bit division. */
#include "board_config.h"
#include "platform/clock.h"
#include "platform/irq.h"
#include "rtos/kernel/port.h"

namespace tlsbench {

namespace {

struct Timer {
    volatile uint32_t control, value, reload, interrupt;
};

constexpr uint32_t ticks_per_us = BOARD_CLOCK_HZ / 1'000'000;
static_assert(BOARD_CLOCK_HZ % 1'000'000 == 0, "the clock counts whole ticks per microsecond");
constexpr uint32_t wrap_us = UINT32_MAX / ticks_per_us;
constexpr uint32_t period = wrap_us * ticks_per_us;
constexpr uint32_t enable = 1 << 0, interrupt_enable = 1 << 3;

Timer &timer()
{
    return *reinterpret_cast<Timer *>(BOARD_TIMER0_BASE);
}

uint64_t wraps_us; // time up to the last wrap that the handler has seen

// The interrupt comes with the value 0, one tick before the reload: 0 still belongs to the time before.
uint32_t value_after_wrap()
{
    uint32_t value;
    do {
        value = timer().value;
    } while (value == 0);
    return value;
}

} // namespace

void clock_start()
{
    timer().control = 0;
    timer().reload = period - 1;
    timer().value = period - 1;
    timer().interrupt = 1;
    timer().control = enable | interrupt_enable;
    irq_enable(BOARD_TIMER0_IRQ);
}

uint64_t uptime_us()
{
    kernel::Masked masked;
    uint64_t before = wraps_us;
    uint32_t left = timer().value;
    if (timer().interrupt) { // wrapped, perhaps only after the value was read
        left = value_after_wrap();
        before += wrap_us;
    }
    return before + (period - left) / ticks_per_us;
}

extern "C" void timer0_irq_handler()
{
    kernel::Masked masked;
    value_after_wrap();
    timer().interrupt = 1;
    wraps_us += wrap_us;
}

} // namespace tlsbench
