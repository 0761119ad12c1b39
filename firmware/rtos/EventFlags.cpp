#include "rtos/EventFlags.h"

#include "rtos/kernel/scheduler.h"

using namespace tlsbench::kernel;

namespace rtos {

namespace {

uint32_t wait(FlagsState &state, uint32_t flags, uint32_t options, bool clear, uint64_t deadline_us)
{
    return flags_wait(state, flags, options | (clear ? 0 : osFlagsNoClear), State::event_flags, deadline_us);
}

uint64_t deadline_after_ms(uint32_t millisec)
{
    return deadline_after(Kernel::Clock::duration_u32(millisec));
}

} // namespace

EventFlags::~EventFlags()
{
    Masked masked;
    wake_all_gone(masked, _state.waiters);
}

uint32_t EventFlags::set(uint32_t flags)
{
    return flags_set(_state, flags);
}

uint32_t EventFlags::clear(uint32_t flags)
{
    return flags_clear(_state, flags);
}

uint32_t EventFlags::get() const
{
    return _state.flags;
}

uint32_t EventFlags::wait_all(uint32_t flags, uint32_t millisec, bool clear)
{
    return wait(_state, flags, osFlagsWaitAll, clear, deadline_after_ms(millisec));
}

uint32_t EventFlags::wait_all_for(uint32_t flags, Kernel::Clock::duration_u32 rel_time, bool clear)
{
    return wait(_state, flags, osFlagsWaitAll, clear, deadline_after(rel_time));
}

uint32_t EventFlags::wait_all_until(uint32_t flags, Kernel::Clock::time_point abs_time, bool clear)
{
    return wait(_state, flags, osFlagsWaitAll, clear, deadline_at(abs_time));
}

uint32_t EventFlags::wait_any(uint32_t flags, uint32_t millisec, bool clear)
{
    return wait(_state, flags, osFlagsWaitAny, clear, deadline_after_ms(millisec));
}

uint32_t EventFlags::wait_any_for(uint32_t flags, Kernel::Clock::duration_u32 rel_time, bool clear)
{
    return wait(_state, flags, osFlagsWaitAny, clear, deadline_after(rel_time));
}

uint32_t EventFlags::wait_any_until(uint32_t flags, Kernel::Clock::time_point abs_time, bool clear)
{
    return wait(_state, flags, osFlagsWaitAny, clear, deadline_at(abs_time));
}

} // namespace rtos
