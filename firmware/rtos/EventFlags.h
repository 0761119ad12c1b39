/* 31 event flags. set(), clear() and get() may be called from interrupt handlers. Mbed OS's rtos::EventFlags. */
#pragma once

#include "platform/NonCopyable.h"
#include "rtos/Kernel.h"
#include "rtos/kernel/objects.h"

namespace rtos {

class EventFlags : private mbed::NonCopyable<EventFlags> {
public:
    constexpr EventFlags() = default;
    constexpr explicit EventFlags(const char *) {}
    /// Threads that still wait are woken with osFlagsErrorResource.
    ~EventFlags();

    /// Set flags. Returns the flags after setting, some of which a woken thread may have cleared.
    uint32_t set(uint32_t flags);
    /// Clear flags. Returns the flags before clearing.
    uint32_t clear(uint32_t flags = 0x7fffffff);
    uint32_t get() const;

    /// Wait until all (any) of `flags` are set; 0 means any flag. Returns the flags before clearing, or
    /// osFlagsErrorTimeout, osFlagsErrorResource (destroyed meanwhile), osFlagsErrorParameter: bit 31 tells an error.
    uint32_t wait_all(uint32_t flags = 0, uint32_t millisec = osWaitForever, bool clear = true);
    uint32_t wait_all_for(uint32_t flags, Kernel::Clock::duration_u32 rel_time, bool clear = true);
    uint32_t wait_all_until(uint32_t flags, Kernel::Clock::time_point abs_time, bool clear = true);
    uint32_t wait_any(uint32_t flags = 0, uint32_t millisec = osWaitForever, bool clear = true);
    uint32_t wait_any_for(uint32_t flags, Kernel::Clock::duration_u32 rel_time, bool clear = true);
    uint32_t wait_any_until(uint32_t flags, Kernel::Clock::time_point abs_time, bool clear = true);

private:
    tlsbench::kernel::FlagsState _state;
};

} // namespace rtos
