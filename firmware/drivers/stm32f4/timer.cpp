/* The clock, on a 32-bit timer (TIM2 or TIM5; RM0090, section 18) that counts up and wraps by itself.
 *
 * How fast it counts is measured at start, against SysTick, which counts the core's clock: on silicon that gives what
 * the clock tree says, to which it is then set exactly; an emulator may have its timers run at a speed of its own
 * (QEMU 7.2: 1 GHz before the prescaler).
 *
 * It has no interrupt: QEMU's comes for ever after the first one. The kernel's alarm comes often enough (set_alarm()
 * in the scheduler) that no wrap is missed. */
#include "board_config.h"
#include "drivers/stm32f4/clocks.h"
#include "platform/clock.h"
#include "rtos/kernel/port.h"

namespace tlsbench {

using kernel::reg;

namespace {

namespace scs = kernel::scs;

constexpr uint32_t control = BOARD_TIMER0_BASE, events = BOARD_TIMER0_BASE + 0x14, counter = BOARD_TIMER0_BASE + 0x24,
                   prescaler = BOARD_TIMER0_BASE + 0x28, reload = BOARD_TIMER0_BASE + 0x2C;
constexpr uint32_t on = 1 << 0, update = 1 << 0;
constexpr uint32_t counted_to_zero = 1 << 16; // of SysTick's control, since it was read last

constexpr uint64_t one_us = uint64_t(1) << 32;
uint64_t tick = one_us; // its length: microseconds, 32 bits of them behind the point
uint32_t seen;          // the counter, when it was read last; and the time then:
uint64_t seen_us;
uint32_t seen_fraction;

/// Both counters at one moment.
struct Moment {
    uint32_t ticks, cycles;
};

// Of some readings the one that took least: an emulator may be held up between two.
Moment moment()
{
    Moment best = {};
    uint32_t best_took = UINT32_MAX;
    for (int i = 0; i < 8; i++) {
        const uint32_t before = reg(scs::systick_value), ticks = reg(counter), after = reg(scs::systick_value);
        const uint32_t took = (before - after) & 0xFF'FFFF; // it counts down
        if (took < best_took) {
            best_took = took;
            best = {ticks, (before - took / 2) & 0xFF'FFFF};
        }
    }
    return best;
}

/// Measures once; false if SysTick may have wrapped meanwhile, as it does when an emulator is held up for a tenth of a
/// second.
bool measure_tick()
{
    reg(scs::systick_reload) = 0xFF'FFFF;
    reg(scs::systick_value) = 0;
    reg(scs::systick_control) = 5;                                       // core clock, no interrupt, on
    [[maybe_unused]] const uint32_t dropped = reg(scs::systick_control); // a read clears the flag
    const uint32_t limit_cycles = 10'000 * core_mhz;
    const Moment start = moment();
    for (uint32_t tries = 0; tries < 1'000'000; tries++) {
        if (((start.cycles - reg(scs::systick_value)) & 0xFF'FFFF) >= limit_cycles) {
            break;
        }
    }
    const Moment end = moment();
    const bool wrapped = reg(scs::systick_control) & counted_to_zero;
    reg(scs::systick_control) = 0;
    if (wrapped) {
        return false;
    }
    const uint32_t cycles = (start.cycles - end.cycles) & 0xFF'FFFF, ticks = end.ticks - start.ticks;
    if (ticks) {
        tick = (uint64_t(cycles) << 32) / core_mhz / ticks;
    }
    if (tick > one_us - one_us / 256 && tick < one_us + one_us / 256) {
        tick = one_us; // as the clock tree says
    }
    return true;
}

} // namespace

void clock_start()
{
    stm32f4::start_clocks();
    stm32f4::enable(BOARD_TIMER0_BASE);
    reg(control) = 0;
    reg(prescaler) = stm32f4::clocks().timers / 1'000'000 - 1;
    reg(reload) = UINT32_MAX;
    reg(events) = update; // takes the prescaler, and counts from 0
    reg(control) = on;
    for (int tries = 0; tries < 8 && !measure_tick(); tries++) {
    }
    seen = reg(counter);
}

uint64_t uptime_us()
{
    kernel::Masked masked;
    const uint32_t now = reg(counter);
    const uint64_t sum = uint64_t(now - seen) * tick + seen_fraction;
    seen = now;
    seen_us += sum >> 32;
    seen_fraction = uint32_t(sum);
    return seen_us;
}

} // namespace tlsbench
