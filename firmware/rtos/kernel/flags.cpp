#include "rtos/kernel/scheduler.h"

namespace tlsbench {
namespace kernel {

namespace {

constexpr uint32_t every_flag = 0x7fffffff;

bool satisfied(uint32_t flags, uint32_t wanted, uint32_t options)
{
    return options & osFlagsWaitAll ? (flags & wanted) == wanted : (flags & wanted) != 0;
}

// What a wait returns; takes the flags that it waited for away unless told not to.
uint32_t take(FlagsState &state, uint32_t wanted, uint32_t options)
{
    const uint32_t before = state.flags;
    if (!(options & osFlagsNoClear)) {
        state.flags &= ~wanted;
    }
    return before;
}

} // namespace

uint32_t flags_set(FlagsState &state, uint32_t flags)
{
    if (flags & osFlagsError) {
        return osFlagsErrorParameter;
    }
    Masked masked;
    state.flags |= flags;
    Tcb *next;
    for (Tcb *thread = state.waiters.first; thread; thread = next) {
        next = thread->next;
        if (satisfied(state.flags, thread->wait_flags, thread->wait_options)) {
            thread->wait_flags = take(state, thread->wait_flags, thread->wait_options);
            wake(masked, *thread, Wake::done);
        }
    }
    return state.flags;
}

uint32_t flags_clear(FlagsState &state, uint32_t flags)
{
    if (flags & osFlagsError) {
        return osFlagsErrorParameter;
    }
    Masked masked;
    const uint32_t before = state.flags;
    state.flags &= ~flags;
    return before;
}

uint32_t flags_wait(FlagsState &state, uint32_t flags, uint32_t options, State waiting, uint64_t deadline_us)
{
    if (flags & osFlagsError) {
        return osFlagsErrorParameter;
    }
    if (flags == 0) {
        flags = every_flag;
        options &= ~osFlagsWaitAll;
    }
    Masked masked;
    if (satisfied(state.flags, flags, options)) {
        return take(state, flags, options);
    }
    if (deadline_us == 0) {
        return osFlagsErrorResource;
    }
    current->wait_flags = flags;
    current->wait_options = uint8_t(options);
    Tcb &self = *current;
    switch (wait(masked, &state.waiters, waiting, deadline_us)) {
        case Wake::done: return self.wait_flags;
        case Wake::timeout: return osFlagsErrorTimeout;
        default: return osFlagsErrorResource;
    }
}

} // namespace kernel
} // namespace tlsbench
