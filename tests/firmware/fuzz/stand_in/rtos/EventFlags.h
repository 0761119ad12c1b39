// Stands in for the kernel's event flags where nobody else could set them: a wait only lets time go by.
#pragma once

#include "world.h"

#include "rtos/Kernel.h"

namespace rtos {

class EventFlags {
public:
    uint32_t set(uint32_t flags) { return _flags |= flags; }

    uint32_t wait_any_for(uint32_t flags, Kernel::Clock::duration_u32 timeout)
    {
        if (!(_flags & flags)) {
            world::let_time_pass(timeout);
            return osFlagsErrorTimeout;
        }
        uint32_t before = _flags;
        _flags &= ~flags;
        return before;
    }

private:
    uint32_t _flags = 0;
};

} // namespace rtos
