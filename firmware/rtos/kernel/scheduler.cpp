#include "rtos/kernel/scheduler.h"

#include "platform/clock.h"
#include "platform/cycles.h"
#include "platform/fault.h"
#include "platform/probe.h"
#include "platform/stack_paint.h"
#include "rtos/kernel/queue.h"

#include <reent.h>

namespace tlsbench {
namespace kernel {

Tcb *current;
Tcb *threads;
WaitQueue ready;

namespace {

Tcb *timed; // threads with a deadline, the earliest first
uint32_t used_slots;

void set_alarm()
{
    uint64_t now;
    if (!timed) {
        port_alarm(forever); // it comes as late as it can: often enough for what counts time and cycles and wraps
    } else if (now = uptime_us(); timed->deadline_us > now) {
        port_alarm(timed->deadline_us - now);
    } else {
        port_alarm(1);
    }
}

void insert_timed(Tcb &thread, uint64_t deadline_us)
{
    thread.deadline_us = deadline_us;
    if (deadline_us == forever) {
        return;
    }
    Tcb **place = &timed;
    while (*place && (*place)->deadline_us <= deadline_us) {
        place = &(*place)->next_timed;
    }
    thread.next_timed = *place;
    *place = &thread;
    if (place == &timed) {
        set_alarm();
    }
}

// The alarm may stay set for a wait that ended early: expire() then finds nothing due and sets it anew.
void remove_timed(Tcb &thread)
{
    if (thread.deadline_us != forever) {
        Tcb **place = &timed;
        while (*place != &thread) {
            place = &(*place)->next_timed;
        }
        *place = thread.next_timed;
        thread.deadline_us = forever;
    }
}

void reschedule()
{
    if (current && ready.first != current) {
        request_switch();
    }
}

} // namespace

bool start(Tcb &thread, void (*entry)(void *), void *argument)
{
    Masked masked;
    uint32_t slot = 0;
    while (used_slots >> slot & 1) {
        slot++;
    }
    if (slot >= slot_limit) {
        return false;
    }
    used_slots |= 1u << slot;
    thread.slot = uint8_t(slot);
    thread.priority = thread.base_priority;
    thread.state = State::ready;
    thread.next_thread = threads;
    threads = &thread;
    port_prepare(thread, entry, argument);
    probe_thread(slot, uint32_t(thread.stack), thread.stack_bytes);
    insert(ready, thread);
    reschedule();
    return true;
}

void end(Masked &masked, Tcb &thread)
{
    remove(thread);
    remove_timed(thread);
    if (thread.wants) {
        Tcb *owner = thread.wants->owner;
        thread.wants = nullptr;
        refresh_priority(masked, owner);
    }
    while (thread.owned) {
        release(masked, *thread.owned);
    }
    Tcb **place = &threads;
    while (*place != &thread) {
        place = &(*place)->next_thread;
    }
    *place = thread.next_thread;
    used_slots &= ~(1u << thread.slot);
    thread.state = State::ended;
    reschedule();
}

void wait_begin(Masked &masked, WaitQueue *queue, State state, uint64_t deadline_us)
{
    if (active_exception() || masked.nested()) {
        fault("assert", "a wait in an interrupt handler or a critical section");
    }
    remove(*current);
    current->state = state;
    if (queue) {
        insert(*queue, *current);
    }
    insert_timed(*current, deadline_us);
}

Wake wait_finish(Masked &masked)
{
    Tcb &self = *current;
    // Going on before somebody has ended the wait would leave a thread that runs in a queue of those that wait.
    do {
        request_switch();
        masked.open();
    } while (self.state != State::running);
    return self.wake;
}

Wake wait(Masked &masked, WaitQueue *queue, State state, uint64_t deadline_us)
{
    wait_begin(masked, queue, state, deadline_us);
    return wait_finish(masked);
}

void wake(Masked &masked, Tcb &thread, Wake how)
{
    remove(thread);
    remove_timed(thread);
    if (thread.wants) {
        Tcb *owner = thread.wants->owner;
        thread.wants = nullptr;
        if (owner != &thread) {
            refresh_priority(masked, owner);
        }
    }
    thread.wake = how;
    thread.state = State::ready;
    insert(ready, thread);
    reschedule();
}

void wake_all_gone(Masked &masked, WaitQueue &queue)
{
    while (queue.first) {
        wake(masked, *queue.first, Wake::gone);
    }
}

void yield(Masked &)
{
    remove(*current);
    insert(ready, *current);
    reschedule();
}

void set_base_priority(Masked &masked, Tcb &thread, uint8_t priority)
{
    thread.base_priority = priority;
    refresh_priority(masked, &thread);
}

void refresh_priority(Masked &, Tcb *thread)
{
    while (thread) {
        uint8_t priority = thread->base_priority;
        for (MutexState *mutex = thread->owned; mutex; mutex = mutex->next_owned) {
            if (mutex->waiters.first && mutex->waiters.first->priority > priority) {
                priority = mutex->waiters.first->priority;
            }
        }
        if (priority == thread->priority) {
            break;
        }
        thread->priority = priority;
        if (WaitQueue *queue = thread->queue) {
            // The running thread did not yield: it keeps its place before its equals.
            remove(*thread);
            insert(*queue, *thread, thread == current);
        }
        thread = thread->wants ? thread->wants->owner : nullptr;
    }
    reschedule();
}

uint32_t stack_in_use(const Tcb &thread)
{
    const void *sp = &thread == current ? __builtin_frame_address(0) : thread.sp;
    return uint32_t(thread.stack) + thread.stack_bytes - uint32_t(sp);
}

uint32_t stack_deepest(const Tcb &thread)
{
    uint32_t *top = thread.stack + thread.stack_bytes / sizeof(uint32_t);
    return uint32_t(top) - uint32_t(deepest_use(thread.stack_limit, top));
}

void expire()
{
    Masked masked;
    const uint64_t now = uptime_us();
    if (cycles_counted) {
        cycles_fold(current->base_priority == osPriorityIdle);
    }
    while (timed && timed->deadline_us <= now) {
        wake(masked, *timed, Wake::timeout);
    }
    set_alarm();
}

/// PendSV: takes the stack pointer of the thread that ran, gives that of the thread that runs now.
extern "C" uint32_t *tlsbench_switch(uint32_t *sp)
{
    Tcb &from = *current;
    Tcb &to = *ready.first;
    from.sp = sp;
    if (cycles_counted) {
        cycles_fold(from.base_priority == osPriorityIdle);
    }
    if (sp < from.stack_limit || from.stack_limit[-1] != stack_paint) {
        stack_overflow(from.name);
    }
    // newlib's own functions set the one errno of its global state, so it is exchanged rather than redirected.
    from.error_number = _REENT->_errno;
    _REENT->_errno = to.error_number;
    if (from.state == State::running) {
        from.state = State::ready;
    }
    to.state = State::running;
    current = &to;
    port_guard(to);
    probe_switch(to.slot);
    return to.sp;
}

} // namespace kernel
} // namespace tlsbench
