#include "check.h"
#include "family.h"
#include "platform/clock.h"

using tlsbench::uptime_us;

namespace {

bool about(uint64_t us, uint64_t expected)
{
    return us >= expected && us < expected + 1'000'000; // while nothing runs the emulator's time is its host's
}

// Whether the clock goes on as it should over the 5 ms around a wrap.
bool goes_on()
{
    bool even = true;
    const uint64_t start = time_around_wrap();
    for (uint64_t before = start; before - start < 5000;) {
        const uint64_t now = time_around_wrap();
        even = even && now >= before && now - before < 100;
        before = now;
    }
    return even;
}

} // namespace

__attribute__((weak)) uint64_t time_around_wrap()
{
    return uptime_us();
}

__attribute__((weak)) void wrap_no_more() {}

__attribute__((weak)) bool sleeps_around_wrap()
{
    return true;
}

CHECK(time, sleep_takes_as_long_as_it_should)
{
    for (auto time : {1ms, 10ms, 100ms}) {
        const uint64_t start = uptime_us();
        ThisThread::sleep_for(Kernel::Clock::duration_u32(time));
        REQUIRE(about(uptime_us() - start, uint64_t(time.count()) * 1000));
    }
}

// Longer than the alarm's range of 0.67 s, so that it is set more than once.
CHECK(time, long_sleep)
{
    const uint64_t start = uptime_us();
    ThisThread::sleep_for(1500ms);
    REQUIRE(about(uptime_us() - start, 1'500'000));
}

CHECK(time, sleep_until_does_not_drift)
{
    const auto start = Kernel::Clock::now();
    for (int i = 1; i <= 5; i++) {
        wait_us(3000);
        ThisThread::sleep_until(start + i * 10ms);
    }
    const auto elapsed = Kernel::Clock::now() - start;
    REQUIRE(elapsed >= 50ms && elapsed < 1050ms);
    ThisThread::sleep_until(start); // in the past: no wait
    ThisThread::sleep_for(0ms);
}

CHECK(time, sleepers_wake_in_order_of_their_deadlines)
{
    // Of one priority: the emulator's host may let so much time pass that both are due at once.
    Trail trail;
    Thread thread(osPriorityNormal, sizeof stack_a, stack_a, "sleeper");
    thread.start([&] {
        ThisThread::sleep_for(300ms);
        trail.pass('b');
    });
    ThisThread::sleep_for(50ms);
    trail.pass('a');
    ThisThread::sleep_for(500ms);
    trail.pass('c');
    thread.join();
    REQUIRE(trail.is("abc"));
}

CHECK(time, alarm_preempts_a_busy_thread)
{
    bool woke = false;
    const uint64_t start = uptime_us();
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "sleeper");
    thread.start([&] {
        ThisThread::sleep_for(10ms);
        woke = true;
    });
    while (!*static_cast<volatile bool *>(&woke) && uptime_us() - start < 500'000) {
    }
    REQUIRE(woke);
    REQUIRE(about(uptime_us() - start, 10'000));
    thread.join();
}

CHECK(time, clock_goes_on_over_a_wrap)
{
    wrap_soon(2000);
    REQUIRE(goes_on());
    wrap_no_more();
}

CHECK(time, clock_goes_on_over_a_wrap_with_interrupts_off)
{
    wrap_soon(2000);
    {
        CriticalSectionLock lock;
        REQUIRE(goes_on());
    }
    wrap_no_more();
}

CHECK(time, sleep_over_a_wrap)
{
    NEED(sleeps_around_wrap(), "a timer that can be set to near its wrap");
    wrap_soon(20'000);
    const uint64_t start = uptime_us();
    ThisThread::sleep_for(60ms);
    REQUIRE(about(uptime_us() - start, 60'000));
    wrap_no_more();
}

CHECK(time, wall_clock_counts_from_what_was_set)
{
    set_time(1'800'000'000);
    REQUIRE(tlsbench::clock_is_set());
    ThisThread::sleep_for(1100ms);
    const time_t now = time(nullptr);
    REQUIRE(now >= 1'800'000'001 && now <= 1'800'000'002);
    tm broken_down;
    gmtime_r(&now, &broken_down);
    REQUIRE(broken_down.tm_year == 127 && broken_down.tm_mon == 0 && broken_down.tm_mday == 15);
}
