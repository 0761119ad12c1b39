/*
 * What an image without the agent is told before main(): a seed for its random numbers, and the time.
 *
 * An emulated board has neither. The bench puts both into the board's memory before the first instruction, at the
 * symbol tlsbench_boot, where the start-up code leaves memory as it is. A process asks the operating system instead.
 */
#pragma once

#include "platform/entropy.h"

#include <cstddef>
#include <cstdint>

namespace tlsbench {

/// As it lies in memory, little-endian. host/tlsbench/boards/boot.py writes it.
struct BootBlock {
    static constexpr uint64_t MAGIC = 0x746f6f6262736c74; // "tlsbboot": what memory holds by chance is no block

    uint64_t magic;
    uint64_t epoch_s; ///< seconds since 1970-01-01 00:00 UTC
    uint8_t seed[ENTROPY_MAX_BYTES];
};

static_assert(offsetof(BootBlock, seed) == 16 && sizeof(BootBlock) == 80, "the bench writes it so");

/// Take seed and time, once: a seed that was used is gone from memory. Without a block there is what the board has of
/// its own, and what needs random numbers or the time beyond that is refused.
void take_boot_values();

} // namespace tlsbench
