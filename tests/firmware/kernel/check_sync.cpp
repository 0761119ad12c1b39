#include "check.h"
#include "platform/clock.h"

CHECK(semaphore, counts_up_to_its_maximum)
{
    Semaphore semaphore(1, 2);
    REQUIRE(semaphore.try_acquire());
    REQUIRE(!semaphore.try_acquire());
    REQUIRE(semaphore.release() == osOK);
    REQUIRE(semaphore.release() == osOK);
    REQUIRE(semaphore.release() == osErrorResource);
    semaphore.acquire();
    semaphore.acquire();
    REQUIRE(!semaphore.try_acquire_for(2ms));
}

CHECK(semaphore, wait_ends_on_time)
{
    Semaphore semaphore(0);
    const uint64_t start = tlsbench::uptime_us();
    REQUIRE(!semaphore.try_acquire_for(25ms));
    const uint64_t waited = tlsbench::uptime_us() - start;
    REQUIRE(waited >= 25'000 && waited < 1'025'000);
    REQUIRE(!semaphore.try_acquire_until(Kernel::Clock::now() - 1ms));
}

CHECK(semaphore, interrupt_wakes_a_thread_at_once)
{
    Semaphore semaphore(0);
    Trail trail;
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "waits");
    thread.start([&] {
        semaphore.acquire();
        trail.pass('t');
    });
    in_interrupt([&] {
        semaphore.release();
        trail.pass('i'); // the handler ends first
    });
    trail.pass('m');
    thread.join();
    REQUIRE(trail.is("itm"));
}

CHECK(semaphore, end_wakes_who_waits)
{
    bool woke = false;
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "waits");
    {
        Semaphore semaphore(0);
        thread.start([&] { woke = !semaphore.try_acquire_for(10s); });
        REQUIRE(!woke);
    }
    REQUIRE(woke);
    thread.join();
}

CHECK(event_flags, any_and_all)
{
    EventFlags flags;
    REQUIRE(flags.set(5) == 5);
    REQUIRE(flags.wait_any(1 | 2) == 5);
    REQUIRE(flags.get() == 4);
    REQUIRE(flags.wait_all_for(4 | 8, 2ms) == osFlagsErrorTimeout);
    flags.set(8);
    REQUIRE(flags.wait_all_for(4 | 8, 2ms, false) == 12);
    REQUIRE(flags.get() == 12);
    REQUIRE(flags.clear(4) == 12);
    REQUIRE(flags.get() == 8);
    REQUIRE(flags.wait_any_for(16, 0ms) == osFlagsErrorResource);
    REQUIRE(flags.set(0x80000000) == osFlagsErrorParameter);
    REQUIRE(flags.wait_any(0) == 8); // 0 stands for any flag
}

CHECK(event_flags, set_wakes_all_whom_it_satisfies)
{
    EventFlags flags;
    Trail trail;
    Thread a(osPriorityHigh, sizeof stack_a, stack_a, "a");
    Thread b(osPriorityHigh1, sizeof stack_b, stack_b, "b");
    a.start([&] {
        flags.wait_any(1, osWaitForever, false);
        trail.pass('a');
    });
    b.start([&] {
        flags.wait_all(1 | 2, osWaitForever, false);
        trail.pass('b');
    });
    flags.set(2);
    REQUIRE(trail.is(""));
    flags.set(1);
    REQUIRE(trail.is("ba"));
    a.join();
    b.join();
}

CHECK(event_flags, interrupt_may_set)
{
    EventFlags flags;
    uint32_t got = 0;
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "waits");
    thread.start([&] { got = flags.wait_any_for(4, 10s); });
    in_interrupt([&] { flags.set(4); });
    REQUIRE(got == 4);
    REQUIRE(flags.get() == 0);
    thread.join();
}

CHECK(event_flags, end_wakes_who_waits)
{
    uint32_t got = 0;
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "waits");
    {
        EventFlags flags;
        thread.start([&] { got = flags.wait_any(1); });
    }
    REQUIRE(got == osFlagsErrorResource);
    thread.join();
}

CHECK(critical_section, nests_and_holds_interrupts_off)
{
    bool came = false;
    core_util_critical_section_enter();
    {
        CriticalSectionLock inner;
        REQUIRE(core_util_in_critical_section());
    }
    in_interrupt([&] { came = true; });
    REQUIRE(!came);
    REQUIRE(!core_util_are_interrupts_enabled());
    core_util_critical_section_exit();
    REQUIRE(came);
    REQUIRE(core_util_are_interrupts_enabled());
    REQUIRE(!core_util_in_critical_section());
}

CHECK(critical_section, knows_interrupt_handlers)
{
    bool seen = false;
    in_interrupt([&] { seen = core_util_is_isr_active(); });
    REQUIRE(seen);
    REQUIRE(!core_util_is_isr_active());
}
