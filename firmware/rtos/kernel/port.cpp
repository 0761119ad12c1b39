/* What is the same on every Cortex-M core. */
#include "board_config.h"
#include "platform/irq.h"
#include "platform/stack_paint.h"
#include "rtos/kernel/scheduler.h"

namespace tlsbench {

using namespace kernel;

namespace {

// 0 is the highest: faults interrupt everything, and PendSV nothing, so a switch never cuts into a handler.
constexpr uint32_t device_priority = 0x80, switch_priority = 0xFF;

// EXC_RETURN to a thread without FPU state, on the process stack. Two bits tell that Armv8-M is in secure state: TT is
// the instruction that knows (Armv8-M manual, B3.18 and D1.2.38), of any address of ours.
uint32_t return_to_thread()
{
#if defined(__ARM_FEATURE_CMSE)
    uint32_t response;
    asm volatile("tt %0, %1" : "=r"(response) : "r"(&return_to_thread));
    return response >> 22 & 1 ? 0xFFFFFFFD : 0xFFFFFFBC;
#else
    return 0xFFFFFFFD;
#endif
}

} // namespace

namespace kernel {

void port_init()
{
    reg(scs::shpr2) = 0;
    reg(scs::shpr3) = device_priority << 24 | switch_priority << 16;
    core_init();
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
        Saved saved;
        Frame frame;
    };
    sp -= sizeof(Context) / sizeof *sp;
    *reinterpret_cast<Context *>(sp) = {{{}, return_to_thread()},
                                        {uint32_t(argument), 0, 0, 0, 0, 0, uint32_t(entry) & ~1u, psr_thumb}};
    thread.sp = sp;
}

void port_start()
{
    current = ready.first;
    current->state = State::running;
    port_guard(*current);
#if BOARD_FPU
    asm volatile("msr control, %0\n isb" ::"r"(0)); // start-up may have used the FPU: nobody needs what it left there
#endif
    asm volatile("cpsie i\n svc 0");
    __builtin_unreachable();
}

} // namespace kernel

void irq_enable(int number)
{
    {
        Masked masked; // priorities are written by words: Armv6-M knows no other access
        volatile uint32_t &priorities = reg(scs::nvic_priority + (uint32_t(number) & ~3u));
        const uint32_t shift = 8 * (uint32_t(number) & 3);
        priorities = (priorities & ~(0xFFu << shift)) | device_priority << shift;
    }
    reg(scs::nvic_set_enable + 4 * (number / 32)) = 1u << number % 32;
}

void irq_disable(int number)
{
    reg(scs::nvic_clear_enable + 4 * (number / 32)) = 1u << number % 32;
    asm volatile("dsb\n isb"); // it may be on its way already
}

void irq_pend(int number)
{
    reg(scs::nvic_set_pending + 4 * (number / 32)) = 1u << number % 32;
    asm volatile("dsb\n isb");
}

} // namespace tlsbench
