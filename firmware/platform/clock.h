/* The target's clock. The chip family's driver implements it. */
#pragma once

#include <cstdint>

namespace tlsbench {

/// Cycles per microsecond that the core runs at: board.toml's, unless its clocks did not start.
extern uint32_t core_mhz;

/// Microseconds since power-on: 64 bits, monotonic, also while the core sleeps. Callable from anywhere.
uint64_t uptime_us();

/// Start the clock at zero. Called once, by the start-up code, before the kernel.
void clock_start();

} // namespace tlsbench
