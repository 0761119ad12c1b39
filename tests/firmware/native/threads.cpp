#include "command.h"

#include "platform/clock.h"
#include "platform/heap.h"
#include "platform/mbed_assert.h"
#include "rtos/rtos.h"

#include <atomic>
#include <cstdlib>

namespace {

using rtos::Kernel::Clock;

constexpr Clock::duration_u32 soon(50);

/// Until a thread waits for something.
void wait_until(const rtos::Thread &thread, rtos::Thread::State state)
{
    while (thread.get_state() != state) {
        rtos::ThisThread::yield();
    }
}

void timed_waits_end_on_time()
{
    rtos::Semaphore semaphore;
    rtos::EventFlags flags;
    uint64_t before = tlsbench::uptime_us();
    MBED_ASSERT(!semaphore.try_acquire_for(soon));
    MBED_ASSERT(tlsbench::uptime_us() - before >= 50'000);
    before = tlsbench::uptime_us();
    MBED_ASSERT(flags.wait_any_for(1, soon) == osFlagsErrorTimeout);
    MBED_ASSERT(tlsbench::uptime_us() - before >= 50'000);
    before = tlsbench::uptime_us();
    rtos::ThisThread::sleep_for(soon);
    MBED_ASSERT(tlsbench::uptime_us() - before >= 50'000);
}

void a_mutex_excludes()
{
    static rtos::Mutex mutex;
    static int count;
    static auto work = [] {
        for (int i = 0; i < 10'000; i++) {
            rtos::ScopedMutexLock outer(mutex);
            rtos::ScopedMutexLock inner(mutex);
            count = count + 1;
        }
    };
    count = 0;
    rtos::Thread first, second;
    MBED_ASSERT(first.start(work) == osOK && second.start(work) == osOK);
    MBED_ASSERT(first.join() == osOK && second.join() == osOK);
    MBED_ASSERT(count == 20'000 && !mutex.get_owner());
}

void a_mutex_is_waited_for_until_the_deadline()
{
    static rtos::Mutex mutex;
    mutex.lock();
    static bool got;
    rtos::Thread other;
    MBED_ASSERT(other.start([] { got = mutex.trylock_for(soon); }) == osOK);
    MBED_ASSERT(other.join() == osOK && !got);
    mutex.unlock();
}

void flags_wake_their_waiters()
{
    static rtos::EventFlags flags;
    static uint32_t seen;
    rtos::Thread waiter;
    MBED_ASSERT(waiter.start([] { seen = flags.wait_all(3); }) == osOK);
    wait_until(waiter, rtos::Thread::WaitingEventFlag);
    flags.set(1);
    MBED_ASSERT(waiter.get_state() == rtos::Thread::WaitingEventFlag);
    flags.set(2);
    MBED_ASSERT(waiter.join() == osOK && seen == 3 && flags.get() == 0);
}

void terminate_ends_a_thread_that_waits()
{
    static rtos::Mutex mutex;
    static rtos::Semaphore never;
    rtos::Thread thread;
    MBED_ASSERT(thread.start([] {
        mutex.lock();
        never.acquire();
    }) == osOK);
    wait_until(thread, rtos::Thread::WaitingSemaphore);
    MBED_ASSERT(thread.terminate() == osOK);
    MBED_ASSERT(thread.get_state() == rtos::Thread::Deleted);
    MBED_ASSERT(mutex.trylock()); // what it held is released
    mutex.unlock();
    MBED_ASSERT(thread.terminate() == osErrorResource && thread.join() == osOK);
}

void terminate_ends_a_thread_that_runs()
{
    static std::atomic<bool> began;
    began = false;
    rtos::Thread thread;
    MBED_ASSERT(thread.start([] {
        for (;;) {
            began = true;
            rtos::ThisThread::flags_clear(1);
        }
    }) == osOK);
    while (!began) {
        rtos::ThisThread::yield();
    }
    MBED_ASSERT(thread.terminate() == osOK);
}

// The slot that is given up is the only one, and another thread takes it at once.
void terminate_does_not_wait_for_who_comes_next()
{
    static rtos::Semaphore never, over;
    static std::atomic<rtos::Thread *> next;
    static std::atomic<bool> done;
    next = nullptr;
    done = false;
    rtos::Thread taker, others[31];
    MBED_ASSERT(taker.start([] {
        while (!done) {
            if (next && next.load()->start([] { over.acquire(); }) == osOK) {
                next = nullptr;
            }
            for (volatile int i = 0; i < 10'000; i = i + 1) { // others get the kernel's lock, too
            }
        }
    }) == osOK);
    size_t count = 0;
    while (others[count].start([] { never.acquire(); }) == osOK) {
        count++;
    }
    MBED_ASSERT(others[count - 1].terminate() == osOK);
    for (int round = 0; round < 20; round++) {
        rtos::Thread thread, heir;
        while (thread.start([] {
            for (;;) {
                rtos::ThisThread::flags_clear(1);
            }
        }) != osOK) {
        }
        next = &heir;
        MBED_ASSERT(thread.terminate() == osOK);
        over.release();
        while (next) {
        }
        MBED_ASSERT(heir.join() == osOK);
    }
    done = true;
    MBED_ASSERT(taker.join() == osOK);
}

void a_thread_slot_is_used_again()
{
    for (int i = 0; i < 100; i++) {
        rtos::Thread thread;
        MBED_ASSERT(thread.start([] {}) == osOK);
        MBED_ASSERT(thread.join() == osOK);
    }
}

// The mutex was made last, and would be destroyed first.
void the_process_ends_while_a_mutex_is_held()
{
    static rtos::Thread holder;
    static rtos::Semaphore held, never;
    static rtos::Mutex mutex;
    MBED_ASSERT(holder.start([] {
        mutex.lock();
        held.release();
        never.acquire();
    }) == osOK);
    held.acquire();
    exit(0);
}

void the_heap_is_counted_and_limited()
{
    const uint32_t before = tlsbench::heap_stats().current;
    tlsbench::heap_restart_peak();
    void *block = malloc(1000);
    MBED_ASSERT(tlsbench::heap_stats().current - before >= 1000);
    void *moved = realloc(block, 3000);
    free(moved);
    char *array = new char[100];
    delete[] array;
    MBED_ASSERT(tlsbench::heap_stats().current == before && tlsbench::heap_stats().peak - before >= 3000);
    tlsbench::heap_set_limit(before + 500);
    void *refused = malloc(501);
    void *given = malloc(400);
    tlsbench::heap_set_limit(0);
    MBED_ASSERT(!refused && given);
    free(given);
}

} // namespace

const Command checks[] = {
    {"timed-waits", timed_waits_end_on_time},
    {"mutex-excludes", a_mutex_excludes},
    {"mutex-deadline", a_mutex_is_waited_for_until_the_deadline},
    {"flags-wake", flags_wake_their_waiters},
    {"terminate-waiting", terminate_ends_a_thread_that_waits},
    {"terminate-running", terminate_ends_a_thread_that_runs},
    {"terminate-taken", terminate_does_not_wait_for_who_comes_next},
    {"slots", a_thread_slot_is_used_again},
    {"end-while-held", the_process_ends_while_a_mutex_is_held},
    {"heap", the_heap_is_counted_and_limited},
    {"bare-interface", a_bare_interface_answers},
    {"socket-busy", a_side_of_a_socket_is_one_thread_s},
    {"socket-accepted", an_accepted_socket_ends_with_its_close},
    {"strangers", strangers_do_not_keep_a_receiver},
    {"secure-lookup", a_secure_socket_looks_up_a_host},
    {"secure-again", a_secure_socket_gets_a_new_transport},
    {nullptr, nullptr},
};
