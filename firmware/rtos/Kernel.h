/* Kernel time: Mbed OS's rtos::Kernel, a steady clock in milliseconds since power-on. */
#pragma once

#include "rtos/mbed_rtos_types.h"

#include <chrono>
#include <cstdint>

namespace rtos {
namespace Kernel {

/// Milliseconds since power-on, 64 bits.
uint64_t get_ms_count();

struct Clock {
    using duration = std::chrono::milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    using duration_u32 = std::chrono::duration<uint32_t, period>;
    static constexpr bool is_steady = true;

    static time_point now() { return time_point(duration(get_ms_count())); }
};

/// Longest finite wait, and the value that means "no limit".
constexpr Clock::duration_u32 wait_for_u32_max{osWaitForever - 1};
constexpr Clock::duration_u32 wait_for_u32_forever{osWaitForever};

} // namespace Kernel
} // namespace rtos
