/*
 * Heap accounting. All of malloc, calloc, realloc, free, new and delete go through one allocator in the RAM that the
 * linker script leaves over. When it is used up malloc and new (std::nothrow) return a null pointer; plain new stops
 * with the fault "out of memory".
 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace tlsbench {

/// All in bytes.
struct HeapStats {
    uint32_t current;    ///< live blocks, the allocator's overhead included
    uint32_t peak;       ///< most of `current` since heap_restart_peak()
    uint32_t arena_peak; ///< most that was ever taken of the region, holes between blocks included
    uint32_t region;     ///< size of the region; 0: the operating system's heap, which has neither region nor arena
};

HeapStats heap_stats();
void heap_restart_peak();

/// Test aid: an allocation that would take HeapStats::current above `bytes` fails. 0 lifts the limit.
void heap_set_limit(uint32_t bytes);

} // namespace tlsbench
