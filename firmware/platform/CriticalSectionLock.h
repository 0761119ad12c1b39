#pragma once

#include "platform/NonCopyable.h"
#include "platform/mbed_critical.h"

namespace mbed {

/// Interrupts are masked while it lives, or between the static enable() and disable().
class CriticalSectionLock : private NonCopyable<CriticalSectionLock> {
public:
    CriticalSectionLock() { core_util_critical_section_enter(); }
    ~CriticalSectionLock() { core_util_critical_section_exit(); }
    static void enable() { core_util_critical_section_enter(); }
    static void disable() { core_util_critical_section_exit(); }
};

} // namespace mbed
