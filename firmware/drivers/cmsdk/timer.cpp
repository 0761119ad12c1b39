/* The clock, on the CMSDK APB timer: a 32-bit down counter that reloads (Cortex-M System Design Kit Technical Reference
   Manual, section 4.2). It wraps after a whole number of microseconds, so reading it takes one 32-bit division. */
#include "board_config.h"
#include "platform/clock.h"
#include "platform/irq.h"
#include "platform/mbed_wait_api.h"
#include "rtos/kernel/port.h"

namespace tlsbench {

namespace {

struct Timer {
    volatile uint32_t control, value, reload, interrupt;
};

constexpr uint32_t ticks_per_us = BOARD_CLOCK_HZ / 1'000'000;
static_assert(BOARD_CLOCK_HZ % 1'000'000 == 0, "the clock counts whole ticks per microsecond");
constexpr uint32_t wrap_us = UINT32_MAX / ticks_per_us;
constexpr uint32_t last_tick = wrap_us * ticks_per_us - 1;
constexpr uint32_t enable = 1 << 0, interrupt_enable = 1 << 3;

Timer &timer()
{
    return *reinterpret_cast<Timer *>(BOARD_TIMER0_BASE);
}

uint64_t wraps_us; // time up to the last wrap that the handler has seen

} // namespace

void clock_start()
{
    timer().control = 0;
    timer().reload = last_tick;
    timer().value = last_tick;
    timer().interrupt = 1;
    timer().control = enable | interrupt_enable;
    irq_enable(BOARD_TIMER0_IRQ);
}

uint64_t uptime_us()
{
    kernel::Masked masked;
    uint64_t before = wraps_us;
    uint32_t left = timer().value;
    if (timer().interrupt) {
        left = timer().value; // wrapped, perhaps only after it was read
        before += wrap_us;
    }
    return before + (last_tick - left) / ticks_per_us;
}

extern "C" void timer0_irq_handler()
{
    kernel::Masked masked;
    timer().interrupt = 1;
    wraps_us += wrap_us;
}

extern "C" void wait_us(int us)
{
    const uint64_t end = uptime_us() + us + 1; // one more: the current microsecond has begun already
    while (uptime_us() < end) {
    }
}

} // namespace tlsbench
