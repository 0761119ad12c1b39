/* The scheduler's interface over POSIX threads. Which thread runs is the operating system's affair; what is kept here
   is who waits for what. A wait ends by wake(), which says how; the thread's own condition only makes it look. */
#include "rtos/kernel/scheduler.h"

#include "platform/clock.h"
#include "platform/fault.h"
#include "rtos/kernel/queue.h"
#include "rtos/native/main_thread.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

namespace tlsbench {
namespace kernel {

thread_local Tcb *current;
Tcb *threads;

namespace {

/// What the operating system knows of a thread. It stays when the Tcb has gone with its owner, until the thread has.
struct Seat {
    pthread_cond_t changed;
    void (*entry)(void *);
    void *argument;
    Tcb *thread; ///< null: terminated
    bool taken;
    uint32_t leavers; ///< threads that have had it and left
};

// A sanitizer's frames are many times those of the target, whose stacks would not do here.
constexpr size_t stack_bytes = 1 << 20;

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t left = PTHREAD_COND_INITIALIZER;
Seat seats[slot_limit];
thread_local Seat *my_seat;
thread_local uint32_t depth;

Seat &seat_of(const Tcb &thread)
{
    return seats[thread.slot];
}

// The lock is held.
[[noreturn]] void leave()
{
    my_seat->taken = false;
    my_seat->leavers++;
    pthread_cond_broadcast(&left);
    depth = 0;
    pthread_mutex_unlock(&lock);
    pthread_exit(nullptr);
}

void leave_if_terminated()
{
    if (my_seat && !my_seat->thread) {
        leave();
    }
}

void *run(void *argument)
{
    my_seat = static_cast<Seat *>(argument);
    port_lock();
    current = my_seat->thread;
    port_unlock();
    my_seat->entry(my_seat->argument);
    pthread_mutex_lock(&lock);
    leave();
}

bool take_seat(Tcb &thread, void (*entry)(void *), void *argument)
{
    uint32_t slot = 0;
    while (slot < slot_limit && seats[slot].taken) {
        slot++;
    }
    if (slot == slot_limit) {
        return false;
    }
    Seat &seat = seats[slot];
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&seat.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    seat.entry = entry;
    seat.argument = argument;
    seat.thread = &thread;
    seat.taken = true;
    thread.slot = uint8_t(slot);
    thread.priority = thread.base_priority;
    thread.state = State::running;
    thread.next_thread = threads;
    threads = &thread;
    return true;
}

void take_out(Tcb &thread)
{
    Tcb **place = &threads;
    while (*place != &thread) {
        place = &(*place)->next_thread;
    }
    *place = thread.next_thread;
    thread.state = State::ended;
}

// False once the time is over.
bool sleep(Seat &seat, uint64_t deadline_us)
{
    if (deadline_us == forever) {
        return pthread_cond_wait(&seat.changed, &lock) == 0;
    }
    const uint64_t now = uptime_us();
    if (now >= deadline_us) {
        return false;
    }
    timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const uint64_t ns = uint64_t(until.tv_nsec) + (deadline_us - now) * 1000;
    until.tv_sec += time_t(ns / 1'000'000'000);
    until.tv_nsec = long(ns % 1'000'000'000);
    pthread_cond_timedwait(&seat.changed, &lock, &until);
    return true;
}

} // namespace

void port_lock()
{
    if (depth++ == 0) {
        pthread_mutex_lock(&lock);
        leave_if_terminated();
    }
}

void port_unlock()
{
    if (--depth == 0) {
        pthread_mutex_unlock(&lock);
    }
}

uint32_t port_lock_depth()
{
    return depth;
}

void adopt_main_thread(Tcb &thread)
{
    Masked masked;
    take_seat(thread, nullptr, nullptr);
    my_seat = &seat_of(thread);
    current = &thread;
}

bool start(Tcb &thread, void (*entry)(void *), void *argument)
{
    Masked masked;
    if (!take_seat(thread, entry, argument)) {
        return false;
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_t id;
    const bool runs = pthread_create(&id, &attributes, run, &seat_of(thread)) == 0;
    pthread_attr_destroy(&attributes);
    if (!runs) {
        seat_of(thread).taken = false;
        take_out(thread);
    }
    return runs;
}

// Another thread ends where it next has to do with the kernel; until then its owner's memory must not go.
void end(Masked &masked, Tcb &thread)
{
    remove(thread);
    thread.wants = nullptr;
    while (thread.owned) {
        release(masked, *thread.owned);
    }
    take_out(thread);
    if (&thread == current) {
        return;
    }
    Seat &seat = seat_of(thread);
    seat.thread = nullptr;
    pthread_cond_signal(&seat.changed);
    // Not until it is free: another thread may have taken it before this one looks.
    const uint32_t before = seat.leavers;
    while (seat.leavers == before) {
        pthread_cond_wait(&left, &lock);
    }
}

void wait_begin(Masked &masked, WaitQueue *queue, State state, uint64_t deadline_us)
{
    if (masked.nested()) {
        fault("assert", "a wait in a critical section");
    }
    current->state = state;
    current->deadline_us = deadline_us;
    if (queue) {
        insert(*queue, *current);
    }
}

Wake wait_finish(Masked &masked)
{
    Tcb &self = *current;
    while (self.state != State::running) {
        const bool in_time = sleep(*my_seat, self.deadline_us);
        leave_if_terminated();
        if (!in_time && self.state != State::running) {
            wake(masked, self, Wake::timeout);
        }
    }
    return self.wake;
}

Wake wait(Masked &masked, WaitQueue *queue, State state, uint64_t deadline_us)
{
    wait_begin(masked, queue, state, deadline_us);
    return wait_finish(masked);
}

void wake(Masked &, Tcb &thread, Wake how)
{
    remove(thread);
    thread.wants = nullptr;
    thread.wake = how;
    thread.state = State::running;
    pthread_cond_signal(&seat_of(thread).changed);
}

void wake_all_gone(Masked &masked, WaitQueue &queue)
{
    while (queue.first) {
        wake(masked, *queue.first, Wake::gone);
    }
}

void yield(Masked &)
{
    sched_yield();
}

void set_base_priority(Masked &, Tcb &thread, uint8_t priority)
{
    thread.base_priority = priority;
    thread.priority = priority;
}

// Nobody is kept from running by a thread of higher priority here, so nothing need be inherited.
void refresh_priority(Masked &, Tcb *) {}

// The stacks are the operating system's.
uint32_t stack_in_use(const Tcb &)
{
    return 0;
}

uint32_t stack_deepest(const Tcb &)
{
    return 0;
}

} // namespace kernel
} // namespace tlsbench
