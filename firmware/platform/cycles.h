/*
 * How many cycles of its clock the core has spent, in all and in the idle loop: on a core whose cycle counter (DWT)
 * counts, which is found out at start. Cores without one (Cortex-M0) and emulators that leave it out have none: then
 * nothing is told, rather than zeros.
 */
#pragma once

#include <cstdint>

namespace tlsbench {

/// 64 bits made of a counter of 32, which is read more often than it wraps; each stretch goes to who ran meanwhile.
struct CycleCount {
    uint64_t all = 0;
    uint64_t idle = 0;
    uint32_t seen = 0; ///< the counter, when it was read last

    void fold(uint32_t now, bool was_idle)
    {
        const uint32_t passed = now - seen; // right over a wrap, too
        seen = now;
        all += passed;
        idle += was_idle ? passed : 0;
    }
};

/// Start the counter. Called once, by the start-up code.
void cycles_start();

/// Whether the core counts them.
extern bool cycles_counted;

/// Where they are counted: what has passed since the last time went to the thread that ran. Called by the kernel at
/// each switch and each alarm, so more often than the counter wraps (168 MHz: 25 s).
void cycles_fold(bool was_idle);

/// Where they are counted: how many until now.
CycleCount cycles_read();

} // namespace tlsbench
