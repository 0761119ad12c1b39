#include "rtos/Semaphore.h"

#include "rtos/kernel/scheduler.h"

using namespace tlsbench::kernel;

namespace rtos {

Semaphore::~Semaphore()
{
    Masked masked;
    wake_all_gone(masked, _waiters);
}

bool Semaphore::acquire_by(uint64_t deadline_us)
{
    Masked masked;
    if (_count) {
        _count--;
        return true;
    }
    return deadline_us && wait(masked, &_waiters, State::semaphore, deadline_us) == Wake::done;
}

void Semaphore::acquire()
{
    acquire_by(forever);
}

bool Semaphore::try_acquire()
{
    return acquire_by(0);
}

bool Semaphore::try_acquire_for(Kernel::Clock::duration_u32 rel_time)
{
    return acquire_by(deadline_after(rel_time));
}

bool Semaphore::try_acquire_until(Kernel::Clock::time_point abs_time)
{
    return acquire_by(deadline_at(abs_time));
}

osStatus Semaphore::release()
{
    Masked masked;
    if (_waiters.first) {
        wake(masked, *_waiters.first, Wake::done);
    } else if (_count == _max) {
        return osErrorResource;
    } else {
        _count++;
    }
    return osOK;
}

} // namespace rtos
