/* Stands in for the kernel's: there is one thread, so that who would wait lets the chip go on instead. */
#pragma once

#include "rtos/Kernel.h"

void chip_wait();

namespace rtos {

class Semaphore {
public:
    Semaphore(int count, int) : _count(count) {}
    void release() { _count = 1; }
    bool try_acquire_for(Kernel::Clock::duration_u32)
    {
        if (_count == 0) {
            chip_wait();
        }
        const bool got = _count > 0;
        _count = 0;
        return got;
    }

private:
    int _count;
};

} // namespace rtos
