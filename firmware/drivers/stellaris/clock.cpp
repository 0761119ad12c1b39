/* The clock, on the watchdog of a Stellaris microcontroller (LM3S6965 data sheet, chapter 11): a 32-bit down counter
   that can be read at any time, which QEMU's general-purpose timers cannot. It never bites, since its reset is not
   enabled. Taking back its interrupt starts the count anew, so what had passed since the wrap is kept apart. */
#include "platform/clock.h"
#include "board_config.h"
#include "drivers/stellaris/clock.h"
#include "drivers/stellaris/system_control.h"
#include "platform/irq.h"
#include "rtos/kernel/port.h"

namespace tlsbench {

namespace {

struct Watchdog {
    volatile uint32_t load, value, control, clear, raw_interrupt;
};

constexpr uint32_t ticks_per_us = BOARD_CLOCK_HZ / 1'000'000;
static_assert(BOARD_CLOCK_HZ % 1'000'000 == 0, "the clock counts whole ticks per microsecond");
constexpr uint32_t longest_us = UINT32_MAX / ticks_per_us - 1; // carried ticks must not make the sum overflow
constexpr uint32_t interrupt_enable = 1 << 0;

Watchdog &watchdog()
{
    return *reinterpret_cast<Watchdog *>(BOARD_WATCHDOG_BASE);
}

uint64_t before_us;     // time up to the last start of the count,
uint32_t carried_ticks; // and the part of a microsecond that it has more
uint32_t period;        // ticks from one wrap to the next, whole microseconds

// The interrupt comes with the value 0, one tick before the reload: 0 still belongs to the time before.
uint32_t value_after_wrap()
{
    uint32_t value;
    do {
        value = watchdog().value;
    } while (value == 0);
    return value;
}

// Ticks since the last start of the count, but for a whole period where it has wrapped meanwhile.
uint32_t ticks_passed(bool wrapped)
{
    return carried_ticks + period - (wrapped ? value_after_wrap() : watchdog().value);
}

// To be called right before the count starts anew.
void take_over(bool wrapped)
{
    const uint32_t passed = ticks_passed(wrapped);
    before_us += passed / ticks_per_us + (wrapped ? period / ticks_per_us : 0);
    carried_ticks = passed % ticks_per_us;
}

} // namespace

void clock_start()
{
    stellaris::start_chip();
    period = longest_us * ticks_per_us;
    watchdog().load = period - 1;
    watchdog().control = interrupt_enable;
    irq_enable(BOARD_WATCHDOG_IRQ);
}

void stellaris::set_clock_period(uint32_t us)
{
    kernel::Masked masked;
    take_over(watchdog().raw_interrupt);
    period = us * ticks_per_us;
    watchdog().load = period - 1;
    watchdog().clear = 1;
}

uint64_t uptime_us()
{
    kernel::Masked masked;
    uint32_t passed = ticks_passed(false);
    uint64_t before = before_us;
    if (watchdog().raw_interrupt) { // wrapped, perhaps only after the value was read
        passed = ticks_passed(true);
        before += period / ticks_per_us;
    }
    return before + passed / ticks_per_us;
}

extern "C" void watchdog_irq_handler()
{
    kernel::Masked masked;
    take_over(true);
    watchdog().clear = 1;
}

} // namespace tlsbench
