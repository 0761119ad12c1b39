/* The clocks of an STM32F4 (reference manual RM0090, section 7): what runs how fast, and switching peripherals on. */
#pragma once

#include <cstdint>

namespace tlsbench::stm32f4 {

/// What the clocks run at, in Hz.
struct Clocks {
    uint32_t apb1;   ///< the slow peripheral bus
    uint32_t apb2;   ///< the fast one
    uint32_t timers; ///< of TIM2 to TIM7, before their prescaler

    /// Of the bus that the peripheral at this address is on.
    constexpr uint32_t of(uint32_t peripheral) const { return peripheral >= 0x4001'0000 ? apb2 : apb1; }
};

/// As start_clocks() left them.
const Clocks &clocks();

/// Have the core run at the speed that board.toml says: from its oscillator, or from the chip's own if there is none or
/// it does not start. If the PLL does not start either it goes on at 16 MHz, and core_mhz says so.
void start_clocks();

/// Let a peripheral's registers work: give it its bus clock.
/// @param address of the peripheral on APB1, APB2 or AHB1 (GPIO), or of the RNG
void enable(uint32_t address);

/// A pin as board.toml names it in [pins]: 16 times the port (A is 0) and the number in it.
/// @param alternate number of the alternate function (data sheet, table "alternate function mapping")
void connect_pin(uint32_t pin, uint32_t alternate);

} // namespace tlsbench::stm32f4
