/* How stacks are painted and how overflows are told: for the kernel and its start-up code. */
#pragma once

#include <cstdint>

namespace tlsbench {

constexpr uint32_t stack_paint = 0x5AFEC0DE;

// noinline, with the loop inside: the emulator's probe takes stores in this symbol's range for paint, not for use of
// the stack. Else a thread that repaints the rest of its own stack would seem to have used all of it.
extern "C" __attribute__((noinline)) inline void tlsbench_paint_stack(uint32_t *from, uint32_t *to)
{
    while (from < to) {
        *from++ = stack_paint;
    }
}

/// Paint [from, to).
inline void paint(uint32_t *from, uint32_t *to)
{
    tlsbench_paint_stack(from, to);
}

/// The deepest word in [from, to) that is no longer paint, or `to`.
inline uint32_t *deepest_use(uint32_t *from, uint32_t *to)
{
    while (from < to && *from == stack_paint) {
        from++;
    }
    return from;
}

/// A thread, or interrupts, used more than their stack: report it and stop.
[[noreturn]] void stack_overflow(const char *thread);

} // namespace tlsbench
