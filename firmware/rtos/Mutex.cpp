#include "rtos/Mutex.h"

#include "platform/mbed_assert.h"
#include "rtos/kernel/scheduler.h"

using namespace tlsbench::kernel;

namespace rtos {

Mutex::~Mutex()
{
    MBED_ASSERT(!_state.owner);
}

void Mutex::lock()
{
    mutex_lock(_state, forever);
}

bool Mutex::trylock()
{
    return mutex_lock(_state, 0);
}

bool Mutex::trylock_for(Kernel::Clock::duration_u32 rel_time)
{
    return mutex_lock(_state, deadline_after(rel_time));
}

bool Mutex::trylock_until(Kernel::Clock::time_point abs_time)
{
    return mutex_lock(_state, deadline_at(abs_time));
}

void Mutex::unlock()
{
    mutex_unlock(_state);
}

osThreadId_t Mutex::get_owner()
{
    return _state.owner;
}

} // namespace rtos
