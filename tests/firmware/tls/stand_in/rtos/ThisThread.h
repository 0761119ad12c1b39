// Stands in for what a thread can do to itself.
#pragma once

#include "rtos/Kernel.h"

#include <thread>

namespace rtos {
namespace ThisThread {

inline void yield()
{
    std::this_thread::yield();
}

inline osThreadId_t get_id()
{
    static thread_local char own; // its address tells threads apart
    return reinterpret_cast<osThreadId_t>(&own);
}

} // namespace ThisThread
} // namespace rtos
