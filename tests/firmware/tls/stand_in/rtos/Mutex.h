// Stands in for the kernel's mutex.
#pragma once

#include "platform/ScopedLock.h"
#include "rtos/Kernel.h"

#include <mutex>

namespace rtos {

class Mutex {
public:
    void lock() { _mutex.lock(); }
    void unlock() { _mutex.unlock(); }

private:
    std::recursive_mutex _mutex;
};

} // namespace rtos
