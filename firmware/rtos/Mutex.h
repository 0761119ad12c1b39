/* Recursive mutex with priority inheritance, also through chains of mutexes. Mbed OS's rtos::Mutex. */
#pragma once

#include "platform/NonCopyable.h"
#include "platform/ScopedLock.h"
#include "rtos/Kernel.h"
#include "rtos/kernel/objects.h"

namespace rtos {

class Mutex : private mbed::NonCopyable<Mutex> {
public:
    constexpr Mutex() = default;
    constexpr explicit Mutex(const char *) {}
    /// A mutex must not be destroyed while a thread holds it or waits for it.
    ~Mutex();

    void lock();
    bool trylock();
    bool trylock_for(Kernel::Clock::duration_u32 rel_time);
    bool trylock_until(Kernel::Clock::time_point abs_time);
    /// Only the owner may unlock; anybody else stops with a fault.
    void unlock();
    /// The owner's id, or nullptr.
    osThreadId_t get_owner();

private:
    tlsbench::kernel::MutexState _state;
};

typedef mbed::ScopedLock<Mutex> ScopedMutexLock;

} // namespace rtos
