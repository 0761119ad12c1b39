// Stands in for masked interrupts, which a world of one thread has no need of.
#pragma once

inline void core_util_critical_section_enter() {}
inline void core_util_critical_section_exit() {}

namespace mbed {

class CriticalSectionLock {
public:
    CriticalSectionLock() {}
};

} // namespace mbed
