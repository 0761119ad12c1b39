/* Stands in for the kernel's: there is one thread. */
#pragma once

namespace rtos {

class Mutex {
public:
    void lock() {}
    void unlock() {}
};

} // namespace rtos
