#include "platform/boot.h"

#include "platform/mbed_rtc_time.h"

#include <cstring>

extern "C" {

/// Not zeroed at start-up: whoever switches the board on has written it.
__attribute__((section(".noinit"), used)) tlsbench::BootBlock tlsbench_boot;
}

namespace tlsbench {

void take_boot_values()
{
    if (tlsbench_boot.magic != BootBlock::MAGIC) {
        entropy_gather();
        return;
    }
    entropy_inject(tlsbench_boot.seed, sizeof tlsbench_boot.seed);
    set_time(time_t(tlsbench_boot.epoch_s));
    memset(&tlsbench_boot, 0, sizeof tlsbench_boot); // a reset must not give the same random numbers again
}

} // namespace tlsbench
