#include "rtos/ThisThread.h"

#include "platform/clock.h"
#include "rtos/kernel/scheduler.h"

using namespace tlsbench::kernel;

namespace rtos {

uint64_t Kernel::get_ms_count()
{
    return tlsbench::uptime_us() / 1000;
}

namespace ThisThread {

namespace {

uint32_t wait(uint32_t flags, uint32_t options, bool clear, uint64_t deadline_us)
{
    return flags_wait(current->thread_flags, flags, options | (clear ? 0 : osFlagsNoClear), State::thread_flags,
                      deadline_us);
}

void sleep(uint64_t deadline_us)
{
    if (deadline_us) {
        Masked masked;
        tlsbench::kernel::wait(masked, nullptr, State::delayed, deadline_us);
    }
}

} // namespace

uint32_t flags_clear(uint32_t flags)
{
    return tlsbench::kernel::flags_clear(current->thread_flags, flags);
}

uint32_t flags_get()
{
    return current->thread_flags.flags;
}

uint32_t flags_wait_all(uint32_t flags, bool clear)
{
    return wait(flags, osFlagsWaitAll, clear, forever);
}

uint32_t flags_wait_all_for(uint32_t flags, Kernel::Clock::duration_u32 rel_time, bool clear)
{
    return wait(flags, osFlagsWaitAll, clear, deadline_after(rel_time));
}

uint32_t flags_wait_all_until(uint32_t flags, Kernel::Clock::time_point abs_time, bool clear)
{
    return wait(flags, osFlagsWaitAll, clear, deadline_at(abs_time));
}

uint32_t flags_wait_any(uint32_t flags, bool clear)
{
    return wait(flags, osFlagsWaitAny, clear, forever);
}

uint32_t flags_wait_any_for(uint32_t flags, Kernel::Clock::duration_u32 rel_time, bool clear)
{
    return wait(flags, osFlagsWaitAny, clear, deadline_after(rel_time));
}

uint32_t flags_wait_any_until(uint32_t flags, Kernel::Clock::time_point abs_time, bool clear)
{
    return wait(flags, osFlagsWaitAny, clear, deadline_at(abs_time));
}

void sleep_for(Kernel::Clock::duration_u32 rel_time)
{
    sleep(deadline_after(rel_time));
}

void sleep_until(Kernel::Clock::time_point abs_time)
{
    sleep(deadline_at(abs_time));
}

void yield()
{
    Masked masked;
    tlsbench::kernel::yield(masked);
}

osThreadId_t get_id()
{
    return current;
}

const char *get_name()
{
    return current->name;
}

} // namespace ThisThread
} // namespace rtos
