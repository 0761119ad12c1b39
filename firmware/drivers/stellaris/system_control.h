/* The chip's system control: clock, power of the peripherals, and the address that it was given when it was made. */
#pragma once

#include <cstdint>

namespace tlsbench {
namespace stellaris {

/// Run from the PLL at BOARD_CLOCK_HZ, and switch on the peripherals that the board names. Once, before any of them is
/// used.
void start_chip();

/// The chip's user registers: 24 bits of a MAC address each, all bits set if it was never given one.
struct UserRegisters {
    uint32_t low, high;
};
UserRegisters user_registers();

} // namespace stellaris
} // namespace tlsbench
