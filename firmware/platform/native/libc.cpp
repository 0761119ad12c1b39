/* What the firmware asks of the C library otherwise than a Linux process would. */
#include "platform/clock.h"
#include "platform/mbed_rtc_time.h"
#include "rtos/kernel/port.h"

#include <cstring>

using namespace tlsbench;

namespace {

uint64_t epoch_us; // wall clock at uptime 0
bool is_set;

} // namespace

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
time_t time(time_t *out) noexcept
{
    time_t now;
    {
        kernel::Masked masked;
        now = time_t((epoch_us + uptime_us()) / 1'000'000);
    }
    if (out) {
        *out = now;
    }
    return now;
}

#if !defined(__GLIBC_PREREQ) || !__GLIBC_PREREQ(2, 38)
size_t strlcpy(char *to, const char *from, size_t room)
{
    const size_t length = strlen(from);
    if (room) {
        const size_t copied = length < room ? length : room - 1;
        memcpy(to, from, copied);
        to[copied] = 0;
    }
    return length;
}
#endif
}
