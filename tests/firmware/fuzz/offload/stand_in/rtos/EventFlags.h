// Stands in for the kernel's event flags: whoever waits lets the line's reader do its work.
#pragma once

#include "offload/line_world.h"

#include "rtos/Kernel.h"

namespace rtos {

class EventFlags {
public:
    uint32_t set(uint32_t flags) { return _flags |= flags; }
    uint32_t clear(uint32_t flags = 0x7fffffff)
    {
        const uint32_t before = _flags;
        _flags &= ~flags;
        return before;
    }
    uint32_t wait_any(uint32_t flags, uint32_t ms = osWaitForever)
    {
        const bool came = line_world::wait(ms, [&] { return (_flags & flags) != 0; });
        return came ? clear(flags) : uint32_t(osFlagsErrorTimeout);
    }

private:
    uint32_t _flags = 0;
};

} // namespace rtos
