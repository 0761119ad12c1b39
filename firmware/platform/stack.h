/* Stacks of threads and of interrupts: painted when made, so that the deepest use can be read at any time. */
#pragma once

#include <cstddef>
#include <cstdint>

/// Define a static stack for rtos::Thread: TLSBENCH_STACK(name, bytes); then Thread(prio, sizeof name, name, "name").
/// It lies in its own output section (.stacks), apart from other static RAM.
#define TLSBENCH_STACK(name, bytes)                                                                                    \
    alignas(32) __attribute__((section(".bss.stack." #name))) static unsigned char name[bytes]

namespace tlsbench {

struct ThreadStats {
    const char *name;
    uint32_t slot;       ///< as told to the emulator's probe; 31 is the interrupt stack
    uint32_t stack_base; ///< lowest address
    uint32_t stack_size; ///< bytes, guard included
    uint32_t stack_peak; ///< bytes used at the deepest since stacks_restart_peak()
    uint32_t priority;
};

/// Fill `out` with one entry per thread that exists, the interrupt stack ("isr") last. Returns the number of entries.
size_t thread_stats(ThreadStats *out, size_t max);

/// Repaint the unused part of every stack.
void stacks_restart_peak();

} // namespace tlsbench
