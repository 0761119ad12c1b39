/* What only this family's clock has. */
#pragma once

#include <cstdint>

namespace tlsbench {
namespace stellaris {

/// Have the counter that the clock runs on wrap after so many microseconds from now, and again and again. It does so
/// every 85 seconds at 50 MHz, which no test can wait for.
void set_clock_period(uint32_t us);

} // namespace stellaris
} // namespace tlsbench
