/* What the kernel keeps about threads and about what they wait for. Applications use the classes of rtos/ instead. */
#pragma once

#include "rtos/mbed_rtos_types.h"

#include <cstddef>
#include <cstdint>

namespace tlsbench {
namespace kernel {

struct Tcb;

/// Threads in order of priority, the longest waiting first among equals.
struct WaitQueue {
    Tcb *first = nullptr;
};

struct MutexState {
    WaitQueue waiters;
    Tcb *owner = nullptr;
    MutexState *next_owned = nullptr; ///< list of what the owner holds
    uint32_t depth = 0;
};

struct FlagsState {
    WaitQueue waiters;
    uint32_t flags = 0;
};

/// No deadline.
constexpr uint64_t forever = UINT64_MAX;

/// How a wait ended.
enum class Wake : uint8_t { done, timeout, gone };

/// What a thread is up to; the values are rtos::Thread::State's.
enum class State : uint8_t {
    inactive,
    ready,
    running,
    delayed,
    thread_flags,
    event_flags,
    mutex,
    semaphore,
    ended,
};

/// A thread.
struct Tcb {
    uint32_t *sp = nullptr;          ///< while another thread runs; the start-up assembly expects it first
    uint32_t *stack_limit = nullptr; ///< lowest usable address; below it lies the guard
    uint32_t *stack = nullptr;       ///< lowest address
    uint32_t stack_bytes = 0;
    uint8_t slot = 0;
    uint8_t priority = 0;      ///< in effect, with what was inherited
    uint8_t base_priority = 0; ///< as the application set it
    State state = State::inactive;
    Wake wake = Wake::done;
    uint8_t wait_options = 0;       ///< osFlags...
    int error_number = 0;           ///< errno while another thread runs
    uint32_t wait_flags = 0;        ///< flags: wanted, then got
    WaitQueue *queue = nullptr;     ///< the queue it is in: of ready threads, or of an object
    Tcb *next = nullptr;            ///< in that queue
    Tcb *next_timed = nullptr;      ///< in the list of timed waits
    Tcb *next_thread = nullptr;     ///< in the list of all threads
    uint64_t deadline_us = forever; ///< of a timed wait
    MutexState *wants = nullptr;    ///< mutex it waits for
    MutexState *owned = nullptr;    ///< mutexes it holds
    FlagsState thread_flags;
    const char *name = nullptr;
};

} // namespace kernel
} // namespace tlsbench
