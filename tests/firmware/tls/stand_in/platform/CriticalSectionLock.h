// Stands in for masked interrupts: one lock for all threads.
#pragma once

#include <mutex>

namespace mbed {

class CriticalSectionLock {
public:
    CriticalSectionLock() { lock().lock(); }
    ~CriticalSectionLock() { lock().unlock(); }

private:
    static std::recursive_mutex &lock()
    {
        static std::recursive_mutex mutex;
        return mutex;
    }
};

} // namespace mbed
