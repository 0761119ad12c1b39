/* Every way for firmware to end that the fault report knows. */
#include "check.h"
#include "command.h"
#include "platform/fault.h"
#include "platform/stack.h"

namespace {

TLSBENCH_STACK(victim_stack, 1024);

__attribute__((noinline)) int recurse(int depth)
{
    volatile int here[8] = {depth};
    return opaque(depth) ? recurse(here[0] + 1) + here[0] : 0;
}

__attribute__((noinline)) void leap()
{
    volatile char far[3000]; // past the guard, into what lies below
    far[0] = 1;
    ThisThread::yield();
    far[1] = far[0];
}

// As on a core without an MPU: only the switch can see what happened.
void overflow_unguarded()
{
    volatile uint32_t &mpu_control = *reinterpret_cast<volatile uint32_t *>(0xE000ED94);
    mpu_control = 0;
    asm volatile("dsb\n isb");
    auto *guard = opaque(reinterpret_cast<volatile uint32_t *>(victim_stack));
    guard[7] = 1;
    ThisThread::sleep_for(1ms);
}

void write_to(uint32_t address)
{
    *opaque(reinterpret_cast<volatile uint32_t *>(address)) = 1;
}

void read_from(uint32_t address)
{
    (void)*opaque(reinterpret_cast<volatile uint32_t *>(address));
}

void divide()
{
    opaque(1000 / opaque(0));
}

void call(uint32_t address)
{
    opaque(reinterpret_cast<void (*)()>(address))();
}

void free_twice()
{
    void *block = malloc(100), *wall = malloc(100);
    void *same = opaque(block);
    free(block);
    free(same);
    free(wall);
}

void allocate_everything()
{
    for (;;) {
        opaque(new char[100'000])[0] = 1;
    }
}

void unlock_unowned()
{
    static Mutex mutex;
    mutex.unlock();
}

void wait_in_interrupt()
{
    in_interrupt([] { ThisThread::sleep_for(1ms); });
}

void wait_in_critical_section()
{
    CriticalSectionLock lock;
    ThisThread::sleep_for(1ms);
}

struct {
    const char *name;
    void (*run)();
} const faults[] = {
    {"null-write", [] { write_to(8); }},
    {"null-read", [] { read_from(12); }},
    {"bus", [] { read_from(0x60000000); }},
    {"wild-jump", [] { call(0x60000001); }},
    {"divide", divide},
    {"undefined", [] { asm volatile("udf #1"); }},
    {"even-jump", [] { call(0x200); }},
    {"masked",
     [] {
         core_util_critical_section_enter();
         write_to(8);
     }},
    {"overflow", [] { recurse(1); }},
    {"overflow-leap", leap},
    {"overflow-masked",
     [] {
         core_util_critical_section_enter();
         recurse(1);
     }},
    {"overflow-interrupt", [] { in_interrupt([] { recurse(1); }); }},
    {"overflow-unguarded", overflow_unguarded},
    {"unexpected-interrupt", [] { raise_interrupt(2); }},
    {"interrupt", [] { in_interrupt([] { read_from(0x60000000); }); }},
    {"assert", [] { MBED_ASSERT(1 + 1 == 3); }},
    {"error", [] { error("code %d", 42); }},
    {"abort", [] { abort(); }},
    {"out-of-memory", allocate_everything},
    {"free-twice", free_twice},
    {"unlock-unowned", unlock_unowned},
    {"wait-in-interrupt", wait_in_interrupt},
    {"wait-in-critical-section", wait_in_critical_section},
};

} // namespace

bool provoke(const char *name)
{
    for (const auto &fault : faults) {
        if (strcmp(fault.name, name) == 0) {
            static Thread victim(osPriorityNormal, sizeof victim_stack, victim_stack, "victim");
            victim.start(fault.run);
            victim.join();
            return true;
        }
    }
    return false;
}
