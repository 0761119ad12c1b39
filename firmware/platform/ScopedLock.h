#pragma once

#include "platform/NonCopyable.h"

namespace mbed {

/// Holds a lock from construction to the end of the scope.
template <typename Lockable> class ScopedLock : private NonCopyable<ScopedLock<Lockable>> {
public:
    explicit ScopedLock(Lockable &lockable) : _lockable(lockable) { _lockable.lock(); }
    ~ScopedLock() { _lockable.unlock(); }

private:
    Lockable &_lockable;
};

} // namespace mbed
