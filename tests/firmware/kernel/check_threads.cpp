#include "check.h"
#include "platform/heap.h"

#include <cerrno>

CHECK(threads, higher_priority_preempts)
{
    Trail trail;
    Thread high(osPriorityHigh, sizeof stack_a, stack_a, "high");
    high.start([&] { trail.pass('h'); });
    trail.pass('m');
    high.join();
    REQUIRE(trail.is("hm"));
}

CHECK(threads, lower_priority_waits)
{
    Trail trail;
    Thread low(osPriorityLow, sizeof stack_a, stack_a, "low");
    low.start([&] { trail.pass('l'); });
    trail.pass('m');
    ThisThread::yield();
    trail.pass('m');
    low.join();
    REQUIRE(trail.is("mml"));
}

CHECK(threads, yield_alternates_equals)
{
    Trail trail;
    auto three_times = [&trail](char c) {
        for (int i = 0; i < 3; i++) {
            trail.pass(c);
            ThisThread::yield();
        }
    };
    Thread a(osPriorityBelowNormal, sizeof stack_a, stack_a, "a");
    Thread b(osPriorityBelowNormal, sizeof stack_b, stack_b, "b");
    a.start([&] { three_times('a'); });
    b.start([&] { three_times('b'); });
    a.join();
    b.join();
    REQUIRE(trail.is("ababab"));
}

CHECK(threads, join_waits_and_may_be_repeated)
{
    bool ended = false;
    Thread thread(osPriorityNormal, sizeof stack_a, stack_a, "joined");
    REQUIRE(thread.join() == osErrorResource);
    thread.start([&] {
        ThisThread::sleep_for(20ms);
        ended = true;
    });
    REQUIRE(thread.join() == osOK);
    REQUIRE(ended);
    REQUIRE(thread.join() == osOK);
    REQUIRE(thread.get_state() == Thread::Deleted);
    REQUIRE(thread.start([] {}) == osErrorParameter);
}

CHECK(threads, terminate_ends_a_waiting_thread)
{
    Semaphore never(0);
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "waits");
    thread.start([&] { never.acquire(); });
    REQUIRE(thread.get_state() == Thread::WaitingSemaphore);
    REQUIRE(thread.terminate() == osOK);
    REQUIRE(thread.terminate() == osErrorResource);
    REQUIRE(thread.join() == osOK);
    never.release();
    REQUIRE(never.try_acquire()); // the dead thread did not take it
}

CHECK(threads, terminate_wakes_who_joins)
{
    Semaphore never(0);
    bool joined = false;
    Thread victim(osPriorityNormal, sizeof stack_a, stack_a, "victim");
    Thread waiter(osPriorityHigh, sizeof stack_b, stack_b, "waiter");
    victim.start([&] { never.acquire(); });
    waiter.start([&] {
        victim.join();
        joined = true;
    });
    victim.terminate();
    REQUIRE(joined);
    waiter.join();
}

CHECK(threads, can_end_itself)
{
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "ends itself");
    bool went_on = false;
    thread.start([&] {
        thread.terminate();
        went_on = true;
    });
    REQUIRE(thread.join() == osOK);
    REQUIRE(!went_on);
}

CHECK(threads, stack_from_the_heap_is_given_back)
{
    const uint32_t before = tlsbench::heap_stats().current;
    {
        Thread thread(osPriorityHigh, 2000);
        REQUIRE(thread.start([] { ThisThread::sleep_for(1ms); }) == osOK);
        REQUIRE(tlsbench::heap_stats().current >= before + 2000);
        thread.join();
        REQUIRE(tlsbench::heap_stats().current == before);
    }
    Thread too_large(osPriorityHigh, tlsbench::heap_stats().region);
    REQUIRE(too_large.start([] {}) == osErrorNoMemory);
    REQUIRE(tlsbench::heap_stats().current == before);
}

CHECK(threads, slots_are_used_again)
{
    for (int i = 0; i < 100; i++) {
        Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "one of many");
        REQUIRE(thread.start([] {}) == osOK);
    }
}

CHECK(threads, priority_can_change)
{
    Trail trail;
    Thread thread(osPriorityLow, sizeof stack_a, stack_a, "rises");
    thread.start([&] { trail.pass('t'); });
    trail.pass('m');
    REQUIRE(thread.set_priority(osPriorityHigh) == osOK);
    trail.pass('m');
    thread.join();
    REQUIRE(trail.is("mtm"));
    REQUIRE(thread.set_priority(osPriorityNone) == osErrorParameter);
}

CHECK(threads, know_their_names)
{
    REQUIRE(strcmp(ThisThread::get_name(), "main") == 0);
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "named");
    const char *seen = nullptr;
    osThreadId_t id = nullptr;
    thread.start([&] {
        seen = ThisThread::get_name();
        id = ThisThread::get_id();
    });
    thread.join();
    REQUIRE(seen && strcmp(seen, "named") == 0);
    REQUIRE(id == thread.get_id());
}

CHECK(threads, errno_is_their_own)
{
    errno = 7;
    int at_start = -1;
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "errno");
    Semaphore go(0);
    int later = -1;
    thread.start([&] {
        at_start = errno;
        errno = 9;
        go.acquire();
        later = errno;
    });
    REQUIRE(errno == 7);
    REQUIRE(at_start == 0);
    go.release();
    REQUIRE(later == 9);
    thread.join();
}

CHECK(threads, flags_reach_the_thread)
{
    uint32_t got = 0;
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "flags");
    thread.start([&] { got = ThisThread::flags_wait_all(3); });
    thread.flags_set(1);
    REQUIRE(got == 0);
    REQUIRE(thread.get_state() == Thread::WaitingThreadFlag);
    thread.flags_set(2);
    REQUIRE(got == 3);
    thread.join();
    REQUIRE(ThisThread::flags_wait_any_for(1, 5ms) == osFlagsErrorTimeout);
}
