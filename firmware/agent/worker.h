/* The threads that make the host's socket calls, so that the agent answers while a call blocks. */
#pragma once

#include "call.h"
#include "capacity.h"
#include "sockets.h"

#include "rtos/Semaphore.h"
#include "rtos/Thread.h"

#include <atomic>
#include <new>

namespace tlsbench::agent {

class Worker {
public:
    /// Once, at boot. `stack` has kWorkerStackBytes.
    void init(uint32_t index, uint8_t *stack, SocketTable &sockets);

    /// Replace the thread by a fresh one. The worker must be idle.
    void restart(uint32_t stack_bytes, osPriority priority);

    /// In a call, or about to answer it.
    bool busy() const { return _busy; }

    /// Make a call and answer it. The worker must be idle; it gives `uses` back.
    void begin(const tlsbench_Request &request, const Uses &uses);

    /// Whether the host sent this request before. If the call has returned, it is answered once more.
    bool repeats(const tlsbench_Request &request);

    void report(tlsbench_WorkerStatus &status) const;

private:
    void run();
    void answer();

    uint32_t _index = 0;
    uint32_t _stack_bytes = 0;
    uint8_t *_stack = nullptr;
    SocketTable *_sockets = nullptr;
    char _name[8] = "worker0";

    std::atomic<bool> _busy{false};
    std::atomic<bool> _calls{false}; // it has begun, and not only been told to
    bool _leave = false;
    rtos::Semaphore _work;

    // Of the call; the agent's while idle, the worker's while busy.
    uint64_t _nonce = 0;
    uint32_t _request = 0;
    uint64_t _begun_us = 0;
    Uses _uses;
    tlsbench_Call _call = {};
    Outcome _outcome = {};
    uint8_t _buffer[kBufferBytes];

    rtos::Thread *_thread = nullptr; // in _room, so that a fresh one can be made without the heap
    alignas(rtos::Thread) uint8_t _room[sizeof(rtos::Thread)];
};

} // namespace tlsbench::agent
