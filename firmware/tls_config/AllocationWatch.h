#pragma once

#include "rtos/Kernel.h"
#include "tls_config/platform.h"

namespace tlsbench::tls {

/// Notices whether Mbed TLS was refused memory in this thread since the object was made. An error code does not tell:
/// Mbed TLS has many names for it. Other threads' refusals are their own.
class AllocationWatch {
public:
    AllocationWatch();
    ~AllocationWatch();
    AllocationWatch(const AllocationWatch &) = delete;
    AllocationWatch &operator=(const AllocationWatch &) = delete;

    bool refused() const { return _refused; }

private:
    friend void * ::tls_calloc(size_t count, size_t size);
    static void note();

    AllocationWatch *_next;
    osThreadId_t _thread;
    bool _refused = false;
};

} // namespace tlsbench::tls
