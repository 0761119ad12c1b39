#include "rtos/Thread.h"

#include "rtos/kernel/scheduler.h"

#include <new>

using namespace tlsbench;
using namespace tlsbench::kernel;

namespace rtos {

Thread::Thread(osPriority priority, uint32_t stack_size, unsigned char *stack_mem, const char *name)
{
    _tcb.base_priority = uint8_t(priority);
    _tcb.stack = reinterpret_cast<uint32_t *>(stack_mem);
    _tcb.stack_bytes = stack_size;
    _tcb.name = name ? name : "application_unnamed_thread";
}

Thread::~Thread()
{
    terminate();
    release_stack();
}

osStatus Thread::start(mbed::Callback<void()> task)
{
    if (_started || !task) {
        return osErrorParameter;
    }
    if (!_tcb.stack) {
        _tcb.stack = new (std::nothrow) uint32_t[_tcb.stack_bytes / sizeof(uint32_t)];
        if (!_tcb.stack) {
            return osErrorNoMemory;
        }
        _owns_stack = true;
    }
    _task = task;
    _started = true;
    if (!tlsbench::kernel::start(_tcb, run, this)) {
        _started = false;
        release_stack();
        return osErrorResource;
    }
    return osOK;
}

void Thread::run(void *argument)
{
    Thread &self = *static_cast<Thread *>(argument);
    self._task();
    // One step for all others: who sees the end by join() finds the thread gone.
    Masked masked;
    self._ended.release();
    end(masked, self._tcb);
    masked.open();
}

osStatus Thread::join()
{
    if (!_started) {
        return osErrorResource;
    }
    _ended.acquire();
    _ended.release();
    release_stack();
    return osOK;
}

osStatus Thread::terminate()
{
    {
        Masked masked;
        if (!lives()) {
            return osErrorResource;
        }
        _ended.release();
        end(masked, _tcb);
    }
    release_stack();
    return osOK;
}

bool Thread::lives() const
{
    return _tcb.state != tlsbench::kernel::State::inactive && _tcb.state != tlsbench::kernel::State::ended;
}

void Thread::release_stack()
{
    if (_owns_stack) {
        delete[] _tcb.stack;
        _tcb.stack = nullptr;
        _owns_stack = false;
    }
}

osStatus Thread::set_priority(osPriority priority)
{
    if (priority < osPriorityIdle || priority > osPriorityISR) {
        return osErrorParameter;
    }
    Masked masked;
    if (lives()) {
        set_base_priority(masked, _tcb, uint8_t(priority));
    } else {
        _tcb.base_priority = uint8_t(priority);
    }
    return osOK;
}

osPriority Thread::get_priority() const
{
    return osPriority(_tcb.base_priority);
}

uint32_t Thread::flags_set(uint32_t flags)
{
    return tlsbench::kernel::flags_set(_tcb.thread_flags, flags);
}

Thread::State Thread::get_state() const
{
    Masked masked;
    return State(_tcb.state);
}

uint32_t Thread::stack_size() const
{
    return _tcb.stack_bytes;
}

uint32_t Thread::free_stack() const
{
    return _tcb.stack_bytes - used_stack();
}

uint32_t Thread::used_stack() const
{
    Masked masked;
    return lives() ? stack_in_use(_tcb) : 0;
}

uint32_t Thread::max_stack() const
{
    return _tcb.stack && _started ? stack_deepest(_tcb) : 0;
}

const char *Thread::get_name() const
{
    return _tcb.name;
}

osThreadId_t Thread::get_id() const
{
    return const_cast<Tcb *>(&_tcb);
}

} // namespace rtos
