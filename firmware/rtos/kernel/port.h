/* The Armv7-M core as the kernel sees it: interrupt masking and the system control space. Armv7-M Architecture
   Reference Manual, chapters B1 (exceptions) and B3 (system control space). */
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

namespace scs {
constexpr uint32_t systick_control = 0xE000E010, systick_reload = 0xE000E014, systick_value = 0xE000E018;
constexpr uint32_t nvic_set_enable = 0xE000E100, nvic_clear_enable = 0xE000E180, nvic_priority = 0xE000E400;
constexpr uint32_t icsr = 0xE000ED04, ccr = 0xE000ED14, shpr1 = 0xE000ED18, shpr2 = 0xE000ED1C, shpr3 = 0xE000ED20;
constexpr uint32_t shcsr = 0xE000ED24, cfsr = 0xE000ED28, hfsr = 0xE000ED2C, mmfar = 0xE000ED34, bfar = 0xE000ED38;
constexpr uint32_t cpacr = 0xE000ED88;
constexpr uint32_t mpu_type = 0xE000ED90, mpu_control = 0xE000ED94, mpu_number = 0xE000ED98, mpu_base = 0xE000ED9C,
                   mpu_attributes = 0xE000EDA0;
constexpr uint32_t icsr_pend_switch = 1u << 28;
} // namespace scs

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

/// Exceptions, their priorities, the FPU and the guards. Before anything else of the kernel.
void port_init();
/// Prepare a stack so that switching to it calls entry(argument).
void port_prepare(Tcb &thread, void (*entry)(void *), void *argument);
/// Put the guard below the stack of the thread that is about to run.
void port_guard(const Tcb &thread);
/// Run the first thread; the stack used so far becomes that of interrupts.
[[noreturn]] void port_start();
/// Call kernel::expire() in `us` microseconds, or earlier when that is beyond the timer's range. 0: not at all.
void port_alarm(uint64_t us);

} // namespace kernel
} // namespace tlsbench
