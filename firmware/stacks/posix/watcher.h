// The thread that tells sockets of what happens to them.
#pragma once

#include "rtos/Mutex.h"

namespace tlsbench {
namespace posix {

class Watched;

/// The stack's lock: of all sockets, and held while a socket is told.
rtos::Mutex &stack_lock();

/// Holds it from construction to the end of the scope.
class StackLock {
    rtos::ScopedMutexLock _held{stack_lock()};
};

/// Start the thread, once. Call without the lock.
void start_watching();

/// Tell the socket of every change of its descriptor, until that is closed.
/// @return false if the system cannot
bool watch(int descriptor, Watched &socket);

} // namespace posix
} // namespace tlsbench
