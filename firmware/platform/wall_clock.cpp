/* The wall clock, which somebody has to set: no board has a battery. */
#include "platform/clock.h"
#include "platform/mbed_rtc_time.h"
#include "rtos/kernel/port.h"

using namespace tlsbench;

namespace {

uint64_t epoch_us; // wall clock at uptime 0
bool is_set;

} // namespace

uint64_t tlsbench::wall_clock_us()
{
    kernel::Masked masked; // 64 bits are two loads
    return epoch_us + uptime_us();
}

bool tlsbench::clock_is_set()
{
    return is_set;
}

extern "C" {

void set_time(time_t t)
{
    kernel::Masked masked;
    epoch_us = uint64_t(t) * 1'000'000 - uptime_us();
    is_set = t != 0; // 0: as after boot
}

// In the place of the C library's: the firmware's clock is the one that the bench sets.
time_t time(time_t *out)
{
    const time_t now = time_t(wall_clock_us() / 1'000'000);
    if (out) {
        *out = now;
    }
    return now;
}
}
