// Stands in for the kernel's mutex.
#pragma once

#include "platform/ScopedLock.h"
#include "rtos/Kernel.h"
#include "rtos/ThisThread.h"

#include <atomic>
#include <mutex>

namespace rtos {

class Mutex {
public:
    void lock()
    {
        _mutex.lock();
        enter();
    }
    bool trylock()
    {
        bool free = _mutex.try_lock();
        if (free) {
            enter();
        }
        return free;
    }
    void unlock()
    {
        if (--_depth == 0) {
            _owner = nullptr;
        }
        _mutex.unlock();
    }
    osThreadId_t get_owner() { return _owner; }

private:
    void enter()
    {
        ++_depth;
        _owner = ThisThread::get_id();
    }

    std::atomic<osThreadId_t> _owner{nullptr};
    int _depth = 0;
    std::recursive_mutex _mutex;
};

} // namespace rtos
