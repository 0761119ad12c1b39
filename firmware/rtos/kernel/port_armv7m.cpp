#include "board_config.h"
#include "platform/irq.h"
#include "platform/stack_paint.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

namespace tlsbench {

using namespace kernel;

namespace {

// 0 is the highest: faults interrupt everything, and PendSV nothing, so a switch never cuts into a handler.
constexpr uint32_t device_priority = 0x80, switch_priority = 0xFF;

constexpr uint32_t ticks_per_us = BOARD_CLOCK_HZ / 1'000'000;
static_assert(BOARD_CLOCK_HZ % 1'000'000 == 0, "the kernel's alarm counts whole ticks per microsecond");
constexpr uint32_t alarm_limit_us = 0xFFFFFF / ticks_per_us;

constexpr uint32_t mpu_enable = 1 << 0, mpu_default_map = 1 << 2, mpu_base_valid = 1 << 4;
constexpr uint32_t mpu_region_enable = 1 << 0, mpu_no_access = 0u << 24, mpu_read_only = 6u << 24,
                   mpu_never_execute = 1u << 28;
enum { guard_region, interrupt_guard_region, null_region };

constexpr uint32_t mpu_size(uint32_t log2_bytes)
{
    return (log2_bytes - 1) << 1;
}

void mpu_region(uint32_t number, uint32_t base, uint32_t attributes)
{
    reg(scs::mpu_base) = base | mpu_base_valid | number;
    reg(scs::mpu_attributes) = attributes | mpu_region_enable;
}

// Guards are read-only rather than out of bounds: the kernel reads the paint, and an overflow always writes first.
constexpr uint32_t guard_attributes = mpu_read_only | mpu_never_execute | mpu_size(5);
static_assert(guard_bytes == 1 << 5);

bool has_mpu;

} // namespace

namespace kernel {

void port_init()
{
    reg(scs::shpr1) = 0;
    reg(scs::shpr2) = 0;
    reg(scs::shpr3) = device_priority << 24 | switch_priority << 16;
    reg(scs::shcsr) |= 7u << 16;        // memory, bus and usage faults under their own names
    reg(scs::ccr) |= 1u << 9 | 1u << 4; // 8-byte aligned exception frames, trap division by zero
#if defined(__ARM_FP)
    reg(scs::cpacr) |= 0xFu << 20; // lazy saving is the reset state of FPCCR
    asm volatile("dsb\n isb");
#endif
    has_mpu = reg(scs::mpu_type) != 0;
    if (has_mpu) {
        mpu_region(interrupt_guard_region, uint32_t(interrupt_stack), guard_attributes);
        // The vector table lies there, which the core reads past the MPU: nobody else has business with a null pointer.
        mpu_region(null_region, 0, mpu_no_access | mpu_never_execute | mpu_size(7));
        static_assert(null_bytes == 1 << 7);
        mpu_region(guard_region, uint32_t(interrupt_stack), guard_attributes); // until port_guard() moves it
        reg(scs::mpu_control) = mpu_enable | mpu_default_map;
        asm volatile("dsb\n isb");
    }
}

void port_guard(const Tcb &thread)
{
    if (has_mpu) {
        reg(scs::mpu_base) = (uint32_t(thread.stack_limit) - guard_bytes) | mpu_base_valid | guard_region;
    }
}

void port_prepare(Tcb &thread, void (*entry)(void *), void *argument)
{
    const uint32_t bottom = (uint32_t(thread.stack) + guard_bytes - 1) & ~(guard_bytes - 1);
    uint32_t *sp = reinterpret_cast<uint32_t *>((uint32_t(thread.stack) + thread.stack_bytes) & ~7u);
    thread.stack_limit = reinterpret_cast<uint32_t *>(bottom + guard_bytes);
    paint(reinterpret_cast<uint32_t *>(bottom), sp);

    // As if the thread had been switched away from before its first instruction. The other registers are 0, as paint
    // in them would be paint on the stack once they are pushed.
    struct Context {
        uint32_t r4_to_r11[8], exc_return, r0, r1, r2, r3, r12, lr, pc, psr;
    };
    constexpr uint32_t thread_mode_process_stack = 0xFFFFFFFD, thumb = 1u << 24;
    sp -= sizeof(Context) / sizeof *sp;
    *reinterpret_cast<Context *>(sp) = {
        {}, thread_mode_process_stack, uint32_t(argument), 0, 0, 0, 0, 0, uint32_t(entry) & ~1u, thumb};
    thread.sp = sp;
}

void port_start()
{
    current = ready.first;
    current->state = State::running;
    port_guard(*current);
    asm volatile("cpsie i\n svc 0");
    __builtin_unreachable();
}

void port_alarm(uint64_t us)
{
    reg(scs::systick_control) = 0;
    if (us) {
        reg(scs::systick_reload) = uint32_t(us < alarm_limit_us ? us : alarm_limit_us) * ticks_per_us;
        reg(scs::systick_value) = 0;
        reg(scs::systick_control) = 7; // core clock, interrupt, on
    }
}

} // namespace kernel

void irq_enable(int number)
{
    reinterpret_cast<volatile uint8_t *>(scs::nvic_priority)[number] = device_priority;
    reg(scs::nvic_set_enable + 4 * (number / 32)) = 1u << number % 32;
}

void irq_disable(int number)
{
    reg(scs::nvic_clear_enable + 4 * (number / 32)) = 1u << number % 32;
    asm volatile("dsb\n isb"); // it may be on its way already
}

extern "C" {

void SysTick_Handler()
{
    expire();
}

// Start of the first thread. What start-up left on the interrupt stack is dropped.
__attribute__((naked)) void SVC_Handler()
{
    asm volatile("ldr   r0, =%c0\n"
                 "ldr   r0, [r0]\n"
                 "ldr   r0, [r0]\n"
                 "ldmia r0!, {r4-r11, lr}\n"
                 "msr   psp, r0\n"
                 "ldr   r0, =%c1\n"
                 "msr   msp, r0\n"
                 "bx    lr\n" ::"i"(&current),
                 "i"(interrupt_stack + interrupt_stack_words));
}

// EXC_RETURN is kept per thread: its bit 4 says whether the thread has FPU state. Masked all through, because a
// handler that makes another thread ready in the middle would find `current` and the stack pointer at odds.
__attribute__((naked)) void PendSV_Handler()
{
    asm volatile("mrs      r0, psp\n"
#if defined(__ARM_FP)
                 "tst      lr, #0x10\n"
                 "it       eq\n"
                 "vstmdbeq r0!, {s16-s31}\n"
#endif
                 "stmdb    r0!, {r4-r11, lr}\n"
                 "cpsid    i\n"
                 "bl       tlsbench_switch\n"
                 "cpsie    i\n"
                 "ldmia    r0!, {r4-r11, lr}\n"
#if defined(__ARM_FP)
                 "tst      lr, #0x10\n"
                 "it       eq\n"
                 "vldmiaeq r0!, {s16-s31}\n"
#endif
                 "msr      psp, r0\n"
                 "bx       lr\n");
}
}

} // namespace tlsbench
