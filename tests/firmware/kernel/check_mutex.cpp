#include "check.h"
#include "platform/clock.h"
#include "rtos/kernel/objects.h"

namespace {

int effective_priority(const Thread &thread)
{
    return static_cast<tlsbench::kernel::Tcb *>(thread.get_id())->priority;
}

// Three threads below the one that runs the check, which looks at them between their steps.
struct Three {
    Thread low{osPriorityLow, sizeof stack_a, stack_a, "low"};
    Thread medium{osPriorityLow1, sizeof stack_b, stack_b, "medium"};
    Thread high{osPriorityLow2, sizeof stack_c, stack_c, "high"};
};

} // namespace

CHECK(mutex, is_recursive)
{
    Mutex mutex;
    mutex.lock();
    REQUIRE(mutex.trylock());
    mutex.unlock();
    REQUIRE(mutex.get_owner() == ThisThread::get_id());
    mutex.unlock();
    REQUIRE(mutex.get_owner() == nullptr);
}

CHECK(mutex, keeps_others_out)
{
    Mutex mutex;
    Trail trail;
    Thread thread(osPriorityHigh, sizeof stack_c, stack_c, "high");
    mutex.lock();
    thread.start([&] {
        REQUIRE(!mutex.trylock());
        ScopedMutexLock lock(mutex);
        trail.pass('t');
    });
    trail.pass('m');
    mutex.unlock();
    trail.pass('m');
    thread.join();
    REQUIRE(trail.is("mtm"));
}

CHECK(mutex, trylock_for_gives_up_on_time)
{
    Mutex mutex;
    mutex.lock();
    Thread thread(osPriorityHigh, sizeof stack_c, stack_c, "high");
    uint64_t waited = 0;
    bool got = true;
    thread.start([&] {
        const uint64_t start = tlsbench::uptime_us();
        got = mutex.trylock_for(30ms);
        waited = tlsbench::uptime_us() - start;
    });
    thread.join();
    REQUIRE(!got);
    REQUIRE(waited >= 30'000 && waited < 1'030'000);
    mutex.unlock();
    REQUIRE(mutex.trylock());
    mutex.unlock();
}

CHECK(mutex, owner_inherits_priority)
{
    Mutex mutex;
    Semaphore go(0);
    Trail trail;
    Three t;
    t.low.start([&] {
        ScopedMutexLock lock(mutex);
        go.acquire();
        trail.pass('l');
    });
    ThisThread::sleep_for(2ms); // low holds it
    t.high.start([&] {
        ScopedMutexLock lock(mutex);
        trail.pass('h');
    });
    ThisThread::sleep_for(2ms); // high waits for it
    REQUIRE(effective_priority(t.low) == osPriorityLow2);
    REQUIRE(t.low.get_priority() == osPriorityLow);
    t.medium.start([&] { trail.pass('m'); });
    go.release(); // low and medium are ready: without inheritance medium would go first
    t.medium.join();
    t.high.join();
    t.low.join();
    REQUIRE(trail.is("lhm"));
}

CHECK(mutex, inheritance_passes_through_a_chain)
{
    Mutex first, second;
    Semaphore go(0);
    Three t;
    t.low.start([&] {
        ScopedMutexLock lock(first);
        go.acquire();
    });
    ThisThread::sleep_for(2ms);
    t.medium.start([&] {
        ScopedMutexLock lock_second(second);
        ScopedMutexLock lock_first(first);
    });
    ThisThread::sleep_for(2ms);
    REQUIRE(effective_priority(t.low) == osPriorityLow1);
    t.high.start([&] { ScopedMutexLock lock(second); });
    ThisThread::sleep_for(2ms);
    REQUIRE(effective_priority(t.medium) == osPriorityLow2);
    REQUIRE(effective_priority(t.low) == osPriorityLow2);
    t.high.set_priority(osPriorityLow3);
    REQUIRE(effective_priority(t.low) == osPriorityLow3);
    go.release();
    t.high.join();
    t.medium.join();
    t.low.join();
}

CHECK(mutex, unlock_keeps_what_another_mutex_gives)
{
    Mutex a, b;
    Semaphore next(0);
    Three t;
    t.low.start([&] {
        a.lock();
        b.lock();
        next.acquire();
        a.unlock();
        next.acquire();
        b.unlock();
        next.acquire();
    });
    ThisThread::sleep_for(2ms);
    t.medium.start([&] { ScopedMutexLock lock(b); });
    t.high.start([&] { ScopedMutexLock lock(a); });
    ThisThread::sleep_for(2ms);
    REQUIRE(effective_priority(t.low) == osPriorityLow2);
    next.release();
    ThisThread::sleep_for(2ms);
    REQUIRE(effective_priority(t.low) == osPriorityLow1);
    next.release();
    ThisThread::sleep_for(2ms);
    REQUIRE(effective_priority(t.low) == osPriorityLow);
    next.release();
    t.low.join();
    t.medium.join();
    t.high.join();
}

CHECK(mutex, inheritance_ends_with_a_timeout)
{
    Mutex mutex;
    Semaphore go(0);
    Three t;
    t.low.start([&] {
        ScopedMutexLock lock(mutex);
        go.acquire();
    });
    ThisThread::sleep_for(2ms);
    t.high.start([&] { REQUIRE(!mutex.trylock_for(500ms)); });
    ThisThread::sleep_for(2ms);
    REQUIRE(effective_priority(t.low) == osPriorityLow2);
    t.high.join();
    REQUIRE(effective_priority(t.low) == osPriorityLow);
    go.release();
    t.low.join();
}

CHECK(mutex, inheritance_ends_with_the_waiter)
{
    Mutex mutex;
    Semaphore go(0);
    Three t;
    t.low.start([&] {
        ScopedMutexLock lock(mutex);
        go.acquire();
    });
    ThisThread::sleep_for(2ms);
    t.high.start([&] { mutex.lock(); });
    ThisThread::sleep_for(2ms);
    REQUIRE(effective_priority(t.low) == osPriorityLow2);
    t.high.terminate();
    REQUIRE(effective_priority(t.low) == osPriorityLow);
    go.release();
    t.low.join();
    REQUIRE(mutex.get_owner() == nullptr);
}

CHECK(mutex, is_released_when_its_owner_is_terminated)
{
    Mutex mutex;
    Semaphore never(0);
    bool got = false;
    Three t;
    t.low.start([&] {
        mutex.lock();
        never.acquire();
    });
    ThisThread::sleep_for(2ms);
    t.high.start([&] {
        ScopedMutexLock lock(mutex);
        got = true;
    });
    ThisThread::sleep_for(2ms);
    REQUIRE(!got);
    t.low.terminate();
    t.high.join();
    REQUIRE(got);
}

CHECK(mutex, goes_to_the_highest_waiter)
{
    Mutex mutex;
    Trail trail;
    Three t;
    mutex.lock();
    auto take = [&](char c) {
        ScopedMutexLock lock(mutex);
        trail.pass(c);
    };
    t.low.start([&] { take('l'); });
    ThisThread::sleep_for(2ms);
    t.high.start([&] { take('h'); });
    t.medium.start([&] { take('m'); });
    ThisThread::sleep_for(2ms);
    mutex.unlock();
    t.low.join();
    REQUIRE(trail.is("hml"));
    t.high.join();
    t.medium.join();
}
