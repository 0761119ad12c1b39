#include "platform/fault.h"

#include "platform/fault_status.h"
#include "platform/format.h"
#include "platform/stack_paint.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

extern "C" {
extern unsigned char __ram_start[], __ram_end[];
}

namespace tlsbench {

using namespace kernel;

namespace {

// What fault() says to the handler.
struct {
    const char *kind, *reason, *thread;
} told;

constexpr uint32_t on_process_stack = 1 << 2, no_fpu_state = 1 << 4; // in EXC_RETURN
constexpr uint32_t psr_aligned = 1 << 9;

const char *exception_name(uint32_t number)
{
    static const char *const names[] = {"NMI", "HardFault", "MemManage", "BusFault", "UsageFault", "SecureFault"};
    return number >= 2 && number <= 7 ? names[number - 2] : "exception";
}

bool in_ram(const Frame *frame)
{
    return uint32_t(frame) % 4 == 0 && reinterpret_cast<const unsigned char *>(frame) >= __ram_start &&
           reinterpret_cast<const unsigned char *>(frame + 1) <= __ram_end;
}

// Whether the fault is that the stack in use ran into its guard, or past it.
bool is_overflow(uint32_t limit, const Frame *frame)
{
    return uint32_t(frame) < limit || fault_frame_lost() || fault_hit(limit - guard_bytes, limit);
}

// The stack pointer before the exception. With FPU state there is more in the frame, and a word may align it.
uint32_t sp_before(const Frame *frame, const Saved &saved)
{
    const uint32_t fpu_bytes = saved.exc_return & no_fpu_state ? 0 : 18 * sizeof(uint32_t);
    return uint32_t(frame + 1) + fpu_bytes + (frame->psr & psr_aligned ? sizeof(uint32_t) : 0);
}

void say_registers(const Frame *frame, const Saved &saved, bool stacked)
{
    if (stacked) {
        // Who called fault() is where its lr points to.
        print_polled("pc: 0x%08lx\nlr: 0x%08lx\n", told.kind ? frame->lr & ~1u : frame->pc, frame->lr);
        print_polled("psr: 0x%08lx\nr0: 0x%08lx\nr1: 0x%08lx\n", frame->psr, frame->r0, frame->r1);
        print_polled("r2: 0x%08lx\nr3: 0x%08lx\nr12: 0x%08lx\n", frame->r2, frame->r3, frame->r12);
    }
    print_polled("sp: 0x%08lx\n", stacked ? sp_before(frame, saved) : uint32_t(frame));
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

void stack_overflow(const char *thread)
{
    told.thread = thread; // found by the switch, which is a handler
    fault("stack overflow", "what lies below the stack was overwritten");
}

extern "C" [[noreturn]] __attribute__((used)) void tlsbench_report_fault(const Frame *frame, const Saved *saved)
{
    if (told.kind) {
        fault_forget();
    }
    const Tcb *thread = saved->exc_return & on_process_stack ? current : nullptr;
    const uint32_t limit = thread ? uint32_t(thread->stack_limit) : uint32_t(interrupt_stack) + guard_bytes;
    const uint32_t end =
        thread ? uint32_t(thread->stack) + thread->stack_bytes : uint32_t(interrupt_stack) + sizeof interrupt_stack;
    const bool overflow = !told.kind && is_overflow(limit, frame);
    // An Armv8-M core that finds no room for the frame leaves the stack pointer at its limit.
    const bool stacked = in_ram(frame) && !fault_frame_lost() && uint32_t(frame) != limit;
    const char *kind = overflow ? "stack overflow" : told.kind ? told.kind : exception_name(active_exception());

    print_polled("\n++ tlsbench fault ++\nkind: %s\n", kind);
    print_polled("thread: %s\nreason: ", told.thread ? told.thread : thread ? thread->name : "isr");
    if (told.kind) {
        print_polled("%s", told.reason);
    } else {
        if (overflow) {
            print_polled("%lu bytes of stack are used up: ", end - limit);
        }
        fault_say_cause(stacked ? frame : nullptr);
    }
    print_polled("\nstack: 0x%08lx to 0x%08lx\n", limit, end);
    say_registers(frame, *saved, stacked);
    fault_say_status();
    print_polled("-- tlsbench fault --\n");
    for (;;) {
        asm volatile("wfi");
    }
}

} // namespace tlsbench
