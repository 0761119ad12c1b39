#include "rtos/kernel/queue.h"

#include "platform/clock.h"
#include "rtos/kernel/scheduler.h"

namespace tlsbench {
namespace kernel {

void insert(WaitQueue &queue, Tcb &thread, bool before_equals)
{
    Tcb **place = &queue.first;
    while (*place &&
           ((*place)->priority > thread.priority || (!before_equals && (*place)->priority == thread.priority))) {
        place = &(*place)->next;
    }
    thread.next = *place;
    *place = &thread;
    thread.queue = &queue;
}

void remove(Tcb &thread)
{
    if (thread.queue) {
        Tcb **place = &thread.queue->first;
        while (*place != &thread) {
            place = &(*place)->next;
        }
        *place = thread.next;
        thread.queue = nullptr;
    }
}

uint64_t deadline_after(rtos::Kernel::Clock::duration_u32 time)
{
    if (time.count() == 0) {
        return 0;
    }
    return time == rtos::Kernel::wait_for_u32_forever ? forever : uptime_us() + uint64_t(time.count()) * 1000;
}

uint64_t deadline_at(rtos::Kernel::Clock::time_point time)
{
    const int64_t ms = time.time_since_epoch().count();
    const uint64_t us = ms <= 0 ? 0 : uint64_t(ms) > forever / 1000 ? forever : uint64_t(ms) * 1000;
    return us <= uptime_us() ? 0 : us;
}

} // namespace kernel
} // namespace tlsbench
