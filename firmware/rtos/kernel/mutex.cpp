#include "platform/fault.h"
#include "rtos/kernel/scheduler.h"

namespace tlsbench {
namespace kernel {

namespace {

void give(MutexState &mutex, Tcb &owner)
{
    mutex.owner = &owner;
    mutex.depth = 1;
    mutex.next_owned = owner.owned;
    owner.owned = &mutex;
}

} // namespace

bool mutex_lock(MutexState &mutex, uint64_t deadline_us)
{
    Masked masked;
    if (active_exception()) {
        fault("assert", "a mutex in an interrupt handler");
    }
    if (!mutex.owner) {
        give(mutex, *current);
        return true;
    }
    if (mutex.owner == current) {
        mutex.depth++;
        return true;
    }
    if (deadline_us == 0) {
        return false;
    }
    wait_begin(masked, &mutex.waiters, State::mutex, deadline_us);
    current->wants = &mutex;
    refresh_priority(masked, mutex.owner);
    return wait_finish(masked) == Wake::done;
}

void mutex_unlock(MutexState &mutex)
{
    Masked masked;
    if (mutex.owner != current) {
        fault("assert", "a mutex unlocked by a thread that does not hold it");
    }
    if (--mutex.depth == 0) {
        release(masked, mutex);
    }
}

void release(Masked &masked, MutexState &mutex)
{
    Tcb &owner = *mutex.owner;
    MutexState **place = &owner.owned;
    while (*place != &mutex) {
        place = &(*place)->next_owned;
    }
    *place = mutex.next_owned;
    mutex.owner = nullptr;
    // Handed on, not put up for grabs: otherwise the thread that unlocks could take it again before the one that
    // waited.
    if (Tcb *heir = mutex.waiters.first) {
        give(mutex, *heir);
        wake(masked, *heir, Wake::done);
    }
    refresh_priority(masked, &owner);
}

} // namespace kernel
} // namespace tlsbench
