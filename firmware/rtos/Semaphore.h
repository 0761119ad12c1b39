/* Counting semaphore. release() and try_acquire() may be called from interrupt handlers. Mbed OS's rtos::Semaphore. */
#pragma once

#include "platform/NonCopyable.h"
#include "rtos/Kernel.h"
#include "rtos/kernel/objects.h"

namespace rtos {

class Semaphore : private mbed::NonCopyable<Semaphore> {
public:
    constexpr Semaphore(int32_t count = 0, uint16_t max_count = 0xFFFF) : _count(uint16_t(count)), _max(max_count) {}
    /// Threads that still wait are woken; their acquire fails.
    ~Semaphore();

    void acquire();
    bool try_acquire();
    bool try_acquire_for(Kernel::Clock::duration_u32 rel_time);
    bool try_acquire_until(Kernel::Clock::time_point abs_time);
    /// osOK, or osErrorResource if the count is at its maximum.
    osStatus release();

private:
    bool acquire_by(uint64_t deadline_us);

    tlsbench::kernel::WaitQueue _waiters;
    uint16_t _count;
    uint16_t _max;
};

} // namespace rtos
