/* A thread of execution. Mbed OS's rtos::Thread. */
#pragma once

#include "platform/Callback.h"
#include "platform/NonCopyable.h"
#include "rtos/EventFlags.h"
#include "rtos/Semaphore.h"
#include "rtos/kernel/objects.h"

namespace rtos {

class Thread : private mbed::NonCopyable<Thread> {
public:
    enum State {
        Inactive,
        Ready,
        Running,
        WaitingDelay,
        WaitingThreadFlag,
        WaitingEventFlag,
        WaitingMutex,
        WaitingSemaphore,
        Deleted,
    };

    /// Nothing runs before start(). Without `stack_mem` the stack comes from the heap at start() and is given back
    /// by join(), terminate() or the destructor. A static stack is made with TLSBENCH_STACK (platform/stack.h).
    /// `stack_size` is in bytes; 32 to 63 of them hold the stack guard.
    Thread(osPriority priority = osPriorityNormal, uint32_t stack_size = OS_STACK_SIZE,
           unsigned char *stack_mem = nullptr, const char *name = nullptr);
    /// Terminates the thread if it still runs.
    virtual ~Thread();

    /// osOK; osErrorParameter if it was started before; osErrorNoMemory; osErrorResource (no thread slot left).
    osStatus start(mbed::Callback<void()> task);
    /// Wait for the thread to end. osOK, at once if it has ended already.
    osStatus join();
    /// End the thread wherever it is; mutexes it holds are released. osErrorResource if it does not run.
    osStatus terminate();

    osStatus set_priority(osPriority priority);
    osPriority get_priority() const;
    uint32_t flags_set(uint32_t flags);
    State get_state() const;

    /// Bytes: size of the stack, never used (by the paint), in use now, and the most ever used.
    uint32_t stack_size() const;
    uint32_t free_stack() const;
    uint32_t used_stack() const;
    uint32_t max_stack() const;

    const char *get_name() const;
    osThreadId_t get_id() const;

private:
    static void run(void *self);
    bool lives() const;
    void release_stack();

    tlsbench::kernel::Tcb _tcb;
    mbed::Callback<void()> _task;
    Semaphore _ended;
    bool _owns_stack = false;
    bool _started = false;
};

} // namespace rtos
