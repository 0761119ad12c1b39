// Stands in for the kernel's mutex. There are two threads, one at a time: the application and the line's reader, which
// runs while the application waits or writes. So a lock that the other one holds would never be free.
#pragma once

#include "offload/line_world.h"

#include "platform/ScopedLock.h"
#include "rtos/Kernel.h"

namespace rtos {

class Mutex {
public:
    void lock()
    {
        MUST(_depth == 0 || _owner == line_world::reading());
        _owner = line_world::reading();
        ++_depth;
    }
    bool trylock()
    {
        if (_depth && _owner != line_world::reading()) {
            return false;
        }
        lock();
        return true;
    }
    osThreadId_t get_owner() { return _depth ? this : nullptr; }
    void unlock()
    {
        MUST(_depth > 0 && _owner == line_world::reading());
        --_depth;
    }

private:
    int _depth = 0;
    bool _owner = false;
};

typedef mbed::ScopedLock<Mutex> ScopedMutexLock;

} // namespace rtos
