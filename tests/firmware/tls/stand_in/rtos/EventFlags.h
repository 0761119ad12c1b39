// Stands in for the kernel's event flags.
#pragma once

#include "rtos/Kernel.h"
#include "stand_in.h"

#include <condition_variable>
#include <mutex>

namespace rtos {

class EventFlags {
public:
    uint32_t set(uint32_t flags)
    {
        std::lock_guard<std::mutex> locked(_mutex);
        _flags |= flags;
        _changed.notify_all();
        return _flags;
    }

    uint32_t wait_any_for(uint32_t flags, Kernel::Clock::duration_u32 timeout)
    {
        std::unique_lock<std::mutex> locked(_mutex);
        auto is_set = [&] { return (_flags & flags) != 0; };
        if (timeout == Kernel::wait_for_u32_forever) {
            _changed.wait(locked, is_set);
        } else if (!is_set() && stand_in::waits_at_once(timeout.count())) {
            return osFlagsErrorTimeout;
        } else if (!_changed.wait_for(locked, timeout, is_set)) {
            return osFlagsErrorTimeout;
        }
        uint32_t before = _flags;
        _flags &= ~flags;
        return before;
    }

private:
    std::mutex _mutex;
    std::condition_variable _changed;
    uint32_t _flags = 0;
};

} // namespace rtos
