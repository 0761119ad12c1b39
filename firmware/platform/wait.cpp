#include "platform/clock.h"
#include "platform/mbed_wait_api.h"

extern "C" void wait_us(int us)
{
    const uint64_t end = tlsbench::uptime_us() + us + 1; // one more: the current microsecond has begun already
    while (tlsbench::uptime_us() < end) {
    }
}
