/* Linux as the kernel sees it. The build puts this in the place of the core's own port.h (see rtos/CMakeLists.txt).
   Every thread is one of the operating system's, which runs as many at a time as the machine can. So masking
   interrupts is taking the kernel's one lock: whatever relies on it holds here too, and what relies on a thread's
   priority instead is found out. */
#pragma once

#include "platform/NonCopyable.h"

#include <cstdint>

namespace tlsbench {
namespace kernel {

struct Tcb;

extern thread_local Tcb *current; ///< the calling thread

/// Take the kernel's lock, and give it back; both nest. A thread that was terminated ends in the first.
void port_lock();
void port_unlock();
/// How many times the calling thread holds the lock.
uint32_t port_lock_depth();

/// The kernel's lock is held while it lives.
class Masked : private mbed::NonCopyable<Masked> {
public:
    Masked() { port_lock(); }
    ~Masked() { port_unlock(); }

    bool nested() const { return port_lock_depth() > 1; }
    /// There are no interrupts, and a thread that ended leaves by itself.
    void open() {}
};

/// There are no interrupt handlers.
inline uint32_t active_exception()
{
    return 0;
}

} // namespace kernel
} // namespace tlsbench
