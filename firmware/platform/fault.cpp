#include "platform/fault.h"

#include "platform/format.h"
#include "platform/mbed_assert.h"
#include "platform/mbed_error.h"
#include "platform/stack_paint.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

#include <cstdarg>
#include <cstdio>

extern "C" {
extern unsigned char __ram_start[], __ram_end[];
}

namespace tlsbench {

using namespace kernel;

namespace {

/// What the core stacks when an exception is taken.
struct Frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, psr;
};

// What a report needs of the stack.
constexpr uint32_t report_words = 96;

/// What the handler saves on top of it.
struct Saved {
    uint32_t r4_to_r11[8];
    uint32_t exc_return;
};

// What fault() says to the handler.
struct {
    const char *kind, *reason, *thread;
} told;

constexpr uint32_t memory_address_valid = 1 << 7, bus_address_valid = 1 << 15;
constexpr uint32_t could_not_stack = 1 << 4 | 1 << 12;
constexpr uint32_t on_process_stack = 1 << 2; // in EXC_RETURN

const char *exception_name(uint32_t number)
{
    static const char *const names[] = {"NMI", "HardFault", "MemManage", "BusFault", "UsageFault"};
    return number >= 2 && number <= 6 ? names[number - 2] : "exception";
}

// The first bit that is set in the fault status says the cause; Armv7-M ARM, section B3.2.15.
struct Cause {
    uint32_t bit;
    const char *text;
};
constexpr Cause causes[] = {
    {0, "code fetched from memory that holds none"},
    {1, "forbidden data access"},
    {3, "forbidden data access on return from an exception"},
    {4, "forbidden data access on entry to an exception"},
    {5, "forbidden data access while saving FPU state"},
    {8, "bus error on fetching code"},
    {9, "precise data bus error"},
    {10, "imprecise data bus error"},
    {11, "bus error on return from an exception"},
    {12, "bus error on entry to an exception"},
    {13, "bus error while saving FPU state"},
    {16, "undefined instruction"},
    {17, "invalid state: a jump to an even address"},
    {18, "invalid return from an exception"},
    {19, "no coprocessor, or the FPU is off"},
    {24, "unaligned access"},
    {25, "division by zero"},
};

const char *cause_of(uint32_t cfsr, uint32_t hfsr)
{
    for (const Cause &cause : causes) {
        if (cfsr >> cause.bit & 1) {
            return cause.text;
        }
    }
    return hfsr & 2 ? "the vector table could not be read" : "unknown";
}

void say_reason(uint32_t cfsr, uint32_t hfsr)
{
    print_polled("%s", cause_of(cfsr, hfsr));
    if (cfsr & bus_address_valid) {
        print_polled(" at 0x%08lx", reg(scs::bfar));
    } else if (cfsr & memory_address_valid) {
        const uint32_t address = reg(scs::mmfar);
        print_polled(" at 0x%08lx%s", address, address < null_bytes ? " (null pointer)" : "");
    }
}

bool in_ram(const Frame *frame)
{
    return uint32_t(frame) % 4 == 0 && reinterpret_cast<const unsigned char *>(frame) >= __ram_start &&
           reinterpret_cast<const unsigned char *>(frame + 1) <= __ram_end;
}

// Whether the fault is that the stack in use ran into its guard, or past it.
bool is_overflow(uint32_t limit, const Frame *frame, uint32_t cfsr)
{
    const uint32_t address = reg(scs::mmfar);
    return uint32_t(frame) < limit || cfsr & could_not_stack ||
           (cfsr & memory_address_valid && address < limit && address >= limit - guard_bytes);
}

void say_registers(const Frame *frame, const Saved &saved, bool stacked)
{
    if (stacked) {
        // Who called fault() is where its lr points to.
        print_polled("pc: 0x%08lx\nlr: 0x%08lx\n", told.kind ? frame->lr & ~1u : frame->pc, frame->lr);
        print_polled("psr: 0x%08lx\nr0: 0x%08lx\nr1: 0x%08lx\n", frame->psr, frame->r0, frame->r1);
        print_polled("r2: 0x%08lx\nr3: 0x%08lx\nr12: 0x%08lx\n", frame->r2, frame->r3, frame->r12);
    }
    print_polled("sp: 0x%08lx\n", uint32_t(frame + 1));
    for (int i = 0; i < 8; i++) {
        print_polled("r%d: 0x%08lx\n", 4 + i, saved.r4_to_r11[i]);
    }
}

} // namespace

void fault(const char *kind, const char *reason)
{
    // The handler prints, on its own stack and with the registers as they are; an undefined instruction gets there.
    asm volatile("cpsid i");
    told.kind = kind;
    told.reason = reason;
    asm volatile("udf #0" ::: "memory");
    __builtin_unreachable();
}

void stack_overflow()
{
    told.thread = current->name; // found by the switch, which is a handler
    fault("stack overflow", "what lies below the stack was overwritten");
}

extern "C" [[noreturn]] __attribute__((used)) void tlsbench_report_fault(const Frame *frame, const Saved *saved)
{
    const uint32_t cfsr = told.kind ? 0 : reg(scs::cfsr), hfsr = told.kind ? 0 : reg(scs::hfsr);
    const Tcb *thread = saved->exc_return & on_process_stack ? current : nullptr;
    const uint32_t limit = thread ? uint32_t(thread->stack_limit) : uint32_t(interrupt_stack) + guard_bytes;
    const uint32_t end =
        thread ? uint32_t(thread->stack) + thread->stack_bytes : uint32_t(interrupt_stack) + sizeof interrupt_stack;
    const bool overflow = !told.kind && is_overflow(limit, frame, cfsr);
    const char *kind = overflow ? "stack overflow" : told.kind ? told.kind : exception_name(active_exception());

    print_polled("\n++ tlsbench fault ++\nkind: %s\n", kind);
    print_polled("thread: %s\nreason: ", told.thread ? told.thread : thread ? thread->name : "isr");
    if (told.kind) {
        print_polled("%s", told.reason);
    } else {
        if (overflow) {
            print_polled("%lu bytes of stack are used up: ", end - limit);
        }
        say_reason(cfsr, hfsr);
    }
    print_polled("\nstack: 0x%08lx to 0x%08lx\n", limit, end);
    // A frame that could not be stacked says nothing.
    say_registers(frame, *saved, in_ram(frame) && !(cfsr & could_not_stack));
    print_polled("cfsr: 0x%08lx\nhfsr: 0x%08lx\n", cfsr, hfsr);
    print_polled("mmfar: 0x%08lx\nbfar: 0x%08lx\n-- tlsbench fault --\n", reg(scs::mmfar), reg(scs::bfar));
    for (;;) {
        asm volatile("wfi");
    }
}

// All faults. If it was the interrupts' own stack that overflowed the report starts it afresh: nothing returns to it.
extern "C" __attribute__((naked)) void tlsbench_fault_handler()
{
    asm volatile("cpsid  i\n"
                 "tst    lr, #4\n"
                 "ite    eq\n"
                 "mrseq  r0, msp\n"
                 "mrsne  r0, psp\n"
                 "mov    r1, sp\n"
                 "ldr    r2, =%c0\n"
                 "cmp    r1, r2\n"
                 "it     lo\n"
                 "ldrlo  sp, =%c1\n"
                 "push   {r4-r11, lr}\n"
                 "mov    r1, sp\n"
                 "b      tlsbench_report_fault\n" ::"i"(interrupt_stack + guard_bytes / 4 + report_words),
                 "i"(interrupt_stack + interrupt_stack_words));
}

} // namespace tlsbench

extern "C" void mbed_assert_internal(const char *expr, const char *file, int line)
{
    static char reason[160];
    snprintf(reason, sizeof reason, "%s, file: %s, line %d", expr, file, line);
    tlsbench::fault("assert", reason);
}

extern "C" void error(const char *format, ...)
{
    static char reason[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    tlsbench::fault("error", reason);
}
