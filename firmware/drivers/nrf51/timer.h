/* TIMER0 of an nRF51 (reference manual, section 18), which counts microseconds with 32 bits. Clock and alarm share it;
   the core of these chips has no SysTick. */
#pragma once

#include "board_config.h"
#include "drivers/nrf51/peripheral.h"

namespace tlsbench {
namespace nrf51 {

/// Who has which of its four compare registers.
enum Compare : uint32_t { compare_alarm, compare_wrap, compare_now };

constexpr uint32_t timer_start = BOARD_TIMER0_BASE + 0x000, timer_clear = BOARD_TIMER0_BASE + 0x00C,
                   timer_bit_mode = BOARD_TIMER0_BASE + 0x508, timer_prescaler = BOARD_TIMER0_BASE + 0x510;

constexpr uint32_t timer_capture(Compare which)
{
    return BOARD_TIMER0_BASE + 0x040 + 4 * which;
}

/// The event: the timer counted up to the register's value.
constexpr uint32_t timer_reached(Compare which)
{
    return BOARD_TIMER0_BASE + 0x140 + 4 * which;
}

constexpr uint32_t timer_value(Compare which)
{
    return BOARD_TIMER0_BASE + 0x540 + 4 * which;
}

/// In the registers that let interrupts through.
constexpr uint32_t timer_interrupt(Compare which)
{
    return 1u << (16 + which);
}

/// Where the timer is. Interrupts are masked.
inline uint32_t timer_now()
{
    trigger(timer_capture(compare_now));
    return kernel::reg(timer_value(compare_now));
}

} // namespace nrf51
} // namespace tlsbench
