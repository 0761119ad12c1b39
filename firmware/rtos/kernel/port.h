/* A Cortex-M core as the kernel sees it: what all of them have, and what each architecture's folder beside this file
   gives. Armv6-M, Armv7-M and Armv8-M Architecture Reference Manuals, chapters B1 (exceptions) and B3 (system control
   space). */
#pragma once

#include "platform/NonCopyable.h"

#include <cstdint>

namespace tlsbench {
namespace kernel {

struct Tcb;

extern Tcb *current; ///< the running thread; null before the first

inline volatile uint32_t &reg(uint32_t address)
{
    return *reinterpret_cast<volatile uint32_t *>(address);
}

/// Registers of the system control space that every core has.
namespace scs {
constexpr uint32_t systick_control = 0xE000E010, systick_reload = 0xE000E014, systick_value = 0xE000E018;
constexpr uint32_t nvic_set_enable = 0xE000E100, nvic_clear_enable = 0xE000E180, nvic_set_pending = 0xE000E200,
                   nvic_priority = 0xE000E400;
constexpr uint32_t icsr = 0xE000ED04, shpr2 = 0xE000ED1C, shpr3 = 0xE000ED20;
constexpr uint32_t icsr_pend_switch = 1u << 28;
} // namespace scs

constexpr uint32_t psr_thumb = 1u << 24;

/// What the core stacks when an exception is taken.
struct Frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, psr;
};

/// What a handler saves on top of it, the lowest address first.
struct Saved {
    uint32_t r4_to_r11[8];
    uint32_t exc_return;
};

/// Interrupts are masked while it lives.
class Masked : private mbed::NonCopyable<Masked> {
public:
    Masked() : _primask(read()) { asm volatile("cpsid i" ::: "memory"); }
    ~Masked() { restore(); }

    bool nested() const { return _primask != 0; }
    /// Open the mask for what is pending, at this very point, and close it again. The barriers: what was made pending
    /// by a store is pending before the mask opens, and is taken before it closes (Armv7-M manual, B1.5.4 and A3.7.3).
    void open() { asm volatile("dsb\n cpsie i\n isb\n cpsid i" ::: "memory"); }

private:
    static uint32_t read()
    {
        uint32_t primask;
        asm volatile("mrs %0, primask" : "=r"(primask));
        return primask;
    }
    void restore() { asm volatile("msr primask, %0" ::"r"(_primask) : "memory"); }

    const uint32_t _primask;
};

inline uint32_t active_exception()
{
    uint32_t ipsr;
    asm volatile("mrs %0, ipsr" : "=r"(ipsr));
    return ipsr;
}

/// Have PendSV switch to the thread that should run, as soon as nothing of higher priority is left to do.
inline void request_switch()
{
    reg(scs::icsr) = scs::icsr_pend_switch;
}

/// Exceptions, their priorities, and core_init(). Before anything else of the kernel.
void port_init();
/// Prepare a stack so that switching to it calls entry(argument).
void port_prepare(Tcb &thread, void (*entry)(void *), void *argument);
/// Run the first thread; the stack used so far becomes that of interrupts.
[[noreturn]] void port_start();
/// Call kernel::expire() in `us` microseconds, or earlier when that is beyond the timer's range. 0: not at all.
/// By the core's SysTick (systick.cpp), or by the chip family's own timer (drivers/<family>/alarm.cpp).
void port_alarm(uint64_t us);

// Each architecture's own, besides SVC_Handler, PendSV_Handler and tlsbench_fault_handler (platform/fault_status.h).

/// What only this architecture has: named faults, the FPU, guards of stacks.
void core_init();
/// Put the guard below the stack of the thread that is about to run; where there are none, look after what they would.
void port_guard(const Tcb &thread);

} // namespace kernel
} // namespace tlsbench
