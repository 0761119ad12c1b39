// Stands in for the kernel's semaphore.
#pragma once

#include "offload/line_world.h"

#include "rtos/Kernel.h"

namespace rtos {

class Semaphore {
public:
    void acquire()
    {
        line_world::wait(osWaitForever, [&] { return _count > 0; });
        --_count;
    }
    void release() { ++_count; }

private:
    int _count = 0;
};

} // namespace rtos
