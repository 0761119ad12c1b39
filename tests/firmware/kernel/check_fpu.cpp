/* That nobody else's work shows in a thread's FPU registers, and that only who uses them pays for it. */
#include "check.h"

#include "board_config.h"

namespace {

constexpr uint32_t rounds = 50;

/// All that the FPU has of a thread: s0 to s15 and FPSCR are the core's to save, s16 to s31 the kernel's.
struct Registers {
    uint32_t s[32], fpscr;

    bool operator==(const Registers &other) const { return memcmp(this, &other, sizeof *this) == 0; }
};

Registers pattern(uint32_t seed)
{
    Registers registers;
    for (uint32_t i = 0; i < 32; i++) {
        registers.s[i] = seed << 16 | i;
    }
    registers.fpscr = (seed & 3) << 22 | (seed & 1) << 24 | 1u << 28; // rounding mode, flush to zero, a condition
    return registers;
}

/// Load all registers, let through what is pending, and tell what they hold after it.
Registers over_what_is_pending([[maybe_unused]] Registers before)
{
    Registers after = {};
#if BOARD_FPU
    uint32_t *from = before.s, *to = after.s, fpscr = before.fpscr;
    asm volatile("vmsr   fpscr, %2\n"
                 "vldmia %0!, {s0-s31}\n"
                 "cpsie  i\n"
                 "isb\n"
                 "vstmia %1!, {s0-s31}\n"
                 "vmrs   %2, fpscr\n"
                 : "+r"(from), "+r"(to), "+r"(fpscr)
                 :
                 : "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
                   "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27",
                   "s28", "s29", "s30", "s31");
    after.fpscr = fpscr;
    asm volatile("vmsr fpscr, %0" ::"r"(0));
#endif
    return after;
}

/// Whether all registers outlive an interrupt in whose handler others are used, and whoever it wakes.
bool outlive(uint32_t seed, Semaphore &wakes)
{
    const Registers before = pattern(seed);
    asm volatile("cpsid i");
    in_interrupt([&] {
        over_what_is_pending(pattern(seed + 100));
        wakes.release();
    });
    return over_what_is_pending(before) == before;
}

// Bytes of its stack that a thread holds while it waits.
uint32_t held_while_waiting(bool computes)
{
    Semaphore never(0);
    Thread thread(osPriorityHigh, sizeof stack_a, stack_a, "waits");
    thread.start([&] {
        if (computes) {
            over_what_is_pending({});
        }
        never.acquire();
    });
    const uint32_t held = thread.used_stack();
    thread.terminate();
    return held;
}

} // namespace

CHECK(fpu, registers_outlive_interrupts_and_other_threads)
{
    NEED(BOARD_FPU, "an FPU");
    Semaphore first(0), second(0);
    uint32_t kept = 0;
    Thread a(osPriorityHigh, sizeof stack_a, stack_a, "a");
    Thread b(osPriorityHigh1, sizeof stack_b, stack_b, "b");
    a.start([&] {
        for (uint32_t i = 0; i < rounds; i++) {
            first.acquire();
            kept += outlive(1000 + i, second);
        }
    });
    b.start([&] {
        for (uint32_t i = 0; i < rounds; i++) {
            second.acquire();
            kept += over_what_is_pending(pattern(2000 + i)) == pattern(2000 + i);
        }
    });
    for (uint32_t i = 0; i < rounds; i++) {
        kept += outlive(i, first);
    }
    REQUIRE(kept == 3 * rounds);
    a.join();
    b.join();
}

CHECK(fpu, sums_of_threads_that_take_turns)
{
    NEED(BOARD_FPU, "an FPU");
    auto sum = [](float step) {
        float total = 0;
        for (uint32_t i = 0; i < 4 * rounds; i++) {
            total += step;
            ThisThread::yield();
        }
        return total;
    };
    float a = 0, b = 0;
    Thread thread_a(osPriorityNormal, sizeof stack_a, stack_a, "a");
    Thread thread_b(osPriorityNormal, sizeof stack_b, stack_b, "b");
    thread_a.start([&] { a = sum(0.5f); });
    thread_b.start([&] { b = sum(0.25f); });
    const float mine = sum(2.0f);
    thread_a.join();
    thread_b.join();
    REQUIRE(mine == 400.0f);
    REQUIRE(a == 100.0f);
    REQUIRE(b == 50.0f);
}

// The core's frame has 18 words more, and the switch saves 16.
CHECK(fpu, only_who_computes_holds_stack_for_it)
{
    NEED(BOARD_FPU, "an FPU");
    REQUIRE(held_while_waiting(true) == held_while_waiting(false) + (18 + 16) * 4);
}
