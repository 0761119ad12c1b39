#include "platform/boot.h"

#include "platform/mbed_rtc_time.h"

#include <ctime>
#include <sys/random.h>

namespace tlsbench {

void take_boot_values()
{
    uint8_t seed[ENTROPY_MAX_BYTES];
    if (getrandom(seed, sizeof seed, 0) == ssize_t(sizeof seed)) {
        entropy_inject(seed, sizeof seed);
    }
    timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) == 0) {
        set_time(now.tv_sec);
    }
}

} // namespace tlsbench
