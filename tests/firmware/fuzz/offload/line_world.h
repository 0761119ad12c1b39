// The world of the offload stack under test: a clock that only waits move, and a line on which the input speaks.
#pragma once

#include "world.h"

namespace line_world {

/// Whether it is the line's reader that runs, not the application.
bool reading();

/// Let the reader do its work until something is so.
/// @return false if the time passed before
template <typename F> bool wait(uint32_t ms, F is_so);

/// Let the reader do its work once: what the input says comes over the line, or time passes, `most_ms` at most.
void step(uint64_t most_ms);

uint64_t now_ms();

template <typename F> bool wait(uint32_t ms, F is_so)
{
    const uint64_t deadline = ms == osWaitForever ? UINT64_MAX : now_ms() + ms;
    while (!is_so()) {
        if (now_ms() >= deadline) {
            return false;
        }
        step(deadline - now_ms());
    }
    return true;
}

} // namespace line_world
