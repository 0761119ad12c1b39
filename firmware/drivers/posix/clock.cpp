/* The clock: the machine's monotonic one, from the start of the process. */
#include "platform/clock.h"

#include <time.h>

namespace tlsbench {

namespace {

uint64_t began_us;

uint64_t now_us()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return uint64_t(now.tv_sec) * 1'000'000 + uint64_t(now.tv_nsec) / 1000;
}

} // namespace

void clock_start()
{
    began_us = now_us();
}

uint64_t uptime_us()
{
    return now_us() - began_us;
}

} // namespace tlsbench
