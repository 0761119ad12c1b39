/* Every way for firmware to end that the fault report knows. */
#include "check.h"
#include "command.h"
#include "platform/fault.h"

#include "board_config.h"

namespace {

// The memory protection unit's registers: its type, then what controls it.
volatile uint32_t &mpu(uint32_t offset)
{
    return *reinterpret_cast<volatile uint32_t *>(0xE000ED90 + offset);
}

__attribute__((noinline)) int recurse(int depth)
{
    volatile int here[8] = {depth};
    return opaque(depth) ? recurse(here[0] + 1) + here[0] : 0;
}

template <int bytes> __attribute__((noinline)) void leap()
{
    volatile char far[bytes]; // past the guard, into what lies below
    far[0] = 1;
    ThisThread::sleep_for(1ms);
    far[1] = far[0];
}

// As on a core without an MPU: only the switch can see what happened.
void overflow_unguarded()
{
    mpu(4) = 0;
    asm volatile("dsb\n isb");
    auto *guard = opaque(reinterpret_cast<volatile uint32_t *>(stack_a));
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

#if defined(__ARM_FEATURE_CMSE)
// Let what the board has at non-secure addresses be non-secure (SAU_CTRL), and go there.
void leave_secure_state()
{
    *reinterpret_cast<volatile uint32_t *>(0xE000EDD0) = 1 << 1;
    asm volatile("dsb\n isb");
    call((BOARD_FLASH_ORIGIN & 0x0FFFFFFF) + 0x201);
}
#endif

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
    bool guarded = false; ///< only an MPU stops it
} const faults[] = {
    {"null-write", [] { write_to(8); }, true},
    {"null-read", [] { read_from(12); }, true},
    {"bus", [] { read_from(0x70000000); }},
    {"wild-jump", [] { call(0x70000001); }},
    {"divide", divide},
    {"undefined", [] { asm volatile("udf #1"); }},
    {"even-jump", [] { call(BOARD_FLASH_ORIGIN + 0x200); }},
    {"masked",
     [] {
         core_util_critical_section_enter();
         write_to(8);
     },
     true},
#if defined(__ARM_FEATURE_CMSE)
    {"secure", leave_secure_state},
#endif
    {"overflow", [] { recurse(1); }, true},
    {"overflow-leap", leap<12'000>, true},
    {"overflow-into-others", leap<1500>},
    {"overflow-masked",
     [] {
         core_util_critical_section_enter();
         recurse(1);
     },
     true},
    {"overflow-interrupt", [] { in_interrupt([] { recurse(1); }); }, true},
    {"overflow-unguarded", overflow_unguarded},
    {"unexpected-interrupt", [] { raise_interrupt(unused_interrupt); }},
    {"interrupt", [] { in_interrupt([] { read_from(0x70000000); }); }},
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
        if (strcmp(fault.name, name) == 0 && fault.guarded && !mpu(0)) {
            printf("fault %s: absent: an MPU\n", name);
            return true;
        }
        if (strcmp(fault.name, name) == 0) {
            static Thread victim(osPriorityNormal, sizeof stack_a, stack_a, "victim");
            victim.start(fault.run);
            victim.join();
            return true;
        }
    }
    return false;
}
