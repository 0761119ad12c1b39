#include "check.h"
#include "platform/stack.h"

namespace {

TLSBENCH_STACK(deep_stack, 2048);

// The thread dirties one word, `depth` bytes below the top of its stack, with no interrupt in between.
void touch(uint32_t depth)
{
    CriticalSectionLock lock;
    const uint32_t address = uint32_t(deep_stack) + sizeof deep_stack - depth;
    asm volatile("str %0, [%1]" ::"r"(1), "r"(address) : "memory");
}

const tlsbench::ThreadStats *find(const tlsbench::ThreadStats *stats, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(stats[i].name, name) == 0) {
            return &stats[i];
        }
    }
    return nullptr;
}

uint32_t peak_of(const char *name)
{
    tlsbench::ThreadStats stats[8];
    const auto *entry = find(stats, tlsbench::thread_stats(stats, 8), name);
    return entry ? entry->stack_peak : 0;
}

} // namespace

CHECK(stack, peak_is_exact)
{
    for (uint32_t depth = 800; depth < 1900; depth += 4) {
        Thread thread(osPriorityHigh, sizeof deep_stack, deep_stack, "digs");
        thread.start([depth] { touch(depth); });
        thread.join();
        REQUIRE(thread.max_stack() == depth);
        REQUIRE(thread.stack_size() == sizeof deep_stack);
    }
}

CHECK(stack, peak_restarts)
{
    Thread thread(osPriorityHigh, sizeof deep_stack, deep_stack, "digs");
    Semaphore go(0);
    thread.start([&] {
        touch(1600);
        go.acquire();
        go.acquire();
    });
    REQUIRE(peak_of("digs") == 1600);
    tlsbench::stacks_restart_peak();
    const uint32_t at_rest = peak_of("digs");
    REQUIRE(at_rest > 0 && at_rest < 400);
    REQUIRE(at_rest == thread.used_stack());
    REQUIRE(thread.free_stack() + at_rest == sizeof deep_stack);
    go.release();
    REQUIRE(peak_of("digs") >= at_rest);
    go.release();
    thread.join();
}

CHECK(stack, own_peak_restarts)
{
    {
        char deep[1000];
        opaque(&deep)[0][0] = 1;
        REQUIRE(peak_of("main") > 1000);
    }
    const uint32_t before = peak_of("main");
    tlsbench::stacks_restart_peak();
    REQUIRE(peak_of("main") <= before);
    REQUIRE(peak_of("main") > 100);
}

CHECK(stack, all_threads_are_listed)
{
    tlsbench::ThreadStats stats[8];
    Thread thread(osPriorityHigh3, sizeof deep_stack, deep_stack, "listed");
    Semaphore go(0);
    thread.start([&] { go.acquire(); });
    const size_t count = tlsbench::thread_stats(stats, 8);
    REQUIRE(count == 4);
    const auto *listed = find(stats, count, "listed");
    REQUIRE(listed && listed->stack_base == uint32_t(deep_stack) && listed->stack_size == sizeof deep_stack);
    REQUIRE(listed && listed->priority == osPriorityHigh3);
    REQUIRE(find(stats, count, "main") && find(stats, count, "idle"));
    const auto *interrupts = find(stats, count, "isr");
    REQUIRE(interrupts && interrupts->slot == 31 && interrupts->stack_peak > 0);
    REQUIRE(tlsbench::thread_stats(stats, 2) == 2);
    go.release();
    thread.join();
    REQUIRE(tlsbench::thread_stats(stats, 8) == 3);
}
